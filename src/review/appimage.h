/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_APPIMAGE_H
#define PEL_REVIEW_APPIMAGE_H

/*
 * AppImages (AppImageSpec): a program (ELF) marked `AI` and a digit in the padding of its
 * identification, with a file system behind its section headers.  Type 2 has squashfs there, and in
 * its topmost directory one file *.desktop, which names what it is (Desktop Entry Specification).
 */

#include "policy/fact.h"

enum {
	APPIMAGE_MARK = 11,       /* first bytes that appimage_is() looks at */
	APPIMAGE_MAX = 512 << 20, /* bytes of one that is opened */
};

/* By its first bytes. */
bool appimage_is(struct span head);

/* Writes what it says that it is, as a package of the type `appimage`, or a gap.  Behind the walls.
 */
void appimage_read(const char *path, struct span file, struct fact_writer *w);

#endif
