/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_impl.h"

#include <immintrin.h>

/*
 * The product of 64-bit lanes is not in AVX2 and its gather is no faster than four loads, so the
 * grams stay scalar here, four at a time so that their loads overlap; BMI2's shifts are what is
 * gained.
 */
size_t filter_grams_avx2(const struct filter_bits *t, const uint8_t *p, size_t n, uint32_t *out)
{
	const unsigned s_word = filter_word_shift(t->log);
	const unsigned s_one = filter_bit_shift(t->log, 0), s_two = filter_bit_shift(t->log, 1);
	const uint64_t *word = t->word;
	const struct filter_keying keying = t->keying;
	size_t found = 0;

	for (size_t i = 0; i < n; i += FILTER_STEP) {
		uint64_t h = filter_key(filter_load(p + i), &keying) * FILTER_HASH;
		uint64_t w = word[h >> s_word];
		out[found] = (uint32_t)i;
		found += (size_t)(w >> (h >> s_one & 63) & w >> (h >> s_two & 63) & 1);
	}
	return found;
}

/* Sixteen entries, in both halves of a register. */
static __m256i twice(const uint8_t table[16])
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* A byte's buckets are taken as the AND of its two halves': a superset of the exact table, which
 * the index behind it makes good. */
size_t filter_bytes_avx2(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	const __m256i nibble = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
	__m256i half[FILTER_BYTE_SETS][4][2];
	size_t found = 0;

	for (unsigned s = 0; s < FILTER_BYTE_SETS; s++)
		for (unsigned k = 0; k < 4; k++)
			for (unsigned part = 0; part < 2; part++)
				half[s][k][part] = twice(lut->half[s][k][part]);
	for (size_t i = 0; i < n; i += 32) {
		__m256i all[FILTER_BYTE_SETS];

		for (unsigned s = 0; s < FILTER_BYTE_SETS; s++)
			all[s] = _mm256_set1_epi8(-1);
		for (unsigned k = 0; k < 4; k++) {
			__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + i + k));
			__m256i low = _mm256_and_si256(v, nibble);
			__m256i high = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
			for (unsigned s = 0; s < FILTER_BYTE_SETS; s++) {
				__m256i b =
					_mm256_and_si256(_mm256_shuffle_epi8(half[s][k][0], low),
							 _mm256_shuffle_epi8(half[s][k][1], high));
				all[s] = _mm256_and_si256(all[s], b);
			}
		}
		uint32_t hit = 0;
		for (unsigned s = 0; s < FILTER_BYTE_SETS; s++)
			hit |= ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(all[s], zero));
		if (n - i < 32)
			hit &= (1u << (n - i)) - 1;
		for (; hit != 0; hit &= hit - 1)
			out[found++] = (uint32_t)(i + (unsigned)__builtin_ctz(hit));
	}
	return found;
}
