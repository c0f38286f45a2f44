/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/jobs.h"
#include "trust/proofs.h"

/* What strangers wrote of a log and its releases is read here (trust/proofs.h), one question for
 * each worker. */

static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	(void)start;
	(void)state;
	(void)e;
	return true;
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	(void)state;
	if (o->why != REASON_NONE)
		jobs_refuse(answer, o->why, o->fault);
	else
		proofs_run(o->bytes, answer);
	return false;
}

const struct worker_job job_proofs = {
	.name = "proofs", .max_answer = PROOFS_MAX_ANSWER, .prepare = prepare, .run = run
};
