/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_ROOT_H
#define PEL_REVIEW_ROOT_H

/*
 * The root of the system under review: opened once and never left.
 *
 * Every path is resolved by the kernel inside the root (openat2, RESOLVE_IN_ROOT): an absolute
 * symbolic link or a `..` of a mounted image leads to the image's file, not to ours.  Links of
 * the kernel's own (/proc/PID/exe, cwd, fd) are never followed.  What is opened is a regular file
 * or a directory; a FIFO, socket or device is not touched.
 */

#include "base/error.h"

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct root {
	int fd;    /* of the directory, O_PATH; owned */
	bool live; /* it is the running system: /proc, /sys and sockets speak of it */
};

/* Opens `path`; "/" is the live system.  UNSUPPORTED where the kernel has no openat2 (before 5.6).
 */
NODISCARD bool root_open(struct root *r, const char *path, struct error *e);
/* Closes it; nothing for one that is closed. */
void root_close(struct root *r);

/* A directory of the root as a root of its own, which is not running. */
NODISCARD bool root_beneath(const struct root *r, const char *path, struct root *out,
			    struct error *e);

/*
 * A descriptor of the regular file at `path`, with its status in *st, or -1.  *e then says why:
 * errno ENOENT and ENOTDIR are IO with "absent" as text (root_absent() tells), a file of another
 * kind is UNSUPPORTED, no permission DENIED.
 */
NODISCARD int root_file(const struct root *r, const char *path, struct stat *st, struct error *e);
/* The same for a directory. */
NODISCARD int root_directory(const struct root *r, const char *path, struct error *e);
/* Does *e say that there is nothing of that name? */
bool root_absent(const struct error *e);

/* The status of what `path` leads to; links are followed inside the root. */
NODISCARD bool root_stat(const struct root *r, const char *path, struct stat *st, struct error *e);
/* Where the symbolic link `path` points: at most size - 1 bytes and a NUL.  Its directories are
 * resolved inside the root, it itself is not followed.  -1 where it is no link; *e says why. */
NODISCARD ssize_t root_link(const struct root *r, const char *path, char *to, size_t size,
			    struct error *e);

#endif
