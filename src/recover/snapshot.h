/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SNAPSHOT_H
#define PEL_RECOVER_SNAPSHOT_H

#include "base/region.h"

/*
 * Copies that may still be whole: file systems that keep snapshots, directories in which NAS
 * systems show theirs, volume shadow copies inside an image.  Named with the command that looks at
 * them; none is run.
 */

struct stat;
struct statfs;

/* What is asked of the kernel, so that a test can answer: fstatfs(2), fstat(2), ioctl(2). */
struct snapshot_kernel {
	int (*system)(int fd, struct statfs *fs);
	int (*stat)(int fd, struct stat *st);
	/* No request changes anything.  Below 0: refused; btrfs was seen to answer 0 and 1. */
	int (*ask)(int fd, unsigned long request, void *arg);
};

extern const struct snapshot_kernel snapshot_linux;

enum {
	SNAPSHOT_NAMES = 16, /* of one place, at most; the others are counted */
	SNAPSHOT_STORES = 64,
};

/*
 * Calls tell() for each that the directory and those above it can have; `where` is a path, or what
 * else has it, with the names of the snapshots that are there.  `root` is "" or a directory in
 * which this machine's /etc and /sys are looked for.
 */
void snapshot_find(const struct snapshot_kernel *k, const char *root, const char *tree,
		   void (*tell)(void *ctx, const char *what, const char *where,
				const char *command),
		   void *ctx);

/* Volume shadow copies (VSS) of the volumes in an image. */
struct snapshot_stores {
	bool kept;   /* a volume has a header of them, whether its catalogue names any or not */
	uint64_t at; /* of the first such volume, in bytes */
	unsigned n;
	uint64_t made[SNAPSHOT_STORES]; /* when, by the catalogue: FILETIME, UTC */
};

/*
 * Looks at an image of a volume with NTFS, or of a disk with partitions (MBR's four, GPT's first
 * 128).  J. Metz, Volume Shadow Snapshot (VSS) format: the header stands at 0x1e00 of a volume and
 * leads to blocks of 16 KiB with entries of 128 bytes.
 */
void snapshot_vss(struct region *w, struct snapshot_stores *out);

#endif
