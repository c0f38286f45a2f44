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
/* Adds digests of owned_digest(), 8 bytes each, little-endian; buf_ok(&o->digests) tells whether
 * all had room. */
void owned_add(struct owned *o, struct span digests);
/* To be called after the last owned_add() and before the first owned_has(). */
void owned_sort(struct owned *o);
/* Does a package own that absolute path, by either of its names where `merged` is set?
 * O(log paths). */
bool owned_has(const struct owned *o, struct span path);
/* Of an absolute path, without a NUL: FNV-1a of its bytes. */
uint64_t owned_digest(struct span path);

#endif
