/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_GATHER_H
#define PEL_REVIEW_GATHER_H

/*
 * The half of a collector that opens files and parses nothing.
 *
 * What is needed is taken into a bundle, which the other half reads behind the walls, where nothing
 * can be opened.  What is small is copied into a file of memory that all collectors of a stage
 * share; of what is large, and of long lists of files, the path alone is kept, and a reader has the
 * file opened when it comes to it.  What is not there is passed over without a word; what is there
 * and cannot be had is a gap.
 */

#include "review/coverage.h"
#include "review/item_bundle.h"
#include "review/root.h"

#include <dirent.h>

enum {
	GATHER_MAX_BYTES = 96 << 20, /* that one collector may copy */
	GATHER_MAX_NAMES = 1 << 18,  /* of one directory */
	GATHER_AWAY_FROM = 1 << 20,  /* bytes: larger files are not copied */
	GATHER_MAX_PATH = 4096
};

/* What the collectors of one stage copy. */
struct gather_store {
	int fd;          /* of the file of memory; owned */
	uint64_t n;      /* bytes put, also those that wait */
	struct buf wait; /* to be written */
	bool failed;     /* it could not be written */
	uint64_t n_away; /* files that were not copied: the number of the next */
};

NODISCARD bool gather_store_init(struct gather_store *s, struct error *e);
void gather_store_release(struct gather_store *s);
/* Appends bytes; s->failed where that cannot be done. */
void gather_store_put(struct gather_store *s, struct span bytes);
/* Writes what waits. */
void gather_store_flush(struct gather_store *s);

struct gather {
	const struct root *root;
	struct bundle *bundle;
	struct gather_store *store;
	uint64_t copied; /* bytes, by this collector */
	struct coverage *cover;
	const char *const *wanted; /* paths that the policies ask for */
	size_t n_wanted;
	const char *const *build_ids; /* of programs, that the policies ask for, in order */
	size_t n_build_ids;
	const char *const *modules; /* of the kernel, that the policies ask for */
	size_t n_modules;
	bool homes;        /* look into home directories */
	unsigned listen_s; /* how long LLDP is listened for; 0: not at all */
	void (*home)(struct gather *g, const char *home); /* of gather_homes(), while it runs */
};

/* Takes a file; of one larger than `max` only its beginning, which is a gap.  True where it was
 * taken. */
bool gather_file(struct gather *g, const char *path, size_t max);
/* The same for one of many that a reader goes through once: its path is taken, and it is opened
 * when the reader comes to it, if it can be then. */
bool gather_away(struct gather *g, const char *path, size_t max);
/* Takes where a symbolic link points. */
bool gather_link(struct gather *g, const char *path);
/* Takes bytes under a name; both are copied. */
bool gather_note(struct gather *g, const char *name, struct span bytes);

/*
 * Calls visit() for each name in a directory but "." and "..", in the order of bytes; `type` is
 * readdir's (DT_REG, DT_DIR ...).  False where there is no such directory.
 */
bool gather_each(struct gather *g, const char *directory,
		 void (*visit)(struct gather *g, const char *directory, const char *name,
			       unsigned type));

/* The next name of a directory but "." and "..".  NULL at the end, and where the names cannot be
 * read: *e says which, by REASON_NONE or not.  A process that ended meanwhile is an end. */
const struct dirent *gather_next(DIR *d, struct error *e);
/* Of a name in the directory `at` what it is (DT_REG, DT_DIR ...), also where readdir() does not
 * say. */
unsigned gather_type(int at, const struct dirent *entry);

/* Calls visit() for /root and for each directory of /home, as their whole path; nothing where home
 * directories were not asked for. */
void gather_homes(struct gather *g, void (*visit)(struct gather *g, const char *home));

/* "directory/name" into path[GATHER_MAX_PATH]; false, and a gap, where it is too long. */
NODISCARD bool gather_path(struct gather *g, char *path, const char *directory, const char *name);
/* Notes that `path` could not be had, and why; nothing where it is not there. */
void gather_gap(struct gather *g, const char *path, const struct error *e);

/* Does a name end so, and is it longer? */
bool gather_ends(const char *name, const char *suffix);

#endif
