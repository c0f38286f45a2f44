/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_ORDINARY_H
#define PEL_RULES_AUDIT_ORDINARY_H

/*
 * What ordinary files hold, as it was measured once: the runs of bytes that every fourth file of a
 * kind has (ordinary.txt, which tools/ordinary.py makes and anyone can read).
 * Of what is shorter than such a run is known how rare its bytes are (match/rarity.h).
 */

#include "base/buf.h"
#include "base/error.h"

enum ordinary_kind {
	ORDINARY_UNIX,    /* programs and libraries, ELF */
	ORDINARY_WINDOWS, /* the same, PE */
	ORDINARY_SOURCE,  /* programs' text, pages */
	ORDINARY_TEXT,
	ORDINARY_PACKED, /* pictures, archives: bytes without a pattern */
	ORDINARY_KINDS
};

struct ordinary; /* an index over the runs */

/* Heap; about 4 MB.  NULL: no memory. */
struct ordinary *ordinary_new(void);
void ordinary_free(struct ordinary *o);

/*
 * Of a file of that kind, the chance (0 to 1) that the n bytes stand in it somewhere; with `fold`
 * letters in either case.  0 where n is 0.  O(n) but for runs that begin alike.
 */
double ordinary_chance(const struct ordinary *o, enum ordinary_kind kind, const uint8_t *p,
		       size_t n, bool fold);

/* Bits that say that the n bytes stand at one place, each drawn behind the one before; and the
 * chance that what takes so many bits stands in a file of that kind somewhere. */
double ordinary_bits(enum ordinary_kind kind, const uint8_t *p, size_t n);
double ordinary_by_bits(enum ordinary_kind kind, double bits);

/* The bytes that each file of a kind begins with; n is 0 where they differ. */
struct span ordinary_head(enum ordinary_kind kind);

#endif
