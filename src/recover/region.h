/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_REGION_H
#define PEL_RECOVER_REGION_H

/*
 * A file, read by pieces and by pread alone: never mapped, for it may shrink while it is read.
 * Bytes past its end, and bytes that cannot be read, are not there.
 */

#include "base/cursor.h"

enum { REGION_MAX = 1 << 20 /* bytes of a piece */ };

struct region {
	int fd; /* not owned; -1: the bytes are in memory */
	struct span memory;
	uint64_t size; /* of the file */
	uint64_t at;   /* of the piece */
	size_t n;
	bool failed; /* some read did not give what the size promised */
	uint8_t *p;  /* REGION_MAX bytes; the caller's */
};

/* `room` has REGION_MAX bytes and outlives *w. */
void region_of_fd(struct region *w, int fd, uint64_t size, uint8_t *room);
void region_of_memory(struct region *w, struct span s);

/* Bytes [at, at + n), n up to REGION_MAX; shorter at the end.  Valid until the next call. */
struct span region_get(struct region *w, uint64_t at, size_t n);

#endif
