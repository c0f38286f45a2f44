/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_SARIF_H
#define PEL_REPORT_SARIF_H

/*
 * Verdicts as SARIF 2.1.0 (OASIS), for code hosts and whatever else reads it.
 *
 * One log with one run, written piece by piece: the caller takes what stands in the
 * buffer after each call and empties it.  A match is a result of level error (malicious)
 * or warning (suspicious) at each of its strings' places; what was not examined is a
 * result of level note under the rule `pellucid/incomplete`.
 */

#include "base/json_write.h"
#include "engine/verdict.h"

struct sarif {
	struct json_writer j;
	const struct db *db;
	uint8_t *seen; /* a bit for each rule that matched; owned */
	uint64_t n_gaps;
};

/* Begins the log in `out`, which is the caller's. */
NODISCARD bool sarif_begin(struct sarif *s, const struct db *db, struct buf *out, struct error *e);
/* The matches of a verdict, and what was not examined of its object.  `path` is as the system has
 * it; it is written as a URI. */
void sarif_object(struct sarif *s, struct span path, const struct verdict *v);
/* An object that was not examined; or a rule (empty: none) that was left out of a source. */
void sarif_skipped(struct sarif *s, struct span path, struct span rule, const struct error *e);
/* Ends the log and releases what *s holds. */
void sarif_end(struct sarif *s);

#endif
