/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_CAGE_H
#define PEL_SANDBOX_CAGE_H

/*
 * One piece of work on hostile bytes, in a child that shuts itself in behind the walls of a worker
 * (confine.h): for verbs that look at one object and want text of it.
 *
 * The child has the memory of its parent and no descriptor, so what it looks at must be mapped
 * before.  What it gives comes back in memory that both share and is believed no more than the
 * object.
 */

#include "base/buf.h"
#include "base/error.h"

struct cage_work {
	void (*run)(void *ctx, struct buf *out); /* in the child; `out` takes at most max bytes */
	void *ctx;
	size_t max;
	unsigned time_limit_s; /* of processor time; 0: none */
};

struct cage_output {
	struct span text; /* what the child gave; lasts until cage_release() */
	struct span memory;
};

/*
 * Runs the work and waits for its end.  The process must have one thread.  DENIED where the walls
 * cannot be raised, TIME and LIMIT where it took more than it may, CHANGED where a mapped file
 * shrank, CRASH where the child died of something else.
 */
NODISCARD bool cage_run(const struct cage_work *w, struct cage_output *out, struct error *e);
void cage_release(struct cage_output *out);

#endif
