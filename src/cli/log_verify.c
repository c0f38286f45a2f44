/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/job_log.h"
#include "cli/jobs.h"
#include "cli/log_cli.h"
#include "cli/place.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* verify: an entry and its proof, offline, and that the log grew from a head that is at hand. */

struct verifying {
	struct log_policy policy;
	struct buf proof, entry, since, growth;
};

/* A worker reads it all.  *holds: it says so, and *said is to be printed; else *e is why not.
 * False: nothing came of it. */
static bool ask(const struct verifying *v, struct buf *answer, struct span *said, bool *holds,
		struct error *e)
{
	const struct job_log_request r = { .policy = buf_span(&v->policy.text),
					   .proof = buf_span(&v->proof),
					   .entry = buf_span(&v->entry),
					   .since = buf_span(&v->since),
					   .growth = buf_span(&v->growth) };
	char worker[4096];
	const struct ask a = { .worker = worker, .job = "log" };
	struct buf request;

	buf_init(&request, SIZE_MAX);
	job_log_write(&r, &request);
	bool ok = (place_of("pellucid-worker", worker, sizeof worker) ||
		   error_set(e, REASON_IO, PLACE_NONE, "pellucid-worker is not installed")) &&
		  (buf_ok(&request) ||
		   error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a question")) &&
		  ask_bytes(&a, buf_span(&request), answer, NULL, e);
	buf_release(&request);
	if (!ok)
		return false;
	*holds = jobs_answer(buf_span(answer), said, e);
	return *holds || e->why != REASON_INTERNAL;
}

int log_verify(int argc, char **argv)
{
	static const struct option options[] = { { "policy", required_argument, NULL, 'p' },
						 { "since", required_argument, NULL, 's' },
						 { "growth", required_argument, NULL, 'g' },
						 { 0 } };
	const char *policy = NULL, *since = NULL, *growth = NULL;
	struct verifying *v = calloc(1, sizeof *v);
	struct buf answer;
	struct span said;
	struct error e;
	bool holds = false;
	int option, status = EXIT_CLEAN;

	if (v == NULL)
		return log_fail("no memory");
	buf_init(&answer, JOB_LOG_MAX);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'p')
			policy = optarg;
		else if (option == 's')
			since = optarg;
		else if (option == 'g')
			growth = optarg;
	}
	if (argc - optind != 2 || policy == NULL || (since == NULL) != (growth == NULL))
		status = log_fail("verify: see `pellucid log --help`");
	else if (!log_read_policy(policy, &v->policy, &e) ||
		 !log_read(argv[optind], BUNDLE_MAX_SIZE, &v->proof, &e) ||
		 !log_read(argv[optind + 1], TILE_MAX_ENTRY, &v->entry, &e) ||
		 (since != NULL && (!log_read(since, NOTE_MAX_SIZE, &v->since, &e) ||
				    !log_read(growth, BUNDLE_MAX_SIZE, &v->growth, &e))))
		status = log_fail("%s", e.text);
	else if (!ask(v, &answer, &said, &holds, &e))
		status = log_fail("%s", e.text);
	else if (holds) {
		jobs_print(stdout, said);
	} else {
		(void)log_fail("%s", e.text);
		status = EXIT_FALSE;
	}
	buf_release(&answer);
	buf_release(&v->policy.text);
	buf_release(&v->proof);
	buf_release(&v->entry);
	buf_release(&v->since);
	buf_release(&v->growth);
	free(v);
	return status;
}
