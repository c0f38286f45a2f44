/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FIND_IMPL_H
#define PEL_MATCH_FIND_IMPL_H

#include "base/cursor.h"

/* A search made ready: two bytes of the needle to look for, and where they stand in it. */
struct find {
	struct span needle;
	const uint8_t *mask; /* NULL: all bits count */
	bool fold;
	size_t at[2];      /* places in the needle */
	uint8_t byte[2];   /* bytes there (lower case with fold) */
	uint8_t letter[2]; /* 0x20 where the byte is a letter and case does not count, else 0 */
};

/* Compares the whole needle at p, where needle.n bytes can be read. */
bool find_stands(const struct find *f, const uint8_t *p);

/* Each looks at starts hay.p[0] to hay.p[hay.n - needle.n]. */
const uint8_t *find_plain(const struct find *f, struct span hay);
const uint8_t *find_avx2(const struct find *f, struct span hay);
const uint8_t *find_avx512(const struct find *f, struct span hay);

#endif
