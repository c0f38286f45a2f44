/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/chi.h"

enum { TABLES = 4 /* so that equal neighbours do not wait for each other's count */ };

static double from_counts(const uint32_t *count, size_t n)
{
	double expected = (double)n / 256, sum = 0;

	for (unsigned i = 0; i < 256; i++) {
		double d = (double)count[i] - expected;
		sum += d * d;
	}
	return n != 0 ? sum / expected : 0;
}

static void count_words(struct span s, uint32_t count[TABLES][256])
{
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t v;
		memcpy(&v, s.p + i, 8);
		count[0][v & 0xff]++;
		count[1][v >> 8 & 0xff]++;
		count[2][v >> 16 & 0xff]++;
		count[3][v >> 24 & 0xff]++;
		count[0][v >> 32 & 0xff]++;
		count[1][v >> 40 & 0xff]++;
		count[2][v >> 48 & 0xff]++;
		count[3][v >> 56]++;
	}
	for (; i < s.n; i++)
		count[0][s.p[i]]++;
}

double chi_square(struct span s)
{
	uint32_t count[TABLES][256] = { { 0 } };

	count_words(s, count);
	for (unsigned i = 0; i < 256; i++)
		count[0][i] += count[1][i] + count[2][i] + count[3][i];
	return from_counts(count[0], s.n);
}

double chi_strided(struct span s, size_t period, size_t from, size_t take, size_t *n)
{
	uint32_t count[256] = { 0 };

	*n = 0;
	for (size_t at = from; at < s.n; at += period)
		for (size_t i = at; i < at + take && i < s.n; i++) {
			count[s.p[i]]++;
			++*n;
		}
	return from_counts(count, *n);
}

bool chi_looks_random(struct span s) { return s.n >= CHI_LEAST && chi_random(chi_square(s)); }

bool chi_window_looks_random(struct span s)
{
	if (s.n >= 2 * CHI_BLOCK) {
		/* n of N bytes add n / N of their own figure to that of N even ones */
		double first = chi_square((struct span){ s.p, CHI_BLOCK });
		if (first * CHI_BLOCK / (double)s.n > 2 * CHI_HIGH)
			return false;
	}
	return chi_looks_random(s);
}
