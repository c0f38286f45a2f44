/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_GATHER_H
#define PEL_REVIEW_GATHER_H

/*
 * The half of a collector that opens files and parses nothing.
 *
 * What is needed is taken into a bundle: named spans of bytes, which the other half reads behind
 * the walls, where nothing can be opened.  What is not there is passed over without a word; what is
 * there and cannot be had is a gap.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "review/coverage.h"
#include "review/owned.h"
#include "review/root.h"

enum {
	GATHER_MAX_BYTES = 96 << 20, /* that one collector may copy */
	GATHER_MAX_ITEMS = 1 << 20,
	GATHER_MAX_NAMES = 1 << 18, /* of one directory */
	GATHER_MAP_FROM = 1 << 20,  /* bytes: larger files are mapped, not copied */
	GATHER_MAX_PATH = 4096
};

enum item_kind {
	ITEM_FILE, /* bytes are its content */
	ITEM_LINK, /* bytes are where it points */
	ITEM_NOTE, /* bytes are what the gatherer says of the name */
};

struct item {
	const char *name;  /* the path from the root, or what the collector agreed with itself */
	struct span bytes; /* not owned */
	enum item_kind kind;
	uint32_t mode; /* of a file */
	bool mapped;   /* pages of the file itself, not a copy */
};

struct bundle {
	struct arena arena;        /* names and copies */
	struct buf items;          /* struct item each */
	struct buf maps;           /* struct span each, mapped */
	const struct owned *owned; /* what the packages own; empty in the first stage */
};

void bundle_init(struct bundle *b);
void bundle_release(struct bundle *b);
static inline size_t bundle_count(const struct bundle *b)
{
	return b->items.n / sizeof(struct item);
}
struct item bundle_get(const struct bundle *b, size_t i); /* i < bundle_count() */
/* A reader is done with an item: pages of a mapped file need not stay in its memory.  Its bytes may
 * still be read. */
void bundle_drop(const struct item *item);

struct gather {
	const struct root *root;
	struct bundle *bundle;
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
/* The same for one of many lists, which a reader goes through once: it is mapped, so that it takes
 * no memory of its own. */
bool gather_list(struct gather *g, const char *path, size_t max);
/* Takes an open file as a mapping, whatever its size; the descriptor stays the caller's. */
bool gather_map(struct gather *g, int fd, const char *path);
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

/* Calls visit() for /root and for each directory of /home, as their whole path; nothing where home
 * directories were not asked for. */
void gather_homes(struct gather *g, void (*visit)(struct gather *g, const char *home));

/* "directory/name" into path[GATHER_MAX_PATH]; false, and a gap, where it is too long. */
NODISCARD bool gather_path(struct gather *g, char *path, const char *directory, const char *name);
void gather_gap(struct gather *g, const char *path, const struct error *e);

bool gather_ends(const char *name, const char *suffix);

#endif
