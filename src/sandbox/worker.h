/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_WORKER_H
#define PEL_SANDBOX_WORKER_H

/* What the program gives the worker that it is. */
struct worker_host {
	/* Makes, before the walls go up, what scan_options.magic points to; NULL where it cannot be
	 * had. */
	const void *(*open_magic)(void);
};

/* The life of a worker: set up, shut in, then objects in and records out until the socket closes.
 * Returns the exit status of the program. */
int worker_run(const struct worker_host *host);

#endif
