/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_ARENA_H
#define PEL_BASE_ARENA_H

/*
 * Memory for one job, given back in one step and never beyond a budget.
 *
 * An arena hands out zeroed memory from growing blocks.  arena_reset() makes it
 * empty and keeps one block for the next job, so that the way of an ordinary
 * object under scan asks malloc for nothing.  Built with -DARENA_MALLOC each
 * piece is a malloc of its own, so that AddressSanitizer sees an overrun.
 */

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first; owned */
	size_t used;                /* bytes handed out since the last reset */
	size_t budget;              /* most that may be handed out */
	bool sparse;                /* blocks come zeroed and are not handed out twice */
	bool spent;                 /* something was refused since the last reset */
};

/* An empty arena in the caller's storage.  Allocates nothing yet. */
void arena_init(struct arena *a, size_t budget);

/* The same, for tables of which most stays as it is: large blocks come as the system's zero pages,
 * and a page costs nothing before it is written to.  arena_reset() keeps none of them. */
void arena_init_sparse(struct arena *a, size_t budget);

/* Frees all; the arena may be used again after arena_init(). */
void arena_release(struct arena *a);

/* Forgets all that was handed out; keeps at most one block. */
void arena_reset(struct arena *a);

/* n zeroed bytes aligned for any type; NULL where budget or memory is spent.  Owned by the arena.
 * n of 0 gives a valid pointer. */
NODISCARD void *arena_alloc(struct arena *a, size_t n);

/* An array of n elements of `size` bytes; NULL on overflow too. */
NODISCARD void *arena_array(struct arena *a, size_t n, size_t size);

/* A copy of n bytes at p. */
NODISCARD void *arena_copy(struct arena *a, const void *p, size_t n);

/* A NUL-terminated copy of n bytes at p. */
NODISCARD char *arena_text(struct arena *a, const void *p, size_t n);

#endif
