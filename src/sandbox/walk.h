/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_WALK_H
#define PEL_SANDBOX_WALK_H

/*
 * From the paths that a user names to open regular files.
 *
 * Symbolic links are followed where they are named, never inside a tree; so there
 * are no loops.  FIFOs, sockets and devices are not opened, and file systems that
 * only show the kernel's state (proc, sysfs, ...) are not entered.  A file with
 * several names is given once for each.  Everything that is passed over is told
 * with its reason: UNSUPPORTED for what holds no bytes of its own, or was left out
 * on request, inside a tree; anything else is a gap.
 *
 * Order: that of bytes in the names, directory by directory (WALK_SORTED entries
 * at a time, in directories that are larger still).  Memory does not grow with the
 * tree: it is bounded by WALK_NAMES and one open directory for each level.
 */

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	WALK_MAX_DEPTH = 512,  /* directories within each other; one descriptor each */
	WALK_SORTED = 16384,   /* entries of one directory that are put in order together */
	WALK_NAMES = 64 << 20, /* bytes of names that are held, all levels together */
	WALK_MAX_LINE = 65536, /* bytes of a path in a list */
};

struct walk_options {
	bool one_file_system;
	uint64_t max_size; /* bytes; 0: no limit */
	const char *const
		*exclude; /* globs, matched against the whole path and against the last name */
	size_t n_exclude;
	/* Asked of each entry before it is opened: its kind, as S_IFMT has it, and how many
	 * directories of the walk it lies in.  False passes over it; if `why` was filled that is
	 * told by refused().  NULL: all are wanted.  May be asked in another process (walker.h),
	 * and again of the path that was named when another process goes on. */
	bool (*wanted)(void *ctx, const char *path, mode_t kind, unsigned depth, struct error *why);
	void (*refused)(void *ctx, const char *path, const struct error *e);
	/* A directory that is wanted, before what it holds.  NULL: nobody asks. */
	void (*entered)(void *ctx, const char *path);
	/* An open regular file, now the callee's.  False ends the walk. */
	bool (*file)(void *ctx, int fd, uint64_t size, const char *path);
	/* In place of file() where a program or another machine serves the file system, so that
	 * nobody but the walk waits for it: a copy that nobody can change, which may be `changed`
	 * as spool_file() has it.  NULL: the file itself is given. */
	bool (*copy)(void *ctx, int fd, uint64_t size, bool spooled, bool changed,
		     const char *path);
	/* Asked before more of a list is read; false ends the walk.  NULL: it goes on. */
	bool (*go_on)(void *ctx);
	const char *spool_dir; /* for copies that are too large for memory, as in spool.h */
	/* Passed over: `e` says why. */
	void (*skipped)(void *ctx, const char *path, const struct error *e);
	void *ctx;
};

/* Walks one named path.  False where file() asked to end. */
NODISCARD bool walk_path(const struct walk_options *o, const char *path);

/* Walks each path that fd lists, ended by `separator` ('\n' or '\0'); empty ones are nothing. False
 * where file() asked to end (*e is REASON_NONE) or the list cannot be read. */
NODISCARD bool walk_list(const struct walk_options *o, int fd, char separator, struct error *e);

#endif
