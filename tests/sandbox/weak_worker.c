/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/probe.h"

/* A worker that lacks a wall (meson.build says which): for tests/cli/self-test.bats. */
int main(void)
{
	static const struct worker_job *const jobs[] = { &job_probe, &job_scan };
	return worker_run(&(struct worker_host){ .job = jobs, .n_jobs = 2 });
}
