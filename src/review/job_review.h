/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_JOB_REVIEW_H
#define PEL_REVIEW_JOB_REVIEW_H

/*
 * The readers of all collectors as a job for a worker, which is asked once.
 *
 * The question is a file of memory: what the gatherers copied, and behind it the table of bundles.
 * Files that are away are asked for by their number (worker_want()).  The streams of facts go into
 * the memory that who asks has given, and the answer is how many bytes of it they take.  The job's
 * set-up says whose bundles are to be read.
 */

#include "review/collect.h"
#include "sandbox/worker.h"

enum {
	JOB_REVIEW_SETUP = 8,  /* bytes: u64, bit i is collectors[i] */
	JOB_REVIEW_ANSWER = 8, /* bytes: u64, of the output */
};

/* The set-up for those collectors whose bit is set. */
void job_review_setup(uint64_t members, uint8_t setup[JOB_REVIEW_SETUP]);

/*
 * Puts the table behind what was copied: one bundle for each collector, of which those that are
 * empty are left out, and what the packages own.  s->failed where that cannot be done.
 */
void job_review_table(struct gather_store *s, const struct bundle *bundle,
		      const struct owned *owned);

/* What came back, one stream after the other: *at is 0 at first.  False at the end, and where the
 * output cannot be: then *ok is false. */
bool job_review_next(struct span output, size_t *at, uint32_t *collector, struct span *stream,
		     bool *ok);

extern const struct worker_job job_review;

#endif
