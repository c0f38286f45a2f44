/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_CLAMAV_CLAM_PCRE_H
#define PEL_RULES_CLAMAV_CLAM_PCRE_H

/*
 * Regular expressions of ClamAV's signatures, by PCRE2: the one place where
 * something may search backwards and forwards without an end.  So each step
 * costs one of a budget (an automatic callout at each item of the expression),
 * there is no JIT, and texts are bytes (no UTF).
 */

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"
#include "format/clam_target.h"

enum { CLAM_PCRE_MAX = 32768 /* bytes of an expression: a line of an .ldb file */ };

struct clam_pcre {
	struct clam_pcre *next; /* the caller's */
	struct span pattern, flags;
	bool all, rolling, within; /* flags g, r, e */
	void *code, *data, *context;
	struct arena *arena;
};

/*
 * Compiles an expression.  Flags: g (all matches are counted), r (not only at the place itself), e
 * (not beyond place and shift), and PCRE's i s m x A E U.  All memory is the arena's, in which
 * `pattern` and `flags` are kept too.  DAMAGED with the place in the pattern, LIMIT or MEMORY.
 */
NODISCARD bool clam_pcre_new(struct arena *a, struct span pattern, struct span flags,
			     struct clam_pcre **out, struct error *e);

/*
 * How often it matches, as clamscan counts: once, or with `g` each match behind the end of the one
 * before.  Takes of *steps one for each item that is tried and one for each byte; LIMIT where they
 * are spent, or memory for going back is.
 */
NODISCARD bool clam_pcre_count(const struct clam_pcre *p, const struct clam_search *q,
			       uint64_t *steps, int64_t *count, struct error *e);

#endif
