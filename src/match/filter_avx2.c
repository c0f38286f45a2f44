/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_impl.h"

#include <immintrin.h>

enum { LANES = 8, STRIDE = LANES * FILTER_STEP, AHEAD = 2048 /* bytes to be read soon */ };

/* filter_key() with no byte left out, and filter_turn(), of eight windows. */
static inline __m256i key_of(__m256i x)
{
	const __m256i fold = _mm256_set1_epi32(FILTER_FOLD);

	x = _mm256_or_si256(x, _mm256_and_si256(_mm256_srli_epi32(x, 1), fold));
	return _mm256_xor_si256(x, _mm256_set1_epi32(~FILTER_FOLD));
}

/* filter_word() of eight keys. */
static inline __m256i words_of(const struct filter_bits *t, __m256i x)
{
	__m256i at = _mm256_madd_epi16(x, _mm256_set1_epi32(FILTER_HASH_PAIR));
	at = _mm256_and_si256(at, _mm256_set1_epi32((int)((UINT32_C(1) << (t->log - 5)) - 1)));
	return _mm256_i32gather_epi32((const int *)(const void *)t->word, at, sizeof *t->word);
}

/* Which words hold the bit that x names, and that which its first bytes times `pair` name? */
static inline unsigned hold(__m256i word, __m256i x, int pair)
{
	const __m256i low5 = _mm256_set1_epi32(31);
	__m256i two = _mm256_maddubs_epi16(x, _mm256_set1_epi32(pair));
	__m256i a = _mm256_srlv_epi32(word, _mm256_and_si256(x, low5));
	__m256i b = _mm256_srlv_epi32(word, _mm256_and_si256(two, low5));

	a = _mm256_slli_epi32(_mm256_and_si256(a, b), 31);
	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(a));
}

/* Keys of which the bytes in `mask` count: another is 0 in the key, which turned is ~fold. */
static inline __m256i with_bytes(__m256i x, uint32_t mask)
{
	return _mm256_blendv_epi8(_mm256_set1_epi32(~FILTER_FOLD), x, _mm256_set1_epi32((int)mask));
}

/* Which words hold both bits of short keys? */
static inline unsigned hold_short(__m256i word, __m256i x)
{
	const __m256i low5 = _mm256_set1_epi32(31);
	__m256i mixed = _mm256_madd_epi16(x, _mm256_set1_epi32(FILTER_SHORT_PAIR));
	__m256i one = _mm256_and_si256(_mm256_srli_epi32(mixed, FILTER_SHORT_ONE), low5);
	__m256i two = _mm256_and_si256(_mm256_srli_epi32(mixed, FILTER_SHORT_TWO), low5);
	__m256i a = _mm256_and_si256(_mm256_srlv_epi32(word, one), _mm256_srlv_epi32(word, two));

	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(a, 31)));
}

/* Each lane has its own window: bytes 0 to 3 from one load, 4 to 7 from another. */
void filter_grams_avx2(const struct filter_bits *t, const uint8_t *p, size_t n,
		       struct filter_found *out)
{
	const __m256i ignored = _mm256_set1_epi32((int)filter_ignored(t));
	UNINITIALIZED struct filter_masks m;
	uint8_t *six = (uint8_t *)m.six, *four = (uint8_t *)m.four; /* little-endian */
	size_t k = 0;

	for (size_t i = 0; i < n; i += STRIDE, k++) {
		_mm_prefetch((const char *)(p + i + AHEAD), _MM_HINT_T0);
		__m256i first = key_of(_mm256_loadu_si256((const __m256i *)(const void *)(p + i)));
		__m256i rest =
			key_of(_mm256_loadu_si256((const __m256i *)(const void *)(p + i + 4)));
		__m256i word = words_of(t, first);
		six[k] = (uint8_t)hold(word, rest, FILTER_SIX_PAIR);
		__m256i zeros = _mm256_cmpeq_epi32(first, ignored);
		four[k] =
			(uint8_t)(hold(_mm256_andnot_si256(zeros, word), first, FILTER_FOUR_PAIR));
	}
	out->n_six = out->n_four = 0;
	filter_put_found(&m, 0, n, out);
}

/* One gather fetches the words for all shapes. */
void filter_sieve_avx2(const struct filter_bits *t, const struct filter_places *in, size_t from,
		       size_t n, struct filter_shapes *out)
{
	for (size_t w = 0; w < out->n_wanted; w++)
		out->n[w] = 0;
	for (size_t i = 0; i < n; i += LANES) {
		unsigned real = n - i >= LANES ? 0xff : (1u << (n - i)) - 1;
		const uint32_t *at = in->at + from + i;
		__m256i all = key_of(
			_mm256_loadu_si256((const __m256i *)(const void *)(in->window + from + i)));
		__m256i word = words_of(t, with_bytes(all, t->common));
		for (size_t w = 0; w < out->n_wanted; w++) {
			uint32_t mask = (uint32_t)filter_key_bytes[out->wanted[w]].mask;
			unsigned m = real & hold_short(word, with_bytes(all, mask));
			for (; m != 0; m &= m - 1)
				out->at[w][out->n[w]++] = at[__builtin_ctz(m)];
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
				     size_t n, uint32_t *at, uint32_t *windows)
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
		for (; hit != 0; hit &= hit - 1, found++) {
			at[found] = (uint32_t)(i + (unsigned)__builtin_ctz(hit));
			if (!delta)
				windows[found] = (uint32_t)filter_load(p + at[found]);
		}
	}
	return found;
}

size_t filter_bytes_avx2(const struct filter_lut *lut, const uint8_t *p, size_t n,
			 struct filter_places *out)
{
	return bytes_of(lut, false, p, n, out->at, out->window);
}

size_t filter_delta_avx2(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	return bytes_of(lut, true, p, n, out, NULL);
}
