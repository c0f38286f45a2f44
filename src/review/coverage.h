/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_COVERAGE_H
#define PEL_REVIEW_COVERAGE_H

/* How far a collector could look.  "Did not look" is never "not there". */

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum coverage_state {
	COVERAGE_COMPLETE,
	COVERAGE_PARTIAL,        /* some of it could not be examined: the gaps say what */
	COVERAGE_UNAVAILABLE,    /* this machine does not show it */
	COVERAGE_NOT_APPLICABLE, /* there is nothing of the kind here, or it was not asked for */
	COVERAGE_DENIED,         /* no permission */
	COVERAGE_STATES
};

enum { COVERAGE_GAPS = 20 }; /* that are told one by one; the rest is counted */

struct coverage_gap {
	char where[200]; /* path, cut; hostile */
	char why[16];    /* a word of reason_word() */
	char what[160];  /* hostile */
};

struct coverage {
	enum coverage_state state;
	bool decided;     /* by the collector: gaps do not change it */
	char reason[200]; /* of any state but complete; one line */
	uint64_t n_gaps;
	struct coverage_gap gap[COVERAGE_GAPS];
	size_t n_facts;
};

/* "complete", "partial", "unavailable", "not-applicable", "denied".  Static. */
const char *coverage_word(enum coverage_state s);

/* The state, for good. */
void coverage_decide(struct coverage *c, enum coverage_state s, const char *format, ...)
	PRINTF(3, 4);
/* Something was not examined: the state is partial, unless it is decided. */
void coverage_gap(struct coverage *c, const char *where, const char *why, const char *what);

#endif
