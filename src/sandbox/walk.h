/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_WALK_H
#define PEL_SANDBOX_WALK_H

/*
 * From the paths that a user names to open regular files.
 *
 * Symbolic links are followed where they are named, never inside a tree; so there
 * are no loops.  FIFOs, sockets and devices are not opened.  Everything that is
 * passed over is told with its reason.
 */

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { WALK_MAX_DEPTH = 1024, WALK_SORTED = 100000 /* entries of one directory that are put in order */ };

struct walk_options {
	bool one_file_system;
	uint64_t max_size;          /* bytes; 0: no limit */
	const char *const *exclude; /* globs, matched against the whole path and against the last name */
	size_t n_exclude;
	/* An open regular file, now the callee's.  False ends the walk. */
	bool (*file)(void *ctx, int fd, uint64_t size, const char *path);
	/* Passed over: `e` says why. */
	void (*skipped)(void *ctx, const char *path, const struct error *e);
	void *ctx;
};

/* Walks one named path.  False where file() asked to end. */
NODISCARD bool walk_path(const struct walk_options *o, const char *path);

#endif
