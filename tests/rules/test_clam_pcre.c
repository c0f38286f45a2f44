/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/clamav/clam_pcre.h"

enum { MEMORY = 1 << 24 };

static int64_t count(const char *pattern, const char *flags, struct clam_search q)
{
	struct arena a;
	struct clam_pcre *p;
	struct error e;
	uint64_t steps = 1000000;
	int64_t n = -1;

	arena_init(&a, MEMORY);
	assert_true(clam_pcre_new(&a, span_of(pattern), span_of(flags), &p, &e));
	assert_true(clam_pcre_count(p, &q, &steps, &n, &e));
	arena_release(&a);
	return n;
}

static void it_counts_once_or_behind_each_match(void **state)
{
	const struct clam_search q = { .text = span_of("abcabcabab") };

	(void)state;
	assert_int_equal(count("ab", "", q), 1);
	assert_int_equal(count("ab", "g", q), 4);
	assert_int_equal(count("(ab)+", "g", q), 3);
	assert_int_equal(count("x", "g", q), 0);
	assert_int_equal(count("", "g", q), 10); /* one that is empty comes to its end */
}

static void a_place_and_a_shift_bound_where_it_starts(void **state)
{
	struct clam_search q = { .text = span_of("...abc...abc"), .placed = true, .low = 3 };

	(void)state;
	assert_int_equal(count("abc", "", q), 1);
	assert_int_equal(count("^abc", "", q), 1);
	q.low = 2;
	assert_int_equal(count("abc", "", q), 0);
	assert_int_equal(count("abc", "r", q), 1);
	q.shift = 1;
	assert_int_equal(count("abc", "g", q), 1);
	assert_int_equal(count("abc", "e", q), 0);
	q.shift = 4;
	assert_int_equal(count("abc", "e", q), 1);
	q.low = 12;
	assert_int_equal(count("$", "", q), 0);
	q.low = -1;
	assert_int_equal(count("a", "r", q), 0);
}

static void no_text_makes_it_run_for_ever(void **state)
{
	static const char *const slow[] = { "(a+)+$", "(a|a)*[bc]", "(.*)*[xy]",
					    "(?:a?){20}a{20}[bc]" };
	char text[4096];
	struct clam_search q = { .text = { (const uint8_t *)text, sizeof text } };

	(void)state;
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '!';
	for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
		struct arena a;
		struct clam_pcre *p;
		struct error e = { 0 };
		uint64_t steps = 1000000;
		int64_t n;
		arena_init(&a, MEMORY);
		assert_true(clam_pcre_new(&a, span_of(slow[i]), span_of(""), &p, &e));
		assert_false(clam_pcre_count(p, &q, &steps, &n, &e));
		assert_true(e.why == REASON_LIMIT || e.why == REASON_MEMORY);
		arena_release(&a);
	}
}

static void little_memory_is_an_error_and_no_crash(void **state)
{
	const struct clam_search q = { .text = span_of("some text with words in it") };
	bool done = false;

	(void)state;
	for (size_t budget = 0; !done; budget += 64) {
		struct arena a;
		struct clam_pcre *p;
		struct error e;
		uint64_t steps = 100000;
		int64_t n;
		arena_init(&a, budget);
		if (clam_pcre_new(&a, span_of("(\\w+) with (\\w+)"), span_of("gi"), &p, &e)) {
			done = clam_pcre_count(p, &q, &steps, &n, &e);
			assert_true(done ? n == 1 : e.why == REASON_MEMORY);
		} else {
			assert_int_equal(e.why, REASON_MEMORY);
		}
		arena_release(&a);
	}
}

static void what_is_no_expression_is_refused(void **state)
{
	static const struct {
		const char *pattern, *flags;
		enum reason why;
	} bad[] = { { "a(", "", REASON_DAMAGED },
		    { "[z-a]", "", REASON_DAMAGED },
		    { "(*UTF)x", "", REASON_DAMAGED },
		    { "a", "q", REASON_UNSUPPORTED } };
	struct arena a;
	struct clam_pcre *p;
	struct error e;

	(void)state;
	arena_init(&a, MEMORY);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(
			clam_pcre_new(&a, span_of(bad[i].pattern), span_of(bad[i].flags), &p, &e));
		assert_int_equal(e.why, bad[i].why);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_counts_once_or_behind_each_match),
		cmocka_unit_test(a_place_and_a_shift_bound_where_it_starts),
		cmocka_unit_test(no_text_makes_it_run_for_ever),
		cmocka_unit_test(little_memory_is_an_error_and_no_crash),
		cmocka_unit_test(what_is_no_expression_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
