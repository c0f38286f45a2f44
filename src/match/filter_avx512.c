/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_impl.h"

#include <immintrin.h>

enum { LANES = 16, STRIDE = LANES * FILTER_STEP, AHEAD = 2048 /* bytes to be read soon */ };

struct shifts {
	__m128i word, one, two;
};

static struct shifts shifts_of(unsigned log)
{
	return (struct shifts){ _mm_cvtsi32_si128((int)filter_word_shift(log)),
				_mm_cvtsi32_si128((int)filter_bit_shift(log, 0)),
				_mm_cvtsi32_si128((int)filter_bit_shift(log, 1)) };
}

/* filter_both() of sixteen words.  A rotation takes its count modulo 32 by itself. */
static inline __mmask16 both(__m512i w, __m512i one, __m512i two)
{
	__m512i a = _mm512_rorv_epi32(w, one), b = _mm512_rorv_epi32(w, two);

	return _mm512_test_epi32_mask(_mm512_and_si512(a, b), _mm512_set1_epi32(1));
}

/* The lanes of `at` that m names, to the end of a list that has room for sixteen; how many. */
static inline size_t append(uint32_t *list, __mmask16 m, __m512i at)
{
	_mm512_storeu_si512(list, _mm512_maskz_compress_epi32(m, at));
	return (size_t)__builtin_popcount(m);
}

/*
 * Sixteen windows come out of 64 bytes: words 0 to 3, 3 to 6, 6 to 9 and 9 to 12 go to the quarters
 * of a register, of which each holds four windows, three bytes apart.  One gather fetches all the
 * words of the table.
 */
void filter_grams_avx512(const struct filter_bits *t, const uint8_t *p, size_t n,
			 struct filter_found *out)
{
	const __m512i spread = _mm512_setr_epi32(0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12);
	const __m512i low = _mm512_broadcast_i32x4(
		_mm_setr_epi8(0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12));
	const __m512i high = _mm512_add_epi8(low, _mm512_set1_epi8(2));
	const __m512i fold = _mm512_set1_epi32((int)t->keying.fold);
	const __m512i low_mask = _mm512_set1_epi32((int)t->keying.mask);
	const __m512i high_mask = _mm512_set1_epi32((int)(t->keying.mask >> 16));
	const __m512i hash_four = _mm512_set1_epi32((int)FILTER_HASH_FOUR);
	const __m512i hash_six = _mm512_set1_epi32((int)FILTER_HASH_SIX);
	const __m512i lane = _mm512_mullo_epi32(
		_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
		_mm512_set1_epi32(FILTER_STEP));
	const __m512i zero = _mm512_set1_epi32((int)FILTER_HASH_ZERO);
	const struct shifts s = shifts_of(t->log);
	size_t n_six = 0, n_four = 0;

	for (size_t i = 0; i < n; i += STRIDE) {
		_mm_prefetch((const char *)(p + i + AHEAD), _MM_HINT_T0);
		__m512i x = _mm512_loadu_si512(p + i);
		x = _mm512_or_si512(x, _mm512_and_si512(_mm512_srli_epi32(x, 1), fold));
		x = _mm512_permutexvar_epi32(spread, x);
		__m512i four = _mm512_and_si512(_mm512_shuffle_epi8(x, low), low_mask);
		__m512i rest = _mm512_and_si512(_mm512_shuffle_epi8(x, high), high_mask);
		four = _mm512_add_epi32(_mm512_mullo_epi32(four, hash_four), zero);
		__m512i six = _mm512_add_epi32(four, _mm512_mullo_epi32(rest, hash_six));
		__m512i w = _mm512_i32gather_epi32(_mm512_srl_epi32(four, s.word), t->word, 4);
		__mmask16 m6 = both(w, _mm512_srli_epi32(six, FILTER_SIX_ONE),
				    _mm512_srli_epi32(six, FILTER_SIX_TWO));
		__mmask16 m4 =
			both(w, _mm512_srl_epi32(four, s.one), _mm512_srl_epi32(four, s.two));
		if (n - i < STRIDE) {
			__mmask16 real =
				(__mmask16)((1u << ((n - i + FILTER_STEP - 1) / FILTER_STEP)) - 1);
			m6 &= real;
			m4 &= real;
		}
		__m512i at = _mm512_add_epi32(lane, _mm512_set1_epi32((int)i));
		n_six += append(out->six + n_six, m6, at);
		n_four += append(out->four + n_four, m4, at);
	}
	out->n_six = n_six;
	out->n_four = n_four;
}

/* Scattered positions: one gather fetches the windows, another for each shape the words. */
void filter_sieve_avx512(const struct filter_bits *t, const uint8_t *p, const uint32_t *in,
			 size_t n, struct filter_shapes *out)
{
	const __m512i fold = _mm512_set1_epi32((int)filter_key_bytes[0].fold);
	const __m512i hash = _mm512_set1_epi32((int)FILTER_HASH_FOUR);
	const __m512i zero = _mm512_set1_epi32((int)FILTER_HASH_ZERO);
	const struct shifts s = shifts_of(t->log);

	for (size_t w = 0; w < out->n_wanted; w++)
		out->n[w] = 0;
	for (size_t i = 0; i < n; i += LANES) {
		__mmask16 real = n - i >= LANES ? 0xffff : (__mmask16)((1u << (n - i)) - 1);
		__m512i at = _mm512_maskz_loadu_epi32(real, in + i);
		__m512i x = _mm512_i32gather_epi32(at, p, 1);
		x = _mm512_or_si512(x, _mm512_and_si512(_mm512_srli_epi32(x, 1), fold));
		for (size_t w = 0; w < out->n_wanted; w++) {
			const struct filter_keying *k = &filter_key_bytes[out->wanted[w]];
			__m512i h = _mm512_and_si512(x, _mm512_set1_epi32((int)k->mask));
			h = _mm512_add_epi32(_mm512_mullo_epi32(h, hash), zero);
			__m512i word =
				_mm512_i32gather_epi32(_mm512_srl_epi32(h, s.word), t->word, 4);
			__mmask16 m =
				both(word, _mm512_srl_epi32(h, s.one), _mm512_srl_epi32(h, s.two)) &
				real;
			out->n[w] += append(out->at[w] + out->n[w], m, at);
		}
	}
}

/* ---- short anchors */

/* The positions of the bits of `hit`, to a list that has room for 64; how many.  Most often there
 * are at most two, which are put without asking, for a wrong guess costs more than two stores. */
static inline size_t put_bits(uint64_t hit, uint32_t base, uint32_t *list)
{
	size_t n = (size_t)__builtin_popcountll(hit);

	list[0] = base + (uint32_t)_tzcnt_u64(hit);
	hit &= hit - 1;
	list[1] = base + (uint32_t)_tzcnt_u64(hit);
	hit &= hit - 1;
	for (size_t k = 2; UNLIKELY(hit != 0); k++, hit &= hit - 1)
		list[k] = base + (uint32_t)_tzcnt_u64(hit);
	return n;
}

/* Sixteen entries, in every quarter of a register. */
static inline __m512i four_times(const uint8_t table[16])
{
	return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* A byte's buckets are taken as the AND of its two halves': a superset of the exact table, which
 * the sieve behind it makes good.  n_sets, n_places and delta (whether differences are looked up)
 * are constants in each use, so that the tables of few sets stay in registers. */
static ALWAYS_INLINE size_t bytes_of_sets(const struct filter_lut *lut, uint32_t n_sets,
					  unsigned n_places, bool delta, const uint8_t *p, size_t n,
					  uint32_t *out)
{
	const __m512i nibble = _mm512_set1_epi8(15);
	__m512i table[FILTER_BYTE_SETS][4][2], all[FILTER_BYTE_SETS];
	size_t found = 0;

	for (uint32_t set = 0; set < n_sets; set++)
		for (unsigned k = 0; k < n_places; k++)
			for (unsigned part = 0; part < 2; part++)
				table[set][k][part] = four_times(lut->half[set][k][part]);
	for (size_t i = 0; i < n; i += 64) {
		uint64_t hit = 0;

		for (unsigned k = 0; k < n_places; k++) {
			__m512i v = _mm512_loadu_si512(p + i + k);
			if (delta)
				v = _mm512_xor_si512(v, _mm512_loadu_si512(p + i + k + 1));
			__m512i low = _mm512_and_si512(v, nibble);
			__m512i high = _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble);
			for (uint32_t set = 0; set < n_sets; set++) {
				__m512i a = _mm512_shuffle_epi8(table[set][k][0], low);
				__m512i b = _mm512_shuffle_epi8(table[set][k][1], high);
				all[set] = k == 0 ? _mm512_and_si512(a, b)
						  : _mm512_ternarylogic_epi32(all[set], a, b, 0x80);
			}
		}
		for (uint32_t set = 0; set < n_sets; set++)
			hit |= _mm512_test_epi8_mask(all[set], all[set]);
		if (n - i < 64)
			hit &= (UINT64_C(1) << (n - i)) - 1;
		if (hit != 0)
			found += put_bits(hit, (uint32_t)i, out + found);
	}
	return found;
}

static ALWAYS_INLINE size_t bytes_of(const struct filter_lut *lut, bool delta, const uint8_t *p,
				     size_t n, uint32_t *out)
{
	if (lut->n_sets == 1 && lut->n_places == 2)
		return bytes_of_sets(lut, 1, 2, delta, p, n, out);
	if (lut->n_sets == 1 && lut->n_places == 3)
		return bytes_of_sets(lut, 1, 3, delta, p, n, out);
	if (lut->n_sets == 1)
		return bytes_of_sets(lut, 1, 4, delta, p, n, out);
	if (lut->n_sets == 2)
		return bytes_of_sets(lut, 2, 4, delta, p, n, out);
	return bytes_of_sets(lut, FILTER_BYTE_SETS, 4, delta, p, n, out);
}

size_t filter_bytes_avx512(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	return bytes_of(lut, false, p, n, out);
}

size_t filter_delta_avx512(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	return bytes_of(lut, true, p, n, out);
}
