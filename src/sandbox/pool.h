/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_POOL_H
#define PEL_SANDBOX_POOL_H

/* One worker process as the broker holds it: start, send, look at its progress, end. */

#include "base/buf.h"
#include "base/error.h"
#include "sandbox/protocol.h"

#include <sys/types.h>

enum { POOL_AHEAD = 2 * PROTOCOL_BATCH }; /* most objects that a worker has before it */

/* How a worker ended: by itself, by our hand, or by a signal. */
enum pool_end { POOL_ENDED, POOL_STOPPED, POOL_SIGBUS, POOL_SIGSYS, POOL_SIGNAL };

/* What all workers of a broker are started with. */
struct pool_start {
	const char *worker;  /* path of the program */
	int database, setup; /* descriptors; the caller's */
};

struct pool_worker {
	pid_t pid;                     /* 0: not running */
	int socket;                    /* -1: not running */
	const volatile uint64_t *page; /* progress: the number of the object it is at, + 1 */
	bool greeted;                  /* its hello has come */
	uint64_t ahead[POOL_AHEAD];    /* objects it was given and has not answered, in order */
	size_t n_ahead;
	uint64_t bytes_ahead; /* in those objects */
	uint64_t seen;        /* the last progress that was seen */
	int64_t clock_ms;     /* when that was */
	struct buf part;      /* of a record whose rest is to come */
	uint32_t part_left;   /* bytes of it that are to come */
};

/* An idle place for a worker. */
void pool_init(struct pool_worker *w);
void pool_release(struct pool_worker *w); /* ends it if need be */

/* Starts it: exec with four descriptors, no environment, /dev/null for standard input and outputs.
 */
NODISCARD bool pool_run(struct pool_worker *w, const struct pool_start *s, struct error *e);

/* Begins to end it, without waiting. */
void pool_kill(struct pool_worker *w);

/* Ends it at once and forgets all but the socket's memory; says how it had ended before that. */
enum pool_end pool_stop(struct pool_worker *w);

/* Gives it n more objects, with their descriptors.  LIMIT: not now. */
NODISCARD bool pool_give(struct pool_worker *w, const struct job *job, const int *fd, size_t n,
			 struct error *e);

/* Strikes the first of the objects ahead, which had `size` bytes. */
void pool_strike(struct pool_worker *w, uint64_t size);

/* The index in ahead[] of the object that it is at, going by its own word; 0 where that makes no
 * sense. */
size_t pool_at(const struct pool_worker *w);

int64_t pool_now_ms(void); /* of the monotonic clock */

/* Milliseconds since it was seen to go on to another object. */
int64_t pool_still_ms(struct pool_worker *w);

#endif
