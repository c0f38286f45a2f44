/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SNAPSHOT_H
#define PEL_RECOVER_SNAPSHOT_H

#include "base/region.h"

/*
 * Copies that may still be whole: file systems that keep snapshots, directories in which NAS
 * systems show theirs, volume shadow copies inside an image.  Named with the command that looks at
 * them; none is run.
 */

/* Calls tell() for each that the directory and those above it can have. */
void snapshot_find(const char *tree,
		   void (*tell)(void *ctx, const char *what, const char *where,
				const char *command),
		   void *ctx);

/* Is this an NTFS volume with a catalogue of shadow copies (VSS)?  The GUID stands at 0x1e00. */
bool snapshot_vss(struct region *w);

#endif
