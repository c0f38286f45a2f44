/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FILTER_WINDOW_H
#define PEL_MATCH_FILTER_WINDOW_H

/* Where in an anchor the filter looks: the window, or the three, that ordinary files hold least. */

#include "match/filter.h"
#include "match/filter_format.h"

/* By what is hashed at a sampled position; anchors too short for that are looked for byte by byte.
 */
enum filter_kind { FILTER_SIX, FILTER_FOUR, FILTER_KINDS };

size_t filter_width(enum filter_kind kind); /* bytes of a window */
/* FILTER_KINDS: the anchor is looked for byte by byte. */
enum filter_kind filter_kind(const struct filter_anchor *a);
/* The key of the window at p, which has filter_width() bytes. */
uint64_t filter_window_key(const uint8_t *p, enum filter_kind kind);

/* Keys in use, hashed, so that anchors do not crowd into one bucket. */
struct filter_crowd {
	uint16_t *count; /* [filter_bucket(key, log)] */
	unsigned log;
};

/* The start of the run whose three windows are, at the worst of them, rarest.  crowd: or NULL. */
size_t filter_run_at(const struct filter_anchor *a, enum filter_kind kind,
		     const struct filter_crowd *crowd);

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
