/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_JOB_LOG_H
#define PEL_CLI_JOB_LOG_H

/*
 * What the job "log" is asked: does the proof hold for the entry, under a head that the policy
 * demands?  The answer (jobs.h) is text for people, or why not.
 */

#include "base/buf.h"

enum { JOB_LOG_PARTS = 5, JOB_LOG_MAX = 1 << 16 /* bytes of an answer */ };

struct job_log_request {
	struct span policy;       /* text of a quorum */
	struct span proof, entry; /* a bundle, and what it proves */
	struct span since,
		growth; /* an older head and the proof that the log grew from it; or empty */
};

/* Appends the request as bytes. */
void job_log_write(const struct job_log_request *r, struct buf *out);

#endif
