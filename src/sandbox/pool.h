/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_POOL_H
#define PEL_SANDBOX_POOL_H

/* One worker process as the broker holds it. */

#include "sandbox/broker.h"

#include <sys/types.h>

enum { POOL_ENDED, POOL_BROKEN, POOL_SIGBUS, POOL_KILLED }; /* how a worker ended */

struct pool_worker {
	pid_t pid;
	int socket;               /* -1: not running */
	uint64_t ahead[2 * PROTOCOL_BATCH]; /* objects it was given and has not answered, in order */
	size_t n_ahead;
	uint64_t n_done;
	int64_t clock;            /* when it began with ahead[0], seconds */
};

/* Starts a worker: exec with the socket and the database alone, no environment; sends the set-up. */
NODISCARD bool pool_start(struct pool_worker *w, const struct broker_options *o, struct error *e);
/* Ends it, by force where it does not go; says how it ended. */
int pool_end(struct pool_worker *w);
NODISCARD bool pool_send(struct pool_worker *w, const void *message, size_t n, const int *fd, size_t n_fd);
/* One message; 0 where the worker is gone. */
size_t pool_receive(struct pool_worker *w, uint8_t *to, size_t size);
void pool_restart_clock(struct pool_worker *w);
unsigned pool_seconds(const struct pool_worker *w);

#endif
