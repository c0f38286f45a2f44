/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_DECMPFS_H
#define PEL_UNPACK_DECMPFS_H

/*
 * Files of Apple's file systems that are compressed without their programs' knowing: an attribute
 * "com.apple.decmpfs" has a head of 16 bytes, and the bytes behind it or in blocks of 64 KiB in the
 * resource fork (sys/decmpfs.h of Apple's kernel; the blocks are described by those who read them).
 */

#include "unpack/unpack.h"

/* Copies n bytes from `at` of the resource fork; false: they are not all there. */
typedef bool decmpfs_copy(void *fork, uint64_t at, uint8_t *out, size_t n);

/* Fills the member that is begun by the attribute, or notes why not; `format` for messages. */
void decmpfs_give(struct unpack *u, const char *format, struct span attribute, decmpfs_copy *copy,
		  void *fork);

#endif
