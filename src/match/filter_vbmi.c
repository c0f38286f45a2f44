/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_places.h"

enum { MOST_SETS = 2 };

/* The entry of a table of 256 bytes for each of 64 bytes. */
static inline __m512i look_up(const uint8_t *table, __m512i v)
{
	__m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(table), v,
					       _mm512_loadu_si512(table + 64));
	__m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(table + 128), v,
						_mm512_loadu_si512(table + 192));
	return _mm512_mask_blend_epi8(_mm512_movepi8_mask(v), low, high);
}

/*
 * AVX-512 VBMI looks 64 bytes up in 256 entries at once, so the tables are the exact ones.  Of more
 * than two sets the registers do not hold the tables: fetching them anew costs more than what the
 * halves find too much.
 */
size_t filter_bytes_vbmi(const struct filter_lut *lut, const uint8_t *p, size_t n,
			 struct filter_places *out)
{
	size_t found = 0;

	if (lut->n_sets > MOST_SETS)
		return filter_bytes_avx512(lut, p, n, out);
	for (size_t i = 0; i < n; i += 64) {
		__m512i v[4];
		uint64_t hit = 0;

		for (unsigned k = 0; k < 4; k++)
			v[k] = _mm512_loadu_si512(p + i + k);
		for (uint32_t set = 0; set < lut->n_sets; set++) {
			__m512i all = look_up(lut->exact[set][0], v[0]);
			for (unsigned k = 1; k < 4; k++)
				all = _mm512_and_si512(all, look_up(lut->exact[set][k], v[k]));
			hit |= _mm512_test_epi8_mask(all, all);
		}
		if (n - i < 64)
			hit &= (UINT64_C(1) << (n - i)) - 1;
		found += filter_put_places(hit, p, i, out, found);
	}
	return found;
}
