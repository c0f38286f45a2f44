/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json_read.h"
#include "tests/mutate.h"
#include "tests/test.h"

static void a_document_is_walked(void **state)
{
	struct json_document *d;
	struct error e;
	struct span s = { NULL, 0 }, key;
	int64_t i = 0;
	double f = 0;
	bool b = false;
	void *place = NULL;

	(void)state;
	assert_true(json_read_open(
		span_of("{\"a\": [1, -2.5, \"x\\u0000y\", true, null], \"b\": {\"c\": 7}}"), 0, &d,
		&e));
	const struct json_item *root = json_read_root(d), *a = json_read_member(root, "a");
	assert_int_equal(json_read_count(root), 2);
	assert_int_equal(json_read_count(a), 5);
	assert_true(json_read_int(json_read_element(a, 0), &i));
	assert_int_equal(i, 1);
	assert_true(json_read_float(json_read_element(a, 1), &f));
	assert_true(f == -2.5);
	assert_false(json_read_int(json_read_element(a, 1), &i));
	assert_true(json_read_text(json_read_element(a, 2), &s));
	assert_int_equal(s.n, 3);
	assert_true(json_read_bool(json_read_element(a, 3), &b));
	assert_true(b);
	assert_true(json_read_is_null(json_read_element(a, 4)));
	assert_null(json_read_element(a, 5));
	assert_true(json_read_int(json_read_member(json_read_member(root, "b"), "c"), &i));
	assert_int_equal(i, 7);
	assert_non_null(json_read_next(root, &place, &key));
	assert_true(span_is(key, "a"));
	assert_non_null(json_read_next(root, &place, &key));
	assert_null(json_read_next(root, &place, &key));
	json_read_close(d);
}

static void nothing_leads_to_nothing(void **state)
{
	struct span s = { NULL, 9 };
	int64_t i = 3;

	(void)state;
	const struct json_item *none = json_read_member(json_read_element(NULL, 4), "x");
	assert_null(none);
	assert_false(json_read_text(none, &s));
	assert_false(json_read_int(none, &i));
	assert_int_equal(s.n, 9);
	assert_int_equal(i, 3);
	assert_int_equal(json_read_count(none), 0);
	assert_false(json_read_is_object(none));
	json_read_close(NULL);
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
	static const char *const bad[] = { "",         "{",   "[1,]", "{\"a\" 1}",
					   "\"\x80\"", "1 2", "nul",  "[\x01]" };
	struct json_document *d;
	struct error e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(json_read_open(span_of(bad[i]), 0, &d, &e));
		assert_int_equal(e.why, REASON_DAMAGED);
	}
	assert_true(json_read_open(span_of("{\"a\": 1, \"a\": 2}"), 0, &d, &e));
	json_read_close(d);
	assert_false(json_read_open(span_of("{\"a\": 1, \"a\": 2}"), JSON_READ_STRICT, &d, &e));
}

static bool opens(const struct buf *b, struct error *e)
{
	struct json_document *d;

	if (!json_read_open(buf_span(b), 0, &d, e))
		return false;
	json_read_close(d);
	return true;
}

static void depth_and_number_are_bounded_before_anything_is_built(void **state)
{
	struct buf b;
	struct error e;

	(void)state;
	buf_init(&b, 1 << 24);
	for (int n = JSON_READ_MAX_DEPTH; n <= JSON_READ_MAX_DEPTH + 1; n++) {
		buf_reset(&b);
		for (int i = 0; i < n; i++)
			buf_put_u8(&b, '[');
		buf_put_text(&b, "\"[[[[{{{{\\\"[[[[\"");
		for (int i = 0; i < n; i++)
			buf_put_u8(&b, ']');
		assert_int_equal(opens(&b, &e), n <= JSON_READ_MAX_DEPTH);
	}
	assert_int_equal(e.why, REASON_LIMIT);
	buf_reset(&b);
	buf_put_u8(&b, '[');
	for (int i = 0; i < JSON_READ_MAX_VALUES; i++)
		buf_put_text(&b, "0,");
	buf_put_text(&b, "0]");
	assert_false(opens(&b, &e));
	assert_int_equal(e.why, REASON_LIMIT);
	buf_release(&b);
}

static void read_all(struct span s)
{
	struct json_document *d;
	struct error e;

	if (json_read_open(s, 0, &d, &e))
		json_read_close(d);
	if (json_read_open(s, JSON_READ_FIRST | JSON_READ_STRICT, &d, &e))
		json_read_close(d);
}

static void the_first_of_several_is_read_alone(void **state)
{
	static const char *const texts[] = { "{\"a\": \"}{\"}", "{\"a\": \"}{\"}\n{\"a\": 2}",
					     " {\"a\": \"}{\"} ] no JSON",
					     "{\"a\": \"}{\", \"b\": [{}]}}" };
	struct json_document *d;
	struct span text;
	struct error e;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_true(json_read_open(span_of(texts[i]), JSON_READ_FIRST, &d, &e));
		assert_true(json_read_text(json_read_member(json_read_root(d), "a"), &text));
		assert_true(span_is(text, "}{"));
		json_read_close(d);
		assert_int_equal(json_read_open(span_of(texts[i]), 0, &d, &e), i == 0);
		if (i == 0)
			json_read_close(d);
	}
	assert_false(json_read_open(span_of("{\"a\": 1"), JSON_READ_FIRST, &d, &e));
	assert_int_equal(e.why, REASON_DAMAGED);
}

static void no_damage_is_read_out_of_bounds(void **state)
{
	(void)state;
	mutate(span_of("{\"a\\u00e9\": [1, -2.5e3, \"\\\\\\\"\", true, {\"b\": null}]}"), read_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_walked),
		cmocka_unit_test(nothing_leads_to_nothing),
		cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
		cmocka_unit_test(depth_and_number_are_bounded_before_anything_is_built),
		cmocka_unit_test(the_first_of_several_is_read_alone),
		cmocka_unit_test(no_damage_is_read_out_of_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
