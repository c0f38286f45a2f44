/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_PATTERN_FORMAT_H
#define PEL_MATCH_PATTERN_FORMAT_H

/*
 * The layout of a pattern's blob.  Offsets are bytes from its start.  A head, then
 * n_variants variants, n_anchors anchors, n_pieces pieces, perhaps what must stand
 * near, then the bytes and programs that these name.
 */

#include "base/cursor.h"
#include "match/body_parse.h"
#include "match/pattern.h"

#define PATTERN_MAGIC UINT32_C(0x31544150) /* "PAT1" */

/* head.flags */
enum {
	PATTERN_IS_FULLWORD = 1,
	PATTERN_IS_GREEDY = 2,
	PATTERN_IS_UNANCHORED = 4,
	/* of a ClamAV body: not the first length at one place counts, but the first behind which
	 * stands what must; in a chain every length and form */
	PATTERN_IS_ANY_LENGTH = 8,
	/* enum body_mark, three bits each: what stands to the left and right of a ClamAV body */
	PATTERN_LEFT_SHIFT = 4,
	PATTERN_RIGHT_SHIFT = 8,
	PATTERN_HAS_NEAR = 0x800, /* the bytes near a ClamAV body: one before it and one behind,
				     after the pieces */
	PATTERN_HAS_MARKS = 0xf70
};
enum {
	PATTERN_IS_FOLD = 1,
	PATTERN_IS_XOR = 2,
	PATTERN_IS_WIDE = 4,
	PATTERN_IS_WHOLE = 8,
	PATTERN_IS_MASKED = 16 /* an anchor: as many bytes of mask follow its bytes */
};

enum { PATTERN_NEAR_SIZE = 8 }; /* value, mask, min, max, is it wanted; three zeros */

enum pattern_form { PATTERN_LITERAL, PATTERN_PROGRAM };

struct pattern_head {
	uint32_t magic;
	uint16_t flags;
	uint16_t n_variants;
	uint16_t n_anchors;
	uint16_t n_pieces; /* a chain: pieces with distances between, and no variants */
};

struct pattern_variant {
	uint8_t form;
	uint8_t flags;
	uint8_t xor_min, xor_max;
	uint32_t at, n; /* LITERAL: its bytes.  PROGRAM: forward from the anchor */
	uint32_t before_at,
		before_n; /* PROGRAM: backward from the anchor; n 0: nothing before it */
	uint32_t anchor;  /* its anchor's number, or UINT32_MAX */
	uint32_t from;    /* LITERAL: where in it the anchor stands */
};

struct pattern_anchor_record {
	uint32_t at;
	uint8_t n;
	uint8_t flags;
	uint16_t variant;
};

/* A part of a chain: a blob of its own, and the distance from its end to the next one's start. */
struct pattern_piece {
	uint32_t at, n;
	uint32_t min, max; /* TREE_UNBOUNDED */
};

/* Bounded views; false beyond the counts or the blob. */
bool pattern_head_of(struct span blob, struct pattern_head *out);
bool pattern_variant_of(struct span blob, const struct pattern_head *h, size_t i,
			struct pattern_variant *out);
bool pattern_piece_of(struct span blob, const struct pattern_head *h, size_t i,
		      struct pattern_piece *out);
/* What must stand before a match and behind it; with PATTERN_HAS_NEAR alone. */
bool pattern_near_of(struct span blob, const struct pattern_head *h, struct body_near out[2]);
bool pattern_anchor_of(struct span blob, const struct pattern_head *h, size_t i,
		       struct pattern_anchor_record *out);

#endif
