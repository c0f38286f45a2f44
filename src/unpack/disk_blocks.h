/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_DISK_BLOCKS_H
#define PEL_UNPACK_DISK_BLOCKS_H

/* What the disks of virtual machines share: blocks that stand where a table says. */

#include "unpack/volume.h"

enum { DISK_BLOCKS_MOST = 1 << 22 /* blocks; ours: 256 GiB in pieces of 64 KiB */ };

struct disk_blocks {
	struct volume v;
	uint64_t size;  /* of the disk, bytes */
	uint64_t block; /* bytes */
	uint64_t n;     /* blocks */
	/* Where block i stands in the file; PLACE_NONE: it is all zeros. */
	uint64_t (*at)(const struct disk_blocks *b, uint64_t i);
	/* Adds n bytes of a block that is packed; false: no more is wanted, or it is damaged, which
	 * has been noted.  NULL: none is. */
	bool (*unpack)(struct disk_blocks *b, uint64_t i, uint64_t n);
	struct span table;
	bool cut;         /* the table is: what the disk has behind its last block is not known */
	uint64_t ahead;   /* bytes of a block before its data; VHDX: blocks between two bitmaps */
	const void *more; /* the format's own */
};

/* Gives the disk as one member: to its end, or, where that are many zeros, up to the last block
 * that is there. */
NODISCARD bool disk_blocks_give(struct disk_blocks *b, struct error *e);

#endif
