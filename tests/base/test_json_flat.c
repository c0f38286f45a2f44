/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_flat.h"
#include "tests/mutate.h"
#include "tests/test.h"

static const char document[] =
	"{\"a\": [1, -2.5, \"text\", true, false, null, {\"in\": []}], \"b\": {\"c\": \"d\"}, "
	"\"n\": 9007199254740993}";

static void table_of(const char *text, struct buf *out)
{
	struct json_document *d;
	struct error e;

	buf_init(out, 1 << 16);
	assert_true(json_read_open(span_of(text), JSON_READ_STRICT, &d, &e));
	assert_true(json_flat_write(json_read_root(d), out));
	json_read_close(d);
}

static void what_is_written_is_read(void **state)
{
	const struct flat_item *root, *a;
	struct span text = { 0 };
	struct arena arena;
	struct error e;
	struct buf b;
	int64_t i = 0;
	double f = 0;
	bool yes = false;
	(void)state;

	table_of(document, &b);
	arena_init(&arena, 1 << 16);
	assert_true(json_flat_read(buf_span(&b), &arena, &root, &e));
	assert_int_equal(flat_count(root), 3);
	a = flat_member(root, "a");
	assert_int_equal(flat_count(a), 7);
	assert_true(flat_int(flat_element(a, 0), &i) && i == 1);
	assert_true(flat_float(flat_element(a, 0), &f) && f == 1.0);
	assert_true(flat_float(flat_element(a, 1), &f) && f == -2.5);
	assert_false(flat_int(flat_element(a, 1), &i));
	assert_true(flat_text(flat_element(a, 2), &text) && span_is(text, "text"));
	assert_true(flat_bool(flat_element(a, 3), &yes) && yes);
	assert_true(flat_bool(flat_element(a, 4), &yes) && !yes);
	assert_int_equal(flat_element(a, 5)->kind, FLAT_NULL);
	assert_int_equal(flat_count(flat_member(flat_element(a, 6), "in")), 0);
	assert_true(flat_text(flat_member(flat_member(root, "b"), "c"), &text) &&
		    span_is(text, "d"));
	assert_true(flat_int(flat_member(root, "n"), &i) && i == 9007199254740993);
	assert_null(flat_member(root, "none"));
	assert_null(flat_element(a, 7));
	assert_null(flat_member(NULL, "a"));
	assert_null(flat_element(root, 0));
	arena_release(&arena);
	buf_release(&b);
}

/* Goes through all that can be reached. */
static size_t walk(const struct flat_item *item, unsigned depth)
{
	size_t n = item->key.n + item->text.n + 1;

	for (size_t i = 0; i < item->count; i++) {
		assert_true(item->first + i > item);
		n += walk(item->first + i, depth + 1);
	}
	for (size_t i = 0; i < item->text.n; i++)
		n += item->text.p[i] == 'x';
	return n;
}

static void try_one(struct span s)
{
	const struct flat_item *root;
	struct arena arena;
	struct error e;

	arena_init(&arena, 1 << 16);
	if (json_flat_read(s, &arena, &root, &e))
		(void)walk(root, 0);
	else
		assert_true(e.why == REASON_DAMAGED || e.why == REASON_LIMIT);
	arena_release(&arena);
}

static void no_table_leads_out_of_itself(void **state)
{
	struct buf b;
	(void)state;

	table_of(document, &b);
	mutate(buf_span(&b), try_one);
	buf_release(&b);
}

static void memory_that_is_spent_is_said(void **state)
{
	const struct flat_item *root;
	struct arena arena;
	struct error e;
	struct buf b;
	(void)state;

	table_of(document, &b);
	arena_init(&arena, 64);
	assert_false(json_flat_read(buf_span(&b), &arena, &root, &e));
	assert_int_equal(e.why, REASON_MEMORY);
	arena_release(&arena);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(no_table_leads_out_of_itself),
		cmocka_unit_test(memory_that_is_spent_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
