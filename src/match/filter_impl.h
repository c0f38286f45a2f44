/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FILTER_IMPL_H
#define PEL_MATCH_FILTER_IMPL_H

/* What the CPU variants of the filter share: the two inner loops and their constants. */

#include "base/cursor.h"

#define FILTER_HASH UINT64_C(0x9e3779b97f4a7c15) /* odd, from the golden ratio */

enum {
	FILTER_STEP = 3,
	FILTER_SLACK = 64,       /* bytes that may be read beyond the last position asked for */
	FILTER_BLOCK = 2048 * 3, /* positions at one go */
	FILTER_BYTE_SETS = 4,    /* of 8 buckets each */
	FILTER_SHAPES = 4, /* of a window of four bytes: all, all but the last, third, second */
};

/*
 * How eight bytes become a key that ASCII case does not change.  Grams: bit 5 is set wherever bit 6
 * is, so letters fold and bytes below 0x40 (a space and a NUL, say) stay apart.  Differences: bit 5
 * is dropped, for the difference of two letters is the same in either case but for that bit.
 */
struct filter_keying {
	uint64_t neighbour; /* all ones for differences, else 0 */
	uint64_t fold;      /* bits 5 to be set from bit 6 */
	uint64_t mask;      /* bits that count */
};

static const struct filter_keying filter_key_grams = { 0, UINT64_C(0x202020202020),
						       UINT64_C(0xffffffffffff) };
static const struct filter_keying filter_key_bytes[FILTER_SHAPES] = {
	{ 0, 0x20202020, 0xffffffff },
	{ 0, 0x20202020, 0x00ffffff },
	{ 0, 0x20202020, 0xff00ffff },
	{ 0, 0x20202020, 0xffff00ff },
};
static const struct filter_keying filter_key_delta = { UINT64_MAX, 0, UINT64_C(0xdfdfdfdfdf) };

/* A bit table on grams or differences, checked to be whole. */
struct filter_bits {
	const uint64_t *word; /* 2^(log - 6) of them */
	unsigned log;         /* bits in the table; 6 to 32 */
	struct filter_keying keying;
};

/* Which buckets have a byte at a place of their window. */
struct filter_lut {
	uint32_t all[4][256];                    /* [place][byte]: a bit for each bucket */
	uint8_t exact[FILTER_BYTE_SETS][4][256]; /* [set][place][byte]: the same, eight at a time */
	uint8_t half[FILTER_BYTE_SETS][4][2]
		    [16]; /* [set][place][low or high four bits]: a superset */
};

struct filter_row {
	const char *name;
	bool (*usable)(void);
	/*
	 * Positions p[0], p[3], ... below n whose gram may be in the table, into out (room for n /
	 * 3 + 16); returns how many.  n is a multiple of 3 and at most FILTER_BLOCK; n +
	 * FILTER_SLACK bytes can be read.  May give too many, never too few.
	 */
	size_t (*grams)(const struct filter_bits *t, const uint8_t *p, size_t n, uint32_t *out);
	/* Positions below n where the AND of the four look-ups is not empty; out has room for n
	 * + 64. */
	size_t (*bytes)(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out);
	/* Of n positions those whose key may be in the table, into out (room for n + 16; may be
	 * `in`). FILTER_SLACK bytes can be read behind the last. */
	size_t (*sieve)(const struct filter_bits *t, const uint8_t *p, const uint32_t *in, size_t n,
			uint32_t *out);
};

static inline uint64_t filter_load(const uint8_t *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof x);
	return x;
}

static inline uint64_t filter_key(uint64_t x, const struct filter_keying *k)
{
	x ^= x >> 8 & k->neighbour;
	return (x | (x >> 1 & k->fold)) & k->mask;
}

/* Word of the table and the two bits in it, all from the upper half of one product. */
static inline unsigned filter_word_shift(unsigned log) { return 64 - log + 6; }
static inline unsigned filter_bit_shift(unsigned log, unsigned which)
{
	return 64 - log - 6 * which;
}

size_t filter_grams_plain(const struct filter_bits *t, const uint8_t *p, size_t n, uint32_t *out);
size_t filter_sieve_plain(const struct filter_bits *t, const uint8_t *p, const uint32_t *in,
			  size_t n, uint32_t *out);
size_t filter_sieve_avx512(const struct filter_bits *t, const uint8_t *p, const uint32_t *in,
			   size_t n, uint32_t *out);
size_t filter_bytes_plain(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out);
size_t filter_grams_avx2(const struct filter_bits *t, const uint8_t *p, size_t n, uint32_t *out);
size_t filter_bytes_avx2(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out);
size_t filter_grams_avx512(const struct filter_bits *t, const uint8_t *p, size_t n, uint32_t *out);
size_t filter_bytes_avx512(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out);

#endif
