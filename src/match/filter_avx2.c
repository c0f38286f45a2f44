/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_impl.h"

#include <immintrin.h>

enum { LANES = 8, STRIDE = LANES * FILTER_STEP, AHEAD = 2048 /* bytes to be read soon */ };

struct shifts {
	__m128i word, one, two;
};

static struct shifts shifts_of(unsigned log)
{
	return (struct shifts){ _mm_cvtsi32_si128((int)filter_word_shift(log)),
				_mm_cvtsi32_si128((int)filter_bit_shift(log, 0)),
				_mm_cvtsi32_si128((int)filter_bit_shift(log, 1)) };
}

/* filter_both() of eight words: bit k of the result for lane k. */
static inline unsigned both(__m256i w, __m256i one, __m256i two)
{
	const __m256i low5 = _mm256_set1_epi32(31);
	__m256i a = _mm256_srlv_epi32(w, _mm256_and_si256(one, low5));
	__m256i b = _mm256_srlv_epi32(w, _mm256_and_si256(two, low5));

	a = _mm256_slli_epi32(_mm256_and_si256(a, b), 31);
	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(a));
}

/*
 * Eight windows come out of 32 bytes: words 0 to 3 and 3 to 6 go to the halves of a register, of
 * which each holds four windows, three bytes apart.
 */
void filter_grams_avx2(const struct filter_bits *t, const uint8_t *p, size_t n,
		       struct filter_found *out)
{
	const __m256i spread = _mm256_setr_epi32(0, 1, 2, 3, 3, 4, 5, 6);
	const __m256i low = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12));
	const __m256i high = _mm256_add_epi8(low, _mm256_set1_epi8(2));
	const __m256i fold = _mm256_set1_epi32((int)t->keying.fold);
	const __m256i low_mask = _mm256_set1_epi32((int)t->keying.mask);
	const __m256i high_mask = _mm256_set1_epi32((int)(t->keying.mask >> 16));
	const __m256i hash_four = _mm256_set1_epi32((int)FILTER_HASH_FOUR);
	const __m256i hash_six = _mm256_set1_epi32((int)FILTER_HASH_SIX);
	const __m256i zero = _mm256_set1_epi32((int)FILTER_HASH_ZERO);
	const struct shifts s = shifts_of(t->log);

	out->n_six = out->n_four = 0;
	for (size_t i = 0; i < n; i += STRIDE) {
		_mm_prefetch((const char *)(p + i + AHEAD), _MM_HINT_T0);
		__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
		x = _mm256_or_si256(x, _mm256_and_si256(_mm256_srli_epi32(x, 1), fold));
		x = _mm256_permutevar8x32_epi32(x, spread);
		__m256i four = _mm256_and_si256(_mm256_shuffle_epi8(x, low), low_mask);
		__m256i rest = _mm256_and_si256(_mm256_shuffle_epi8(x, high), high_mask);
		four = _mm256_add_epi32(_mm256_mullo_epi32(four, hash_four), zero);
		__m256i six = _mm256_add_epi32(four, _mm256_mullo_epi32(rest, hash_six));
		__m256i w = _mm256_i32gather_epi32((const int *)(const void *)t->word,
						   _mm256_srl_epi32(four, s.word), 4);
		unsigned m6 = both(w, _mm256_srli_epi32(six, FILTER_SIX_ONE),
				   _mm256_srli_epi32(six, FILTER_SIX_TWO));
		unsigned m4 = both(w, _mm256_srl_epi32(four, s.one), _mm256_srl_epi32(four, s.two));
		if (n - i < STRIDE) {
			unsigned real = (1u << ((n - i + FILTER_STEP - 1) / FILTER_STEP)) - 1;
			m6 &= real;
			m4 &= real;
		}
		for (; m6 != 0; m6 &= m6 - 1)
			out->six[out->n_six++] =
				(uint32_t)i + FILTER_STEP * (uint32_t)__builtin_ctz(m6);
		for (; m4 != 0; m4 &= m4 - 1)
			out->four[out->n_four++] =
				(uint32_t)i + FILTER_STEP * (uint32_t)__builtin_ctz(m4);
	}
}

/* Scattered positions: one gather fetches the windows, another for each shape the words. */
void filter_sieve_avx2(const struct filter_bits *t, const uint8_t *p, const uint32_t *in, size_t n,
		       struct filter_shapes *out)
{
	const __m256i fold = _mm256_set1_epi32((int)filter_key_bytes[0].fold);
	const __m256i hash = _mm256_set1_epi32((int)FILTER_HASH_FOUR);
	const __m256i zero = _mm256_set1_epi32((int)FILTER_HASH_ZERO);
	const struct shifts s = shifts_of(t->log);

	for (size_t w = 0; w < out->n_wanted; w++)
		out->n[w] = 0;
	for (size_t i = 0; i < n; i += LANES) {
		uint32_t eight[LANES] = { 0 };
		unsigned real = n - i >= LANES ? 0xff : (1u << (n - i)) - 1;
		memcpy(eight, in + i, (n - i < LANES ? n - i : LANES) * sizeof *in);
		__m256i at = _mm256_loadu_si256((const __m256i *)(const void *)eight);
		__m256i x = _mm256_i32gather_epi32((const int *)(const void *)p, at, 1);
		x = _mm256_or_si256(x, _mm256_and_si256(_mm256_srli_epi32(x, 1), fold));
		for (size_t w = 0; w < out->n_wanted; w++) {
			const struct filter_keying *k = &filter_key_bytes[out->wanted[w]];
			__m256i h = _mm256_and_si256(x, _mm256_set1_epi32((int)k->mask));
			h = _mm256_add_epi32(_mm256_mullo_epi32(h, hash), zero);
			__m256i word = _mm256_i32gather_epi32((const int *)(const void *)t->word,
							      _mm256_srl_epi32(h, s.word), 4);
			unsigned m = real & both(word, _mm256_srl_epi32(h, s.one),
						 _mm256_srl_epi32(h, s.two));
			for (; m != 0; m &= m - 1)
				out->at[w][out->n[w]++] = eight[__builtin_ctz(m)];
		}
	}
}

/* Sixteen entries, in both halves of a register. */
static __m256i twice(const uint8_t table[16])
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* A byte's buckets are taken as the AND of its two halves': a superset of the exact table, which
 * the sieve behind it makes good. */
static ALWAYS_INLINE size_t bytes_of(const struct filter_lut *lut, bool delta, const uint8_t *p,
				     size_t n, uint32_t *out)
{
	const __m256i nibble = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
	const unsigned places = lut->n_places < 4 ? lut->n_places : 4;
	size_t found = 0;

	for (size_t i = 0; i < n; i += 32) {
		__m256i low[4], high[4];
		uint32_t hit = 0;

		for (unsigned k = 0; k < 4; k++) {
			__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + i + k));
			if (delta)
				v = _mm256_xor_si256(
					v, _mm256_loadu_si256(
						   (const __m256i *)(const void *)(p + i + k + 1)));
			low[k] = _mm256_and_si256(v, nibble);
			high[k] = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
		}
		for (uint32_t set = 0; set < lut->n_sets; set++) {
			__m256i all = _mm256_set1_epi8(-1);
			for (unsigned k = 0; k < places; k++) {
				__m256i a =
					_mm256_shuffle_epi8(twice(lut->half[set][k][0]), low[k]);
				__m256i b =
					_mm256_shuffle_epi8(twice(lut->half[set][k][1]), high[k]);
				all = _mm256_and_si256(all, _mm256_and_si256(a, b));
			}
			hit |= ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(all, zero));
		}
		if (n - i < 32)
			hit &= (1u << (n - i)) - 1;
		for (; hit != 0; hit &= hit - 1)
			out[found++] = (uint32_t)(i + (unsigned)__builtin_ctz(hit));
	}
	return found;
}

size_t filter_bytes_avx2(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	return bytes_of(lut, false, p, n, out);
}

size_t filter_delta_avx2(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	return bytes_of(lut, true, p, n, out);
}
