/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_PATTERN_BUILD_H
#define PEL_MATCH_PATTERN_BUILD_H

/* A pattern's blob in the making.  Offsets in `data` are moved behind the tables at the end. */

#include "match/pattern_format.h"
#include "match/regex_tree.h"

struct build {
	struct arena *a;
	struct error *e;
	struct buf variants; /* struct pattern_variant */
	struct buf anchors;  /* struct pattern_anchor_record */
	struct buf pieces;   /* struct pattern_piece */
	struct buf data;
	struct body_near near[2]; /* before it and behind; with PATTERN_HAS_NEAR */
	uint16_t flags;
	bool regex; /* a chain parts where YARA cuts a regular expression */
	size_t n_variants;
	uint32_t notes;
};

struct build_xor {
	uint8_t min, max;
};

NODISCARD bool build_variant(struct build *b, const struct pattern_variant *v);
/* The number of a new anchor of the variant that is added next; UINT32_MAX where there are too
 * many. */
uint32_t build_anchor(struct build *b, struct span bytes, struct span mask, unsigned flags);
/* A literal (lower case where it folds), under XOR where `xor` is given. */
NODISCARD bool build_literal(struct build *b, struct span bytes, bool fold, bool wide,
			     const struct build_xor * xor);
/* The variants of a tree. */
NODISCARD bool build_tree(struct build *b, struct tree *t, bool wide);
/* Text strings: all their variants. */
NODISCARD bool build_text(struct build *b, const struct pattern_source *s);

#endif
