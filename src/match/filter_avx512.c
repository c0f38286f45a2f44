/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_impl.h"

#include <immintrin.h>

enum { LANES = 8, STRIDE = LANES * FILTER_STEP };

/* Byte 3 * lane + b goes to byte b of each 8-byte lane. */
static __m512i window_order(void)
{
	uint8_t order[64];

	for (unsigned lane = 0; lane < LANES; lane++)
		for (unsigned b = 0; b < 8; b++)
			order[8 * lane + b] = (uint8_t)(FILTER_STEP * lane + b);
	return _mm512_loadu_si512(order);
}

/* Eight windows come out of one register by one byte permutation; their words by one gather. */
size_t filter_grams_avx512(const struct filter_bits *t, const uint8_t *p, size_t n, uint32_t *out)
{
	const __m512i order = window_order();
	const __m512i neighbour = _mm512_set1_epi64((int64_t)t->keying.neighbour);
	const __m512i fold = _mm512_set1_epi64((int64_t)t->keying.fold);
	const __m512i mask = _mm512_set1_epi64((int64_t)t->keying.mask);
	const __m512i mul = _mm512_set1_epi64((int64_t)FILTER_HASH);
	const __m512i low6 = _mm512_set1_epi64(63), one = _mm512_set1_epi64(1);
	const __m128i s_word = _mm_cvtsi32_si128((int)filter_word_shift(t->log));
	const __m128i s_one = _mm_cvtsi32_si128((int)filter_bit_shift(t->log, 0));
	const __m128i s_two = _mm_cvtsi32_si128((int)filter_bit_shift(t->log, 1));
	const __m256i lane = _mm256_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21);
	size_t found = 0;

	for (size_t i = 0; i < n; i += STRIDE) {
		__m512i x = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(p + i));
		x = _mm512_xor_si512(x, _mm512_and_si512(_mm512_srli_epi64(x, 8), neighbour));
		x = _mm512_or_si512(x, _mm512_and_si512(_mm512_srli_epi64(x, 1), fold));
		__m512i h = _mm512_mullo_epi64(_mm512_and_si512(x, mask), mul);
		__m512i w = _mm512_i64gather_epi64(_mm512_srl_epi64(h, s_word), t->word, 8);
		__m512i a = _mm512_and_si512(_mm512_srl_epi64(h, s_one), low6);
		__m512i b = _mm512_and_si512(_mm512_srl_epi64(h, s_two), low6);
		w = _mm512_and_si512(_mm512_srlv_epi64(w, a), _mm512_srlv_epi64(w, b));
		__mmask8 hit = _mm512_test_epi64_mask(w, one);
		if (n - i < STRIDE)
			hit &= (__mmask8)((1u << ((n - i) / FILTER_STEP)) - 1);
		__m256i at = _mm256_add_epi32(lane, _mm256_set1_epi32((int)i));
		_mm256_mask_compressstoreu_epi32(out + found, hit, at);
		found += (unsigned)__builtin_popcount(hit);
	}
	return found;
}

/* The same test for scattered positions: one gather fetches the windows, another the words. */
size_t filter_sieve_avx512(const struct filter_bits *t, const uint8_t *p, const uint32_t *in,
			   size_t n, uint32_t *out)
{
	const __m512i fold = _mm512_set1_epi64((int64_t)t->keying.fold);
	const __m512i mask = _mm512_set1_epi64((int64_t)t->keying.mask);
	const __m512i mul = _mm512_set1_epi64((int64_t)FILTER_HASH);
	const __m512i low6 = _mm512_set1_epi64(63), one = _mm512_set1_epi64(1);
	const __m128i s_word = _mm_cvtsi32_si128((int)filter_word_shift(t->log));
	const __m128i s_one = _mm_cvtsi32_si128((int)filter_bit_shift(t->log, 0));
	const __m128i s_two = _mm_cvtsi32_si128((int)filter_bit_shift(t->log, 1));
	size_t kept = 0;

	for (size_t i = 0; i < n; i += LANES) {
		__mmask8 real = n - i >= LANES ? 0xff : (__mmask8)((1u << (n - i)) - 1);
		__m256i at = _mm256_maskz_loadu_epi32(real, in + i);
		__m512i x = _mm512_i32gather_epi64(at, p, 1);
		x = _mm512_or_si512(x, _mm512_and_si512(_mm512_srli_epi64(x, 1), fold));
		__m512i h = _mm512_mullo_epi64(_mm512_and_si512(x, mask), mul);
		__m512i w = _mm512_i64gather_epi64(_mm512_srl_epi64(h, s_word), t->word, 8);
		__m512i a = _mm512_and_si512(_mm512_srl_epi64(h, s_one), low6);
		__m512i b = _mm512_and_si512(_mm512_srl_epi64(h, s_two), low6);
		w = _mm512_and_si512(_mm512_srlv_epi64(w, a), _mm512_srlv_epi64(w, b));
		__mmask8 hit = _mm512_mask_test_epi64_mask(real, w, one);
		_mm256_mask_compressstoreu_epi32(out + kept, hit, at);
		kept += (unsigned)__builtin_popcount(hit);
	}
	return kept;
}

/* The entry of a table of 256 bytes for each of 64 bytes. */
static inline __m512i look_up(const uint8_t *table, __m512i v)
{
	__m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(table), v,
					       _mm512_loadu_si512(table + 64));
	__m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(table + 128), v,
						_mm512_loadu_si512(table + 192));
	return _mm512_mask_blend_epi8(_mm512_movepi8_mask(v), low, high);
}

size_t filter_bytes_avx512(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i += 64) {
		__m512i v[4];
		uint64_t hit = 0;

		for (unsigned k = 0; k < 4; k++)
			v[k] = _mm512_loadu_si512(p + i + k);
		for (unsigned s = 0; s < FILTER_BYTE_SETS; s++) {
			__m512i all = look_up(lut->exact[s][0], v[0]);
			for (unsigned k = 1; k < 4; k++)
				all = _mm512_and_si512(all, look_up(lut->exact[s][k], v[k]));
			hit |= _mm512_test_epi8_mask(all, all);
		}
		if (n - i < 64)
			hit &= (UINT64_C(1) << (n - i)) - 1;
		for (; hit != 0; hit &= hit - 1)
			out[found++] = (uint32_t)(i + (unsigned)__builtin_ctzll(hit));
	}
	return found;
}
