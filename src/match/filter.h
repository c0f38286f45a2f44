/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FILTER_H
#define PEL_MATCH_FILTER_H

/*
 * Finds where any of many byte runs (anchors) occurs, in one pass.
 *
 * Three tables, by kind of anchor, each with a cheap test that lets almost all
 * of the input go by unlooked-at:
 *
 * - *grams*, anchors of 6 bytes or more: at every fourth position the four bytes
 *   there, and six, are hashed into one word of a bit table, which one look
 *   fetches.  Nine consecutive bytes hold four windows of 6, one of which must fall
 *   on a sampled position; shorter anchors are looked for by narrower windows where
 *   they have no wider.
 * - *bytes*, anchors of 2 to 5 bytes and those with holes: four table look-ups,
 *   one for each byte of a window, give the set of buckets that the byte may
 *   belong to; their AND is empty at most positions.
 * - *differences*, anchors of 5 bytes or more under a constant XOR, the same with
 *   the XOR of neighbouring bytes, which does not depend on the key, so that one
 *   entry does for 255.
 *
 * What passes is looked up in an exact index and compared.  ASCII case is folded
 * in all three tests, so that one table serves both kinds.
 *
 * A table is one position-independent blob that may be any bytes: each offset in
 * it is bounded where it is used.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum {
	FILTER_MIN_ANCHOR = 2, /* shorter ones are not for this filter */
	FILTER_MIN_XORED = 5,
	FILTER_MAX_ANCHOR = 32,
	FILTER_PART = 4, /* bytes; every how many of them there is a sample */
};

struct filter_anchor {
	struct span bytes; /* FILTER_MIN_ANCHOR to FILTER_MAX_ANCHOR; xored: FILTER_MIN_XORED at
			      least */
	struct span
		mask; /* bits that count; empty: all.  Two bytes of four in a row must be whole */
	bool fold;    /* ASCII letters in either case; bytes are lower case */
	bool xored;   /* under one key of [xor_min, xor_max] */
	uint8_t xor_min, xor_max;
	uint32_t group; /* what the anchor stands for; indexes `dead` below */
	uint16_t index; /* which anchor of its group */
};

/*
 * How often the filter will stop at this anchor, in candidates for each MB of ordinary files (a
 * coarse estimate from the frequency of its bytes); INFINITY where the filter cannot take it.
 */
double filter_cost(const struct filter_anchor *anchor);

/* About -4 log2 of the chance that the filter stops at a place of an ordinary file; 0 where it
 * cannot take the anchor at all. */
unsigned filter_rarity(const struct filter_anchor *anchor);

/* Is the anchor one of those looked for at every fourth position, of which more cost next to
 * nothing? */
bool filter_samples(const struct filter_anchor *anchor);

/* Appends the table for n anchors to *out.  Deterministic: the same anchors give the same bytes. */
NODISCARD bool filter_build(const struct filter_anchor *anchor, size_t n, struct buf *out,
			    struct error *e);

/* Is it a table that filter_run() can use?  It passes over others, and finds nothing. */
bool filter_ok(struct span blob);

/*
 * Where a pass keeps what it found so far; of one thread, for any number of passes.  A good many
 * kB, of which short data need few: on the stack each page would be touched, and so the arena,
 * which owns it, is to be a sparse one.  NULL: no memory.
 */
struct filter_room;
NODISCARD struct filter_room *filter_room_new(struct arena *a);

struct filter_run {
	struct filter_room *room;
	const uint8_t
		*dead;   /* dead[group] != 0: no longer of interest; may change during the run */
	size_t n_groups; /* anchors of groups beyond are passed over */
	/* Anchor `index` of `group` stands at data[at]. */
	void (*hit)(void *ctx, uint32_t group, uint16_t index, uint64_t at);
	void *ctx;
	size_t row; /* CPU variant, an index into filter_rows */
};

/* Reports every occurrence of every anchor that is not dead, in no particular order. */
void filter_run(struct span blob, struct span data, const struct filter_run *run);

/*
 * The same, as far as windows at the places [from, to) tell: `from` is a multiple of FILTER_PART.
 * All parts of the data one after the other find what the whole finds.  Of what lies outside the
 * part, a few bytes more are looked at than the longest anchor has.
 */
void filter_run_part(struct span blob, struct span data, size_t from, size_t to,
		     const struct filter_run *run);

/* The CPU variants; row 0 is plain C and the judge of the others. */
size_t filter_n_rows(void);
const char *filter_row_name(size_t row);
bool filter_row_usable(size_t row); /* on this CPU */
size_t filter_best_row(void); /* the last usable one that agrees with row 0 on a fixed vector */

#endif
