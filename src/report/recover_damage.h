/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_RECOVER_DAMAGE_H
#define PEL_REPORT_RECOVER_DAMAGE_H

/* The damage of a tree: one line for each file that is not intact, a summary, and a page with a
 * picture of it. */

#include "base/json_write.h"
#include "recover/assess.h"

enum {
	DAMAGE_MAX_DIRECTORIES = 200, /* beneath the tree that are told apart; the rest is one */
	DAMAGE_MAX_COPIES = 32,
};

struct damage_tally {
	uint64_t files, bytes;
};

struct damage_directory {
	char name[96]; /* as it is shown: escaped */
	struct damage_tally of[DAMAGE_COUNT];
};

struct damage_tree {
	struct damage_tally of[DAMAGE_COUNT];
	uint64_t lost; /* bytes */
	struct damage_directory directory[DAMAGE_MAX_DIRECTORIES + 1];
	unsigned n_directories;
	struct buf copies; /* lines: what, where, the command */
};

/* Counts one file.  `beneath` is its path beneath the tree. */
void damage_add(struct damage_tree *t, const char *beneath, const struct assessment *a);

/* One line of text; nothing for what is intact. */
void damage_line(const char *path, const struct assessment *a, struct buf *out);
/* One line of JSON, for any file. */
void damage_json(const char *path, const struct assessment *a, struct buf *out);

/* Files and bytes of each kind of damage, and the copies that may be whole: lines of text, or one
 * line of JSON. */
void damage_summary(const struct damage_tree *t, struct buf *out);
void damage_summary_json(const struct damage_tree *t, struct buf *out);
/* A whole page, with nothing in it from elsewhere; `tree` is the path that it is of. */
void damage_html(const struct damage_tree *t, const char *tree, struct buf *out);

#endif
