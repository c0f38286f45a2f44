/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FIND_H
#define PEL_MATCH_FIND_H

/* The first place of one byte run in another: memmem, at the speed of memory. */

#include "base/cursor.h"

/*
 * The first occurrence of needle in hay, or NULL; an empty needle is found at once.  With `fold`
 * ASCII letters match in either case and needle must be lower case.  O(hay.n) for ordinary data; at
 * worst O(hay.n * needle.n), as for memmem's simple form: keep needles short (anchors have 32
 * bytes).
 */
const uint8_t *find_bytes(struct span hay, struct span needle, bool fold);

/* The same where only the bits of `mask` (as long as needle, needle & mask == needle; empty: all
 * bits) count.  A needle without a whole byte that counts is found at once. */
const uint8_t *find_masked(struct span hay, struct span needle, struct span mask, bool fold);

/* CPU variants, as in filter.h: row 0 is plain C. */
size_t find_n_rows(void);
bool find_row_usable(size_t row);
const uint8_t *find_bytes_row(size_t row, struct span hay, struct span needle, bool fold);

#endif
