/* SPDX-License-Identifier: Apache-2.0 */
#include "format/tlsh.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/* Letters without a pattern, the same on every machine. */
static void letters(uint8_t *to, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245u + 12345u;
		to[i] = (uint8_t)('a' + (seed >> 16) % 26);
	}
}

/* What Debian's tlsh-tools (and, from 512 bytes on, a JavaScript implementation) say of the same
 * bytes, with "T1" in front.  The lengths lie on both sides of the steps of the length code. */
static void digests_are_those_of_the_reference(void **state)
{
	static const struct {
		size_t n;
		uint32_t seed;
		const char *want;
	} known[] = {
		{ 300, 1,
		  "T104E07D7013A0CD666A4A575A14335C497AC3419E1475B18109190737DF254646E46320" },
		{ 657, 2,
		  "T14A0183A0F3F5B88112488325910899E881F73DD89E68402AC26D128803A000FBEEA8B0" },
		{ 1000, 3,
		  "T13E11A5DC431AB7606AB9090F441775EAE0048DC2DF056A757EB0360182AEBB088F6A6D" },
		{ 3172, 4,
		  "T1A2615CC1CF3A69B87F18216D1A8129FF00BAD165461046E0C73E3A992C3D7D4C55F40B" },
		{ 3200, 5,
		  "T14F615CB081B6205697CA7895D7CF1F148A24551E1F2EFFC1858B0D0744CA7FDD62EA07" },
		{ 20000, 6,
		  "T1AC92CF04EE930E450D3A4E42157DCE9AC5499C733F359CB2EA5E9E0652307EA6372F1A" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char text[TLSH_TEXT_SIZE + 1];
		uint8_t *p = malloc(known[i].n);
		assert_non_null(p);
		letters(p, known[i].n, known[i].seed);
		assert_true(tlsh_of((struct span){ p, known[i].n }, text));
		assert_string_equal(text, known[i].want);
		free(p);
	}
}

static void what_is_short_or_uniform_has_none(void **state)
{
	char text[TLSH_TEXT_SIZE + 1];
	uint8_t p[200];

	(void)state;
	letters(p, sizeof p, 7);
	assert_false(tlsh_of((struct span){ p, TLSH_MIN_SIZE - 1 }, text));
	assert_false(tlsh_of((struct span){ NULL, 0 }, text));
	memset(p, 'a', sizeof p);
	assert_false(tlsh_of((struct span){ p, sizeof p }, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_reference),
		cmocka_unit_test(what_is_short_or_uniform_has_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
