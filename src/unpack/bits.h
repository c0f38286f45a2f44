/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_BITS_H
#define PEL_UNPACK_BITS_H

/* Bits of a span, the lowest of each byte first; sticky like the cursor: past the end come zeros,
 * and `failed` says so. */

#include "base/cursor.h"

struct bits {
	struct span in;
	size_t at;     /* bytes taken */
	uint64_t held; /* bits taken and not given out */
	unsigned n;    /* how many */
	bool failed;
};

static inline struct bits bits_of(struct span in) { return (struct bits){ .in = in }; }

/* At least `want` (at most 32) bits are held, unless the end has come. */
static inline void bits_fill(struct bits *b, unsigned want)
{
	while (b->n < want && b->at < b->in.n) {
		b->held |= (uint64_t)b->in.p[b->at++] << b->n;
		b->n += 8;
	}
}

/* The next bits without taking them; zeros past the end. */
static inline uint32_t bits_peek(struct bits *b, unsigned want)
{
	bits_fill(b, want);
	return (uint32_t)(b->held & ((1ull << want) - 1));
}

static inline void bits_drop(struct bits *b, unsigned n)
{
	if (n > b->n) {
		b->failed = true;
		b->n = 0;
		b->held = 0;
		return;
	}
	b->held >>= n;
	b->n -= n;
}

static inline uint32_t bits_take(struct bits *b, unsigned want)
{
	uint32_t v = bits_peek(b, want);

	bits_drop(b, want);
	return b->failed ? 0 : v;
}

/* Forgets what is left of the byte at hand. */
static inline void bits_align(struct bits *b) { bits_drop(b, b->n % 8); }

/* Bytes taken, the ones that are wholly unread given back. */
static inline size_t bits_used(const struct bits *b) { return b->at - b->n / 8; }

#endif
