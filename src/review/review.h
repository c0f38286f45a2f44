/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_REVIEW_H
#define PEL_REVIEW_REVIEW_H

/*
 * One review of one root: every collector gathers, all that was gathered is read by a worker
 * (job_review.h), and what comes back is checked and kept.
 *
 * Collectors of a stage are read together by one worker, for a start costs milliseconds; where that
 * worker dies, each is read by a worker of its own, so that the damage of one file costs one
 * collector and its coverage says so.
 */

#include "review/collect.h"

struct review {
	struct facts facts;
	struct owned owned;
	struct coverage cover[COLLECT_MAX]; /* of collectors[i] */
};

struct review_options {
	const struct root *root;
	const char *worker;        /* path of pellucid-worker */
	const char *const *wanted; /* paths that policies ask for, in the order of bytes */
	size_t n_wanted;
	const char *const *build_ids; /* of programs that policies ask for, in the same order */
	size_t n_build_ids;
	const char *const *modules; /* of the kernel, that policies ask for */
	size_t n_modules;
	bool homes;            /* look into home directories */
	unsigned listen_s;     /* for LLDP; 0: not at all */
	bool nested;           /* this is a root in a root: no further one is entered */
	unsigned time_limit_s; /* for each worker */
};

/* Looks at everything.  A collector that fails is told by its coverage; *e is for what ends the
 * whole (memory). */
NODISCARD bool review_run(const struct review_options *o, struct review *out, struct error *e);
void review_release(struct review *r);

/* Every collector that applies was complete. */
bool review_is_complete(const struct review *r);

#endif
