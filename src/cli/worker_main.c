/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/compile.h"
#include "cli/jobs.h"
#include "cli/libmagic.h"
#include "recover/attack_ask.h"
#include "recover/salvage_ask.h"
#include "recover/vmdk_ask.h"
#include "review/job_review.h"
#include "sandbox/probe.h"

/* pellucid-worker: started by a broker with a socket and a set-up, and of no use otherwise. */

/* All that parses what strangers made. */
static const struct worker_job *const jobs[] = {
	&job_scan,   &job_probe,  &job_inspect, &job_json,     &job_data,
	&job_rules,  &job_log,    &job_review,  &job_examine,  &job_salvage,
	&job_import, &job_proofs, &job_attack,  &job_describe,
};

/* Before the walls go up: behind them there is no library and no magic file to read. */
static const void *open_magic(void) { return libmagic_open(); }

#ifdef PELLUCID_SANITIZED
/* The sanitizers' own: a worker without rights cannot look for leaks. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:handle_sigbus=0"; }
#endif

int main(void)
{
	return worker_run(&(struct worker_host){
		.job = jobs, .n_jobs = sizeof jobs / sizeof *jobs, .open_magic = open_magic });
}
