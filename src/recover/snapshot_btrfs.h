/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SNAPSHOT_BTRFS_H
#define PEL_RECOVER_SNAPSHOT_BTRFS_H

#include "base/buf.h"
#include "recover/snapshot.h"

/*
 * The snapshots of a btrfs, by what the kernel says of its subvolumes (linux/btrfs.h; Linux 4.18
 * on): the root of each has inode number 256, each has its children's numbers, and a snapshot has
 * the UUID of what it is of.  All of it is open to every user for what he can reach, and changes
 * nothing.
 */

enum {
	BTRFS_LOOKED_AT = 4096, /* subvolumes of one file system */
	BTRFS_DEPTH = 16,       /* of subvolumes in subvolumes */
};

struct btrfs_snapshots {
	unsigned n, n_own;      /* in all; of the subvolume that the tree lies in */
	unsigned n_unseen;      /* subvolumes that could not be looked at */
	struct buf own, others; /* the first of them: path, time, whether it can be written */
	char top[4096];         /* what of the file system is reached from here begins there */
	bool asked;             /* the kernel answers such questions; if not, nothing is known */
};

/*
 * Looks from `path`, an absolute one of a directory, without links, upwards as far as the same
 * file system goes, and down from there.  Returns false where it does not lie on btrfs.  The
 * caller releases *out with btrfs_snapshots_release(), in either case.
 */
bool btrfs_snapshots_find(const struct snapshot_kernel *k, const char *path,
			  struct btrfs_snapshots *out);

void btrfs_snapshots_release(struct btrfs_snapshots *s);

#endif
