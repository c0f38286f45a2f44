/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FILTER_PLACES_H
#define PEL_MATCH_FILTER_PLACES_H

/* From the bits of a mask to lists of positions and windows, for the variants with AVX-512. */

#include "match/filter_impl.h"

#if defined(__AVX512F__)
#include <immintrin.h>

enum { FILTER_DENSE = 8 }; /* bits in 64 from which on all windows are made and closed up */

/* The windows that begin at sixteen bytes in a row. */
static inline __m512i filter_sixteen_windows(const uint8_t *p)
{
	const __m512i quarters = _mm512_setr_epi32(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6);
	const __m512i each = _mm512_broadcast_i32x4(
		_mm_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6));
	__m512i x = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)p));

	return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(quarters, x), each);
}

static inline void filter_put_dense(uint64_t hit, const uint8_t *p, size_t i,
				    struct filter_places *out, size_t found)
{
	__m512i at = _mm512_add_epi32(
		_mm512_set1_epi32((int)i),
		_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));

	for (unsigned k = 0; k < 64; k += 16) {
		__mmask16 m = (__mmask16)(hit >> k);
		__m512i x = filter_sixteen_windows(p + i + k);
		_mm512_storeu_si512(out->at + found, _mm512_maskz_compress_epi32(m, at));
		_mm512_storeu_si512(out->window + found, _mm512_maskz_compress_epi32(m, x));
		found += (size_t)__builtin_popcount(m);
		at = _mm512_add_epi32(at, _mm512_set1_epi32(16));
	}
}

/*
 * The positions of the bits of `hit`, the first of which stands for p[i], from out's place `found`
 * on; how many.  Most often there are at most two, which are put without asking, for a wrong guess
 * costs more than two of them.
 */
static inline size_t filter_put_places(uint64_t hit, const uint8_t *p, size_t i,
				       struct filter_places *out, size_t found)
{
	size_t n = (size_t)__builtin_popcountll(hit);

	if (UNLIKELY(n > FILTER_DENSE)) {
		filter_put_dense(hit, p, i, out, found);
		return n;
	}
	for (size_t k = 0; k < 2 || UNLIKELY(k < n); k++, hit &= hit - 1) {
		size_t at = i + _tzcnt_u64(hit);
		out->at[found + k] = (uint32_t)at;
		out->window[found + k] = (uint32_t)filter_load(p + at);
	}
	return n;
}

#endif
#endif
