/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_ordinary.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static double of(const struct ordinary *o, enum ordinary_kind kind, const char *text, bool fold)
{
	return ordinary_chance(o, kind, (const uint8_t *)text, strlen(text), fold);
}

static void what_every_second_file_holds_is_known(void **state)
{
	const struct ordinary *o = *state;

	assert_true(of(o, ORDINARY_UNIX, "__libc_start_main", false) >= 0.25);
	assert_true(of(o, ORDINARY_WINDOWS, "GetProcAddress", false) >= 0.25);
	/* a part of a run, and a run with something behind that nobody has */
	assert_true(of(o, ORDINARY_WINDOWS, "ProcAdd", false) >= 0.25);
	assert_true(of(o, ORDINARY_WINDOWS, "GetProcAddressQ", false) < 0.04);
}

static void it_is_of_the_kind_that_holds_it(void **state)
{
	const struct ordinary *o = *state;

	assert_true(of(o, ORDINARY_TEXT, "__libc_start_main", false) < 0.04);
	assert_true(of(o, ORDINARY_PACKED, "__libc_start_main", false) < 1e-9);
}

static void case_counts_unless_it_is_folded(void **state)
{
	const struct ordinary *o = *state;

	assert_true(of(o, ORDINARY_WINDOWS, "getPROCaddress", false) < 0.04);
	assert_true(of(o, ORDINARY_WINDOWS, "getPROCaddress", true) >= 0.25);
}

static void what_nobody_shares_is_rare_and_the_longer_the_rarer(void **state)
{
	const struct ordinary *o = *state;
	double last = 1;

	for (size_t n = 1; n <= 12; n++) {
		double c = ordinary_chance(o, ORDINARY_WINDOWS, (const uint8_t *)"qzxjkvwqpzxj", n,
					   false);
		assert_true(c >= 0 && c <= last);
		last = c;
	}
	assert_true(last < 1e-6);
	assert_true(ordinary_chance(o, ORDINARY_UNIX, NULL, 0, false) == 0);
}

/* Of long text each twenty bytes are asked for; none is read behind its end. */
static void every_length_is_answered_from_its_own_bytes(void **state)
{
	const struct ordinary *o = *state;
	const char *text = "__libc_start_main GetProcAddress KERNEL32.dll and so on";

	for (size_t n = 0; n <= strlen(text); n++) {
		uint8_t *copy = malloc(n + 1);
		assert_non_null(copy);
		memcpy(copy, text, n);
		for (enum ordinary_kind k = 0; k < ORDINARY_KINDS; k++)
			for (unsigned fold = 0; fold < 2; fold++) {
				double c = ordinary_chance(o, k, copy, n, fold != 0);
				assert_true(c >= 0 && c <= 1);
			}
		free(copy);
	}
}

static void programs_begin_as_programs_do(void **state)
{
	(void)state;
	assert_true(span_is(span_cut(ordinary_head(ORDINARY_UNIX), 0, 4), "\177ELF"));
	assert_true(span_is(ordinary_head(ORDINARY_WINDOWS), "MZ"));
	assert_true(ordinary_head(ORDINARY_TEXT).n == 0);
}

static int make(void **state)
{
	*state = ordinary_new();
	return *state == NULL;
}

static int end(void **state)
{
	ordinary_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_every_second_file_holds_is_known),
		cmocka_unit_test(it_is_of_the_kind_that_holds_it),
		cmocka_unit_test(case_counts_unless_it_is_folded),
		cmocka_unit_test(what_nobody_shares_is_rare_and_the_longer_the_rarer),
		cmocka_unit_test(every_length_is_answered_from_its_own_bytes),
		cmocka_unit_test(programs_begin_as_programs_do),
	};

	return cmocka_run_group_tests(tests, make, end);
}
