/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_ASSESS_H
#define PEL_RECOVER_ASSESS_H

/*
 * What is lost of a file, and what is whole?  Structure first: a file that holds together to its
 * end is intact, however random it looks.  Statistics second, on windows of 64 KiB, and only where
 * the kind of file never looks so by itself.  What neither can tell is unknown, and is called so.
 */

#include "recover/chi.h"
#include "recover/proof.h"

enum damage {
	DAMAGE_NONE,    /* intact */
	DAMAGE_FULL,    /* encrypted from end to end */
	DAMAGE_PARTLY,  /* in the ranges that are listed */
	DAMAGE_RENAMED, /* intact under another name */
	DAMAGE_UNKNOWN, /* looks random, and may be so by its nature; or is no format that is known
			 */
	DAMAGE_COUNT
};

enum { ASSESS_MAX_RANGES = 1024 /* that are kept of one file; the last one takes in the rest */ };

struct assess_range {
	uint64_t at, n; /* bytes of the file that look encrypted */
};

struct assessment {
	enum damage damage;
	struct proof proof;
	uint64_t size;
	uint64_t lost; /* bytes in the ranges */
	struct assess_range range[ASSESS_MAX_RANGES];
	unsigned n_ranges;
	const char *pattern; /* the known pattern that the ranges fit; NULL: none does */
	unsigned residual;   /* parts in a thousand that do not fit it */
	char why[128];       /* in words */
};

/* What speaks of the file beside its bytes. */
struct assess_hint {
	struct span original; /* its name before it was renamed, as far as that is known */
	bool renamed;         /* it bears a name that a family gives */
};

/* Never fails: what cannot be read is unknown, and w->failed says so. */
void assess_file(struct region *w, const struct assess_hint *hint, struct assessment *out);

/* Static: "intact", "encrypted", "partly encrypted", "renamed", "unknown". */
const char *damage_word(enum damage d);

/* The static name of a known pattern; NULL: there is none of that name. */
const char *assess_pattern_named(struct span name);
/* assess_pattern.c: of those that assess_fit() knows. */
const char *assess_fit_named(struct span name);

/* The pattern of intermittent encryption that fits the ranges best; fills pattern and residual.
 * assess_pattern.c has the table. */
void assess_fit(struct assessment *a);

#endif
