/* SPDX-License-Identifier: Apache-2.0 */
#include "match/common.h"
#include "match/rarity.h"
#include "tests/test.h"

/* Runs of each size in texts of each length, with repetitions at a distance of two and without. */
static void all_runs_are_as_rare_as_each_alone(void **state)
{
	uint8_t text[70];
	unsigned rarity[sizeof text];
	uint32_t x = 11;

	(void)state;
	for (size_t n = 1; n <= sizeof text; n++) {
		for (size_t i = 0; i < n; i++)
			text[i] = (uint8_t)((x = x * 1664525u + 1013904223u) >> (n % 2 ? 24 : 31));
		for (size_t run = 1; run <= n; run++) {
			rarity_of_runs(text, n, run, rarity);
			for (size_t at = 0; at + run <= n; at++)
				assert_int_equal(rarity[at], rarity_of(text + at, run));
		}
	}
}

/* The rules that the figures follow. */
static void case_is_nothing_and_a_repetition_is_little(void **state)
{
	const uint8_t upper[] = "KERNEL32", lower[] = "kernel32", nul[8] = { 0 },
		      wide[] = "q\0q\0q\0q";

	(void)state;
	assert_int_equal(rarity_of(upper, 8), rarity_of(lower, 8));
	assert_true(rarity_of(nul, 8) < rarity_of(wide, 8));
	assert_true(rarity_of(wide, 8) < rarity_of((const uint8_t *)"q\0w\0z\0j", 8));
	assert_int_equal(rarity_of(nul, 0), 0);
}

/* Zeros are the commonest of all; the first and the last of the table are found. */
static void what_is_common_is_known(void **state)
{
	const uint32_t line = 0x656e696c, tion = 0x6e6f6974, odd = 0x6a787a71;

	(void)state;
	assert_true(common_rarity(0) < common_rarity(tion));
	assert_true(common_rarity(line) < 60 && common_rarity(tion) < 60);
	assert_true(common_rarity(UINT32_MAX) < 60);
	assert_int_equal(common_rarity(odd), COMMON_NOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_runs_are_as_rare_as_each_alone),
		cmocka_unit_test(what_is_common_is_known),
		cmocka_unit_test(case_is_nothing_and_a_repetition_is_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
