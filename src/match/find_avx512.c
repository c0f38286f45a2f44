/* SPDX-License-Identifier: Apache-2.0 */
#include "match/find_impl.h"

#include <immintrin.h>

enum { WIDTH = 64 };

const uint8_t *find_avx512(const struct find *f, struct span hay)
{
	const __m512i a = _mm512_set1_epi8((char)f->byte[0]),
		      b = _mm512_set1_epi8((char)f->byte[1]);
	const __m512i la = _mm512_set1_epi8((char)f->letter[0]),
		      lb = _mm512_set1_epi8((char)f->letter[1]);
	size_t starts = hay.n - f->needle.n + 1;

	for (size_t i = 0; i < starts; i += WIDTH) {
		size_t left = starts - i;
		__mmask64 real = left >= WIDTH ? ~(__mmask64)0 : ((__mmask64)1 << left) - 1;
		__m512i x =
			_mm512_or_si512(_mm512_maskz_loadu_epi8(real, hay.p + i + f->at[0]), la);
		__mmask64 hit = _mm512_mask_cmpeq_epi8_mask(real, x, a);
		if (hit == 0)
			continue;
		__m512i y =
			_mm512_or_si512(_mm512_maskz_loadu_epi8(real, hay.p + i + f->at[1]), lb);
		hit = _mm512_mask_cmpeq_epi8_mask(hit, y, b);
		for (; hit != 0; hit &= hit - 1) {
			const uint8_t *p = hay.p + i + (unsigned)__builtin_ctzll(hit);
			if (find_stands(f, p))
				return p;
		}
	}
	return NULL;
}
