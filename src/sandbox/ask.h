/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_ASK_H
#define PEL_SANDBOX_ASK_H

/*
 * One piece of work on hostile bytes, in a worker of its own: for verbs that want something else
 * of an object than a verdict.  The worker is started for it and ended after it, whatever it says.
 *
 * What comes back is believed no more than the object: the caller checks it.
 */

#include "base/buf.h"
#include "base/error.h"
#include "sandbox/pool.h"

struct ask {
	const char *worker; /* path of pellucid-worker */
	const char *job;    /* a name in its table (worker.h) */
	struct span setup;  /* the job's own; may be empty */
	int fd;             /* of the object, a regular file; stays the caller's */
	uint64_t size;
	bool sealed;           /* a file of memory that nobody can change */
	unsigned time_limit_s; /* 0: 120 */
};

/* How it went, beside the answer. */
struct asked {
	unsigned walls; /* bits of enum protocol_wall, by its word */
	bool greeted;
	enum pool_end end; /* where it ended without an answer */
};

/*
 * Puts the whole answer into `answer`, which was born with the most bytes that it may have.
 * Fails with DENIED where there is no worker that is shut in, LIMIT where the answer is too large,
 * TIME, CRASH, and INTERNAL where it said what no worker says.  *how, if not NULL, is always
 * filled.
 */
NODISCARD bool ask_worker(const struct ask *a, struct buf *answer, struct asked *how,
			  struct error *e);

/* The same about bytes, which are copied into a sealed file; fd, size and sealed of *a are not
 * used. */
NODISCARD bool ask_bytes(const struct ask *a, struct span bytes, struct buf *answer,
			 struct asked *how, struct error *e);

#endif
