/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_FILTER_BUCKETS_H
#define PEL_MATCH_FILTER_BUCKETS_H

/*
 * Short anchors are looked for by bucket (match/filter.h, *bytes*): which windows share one decides
 * how much of the input is let by.
 */

#include "base/arena.h"
#include "match/filter_impl.h"

/* The bytes that may stand at the four places of a window, each as two sets of 16: of its lower and
 * of its upper four bits. */
struct filter_window {
	uint16_t half[4][2];
};

/*
 * Chooses a bucket for each of n windows, numbers below the result, which is at most 8 *
 * FILTER_BYTE_SETS: by joining, again and again, the two buckets whose union lets least more by.
 * *places, 2 to 4: how many of the four, from the first on, are enough to look at.  Deterministic.
 * 0 where memory is out.
 */
unsigned filter_buckets(const struct filter_window *w, size_t n, struct arena *a, uint8_t *bucket,
			unsigned *places);

#endif
