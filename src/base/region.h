/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_REGION_H
#define PEL_BASE_REGION_H

/*
 * A file, read by pieces and by pread alone: never mapped, for it may shrink while it is read.
 * Bytes past its end, and bytes that cannot be read, are not there.
 *
 * A region may also be put together from pieces of another: a file of a file system that lies in a
 * disk's image, an archive that is made anew from its members.
 */

#include "base/buf.h"
#include "base/cursor.h"

enum {
	REGION_MAX = 1 << 20, /* bytes of a piece */
	REGION_DEPTH = 4,     /* regions that are put together of each other, at most */
};

/* Bytes [at, at + n) of what is put together. */
struct region_extent {
	uint64_t at, n;
	uint64_t from;    /* where they lie in the region beneath; REGION_ZEROS */
	const uint8_t *p; /* or they lie here, in memory; not owned; NULL: they do not */
};

#define REGION_ZEROS UINT64_MAX

struct region {
	int fd; /* not owned; -1: the bytes are elsewhere */
	struct span memory;
	struct region *under;               /* what extents lie in; not owned */
	const struct region_extent *extent; /* without gaps, from 0 to size; not owned */
	size_t n_extents;                   /* 0: nothing is put together */
	uint64_t size;                      /* of the file */
	uint64_t at;                        /* of the piece */
	size_t n;
	bool failed; /* some read did not give what the size promised */
	uint8_t *p;  /* REGION_MAX bytes; the caller's */
};

/* `room` has REGION_MAX bytes and outlives *w. */
void region_of_fd(struct region *w, int fd, uint64_t size, uint8_t *room);
void region_of_memory(struct region *w, struct span s);
/* The extents follow each other without gaps; `under` may be NULL where none lies in it. */
void region_of_extents(struct region *w, struct region *under, const struct region_extent *extent,
		       size_t n, uint8_t *room);

/* Bytes [at, at + n), n up to REGION_MAX; shorter at the end.  Valid until the next call. */
struct span region_get(struct region *w, uint64_t at, size_t n);

/* Appends bytes [at, at + n) to *out; false where they are not all there, or do not fit, which
 * marks the buffer failed. */
NODISCARD bool region_load(struct region *w, uint64_t at, uint64_t n, struct buf *out);

#endif
