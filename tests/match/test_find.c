/* SPDX-License-Identifier: Apache-2.0 */
#include "match/find.h"
#include "tests/test.h"

#include <stdlib.h>

static uint8_t low(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static const uint8_t *naive(struct span hay, struct span needle, bool fold)
{
	for (size_t i = 0; i + needle.n <= hay.n; i++) {
		size_t k = 0;
		while (k < needle.n && (fold ? low(hay.p[i + k]) : hay.p[i + k]) == needle.p[k])
			k++;
		if (k == needle.n)
			return hay.p + i;
	}
	return NULL;
}

/* Each row, each length of hay up to 200, needles that occur, nearly occur, and do not. */
static void all_rows_find_the_first_place(void **state)
{
	uint32_t x = 7;

	(void)state;
	for (size_t n = 0; n < 200; n++) {
		uint8_t *hay = malloc(n + 1);
		for (int round = 0; round < 40; round++) {
			uint8_t needle[40];
			for (size_t i = 0; i < n; i++)
				hay[i] = (uint8_t)("aAbB@`\xc1\xe1"[(x = x * 1664525u +
									 1013904223u) >>
								    29]);
			size_t k = (x >> 9) % (sizeof needle + 1);
			bool fold = (x >> 5) % 2 != 0;
			size_t from = n > k ? (x >> 3) % (n - k) : 0;
			for (size_t i = 0; i < k; i++) {
				uint8_t c = from + i < n ? hay[from + i] : 'a';
				needle[i] = fold ? low(c) : c;
			}
			struct span h = { hay, n }, want = { needle, k };
			for (size_t row = 0; row < find_n_rows(); row++)
				if (find_row_usable(row))
					assert_ptr_equal(find_bytes_row(row, h, want, fold),
							 naive(h, want, fold));
		}
		free(hay);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_rows_find_the_first_place) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
