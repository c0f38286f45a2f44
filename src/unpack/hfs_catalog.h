/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_HFS_CATALOG_H
#define PEL_UNPACK_HFS_CATALOG_H

/* The catalog of HFS and HFS+: its folders and files, whose records each of them lays in a way of
 * its own. */

#include "unpack/hfs.h"
#include "unpack/wide.h"

enum {
	HFS_OTHER = 0, /* a record that says where a folder or a file hangs */
	HFS_FOLDER = 1,
	HFS_FILE = 2,
	HFS_MAX_NAME = 3 * 255, /* bytes of UTF-8 */
};

struct hfs_entry {
	uint32_t parent, id;
	unsigned type, flags;
	uint8_t name[HFS_MAX_NAME]; /* UTF-8, in which "/" is ":", as Unix shows it */
	size_t n;
	struct hfs_fork data, resource;
};

/* Reads a record of a leaf.  False: it is damaged. */
typedef bool hfs_read_entry(struct span key, struct span value, struct hfs_entry *out);

/* Gives all files by their ways, with their resource forks ("name:resource"), and says what is
 * damaged.  Of *h all is filled in but what hfs_packed.c finds. */
NODISCARD bool hfs_catalog_give(const struct hfs *h, hfs_read_entry *read, struct error *e);

#endif
