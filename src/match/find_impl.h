/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FIND_IMPL_H
#define PEL_MATCH_FIND_IMPL_H

#include "match/find.h"

/* Compares the whole needle at p, where needle.n bytes can be read. */
bool find_stands(const struct find *f, const uint8_t *p);

/* Each looks at starts hay.p[0] to hay.p[hay.n - needle.n]. */
const uint8_t *find_plain(const struct find *f, struct span hay);
const uint8_t *find_avx2(const struct find *f, struct span hay);
const uint8_t *find_avx512(const struct find *f, struct span hay);

#endif
