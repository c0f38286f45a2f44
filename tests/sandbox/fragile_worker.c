/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/jobs.h"
#include "sandbox/worker.h"

#include <stdlib.h>
#include <string.h>

/*
 * The worker that scans, but with a fault that some rules bring out: where the database holds the
 * word "Fragile" it dies of each object that holds "FRAGILE", and always of "BROKEN".  For the way
 * back (tests/cli/update.bats).  Of an object that holds "LYING" it answers as if it were nothing
 * but zeros, as one could that was taken over (tests/cli/threats.bats).
 */

static bool fragile;
static const uint8_t zeros[4096];

static bool holds(struct span s, const char *word)
{
	return s.n != 0 && memmem(s.p, s.n, word, strlen(word)) != NULL;
}

static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	fragile = holds(start->database, "Fragile");
	return job_scan.prepare(start, state, e);
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	if (holds(o->bytes, "BROKEN") || (fragile && holds(o->bytes, "FRAGILE")))
		abort();
	struct worker_object shown = *o;
	if (o->bytes.n <= sizeof zeros && holds(o->bytes, "LYING"))
		shown.bytes.p = zeros;
	return job_scan.run(state, &shown, answer);
}

int main(void)
{
	struct worker_job job = job_scan;
	const struct worker_job *const jobs[] = { &job, &job_proofs };

	job.prepare = prepare;
	job.run = run;
	return worker_run(&(struct worker_host){ .job = jobs, .n_jobs = 2 });
}
