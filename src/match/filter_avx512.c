/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_places.h"

enum { LANES = 16, STRIDE = LANES * FILTER_STEP, AHEAD = 2048 /* bytes to be read soon */ };
enum { ALL_LANES = 0xffff };

/* filter_key() with no byte left out, and filter_turn(), of sixteen windows: where a bit of `fold`
 * is set x or its neighbour, elsewhere the opposite of x. */
static inline __m512i key_of(__m512i x, __m512i fold)
{
	enum { EITHER_OR_NOT = 0xad }; /* the truth table of that */
	return _mm512_ternarylogic_epi32(x, _mm512_srli_epi32(x, 1), fold, EITHER_OR_NOT);
}

/* filter_word() of sixteen keys. */
static inline __m512i words_of(const struct filter_bits *t, __m512i x)
{
	__m512i at = _mm512_madd_epi16(x, _mm512_set1_epi32(FILTER_HASH_PAIR));
	at = _mm512_and_si512(at, _mm512_set1_epi32((int)((UINT32_C(1) << (t->log - 5)) - 1)));
	return _mm512_i32gather_epi32(at, t->word, sizeof *t->word);
}

/* Which words of `lanes` hold the bit that x names, and that which its first bytes times `pair`
 * name?  A rotation takes its count modulo 32 by itself. */
static inline __mmask16 hold(__mmask16 lanes, __m512i word, __m512i x, int pair)
{
	__m512i two = _mm512_maddubs_epi16(x, _mm512_set1_epi32(pair));
	__m512i a = _mm512_rorv_epi32(word, x), b = _mm512_rorv_epi32(word, two);

	return _mm512_mask_test_epi32_mask(lanes, _mm512_and_si512(a, b), _mm512_set1_epi32(1));
}

/* n positions from `from` on; p is where these begin.  Each lane has its own window: bytes 0 to 3
 * from one load, 4 to 7 from another.  One gather fetches all the words of the table; the loop
 * takes as long as it does. */
static void grams_of_all(const struct filter_bits *t, const uint8_t *p, size_t from, size_t n,
			 struct filter_found *out)
{
	const __m512i fold = _mm512_set1_epi32(FILTER_FOLD);
	const __m512i ignored = _mm512_set1_epi32((int)filter_ignored(t));
	UNINITIALIZED struct filter_masks m;
	uint16_t *six = (uint16_t *)m.six, *four = (uint16_t *)m.four; /* little-endian */
	size_t k = 0;

	for (size_t i = 0; i < n; i += STRIDE, k++) {
		_mm_prefetch((const char *)(p + i + AHEAD), _MM_HINT_T0);
		__m512i first = key_of(_mm512_loadu_si512(p + i), fold);
		__m512i rest = key_of(_mm512_loadu_si512(p + i + 4), fold);
		__m512i word = words_of(t, first);
		__mmask16 wanted = _mm512_cmpneq_epi32_mask(first, ignored);
		six[k] = hold(ALL_LANES, word, rest, FILTER_SIX_PAIR);
		four[k] = hold(wanted, word, first, FILTER_FOUR_PAIR);
	}
	filter_put_found(&m, from, n, out);
}

/* Which of sixteen windows filter_is_text() is true of: bytes have two properties, each of which
 * the upper and the lower four bits both decide. */
static inline __mmask16 are_text(__m512i x)
{
	enum {
		TEXT = 1,
		ZERO = 2,
		NOT_BOTH = 0x3f /* the truth table of that, of the first two */
	};
	const __m512i nibble = _mm512_set1_epi8(15);
	const __m512i low = _mm512_broadcast_i32x4(
		_mm_setr_epi8(TEXT | ZERO, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
			      TEXT, TEXT, TEXT, TEXT, TEXT, TEXT));
	const __m512i high = _mm512_broadcast_i32x4(
		_mm_setr_epi8(ZERO, 0, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, 0, 0, 0, 0, 0, 0, 0, 0));
	__m512i a = _mm512_shuffle_epi8(low, _mm512_and_si512(x, nibble));
	__m512i b = _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16(x, 4), nibble));
	__m512i lacks = _mm512_ternarylogic_epi32(a, b, b, NOT_BOTH);

	return _mm512_testn_epi32_mask(lacks, _mm512_set1_epi32(TEXT << 16 | TEXT << 8 | TEXT)) |
	       _mm512_testn_epi32_mask(lacks, _mm512_set1_epi32(TEXT << 16 | ZERO << 8 | TEXT)) |
	       _mm512_testn_epi32_mask(lacks, _mm512_set1_epi32(ZERO << 16 | TEXT << 8 | ZERO));
}

enum { PART = 4096, PROBES = 8 };

/* Windows of text, closed up, so that a gather has sixteen of them. */
struct text_windows {
	uint32_t first[PART / FILTER_STEP + LANES], rest[PART / FILTER_STEP + LANES];
	uint32_t at[PART / FILTER_STEP + LANES];
};

static size_t gather_text(const uint8_t *p, size_t from, size_t n, struct text_windows *w)
{
	__m512i at = _mm512_add_epi32(
		_mm512_set1_epi32((int)from),
		_mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60));
	const __m512i end = _mm512_set1_epi32((int)(from + n)), stride = _mm512_set1_epi32(STRIDE);
	size_t k = 0;

	for (size_t i = 0; i < n; i += STRIDE, at = _mm512_add_epi32(at, stride)) {
		_mm_prefetch((const char *)(p + i + AHEAD), _MM_HINT_T0);
		__m512i first = _mm512_loadu_si512(p + i), rest = _mm512_loadu_si512(p + i + 4);
		__mmask16 m = are_text(first) & _mm512_cmplt_epi32_mask(at, end);
		_mm512_storeu_si512(w->first + k, _mm512_maskz_compress_epi32(m, first));
		_mm512_storeu_si512(w->rest + k, _mm512_maskz_compress_epi32(m, rest));
		_mm512_storeu_si512(w->at + k, _mm512_maskz_compress_epi32(m, at));
		k += (size_t)__builtin_popcount(m);
	}
	return k;
}

/* The same as grams_of_all() of a table of text alone, at most PART positions. */
static void grams_of_text(const struct filter_bits *t, const uint8_t *p, size_t from, size_t n,
			  struct filter_found *out)
{
	const __m512i fold = _mm512_set1_epi32(FILTER_FOLD);
	UNINITIALIZED struct text_windows w;
	size_t n_windows = gather_text(p, from, n, &w);

	for (size_t i = 0; i < n_windows; i += LANES) {
		__mmask16 real = n_windows - i >= LANES ? ALL_LANES
							: (__mmask16)((1u << (n_windows - i)) - 1);
		__m512i first = key_of(_mm512_loadu_si512(w.first + i), fold);
		__m512i rest = key_of(_mm512_loadu_si512(w.rest + i), fold);
		__m512i at = _mm512_loadu_si512(w.at + i), word = words_of(t, first);
		__mmask16 six = hold(real, word, rest, FILTER_SIX_PAIR);
		__mmask16 four = hold(real, word, first, FILTER_FOUR_PAIR);
		_mm512_storeu_si512(out->six + out->n_six, _mm512_maskz_compress_epi32(six, at));
		_mm512_storeu_si512(out->four + out->n_four, _mm512_maskz_compress_epi32(four, at));
		out->n_six += (size_t)__builtin_popcount(six);
		out->n_four += (size_t)__builtin_popcount(four);
	}
}

/* Is less than half of it text, by what a few places show? */
static bool little_text(const uint8_t *p, size_t n)
{
	size_t text = 0, looked = 0;

	for (size_t i = 0; i < n; i += PART / PROBES, looked += LANES)
		text += (size_t)__builtin_popcount(are_text(_mm512_loadu_si512(p + i)));
	return 2 * text < looked;
}

void filter_grams_avx512(const struct filter_bits *t, const uint8_t *p, size_t n,
			 struct filter_found *out)
{
	size_t most = t->text ? PART : n;

	out->n_six = out->n_four = 0;
	for (size_t from = 0, part; from < n; from += part) {
		part = n - from < most ? n - from : most;
		if (t->text && little_text(p + from, part))
			grams_of_text(t, p + from, from, part, out);
		else
			grams_of_all(t, p + from, from, part, out);
	}
}

/* Keys of which the bytes in `mask` count: another is 0 in the key, which turned is ~fold. */
static inline __m512i with_bytes(__m512i x, uint32_t mask)
{
	return _mm512_mask_blend_epi8(_mm512_movepi8_mask(_mm512_set1_epi32((int)mask)),
				      _mm512_set1_epi32(~FILTER_FOLD), x);
}

/* Which words of `lanes` hold both bits of short keys? */
static inline __mmask16 hold_short(__mmask16 lanes, __m512i word, __m512i x)
{
	__m512i mixed = _mm512_madd_epi16(x, _mm512_set1_epi32(FILTER_SHORT_PAIR));
	__m512i a = _mm512_rorv_epi32(word, _mm512_srli_epi32(mixed, FILTER_SHORT_ONE));
	__m512i b = _mm512_rorv_epi32(word, _mm512_srli_epi32(mixed, FILTER_SHORT_TWO));

	return _mm512_mask_test_epi32_mask(lanes, _mm512_and_si512(a, b), _mm512_set1_epi32(1));
}

/* One gather fetches the words for all shapes. */
void filter_sieve_avx512(const struct filter_bits *t, const struct filter_places *in, size_t from,
			 size_t n, struct filter_shapes *out)
{
	const __m512i fold = _mm512_set1_epi32(FILTER_FOLD);

	for (size_t w = 0; w < out->n_wanted; w++)
		out->n[w] = 0;
	for (size_t i = 0; i < n; i += LANES) {
		__mmask16 real = n - i >= LANES ? 0xffff : (__mmask16)((1u << (n - i)) - 1);
		__m512i at = _mm512_loadu_si512(in->at + from + i);
		__m512i all = key_of(_mm512_loadu_si512(in->window + from + i), fold);
		__m512i word = words_of(t, with_bytes(all, t->common));
		for (size_t w = 0; w < out->n_wanted; w++) {
			uint32_t mask = (uint32_t)filter_key_bytes[out->wanted[w]].mask;
			__mmask16 m = hold_short(real, word, with_bytes(all, mask));
			_mm512_storeu_si512(out->at[w] + out->n[w],
					    _mm512_maskz_compress_epi32(m, at));
			out->n[w] += (size_t)__builtin_popcount(m);
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
					  struct filter_places *places, uint32_t *at)
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
		if (!delta)
			found += filter_put_places(hit, p, i, places, found);
		else if (hit != 0)
			found += put_bits(hit, (uint32_t)i, at + found);
	}
	return found;
}

static ALWAYS_INLINE size_t bytes_of(const struct filter_lut *lut, bool delta, const uint8_t *p,
				     size_t n, struct filter_places *places, uint32_t *at)
{
	if (lut->n_sets == 1 && lut->n_places == 2)
		return bytes_of_sets(lut, 1, 2, delta, p, n, places, at);
	if (lut->n_sets == 1 && lut->n_places == 3)
		return bytes_of_sets(lut, 1, 3, delta, p, n, places, at);
	if (lut->n_sets == 1)
		return bytes_of_sets(lut, 1, 4, delta, p, n, places, at);
	if (lut->n_sets == 2)
		return bytes_of_sets(lut, 2, 4, delta, p, n, places, at);
	if (lut->n_sets == 3)
		return bytes_of_sets(lut, 3, 4, delta, p, n, places, at);
	return bytes_of_sets(lut, FILTER_BYTE_SETS, 4, delta, p, n, places, at);
}

size_t filter_bytes_avx512(const struct filter_lut *lut, const uint8_t *p, size_t n,
			   struct filter_places *out)
{
	return bytes_of(lut, false, p, n, out, NULL);
}

size_t filter_delta_avx512(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	return bytes_of(lut, true, p, n, NULL, out);
}
