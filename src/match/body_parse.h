/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_BODY_PARSE_H
#define PEL_MATCH_BODY_PARSE_H

/*
 * The bodies of ClamAV's signatures (reference engine C.1.3) as trees.
 *
 * A body falls into parts at `*` and `{n-m}`; each is a tree of its own, with the
 * distance to the next one and with what must stand to its left and right.
 */

#include "match/regex_tree.h"

enum { BODY_MAX_PARTS = 256, BODY_MAX_NESTING = 15 /* ClamAV's */ };

/* What must stand beside a part, three bits: one of these, or its contrary. */
enum body_mark {
	BODY_MARK_NONE,
	BODY_MARK_BOUNDARY, /* (B) */
	BODY_MARK_LINE,     /* (L) */
	BODY_MARK_WORD,     /* (W) */
	BODY_MARK_NOT = 4
};

/*
 * A byte near a part, X[n-m] before or [n-m]X behind it: it belongs to no match and
 * to no distance, and is there if a byte that is `value` under `mask` stands with min
 * to max bytes between.
 */
struct body_near {
	uint8_t value, mask;
	uint8_t min, max;
	bool wanted;
};

struct body_part {
	struct tree *tree; /* TREE_CAT */
	unsigned left, right;
	struct body_near before, behind;
	uint32_t min, max; /* bytes to the next part; max TREE_UNBOUNDED */
};

/* Fails with DAMAGED and a place in s->text.  *part has room for BODY_MAX_PARTS. */
NODISCARD bool body_parse(const struct pattern_source *s, struct arena *a, struct body_part *part,
			  size_t *n, struct error *e);

/* Does `mark` hold to the left of data[at], or to the right of what ends before data[at]?  In wide
 * text the character beside a word is two bytes. */
bool body_mark_left(unsigned mark, bool wide, struct span data, uint64_t at);
bool body_mark_right(unsigned mark, bool wide, struct span data, uint64_t at);

/* The same for a byte near it. */
bool body_near_left(const struct body_near *near, struct span data, uint64_t at);
bool body_near_right(const struct body_near *near, struct span data, uint64_t at);

#endif
