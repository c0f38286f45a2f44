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

enum { VMDK_MAX_NAME = 255, VMDK_MAX_EXTENTS = 999 };

/*
 * `name` is a file in the directory.  Where it is the first part of a disk (-flat, -f001, -s001,
 * -sesparse, -delta), writes the descriptor's text to out, its name (VMDK_MAX_NAME + 1 bytes) to
 * `to`, and true; false with REASON_NONE where it is none, else with why.  The same parts give the
 * same text.
 */
NODISCARD bool vmdk_describe(int dir, const char *name, char *to, struct buf *out, struct error *e);

/* Is the file a descriptor that is whole? */
bool vmdk_is_descriptor(int dir, const char *name);

#endif
