/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FILTER_FORMAT_H
#define PEL_MATCH_FILTER_FORMAT_H

/*
 * The filter's blob: a head, then the parts that it names.  All numbers are
 * little-endian and offsets are bytes from the start of the blob, aligned to 64.
 */

#include "match/filter_impl.h"

#define FILTER_MAGIC UINT32_C(0x39544c46) /* "FLT9" */

/*
 * An exact index: entries of bucket b are entry[start[b]] to entry[start[b + 1]].  Before these two
 * tables, which no cache holds whole, a small one is asked: bit filter_spot() % 16 of spots[b].
 */
struct filter_index {
	uint32_t log;      /* 2^log buckets, at most 2^FILTER_MAX_LOG */
	uint32_t n;        /* entries */
	uint32_t spots_at; /* uint16_t[2^log] */
	uint32_t start_at; /* uint32_t[2^log + 1] */
	uint32_t entry_at; /* struct filter_entry[n] */
};

/* One window of an anchor.  `beside` are up to four bytes of the anchor next to the window, case
 * folded: most finds of a window that are no find of the anchor end there. */
struct filter_entry {
	uint32_t anchor; /* its number */
	uint32_t beside;
	uint16_t tag;  /* of another hash of the window */
	uint8_t back;  /* bytes from the anchor's start to the window */
	uint8_t where; /* beside: 8 + bytes from the window's start, << 4, | which of them count */
};

enum { FILTER_BESIDE_BIAS = 8 };

struct filter_head {
	uint32_t magic;
	uint32_t n_anchors;
	uint32_t anchor_at; /* struct filter_record[n_anchors] */
	uint32_t pool_at, pool_n;
	uint32_t grams_log, grams_at;  /* bit tables; log 0: none */
	uint32_t lut_at, delta_lut_at; /* 0: none */
	uint32_t bytes_log, bytes_at;  /* a bit table behind the look-ups */
	uint32_t zeros, text;          /* as in struct filter_bits, of grams */
	struct filter_index six, four, delta;
	struct filter_index tail; /* windows of four bytes of which the last may be any */
	struct filter_index bytes[FILTER_SHAPES]; /* by which of the four bytes count */
};

enum {
	FILTER_IS_FOLD = 1,
	FILTER_IS_XOR = 2,
	FILTER_IS_MASKED = 4 /* the mask follows the bytes */
};

struct filter_record {
	uint32_t group;
	uint32_t bytes_at; /* in the pool */
	uint16_t index;
	uint8_t n;
	uint8_t flags;
	uint8_t xor_min, xor_max;
	uint16_t unused;
};

/* What windows of all shapes that there are have in common, as struct filter_bits wants it. */
static inline uint32_t filter_common(const struct filter_head *h)
{
	uint32_t common = UINT32_MAX;

	for (unsigned shape = 0; shape < FILTER_SHAPES; shape++)
		if (h->bytes[shape].n != 0)
			common &= (uint32_t)filter_key_bytes[shape].mask;
	return common;
}

static inline uint16_t filter_tag(uint64_t key)
{
	return (uint16_t)(key * UINT64_C(0xd6e8feb86659fd93) >> 48);
}

/* Four bytes as filter_key() folds them. */
static inline uint32_t filter_fold(uint32_t x) { return x | (x >> 1 & UINT32_C(0x20202020)); }

/* One of 2^(log + 4) places for a key: sixteen to a bucket. */
static inline uint32_t filter_spot(uint64_t key, uint32_t log)
{
	return (uint32_t)(key * UINT64_C(0xc2b2ae3d27d4eb4f) >> (60 - log));
}

static inline uint32_t filter_bucket(uint64_t key, uint32_t log)
{
	return filter_spot(key, log) >> 4;
}

#endif
