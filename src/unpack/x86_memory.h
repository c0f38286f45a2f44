/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_X86_MEMORY_H
#define PEL_UNPACK_X86_MEMORY_H

/*
 * The memory of an interpreted program: a few regions, each with a memory of what was written to.
 */

#include "base/arena.h"
#include "base/cursor.h"

#include <stdint.h>

enum {
	X86_MAX_REGIONS = 24,
	X86_GRAIN = 4, /* bytes that one mark stands for */
	X86_MARK_WRITTEN = 1,
	X86_MARK_DECODED = 2, /* an instruction that is kept has bytes here (x86_decode.h) */
};

struct x86_region {
	uint32_t at, n;  /* address, bytes; at + n is at most 2^32 */
	uint8_t *bytes;  /* the arena's */
	uint8_t *marked; /* one for each grain: X86_MARK_... */
	bool fixed;      /* may not be written to */
};

struct x86_memory {
	struct x86_region region[X86_MAX_REGIONS];
	size_t n_regions;
	size_t last; /* region that was used last */
	size_t code; /* ... for an instruction */
};

/* Maps n zeroed bytes, at least 1, from the arena.  NULL: no room, or something is there.  Valid
 * until the arena is reset. */
NODISCARD struct x86_region *x86_memory_map(struct x86_memory *m, struct arena *a, uint32_t at,
					    uint32_t n);

static inline bool x86_region_holds(const struct x86_region *r, uint32_t at, uint32_t n)
{
	uint32_t into = at - r->at;

	return into < r->n && n <= r->n - into;
}

/* As x86_memory_find(), among all of them; *last becomes its number. */
struct x86_region *x86_memory_search(struct x86_memory *m, size_t *last, uint32_t at, uint32_t n);

/* The region that holds all of [at, at + n), n at least 1; NULL: none does. */
static inline struct x86_region *x86_memory_find(struct x86_memory *m, uint32_t at, uint32_t n)
{
	struct x86_region *r = &m->region[m->last];

	return LIKELY(x86_region_holds(r, at, n)) ? r : x86_memory_search(m, &m->last, at, n);
}

/* Up to n bytes at `at`, as far as the region goes; empty where nothing is mapped. */
struct span x86_memory_span(struct x86_memory *m, uint32_t at, uint32_t n);

/* The region that holds the byte at `at`, of an instruction. */
static inline struct x86_region *x86_memory_code(struct x86_memory *m, uint32_t at)
{
	struct x86_region *r = &m->region[m->code];

	return LIKELY(x86_region_holds(r, at, 1)) ? r : x86_memory_search(m, &m->code, at, 1);
}

/* Did the program write to the byte at `at`? */
bool x86_memory_written(struct x86_memory *m, uint32_t at);

#endif
