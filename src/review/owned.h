/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_OWNED_H
#define PEL_REVIEW_OWNED_H

/*
 * The paths that packages own, as sorted 64-bit digests: 8 bytes a file.  Two paths with one digest
 * would hide a program that no package owns; with a million files that happens to one in 10^13 by
 * chance, and not by design to one who cannot choose what the packages hold.
 */

#include "base/buf.h"

enum { OWNED_MAX = 16 << 20 }; /* paths */

struct owned {
	struct buf digests; /* uint64_t each; sorted by owned_sort() */
	bool merged;        /* /bin leads to /usr/bin: package lists may name either */
};

void owned_init(struct owned *o);
void owned_release(struct owned *o);
void owned_add(struct owned *o, struct span digests); /* of owned_digest(), little-endian */
void owned_sort(struct owned *o);                     /* after the last owned_add() */
bool owned_has(const struct owned *o, struct span path);
uint64_t owned_digest(struct span path);

#endif
