/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_WALK_IMPL_H
#define PEL_SANDBOX_WALK_IMPL_H

/* Between walk.c, which walks, walk_ahead.c, which has files read early, walk_served.c, which
 * copies what others serve, and walker.c, which has that done in a process of its own. */

#include "base/buf.h"
#include "sandbox/walk.h"

#include <stdatomic.h>
#include <sys/stat.h>

enum { WALK_MAX_PATH = 4 << 20 };

/* What a walk in another process is at; memory that both share, written there alone. */
struct walk_page {
	_Atomic uint64_t steps; /* grows with all that is done */
	uint64_t size;          /* bytes of the file at hand that are to be copied */
	bool served;            /* the directory that holds it is on a file system that ... */
	char path[WALK_MAX_PATH];
};

/* Where a walk begins that another was at before; all zero: at the beginning. */
struct walk_again {
	const char *after; /* path of the last that was told; NULL: none */
	bool inside;       /* it was told that the directory is entered, not that it is done */
	const char *hung;  /* path that is to be passed over unseen, ... NULL: none */
	struct error why;  /* ... for this reason */
};

/* Of the last file system that was asked. */
struct walk_device {
	dev_t number;
	bool known, kernel, served;
};

/* Whether files come from a disk, or are in memory already. */
struct walk_disk {
	unsigned n_asked; /* files since one was asked about */
	unsigned n_cold;  /* files yet for which it is taken that they come from the disk */
};

struct walk {
	const struct walk_options *o;
	struct walk_page *page; /* NULL: nobody looks on */
	struct walk_again again;
	const char *resume; /* names below the directory to be entered, down to the last that was
			       told; NULL: none was */
	struct buf path;    /* of the object at hand, with a NUL */
	struct buf
		names; /* a stack: for each entry that waits its type and its name with a NUL ... */
	struct buf order;         /* ... and where it begins in names, uint32_t */
	dev_t device;             /* of the directory at hand */
	bool served;              /* it is on a file system that others serve ... */
	bool above_served;        /* ... and what it lies in */
	struct walk_device asked; /* of the last named file */
	struct buf place; /* the directory of the last listed path, up to its last slash ... */
	int place_fd;     /* ... opened; -1: none */
	struct walk_disk disk;
	unsigned depth;
};

void walk_begin(struct walk *w, const struct walk_options *o);
void walk_end(struct walk *w);

/* One path; what was learnt of file systems stays for the next, and if it is `listed` its place. */
NODISCARD bool walk_one(struct walk *w, const char *path, bool listed);

/* Whoever writes a list may take hours over it, and a directory be made anew meanwhile. */
void walk_leave_place(struct walk *w);

/* What reads a list tells. */
struct walk_lines {
	bool (*path)(void *ctx, const char *path); /* false ends it */
	bool (*bad)(void *ctx, const char *path, const struct error *e);
	bool (*pause)(void *ctx); /* it may take a while until there is more; and at the end */
	void *ctx;
};

/* As walk_list(). */
NODISCARD bool walk_read_lines(const struct walk_lines *l, int fd, char separator, struct error *e);

/* ---- walk_ahead.c */

/* A file was opened that will be read soon: has the kernel begin with that.  Not for one that
 * others serve, who might let us wait. */
void walk_read_ahead(struct walk_disk *d, int fd, uint64_t size);

/* ---- walk_served.c */

/* Is it on a file system that only shows the kernel's state? */
bool walk_shows_kernel(int fd);

/* Is it on a file system that a program or another machine serves? */
bool walk_is_served(int fd);

/* Is there such a file system on this machine?  Asks no file system but proc; without it: yes. */
bool walk_any_served(void);

/*
 * Copies a regular file that `st` is of, into memory, or on disk in `dir` where it is larger than
 * WALK_IN_MEMORY; nobody can change the copy.  The file is closed, and is told by
 * o->copy(), or o->skipped() if it cannot be read.
 */
NODISCARD bool walk_copy(const struct walk_options *o, int fd, const struct stat *st,
			 const char *path);

enum { WALK_IN_MEMORY = 64 << 20 };

#endif
