/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FILTER_IMPL_H
#define PEL_MATCH_FILTER_IMPL_H

/* What the CPU variants of the filter share: the inner loops and their constants. */

#include "base/cursor.h"

enum {
	FILTER_STEP = 4,
	FILTER_SLACK = 88,    /* bytes that may be read beyond the last position asked for */
	FILTER_BLOCK = 12288, /* positions at one go: so that the lists of a pass are few pages */
	FILTER_BYTE_SETS = 4, /* of 8 buckets each */
	FILTER_SHAPES = 7,    /* of a window of four bytes: which of them count */
	FILTER_THREE = 1,     /* the shape of which the first three do */
	FILTER_MIN_LOG = 10,
	FILTER_MAX_LOG = 27,
};

/*
 * How eight bytes become a key that ASCII case does not change: bit 5 is set wherever bit 6 is, so
 * letters fold and bytes below 0x40 (a space and a NUL, say) stay apart.  Of differences nothing is
 * folded.
 */
struct filter_keying {
	uint64_t fold; /* bits 5 to be set from bit 6 */
	uint64_t mask; /* bits that count */
};

static const struct filter_keying filter_key_six = { UINT64_C(0x202020202020),
						     UINT64_C(0xffffffffffff) };
static const struct filter_keying filter_key_bytes[FILTER_SHAPES] = {
	{ 0x20202020, 0xffffffff }, { 0x20202020, 0x00ffffff }, { 0x20202020, 0xff00ffff },
	{ 0x20202020, 0xffff00ff }, { 0x20202020, 0x0000ffff }, { 0x20202020, 0x00ff00ff },
	{ 0x20202020, 0xff0000ff },
};
static const struct filter_keying filter_key_delta = { 0, 0xffffffff };

/*
 * A bit table, checked to be whole.  A key of four bytes and one of six that begins with the same
 * four share a word, so that one look tells of both; two bits of the word stand for each key.
 */
struct filter_bits {
	const uint32_t *word; /* 2^(log - 5) of them */
	unsigned log;         /* bits in the table; FILTER_MIN_LOG to FILTER_MAX_LOG */
	struct filter_keying keying;
	/* A key of four zeros is in the table.  Where it is not, all the keys of six that begin so
	 * can still set its bits, and no other key stands in so many places. */
	bool zeros;
	bool text; /* filter_is_text() is true of every key's first bytes */
	/* Of short keys: the bits that count in windows of every shape that there is, which choose
	 * the word, so that one look tells of all shapes. */
	uint32_t common;
};

/*
 * Programs are a tenth text, and many tables hold nothing else: bytes of 0x20 to 0x7f, alone or by
 * turns with zeros, as wide text has them.  The first three bytes of a window tell.
 */
static inline bool filter_is_text(const uint8_t *p)
{
	bool first = p[0] >= 0x20 && p[0] < 0x80, second = p[1] >= 0x20 && p[1] < 0x80;
	bool third = p[2] >= 0x20 && p[2] < 0x80;

	return (first && third && (second || p[1] == 0)) || (p[0] == 0 && second && p[2] == 0);
}

/* Which buckets have a byte at a place of their window. */
struct filter_lut {
	uint32_t all[4][256];                    /* [place][byte]: a bit for each bucket */
	uint8_t exact[FILTER_BYTE_SETS][4][256]; /* [set][place][byte]: the same, eight at a time */
	uint8_t half[FILTER_BYTE_SETS][4][2]
		    [16];  /* [set][place][low or high four bits]: a superset */
	uint32_t n_sets;   /* that are used, from the first on */
	uint32_t n_places; /* 2 to 4: places that are worth a look; all may be looked at */
	uint32_t unused[14];
};

enum { FILTER_SAMPLES = FILTER_BLOCK / FILTER_STEP };

/* Positions in a block whose window of six or of four bytes may be in the table. */
struct filter_found {
	size_t n_six, n_four;
	uint32_t six[FILTER_SAMPLES + 64], four[FILTER_SAMPLES + 64];
};

/* Positions in a block, and the four bytes that stand there. */
struct filter_places {
	uint32_t at[FILTER_BLOCK + 80], window[FILTER_BLOCK + 80];
};

enum { FILTER_SIEVE = 512 };

/* Positions by shape of window (filter_key_bytes). */
struct filter_shapes {
	size_t n_wanted;
	uint8_t wanted[FILTER_SHAPES]; /* shapes */
	size_t n[FILTER_SHAPES];       /* by place in `wanted`, as is */
	uint32_t at[FILTER_SHAPES][FILTER_SIEVE + 16];
};

struct filter_row {
	const char *name;
	bool (*usable)(void);
	/*
	 * Looks at p[0], p[4], ... below n, which is at most FILTER_BLOCK; n + FILTER_SLACK bytes
	 * can be read.  May find too many, never too few.
	 */
	void (*grams)(const struct filter_bits *t, const uint8_t *p, size_t n,
		      struct filter_found *out);
	/* Positions below n where the AND of the four look-ups is not empty; how many. */
	size_t (*bytes)(const struct filter_lut *lut, const uint8_t *p, size_t n,
			struct filter_places *out);
	/* The same of the XOR of each byte and the next; out has room for n + 64. */
	size_t (*delta)(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out);
	/*
	 * Of n places from `from` on, at most FILTER_SIEVE, those whose window of each wanted
	 * shape may be in the table.
	 */
	void (*sieve)(const struct filter_bits *t, const struct filter_places *in, size_t from,
		      size_t n, struct filter_shapes *out);
};

static inline uint64_t filter_load(const uint8_t *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof x);
	return x;
}

/* The XOR of each byte and its neighbour, which a constant XOR does not change. */
static inline uint64_t filter_differences(uint64_t x) { return x ^ x >> 8; }

static inline uint64_t filter_key(uint64_t x, const struct filter_keying *k)
{
	return (x | (x >> 1 & k->fold)) & k->mask;
}

/*
 * The hash of a window, chosen for what a vector unit does in one step.  The lower bits of two
 * products choose the word: no shift, no product of 32 bits, which costs two steps.  The bits in
 * the word come from bytes as they are, and from sums of small products: `one` and `two`, each
 * modulo 32 as a rotation takes it.  First all bits but those of FILTER_FOLD are turned, so that
 * the commonest key of all, zeros, has not both its bits in one place.
 */
enum {
	FILTER_FOLD = 0x20202020,
	FILTER_HASH_LOW = 0x5a35,  /* by which the first and the last two of four bytes are ... */
	FILTER_HASH_HIGH = 0x6b2f, /* ... multiplied, as signed numbers of 16 bits */
	FILTER_FOUR_FIRST = 0x15,  /* by which the first two bytes are, for a second bit */
	FILTER_FOUR_SECOND = 0x0d,
	FILTER_SIX_FIRST = 0x13, /* the fifth and the sixth */
	FILTER_SIX_SECOND = 0x07,
	FILTER_SHORT_LOW = 0x3d4d, /* by which both halves of a short key are, for two bits ... */
	FILTER_SHORT_HIGH = 0x2b67,
	FILTER_SHORT_ONE = 9, /* ... at these places of the sum */
	FILTER_SHORT_TWO = 15,
};

static inline uint32_t filter_turn(uint32_t key) { return key ^ ~(uint32_t)FILTER_FOLD; }

/* What four zeros are, turned, where they are passed over; else what no turned key is, for bit 5 is
 * set wherever bit 6 was. */
static inline uint32_t filter_ignored(const struct filter_bits *t)
{
	return t->zeros ? 0 : filter_turn(0);
}

/* The number of the word, of 2^(log - 5), for a key's first four bytes, turned. */
static inline uint32_t filter_word(uint32_t x, unsigned log)
{
	int32_t low = (int16_t)(x & 0xffff), high = (int16_t)(x >> 16);
	return (uint32_t)(low * FILTER_HASH_LOW + high * FILTER_HASH_HIGH) &
	       ((UINT32_C(1) << (log - 5)) - 1);
}

/* The two bits of a key of four bytes, turned. */
static inline uint32_t filter_four(uint32_t x)
{
	uint32_t two = (x & 0xff) * FILTER_FOUR_FIRST + (x >> 8 & 0xff) * FILTER_FOUR_SECOND;
	return UINT32_C(1) << (x & 31) | UINT32_C(1) << (two & 31);
}

/* The two bits of a key of six, of which x is what follows the first four, turned. */
static inline uint32_t filter_six(uint32_t x)
{
	uint32_t two = (x & 0xff) * FILTER_SIX_FIRST + (x >> 8 & 0xff) * FILTER_SIX_SECOND;
	return UINT32_C(1) << (x & 31) | UINT32_C(1) << (two & 31);
}

/* The two bits of a short key of any shape, turned. */
static inline uint32_t filter_short(uint32_t x)
{
	int32_t low = (int16_t)(x & 0xffff), high = (int16_t)(x >> 16);
	uint32_t mixed = (uint32_t)(low * FILTER_SHORT_LOW + high * FILTER_SHORT_HIGH);
	return UINT32_C(1) << (mixed >> FILTER_SHORT_ONE & 31) |
	       UINT32_C(1) << (mixed >> FILTER_SHORT_TWO & 31);
}

/* The second factors, as a vector unit takes them: of two numbers of 16 bits, of two bytes. */
#define FILTER_HASH_PAIR  (FILTER_HASH_HIGH << 16 | FILTER_HASH_LOW)
#define FILTER_SHORT_PAIR (FILTER_SHORT_HIGH << 16 | FILTER_SHORT_LOW)
#define FILTER_FOUR_PAIR  (FILTER_FOUR_SECOND << 8 | FILTER_FOUR_FIRST)
#define FILTER_SIX_PAIR   (FILTER_SIX_SECOND << 8 | FILTER_SIX_FIRST)

/* Which samples of a block were found, a bit each; the variants write them lane by lane. */
struct filter_masks {
	uint64_t six[FILTER_SAMPLES / 64], four[FILTER_SAMPLES / 64];
};

/* The positions of the samples that a mask names, to a list that has room for 64 more; how many.
 * Most often there are at most two, which are put without asking, for a wrong guess costs more
 * than two stores. */
static inline size_t filter_put_samples(uint64_t mask, uint32_t base, uint32_t *list)
{
	size_t n = (size_t)__builtin_popcountll(mask);

	list[0] = base + FILTER_STEP * (uint32_t)__builtin_ctzll(mask | UINT64_C(1) << 63);
	mask &= mask - 1;
	list[1] = base + FILTER_STEP * (uint32_t)__builtin_ctzll(mask | UINT64_C(1) << 63);
	mask &= mask - 1;
	for (size_t k = 2; UNLIKELY(k < n); k++, mask &= mask - 1)
		list[k] = base + FILTER_STEP * (uint32_t)__builtin_ctzll(mask);
	return n;
}

/* Adds the masks of n positions from `from` on to the lists; bits of samples at n and behind it may
 * be anything. */
static inline void filter_put_found(struct filter_masks *m, size_t from, size_t n,
				    struct filter_found *out)
{
	size_t samples = (n + FILTER_STEP - 1) / FILTER_STEP, last = samples / 64;

	if (samples % 64 != 0) {
		m->six[last] &= (UINT64_C(1) << samples % 64) - 1;
		m->four[last] &= (UINT64_C(1) << samples % 64) - 1;
	}
	for (size_t i = 0; i * 64 < samples; i++) {
		uint32_t base = (uint32_t)(from + i * 64 * FILTER_STEP);
		out->n_six += filter_put_samples(m->six[i], base, out->six + out->n_six);
		out->n_four += filter_put_samples(m->four[i], base, out->four + out->n_four);
	}
}

void filter_grams_plain(const struct filter_bits *t, const uint8_t *p, size_t n,
			struct filter_found *out);
size_t filter_bytes_plain(const struct filter_lut *lut, const uint8_t *p, size_t n,
			  struct filter_places *out);
size_t filter_delta_plain(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out);
void filter_sieve_plain(const struct filter_bits *t, const struct filter_places *in, size_t from,
			size_t n, struct filter_shapes *out);
void filter_grams_avx2(const struct filter_bits *t, const uint8_t *p, size_t n,
		       struct filter_found *out);
size_t filter_bytes_avx2(const struct filter_lut *lut, const uint8_t *p, size_t n,
			 struct filter_places *out);
size_t filter_delta_avx2(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out);
void filter_sieve_avx2(const struct filter_bits *t, const struct filter_places *in, size_t from,
		       size_t n, struct filter_shapes *out);
void filter_grams_avx512(const struct filter_bits *t, const uint8_t *p, size_t n,
			 struct filter_found *out);
size_t filter_bytes_avx512(const struct filter_lut *lut, const uint8_t *p, size_t n,
			   struct filter_places *out);
size_t filter_delta_avx512(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out);
void filter_sieve_avx512(const struct filter_bits *t, const struct filter_places *in, size_t from,
			 size_t n, struct filter_shapes *out);
size_t filter_bytes_vbmi(const struct filter_lut *lut, const uint8_t *p, size_t n,
			 struct filter_places *out);

#endif
