/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_ISO_TREES_H
#define PEL_UNPACK_ISO_TREES_H

#include "unpack/unpack.h"

/* Gives the files of an ISO 9660 image that do not stand in all of its trees, each once. */
void iso_trees_read(struct unpack *u);

#endif
