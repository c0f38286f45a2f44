/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_APFS_H
#define PEL_UNPACK_APFS_H

/*
 * What the parts of the reader of APFS share (Apple File System Reference, 2020): nodes of B-trees,
 * which are found through an object map or stand where they say, and walks through their leaves.
 */

#include "unpack/volume.h"

enum {
	APFS_MAX_LEVELS =
		12,       /* of a tree; ours: of 100 keys a node that is more than there can be */
	APFS_OBJECT = 32, /* bytes of an object's head: obj_phys_t */
	/* j_obj_types */
	APFS_INODE = 3,
	APFS_XATTR = 4,
	APFS_EXTENT = 8,
};

struct apfs {
	struct volume v;
	uint32_t block; /* bytes */
	bool locked;    /* a node is encrypted */
};

/* A key as far as it orders a tree: of an object map its oid and xid, of a catalog a record's id,
 * type, and, of an extent, where in the file it begins. */
struct apfs_key {
	uint64_t id;
	unsigned type;
	uint64_t at;
};

struct apfs_tree {
	uint64_t root; /* a block; in a mapped tree an oid */
	uint64_t map;  /* the block of the root of its object map; 0: nodes stand where they say */
	bool catalog;  /* else it is an object map */
};

struct apfs_node {
	struct span bytes; /* the block */
	unsigned level, i, n;
	bool fixed;
	size_t toc_at, keys_at, values_end;
};

struct apfs_walk {
	const struct apfs_tree *tree;
	struct apfs_node node[APFS_MAX_LEVELS];
	unsigned depth;
	uint64_t left; /* nodes that may come */
	bool damaged;
};

/* Begins at the first record whose key is not before `from`.  False: there is no such tree. */
NODISCARD bool apfs_walk_begin(struct apfs *a, const struct apfs_tree *tree, struct apfs_key from,
			       struct apfs_walk *w);

/* The next record; spans lie in the image.  False: there is none, or w->damaged, or the budget is
 * spent. */
NODISCARD bool apfs_walk_next(struct apfs *a, struct apfs_walk *w, struct span *key,
			      struct span *value);

/* The key of a record of that tree. */
struct apfs_key apfs_key_of(const struct apfs_tree *tree, struct span key);

/* The block of an object, by the newest entry of an object map whose root is block `map`.  False:
 * there is none, or it is encrypted (a->locked). */
NODISCARD bool apfs_find(struct apfs *a, uint64_t map, uint64_t oid, uint64_t *block);

/* Bytes of a block; fewer where the image ends. */
static inline struct span apfs_block(const struct apfs *a, uint64_t n)
{
	return n > UINT64_MAX / a->block ? (struct span){ 0 }
					 : span_cut(a->v.image, n * a->block, a->block);
}

#endif
