/* SPDX-License-Identifier: Apache-2.0 */
#include "match/find_impl.h"

#include <immintrin.h>

enum { WIDTH = 32 };

static __m256i load(const uint8_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

const uint8_t *find_avx2(const struct find *f, struct span hay)
{
	const __m256i a = _mm256_set1_epi8((char)f->byte[0]),
		      b = _mm256_set1_epi8((char)f->byte[1]);
	const __m256i la = _mm256_set1_epi8((char)f->letter[0]),
		      lb = _mm256_set1_epi8((char)f->letter[1]);
	size_t starts = hay.n - f->needle.n + 1, i = 0;

	for (; starts - i >= WIDTH; i += WIDTH) {
		__m256i x = _mm256_or_si256(load(hay.p + i + f->at[0]), la);
		__m256i y = _mm256_or_si256(load(hay.p + i + f->at[1]), lb);
		__m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(x, a), _mm256_cmpeq_epi8(y, b));
		uint32_t hit = (uint32_t)_mm256_movemask_epi8(both);
		for (; hit != 0; hit &= hit - 1) {
			const uint8_t *p = hay.p + i + (unsigned)__builtin_ctz(hit);
			if (find_stands(f, p))
				return p;
		}
	}
	if (i == starts)
		return NULL;
	return find_plain(f, (struct span){ hay.p + i, hay.n - i });
}
