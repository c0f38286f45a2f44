/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FIND_H
#define PEL_MATCH_FIND_H

/* The first place of one byte run in another: memmem, at the speed of memory. */

#include "base/cursor.h"

/* A search made ready: two bytes of the needle to look for, and where they stand in it. */
struct find {
	struct span needle;  /* the caller's */
	const uint8_t *mask; /* NULL: all bits count */
	bool fold;
	bool anywhere;     /* no byte of the needle counts as a whole */
	size_t at[2];      /* places in the needle */
	uint8_t byte[2];   /* bytes there (lower case with fold) */
	uint8_t letter[2]; /* 0x20 where the byte is a letter and case does not count, else 0 */
	size_t row;        /* CPU variant */
};

/*
 * The first occurrence of needle in hay, or NULL; an empty needle is found at once.  With `fold`
 * ASCII letters match in either case and needle must be lower case.  O(hay.n) for ordinary data; at
 * worst O(hay.n * needle.n), as for memmem's simple form: keep needles short (anchors have 32
 * bytes).
 */
const uint8_t *find_bytes(struct span hay, struct span needle, bool fold);

/* For several searches: the same in two steps.  Only the bits of `mask` (as long as needle, needle
 * & mask == needle; empty: all bits) count.  A needle without a whole byte that counts is found at
 * once. */
struct find find_ready(struct span needle, struct span mask, bool fold);
const uint8_t *find_next(const struct find *f, struct span hay);

/* CPU variants, as in filter.h: row 0 is plain C. */
size_t find_n_rows(void);
bool find_row_usable(size_t row);
const uint8_t *find_bytes_row(size_t row, struct span hay, struct span needle, bool fold);

#endif
