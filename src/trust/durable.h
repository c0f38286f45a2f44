/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_DURABLE_H
#define PEL_TRUST_DURABLE_H

/*
 * Files that survive.  What these functions report as done is on the disk, with its directory, and
 * a process that is killed at any moment leaves either the old file or the new one.
 */

#include "base/buf.h"
#include "base/error.h"

#include <sys/types.h>

enum { DURABLE_PATH_SIZE = 4096 };

/* Joins a directory and a name, printf-like.  LIMIT where the path is too long. */
NODISCARD bool durable_path(char to[DURABLE_PATH_SIZE], struct error *e, const char *format, ...)
	PRINTF(3, 4);

/* The directory and those above it, where they are missing. */
NODISCARD bool durable_mkdir(const char *path, mode_t mode, struct error *e);

/* Puts the bytes at `path`, replacing what was there. */
NODISCARD bool durable_write(const char *path, struct span bytes, mode_t mode, struct error *e);

/* The same for a file that never changes: what is there already has to be equal, or it is INTERNAL
 * and nothing is written. */
NODISCARD bool durable_write_once(const char *path, struct span bytes, mode_t mode,
				  struct error *e);

/* Moves a file or directory to `to`, on the same file system, replacing a file that is there. */
NODISCARD bool durable_rename(const char *from, const char *to, struct error *e);

/* Removes a file; one that is not there is no error. */
NODISCARD bool durable_remove(const char *path, struct error *e);

/* Appends a whole file to b; *there says whether it is there at all, which is no error. */
NODISCARD bool durable_read(const char *path, struct buf *b, bool *there, struct error *e);

/* Opens and locks a file for this process alone.  DENIED at once where another has it.  The lock
 * ends when the descriptor is closed. */
NODISCARD bool durable_lock(const char *path, int *fd, struct error *e);

#endif
