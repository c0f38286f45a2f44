/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_GROUP_H
#define PEL_REVIEW_GROUP_H

/* Small files of one thing, as sysfs has them: a note that names the thing, then its files. */

#include "review/gather.h"

enum { GROUP_MAX_FILE = 4096 };

struct group {
	const char *kind;  /* the note's name */
	struct span name;  /* the note's bytes: a directory, a number ... */
	size_t first, end; /* of its items in the bundle */
};

/* Takes the note, and of directory/name/ those of the files that are there.  `name` may be "". */
void group_gather(struct gather *g, const char *kind, const char *directory,
		  const char *const *files, size_t n);

/* The groups one after the other: *at is 0 at first.  False at the end. */
bool group_next(const struct bundle *b, size_t *at, struct group *out);
/* The content of a file of the group by its path beneath the directory, without its last newline;
 * empty where it was not there. */
struct span group_value(const struct bundle *b, const struct group *g, const char *file);

#endif
