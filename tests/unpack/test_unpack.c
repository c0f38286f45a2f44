/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mutate.h"
#include "tests/test.h"
#include "tests/unpack/collect.h"

/* "hello, world\n" by gzip -n */
static const uint8_t hello_gz[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
				    0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0x28,
				    0xcf, 0x2f, 0xca, 0x49, 0xe1, 0x02, 0x00, 0x53, 0x74,
				    0x24, 0xf4, 0x0d, 0x00, 0x00, 0x00 };

static const struct span hello = { hello_gz, sizeof hello_gz };

static void a_member_comes_out(void **state)
{
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, hello, NULL));
	assert_string_equal((const char *)c.list.p, "1: 13\n");
	assert_int_equal(c.last.n, 13);
	assert_memory_equal(c.last.p, "hello, world\n", 13);
	collect_release(&c);
}

static void what_is_cut_off_is_a_gap_and_is_looked_at(void **state)
{
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, span_cut(hello, 0, hello.n - 9), NULL));
	assert_string_equal((const char *)c.list.p, "1: 13 [damaged: gzip: ends too soon]\n");
	collect_release(&c);
}

static void a_spent_budget_is_a_gap_of_all_that_is_open(void **state)
{
	struct unpack_options o = { .limits.max_bytes = 5 };
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, hello, &o));
	assert_string_equal((const char *)c.list.p, "1: 0 [limit:bytes: more than 5]\n"
						    "! [limit:bytes: more than 5]\n");
	collect_release(&c);
}

static void try_any(struct span s)
{
	struct collect c = { .quiet = true };

	(void)collect(&c, s, NULL);
	collect_release(&c);
}

static void any_bytes_are_safe(void **state)
{
	(void)state;
	mutate(hello, try_any);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_comes_out),
		cmocka_unit_test(what_is_cut_off_is_a_gap_and_is_looked_at),
		cmocka_unit_test(a_spent_budget_is_a_gap_of_all_that_is_open),
		cmocka_unit_test(any_bytes_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
