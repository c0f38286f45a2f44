/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/setup.h"
#include "tests/mutate.h"
#include "tests/test.h"

static struct ir_extern externs[4];
static const struct scan_module_data data[2] = {
	{ .module = 3, .data = { (const uint8_t *)"{}", 2 } }, { .module = 5 }
};

static struct scan_options sample(void)
{
	externs[0] = (struct ir_extern){ span_of("i"), { .kind = VALUE_INT, .i = -7 } };
	externs[1] = (struct ir_extern){ span_of("f"), { .kind = VALUE_FLOAT, .f = 0.25 } };
	externs[2] =
		(struct ir_extern){ span_of("s"), { .kind = VALUE_STRING, .s = span_of("text") } };
	externs[3] = (struct ir_extern){ span_of(""), { .kind = VALUE_BOOL, .i = 1 } };
	return (struct scan_options){ .max_steps = 1,
				      .now = -2,
				      .hash = true,
				      .fast = true,
				      .process = true,
				      .unpack.off = { 5, 9 },
				      .externs = externs,
				      .n_externs = 4,
				      .data = data,
				      .n_data = 2 };
}

static void options_come_back(void **state)
{
	struct scan_options o = sample(), r;
	struct arena arena;
	struct buf b;
	struct error e;
	(void)state;

	arena_init(&arena, 1 << 20);
	buf_init(&b, 1 << 20);
	setup_write(&o, &b);
	assert_true(buf_ok(&b));
	assert_true(setup_read(buf_span(&b), &arena, &r, &e));
	assert_true(r.hash && r.fast && r.process && !r.strings);
	assert_int_equal(r.max_steps, 1);
	assert_int_equal(r.now, -2);
	assert_true(r.unpack.off[0] == 5 && r.unpack.off[1] == 9);
	assert_int_equal(r.n_externs, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(span_equal(r.externs[i].name, externs[i].name));
		assert_int_equal(r.externs[i].value.kind, externs[i].value.kind);
	}
	assert_int_equal(r.externs[0].value.i, -7);
	assert_true(r.externs[1].value.f == 0.25);
	assert_true(span_is(r.externs[2].value.s, "text"));
	assert_int_equal(r.externs[3].value.i, 1);
	assert_int_equal(r.n_data, 2);
	assert_int_equal(r.data[0].module, 3);
	assert_true(span_is(r.data[0].data, "{}"));
	assert_int_equal(r.data[1].data.n, 0);
	buf_release(&b);
	arena_release(&arena);
}

static void too_many_externals_are_refused(void **state)
{
	struct scan_options o = { .n_data = SETUP_MAX_DATA + 1 };
	static struct scan_module_data many[SETUP_MAX_DATA + 1];
	struct buf b;
	(void)state;

	o.data = many;
	buf_init(&b, 1 << 20);
	setup_write(&o, &b);
	assert_false(buf_ok(&b));
	buf_release(&b);
}

static void try_it(struct span bytes)
{
	struct scan_options r;
	struct arena arena;
	struct error e;

	arena_init(&arena, 1 << 20);
	if (setup_read(bytes, &arena, &r, &e))
		for (size_t i = 0; i < r.n_externs; i++)
			assert_in_range(r.externs[i].value.kind, VALUE_BOOL, VALUE_STRING);
	arena_release(&arena);
}

static void any_bytes_are_safe(void **state)
{
	struct scan_options o = sample();
	struct buf b;
	(void)state;

	buf_init(&b, 1 << 20);
	setup_write(&o, &b);
	mutate(buf_span(&b), try_it);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_come_back),
		cmocka_unit_test(too_many_externals_are_refused),
		cmocka_unit_test(any_bytes_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
