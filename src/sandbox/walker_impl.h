/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_WALKER_IMPL_H
#define PEL_SANDBOX_WALKER_IMPL_H

/*
 * Between walker.c, which has the results, and walker_serve.c, which walks.
 *
 * A request is the paths to be walked, each with a NUL.  The answer is messages of a u8, which is 0
 * in the last, and events; another follows when it has been asked for by one byte.  So two of them
 * are under way at most.
 *
 * An event is u8 kind, u32 n, n bytes:
 */

#include "base/wire.h"
#include "sandbox/walk_impl.h"

enum walker_event {
	EVENT_PATH,    /* a piece of the path of the next event */
	EVENT_FILE,    /* u64 size; the next descriptor beside the message */
	EVENT_COPY,    /* u64 size, u8 COPY_... bits; the same */
	EVENT_SKIPPED, /* u8 reason, text */
	EVENT_REFUSED, /* the same */
	EVENT_ENTERED,
	EVENT_DONE, /* with one of the paths */
};

enum { COPY_SPOOLED = 1, COPY_CHANGED = 2 };

struct walker_work {
	const struct walk_options *o;
	struct walk_page *page;
	struct walk_again again; /* of the first request, and `after` of its first path */
};

/* Answers requests until the other end closes.  `ctx` is a struct walker_work. */
void walker_serve(void *ctx, int socket);

#endif
