/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SALVAGE_EXT_H
#define PEL_RECOVER_SALVAGE_EXT_H

/* What salvage_ext.c (groups, inodes, names) and salvage_ext_map.c (where an inode's bytes are)
 * share. */

#include "recover/salvage.h"

struct ext {
	struct salvage *s;
	struct region *w;
	const char *volume;
	uint64_t start, block, n_blocks; /* of the volume; bytes of a block */
	uint32_t n_inodes, per_group, inode_size, desc_size, blocks_per_group, first;
	uint32_t n_groups;
	uint64_t *table;  /* first block of each group's inodes; 0: not known */
	uint32_t *parent; /* of each inode, from 1; 0: none is known */
	struct span *name;
	uint64_t n_unread; /* files whose map is damaged */
};

struct ext_inode {
	uint16_t mode, links;
	uint32_t flags;
	uint64_t size;
	int64_t mtime;
	uint32_t dtime;
	uint8_t map[60];
};

/* Bytes of one block of the volume. */
static inline struct span ext_block(struct ext *x, uint64_t number)
{
	if (number == 0 || number >= x->n_blocks)
		return (struct span){ NULL, 0 };
	return region_get(x->w, x->start + number * x->block, (size_t)x->block);
}

/* Where the file's bytes are, as extents of x->w of exactly its size; false where its map leads out
 * of the volume, or is none. */
bool ext_map(struct ext *x, const struct ext_inode *in, struct salvage_map *map);

#endif
