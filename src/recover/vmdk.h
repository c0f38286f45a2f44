/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_VMDK_H
#define PEL_RECOVER_VMDK_H

/*
 * The small text file that names the parts of a virtual disk, made anew from the parts: what an
 * attack destroys first, and what costs nothing to have back (cisagov/ESXiArgs-Recover for flat
 * disks; VMware's Virtual Disk Format 1.1 for the rest).
 */

#include "base/buf.h"
#include "base/error.h"

enum {
	VMDK_MAX_NAME = 255,
	VMDK_MAX_EXTENTS = 999,
	VMDK_HEAD = 64, /* bytes of a part that are looked at */
};

/* vSphere's largest disk is 62 TiB; a file of ext4 or XFS may have more, and none has this. */
#define VMDK_MAX_SECTORS (UINT64_C(1) << 52)

/* Where the parts lie. */
struct vmdk_directory {
	void *ctx;
	/* The first VMDK_HEAD bytes of a file (what it does not have is left as it is) and its
	 * size.  False with *e as it was: no such file; else why it cannot be read. */
	bool (*part)(void *ctx, const char *name, uint8_t *head, uint64_t *size, struct error *e);
};

/*
 * `name` is a file in the directory.  Where it is the first part of a disk (-flat, -f001, -s001,
 * -sesparse, -delta), writes the descriptor's text to out, its name (VMDK_MAX_NAME + 1 bytes) to
 * `to`, and true; false with REASON_NONE where it is none, else with why.  The same parts give the
 * same text.
 */
NODISCARD bool vmdk_describe(const struct vmdk_directory *d, const char *name, char *to,
			     struct buf *out, struct error *e);

/* Is the file of that name there, and a descriptor? */
bool vmdk_is_whole(const struct vmdk_directory *d, const char *name);

#endif
