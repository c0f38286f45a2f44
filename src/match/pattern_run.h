/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_PATTERN_RUN_H
#define PEL_MATCH_PATTERN_RUN_H

/* A search under way: what src/match/pattern_search.c and pattern_result.c share. */

#include "match/pattern_format.h"
#include "match/prog.h"

struct pattern_scratch {
	struct prog_scratch prog;
	struct buf found; /* struct match, as they are found */
	struct buf ends;  /* uint32_t: lengths from an anchor on */
};

struct search {
	struct span blob;
	struct pattern_head head;
	struct span data;
	uint64_t from, to; /* starts of matches */
	size_t max;        /* matches wanted */
	bool every;        /* several at one start, as PATTERN_IS_ANY_LENGTH in a chain */
	bool piece;        /* of a chain: one at a start for each form */
	size_t first;      /* in found: where this search's matches begin */
	struct pattern_scratch *scratch;
	uint64_t *steps;
	enum reason why; /* LIMIT: steps or matches are spent */
};

static inline bool search_spent(struct search *s)
{
	if (*s->steps == 0)
		s->why = REASON_LIMIT;
	return *s->steps == 0;
}

/* Takes n steps; false where they are spent. */
static inline bool search_spend(struct search *s, uint64_t n)
{
	*s->steps = *s->steps > n ? *s->steps - n : 0;
	return !search_spent(s);
}

/* Puts the matches whose anchor of variant v stands at `at` into found; false: enough, or spent. */
bool search_at_anchor(struct search *s, const struct pattern_variant *v, uint64_t at);
/* All variants; false where a limit was reached. */
bool search_variants(struct search *s);

#endif
