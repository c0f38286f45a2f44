/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_WALKER_H
#define PEL_SANDBOX_WALKER_H

/*
 * A walk (walk.h) in a process of its own, with a clock.
 *
 * A file system that a program serves (FUSE), or another machine (NFS, CIFS, 9p), can leave any
 * call without an answer: an open, a look, a list of names, a read, a close.  The process that
 * waits for it cannot always be ended, and so must not be the one that has the results.  Here it is
 * one that walks, opens and hands over descriptors; of what lies on such a file system it hands
 * over a copy, so that nobody else has to read or close it.  When it says nothing for the time of
 * an object that object is skipped as TIME, it is ended or left, and another goes on behind.
 *
 * That takes 2 us a file; so where no such file system is mounted when it begins, it walks in this
 * process, as walk.h does.
 *
 * Where a directory on such a file system has had WALKER_PATIENCE objects without an answer, and
 * none with one between them, what else it holds is passed over with it.
 */

#include "sandbox/walk.h"

enum { WALKER_TIME_S = 120, WALKER_PATIENCE = 3 };

struct walker;

struct walker_options {
	struct walk_options walk; /* file() and the rest are called here; wanted() is not */
	unsigned patience_s;      /* for one object, and one more for each MiB; 0: WALKER_TIME_S */
	bool always;              /* in another process whatever is mounted */
	/* Asked now and then while nothing comes; false ends the walk.  NULL: it goes on. */
	bool (*go_on)(void *ctx);
};

/* Heap; *o is copied, what it points to is not.  The process starts with the first path. */
NODISCARD bool walker_new(const struct walker_options *o, struct walker **out, struct error *e);
void walker_free(struct walker *k); /* NULL is nothing */

/* As walk_path() and walk_list(). */
NODISCARD bool walker_path(struct walker *k, const char *path);
NODISCARD bool walker_list(struct walker *k, int fd, char separator, struct error *e);

#endif
