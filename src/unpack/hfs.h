/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_HFS_H
#define PEL_UNPACK_HFS_H

/*
 * What the readers of HFS (Inside Macintosh: Files, 2) and HFS+ (Apple's Technical Note TN1150)
 * share: forks, which are bytes in extents, and B-trees, of which the leaves are read one behind
 * another.
 */

#include "unpack/volume.h"

enum {
	HFS_EXTENTS = 8,     /* in a record ... */
	HFS_OLD_EXTENTS = 3, /* ... and in one of HFS */
	HFS_FORK_BYTES = 80,
	HFS_MAX_NODE = 32768,
	HFS_DATA = 0,
	HFS_RESOURCE = 0xff,
};

struct hfs_extent {
	uint32_t at, n; /* blocks */
};

struct hfs_fork {
	uint64_t size; /* bytes */
	uint32_t blocks;
	uint32_t id;   /* of the file */
	unsigned kind; /* HFS_DATA, HFS_RESOURCE */
	struct hfs_extent extent[HFS_EXTENTS];
};

struct hfs_packed { /* where a file's decmpfs attribute is */
	uint32_t id, node;
	unsigned record;
};

struct hfs {
	struct volume v;
	bool old;       /* HFS: numbers of 16 bits, keys with a byte of length */
	uint32_t block; /* bytes */
	uint64_t base;  /* where block 0 stands in the image; HFS+: 0 */
	struct hfs_fork extents, catalog, attributes;
	struct hfs_packed *packed; /* in the order of their ids */
	size_t n_packed;
	uint8_t *attribute; /* HFS_MAX_NODE bytes: a node of attributes */
};

/* The 80 bytes of a fork at the cursor. */
struct hfs_fork hfs_fork_at(struct cursor *c, uint32_t id, unsigned kind);

/* The extents of a fork of HFS at the cursor, which is `size` bytes long. */
struct hfs_fork hfs_old_fork_at(struct cursor *c, uint64_t size, uint32_t id, unsigned kind);

/* Bytes of the fork from `at` on, as far as they stand together in the image; empty: there are none
 * that its extents, or those that overflowed, speak of. */
struct span hfs_piece(struct hfs *h, const struct hfs_fork *f, uint64_t at);

/* Copies n bytes.  False: they are not all there. */
NODISCARD bool hfs_copy(struct hfs *h, const struct hfs_fork *f, uint64_t at, uint8_t *out,
			size_t n);

/* ---- leaves of a tree */

struct hfs_walk {
	const struct hfs_fork *tree;
	unsigned node_size;
	uint32_t node, next, left; /* the one at hand, the one that follows; nodes that may come */
	unsigned record, n_records;
	unsigned length; /* bytes of a key's length */
	uint8_t *p;      /* HFS_MAX_NODE bytes */
	bool damaged;    /* it ended before its end */
};

/* Begins at the first leaf, in `room` (HFS_MAX_NODE bytes, the caller's).  False: no such tree. */
NODISCARD bool hfs_walk_begin(struct hfs *h, const struct hfs_fork *tree, uint8_t *room,
			      struct hfs_walk *w);

/* The next record: its key, without the length, and what belongs to it; both in the room.  False:
 * there are no more, or the tree is damaged, or the budget is spent. */
NODISCARD bool hfs_walk_next(struct hfs *h, struct hfs_walk *w, struct span *key,
			     struct span *value);

/* The record of that number in that node.  False: there is none. */
NODISCARD bool hfs_record(struct hfs *h, struct hfs_walk *w, uint32_t node, unsigned record,
			  struct span *key, struct span *value);

/* ---- hfs_packed.c: files that are compressed */

/* Finds the attributes that say so.  False: no memory. */
NODISCARD bool hfs_packed_find(struct hfs *h);

/* Whether this file is one; then the member that is begun is filled. */
bool hfs_packed_give(struct hfs *h, uint32_t id, const struct hfs_fork *resource);

#endif
