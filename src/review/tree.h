/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_TREE_H
#define PEL_REVIEW_TREE_H

/*
 * A walk of the files beneath a directory of the root, on its own file system.  Links are not
 * followed; another file system, a directory that cannot be opened and more than TREE_MAX_DEPTH
 * levels are gaps.
 */

#include "review/gather.h"

enum { TREE_MAX_DEPTH = 64 };

struct tree {
	struct gather *g;
	/* A regular file: its directory's descriptor, its name there, its path from the root. */
	void (*file)(const struct tree *t, int at, const char *name, const char *path);
	/* Not to be entered; NULL: none. */
	bool (*skip)(const struct tree *t, const char *path);
	bool volatiles; /* file systems in memory that are mounted beneath are walked too */
	dev_t device;   /* of the file system; set by tree_walk() */
};

/* False where there is no such directory. */
bool tree_walk(struct tree *t, const char *directory);

#endif
