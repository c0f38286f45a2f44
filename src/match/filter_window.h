/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FILTER_WINDOW_H
#define PEL_MATCH_FILTER_WINDOW_H

/* Where in an anchor the filter looks: the window, or the four, that ordinary files hold least. */

#include "match/filter.h"
#include "match/filter_format.h"

/*
 * An anchor that is not too short has FILTER_STEP windows in a row, one of which falls on a sampled
 * position.  A window is as wide as the anchor allows: six bytes, four, or three of four, of which
 * the last, behind the anchor, may be any.  The kind is the narrowest of them.
 */
enum filter_kind { FILTER_SIX, FILTER_FOUR, FILTER_TAIL, FILTER_KINDS };

size_t filter_width(enum filter_kind kind); /* bytes of a window that are known */
/* FILTER_KINDS: the anchor is too short, and looked for byte by byte. */
enum filter_kind filter_kind(const struct filter_anchor *a);
/* Which kind of window begins at byte `at` of the anchor; FILTER_KINDS: none. */
enum filter_kind filter_window_kind(const struct filter_anchor *a, size_t at);
/* The key of the window at p. */
uint64_t filter_window_key(const uint8_t *p, enum filter_kind kind);

/* Keys in use, hashed, so that anchors do not crowd into one bucket. */
struct filter_crowd {
	uint16_t *count; /* [filter_bucket(key, log)] */
	unsigned log;
};

/* The start of the windows that are, at the worst of them, rarest.  kind: filter_kind(a), but
 * FILTER_KINDS.  crowd: or NULL.  *rarity: of the worst, as rarity_of(); less in a crowd. */
size_t filter_run_at(const struct filter_anchor *a, enum filter_kind kind,
		     const struct filter_crowd *crowd, int *rarity);

/* A window of four bytes of a short or holed anchor, or of four differences, and which count. */
struct filter_core {
	size_t from;
	unsigned shape;
	unsigned rarity; /* as rarity_of() */
	bool found;
};

struct filter_core filter_core(const struct filter_anchor *a);
uint64_t filter_core_key(const struct filter_anchor *a, const struct filter_core *c);
/* The bytes of the window at `from`, of which those that filter_counts() are there; of an anchor
 * under XOR their differences. */
void filter_core_bytes(const struct filter_anchor *a, size_t from, uint8_t bytes[4]);

/* Does byte k of a window of this shape count?  Does all of byte i of the anchor? */
bool filter_counts(unsigned shape, size_t k);
bool filter_exact(const struct filter_anchor *a, size_t i);
/* Can filter_build() take it? */
bool filter_takes(const struct filter_anchor *a);

#endif
