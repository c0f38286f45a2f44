/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_SPOOL_H
#define PEL_SANDBOX_SPOOL_H

/*
 * A copy on disk of what is too large for memory: in a file without a name, which is opened once
 * more to be read alone, and then nobody has a descriptor that writes.  So it can be mapped like
 * sealed memory, and the kernel may take its pages back.
 *
 * A failure that is the copy's own (no room, no such directory, a disk that fails) is LIMIT, and
 * its text begins with "limit:size: " and says how much was to be held, and where.
 */

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define SPOOL_PLACE "/var/tmp" /* where nothing else is said, or what was said lies in memory */

struct spool {
	const char *dir; /* where it lies */
	int fd;          /* -1: none */
	uint64_t size;   /* bytes of what is copied, as far as it is known */
	uint64_t used;   /* bytes that were written */
	uint64_t looked; /* of those, when it was last seen that there is room */
};

/* Begins a copy in `dir` (NULL: SPOOL_PLACE), where there must be room for `need` bytes of `size`,
 * and some that are left to others.  On failure there is nothing to release. */
NODISCARD bool spool_open(const char *dir, uint64_t size, uint64_t need, struct spool *s,
			  struct error *e);

/* Appends to it. */
NODISCARD bool spool_write(struct spool *s, const void *p, size_t n, struct error *e);

/* Ends it in either case; *fd, which is the caller's, reads it. */
NODISCARD bool spool_finish(struct spool *s, int *fd, struct error *e);
void spool_drop(struct spool *s);

/*
 * Copies a regular file; its holes become holes.  *size is what was copied, and *changed says that
 * the file was written to meanwhile.  IO: it cannot be read.  STOPPED: *stop became true (NULL:
 * never).  O(bytes that are not holes).
 */
NODISCARD bool spool_file(int from, const char *dir, const atomic_bool *stop, int *fd,
			  uint64_t *size, bool *changed, struct error *e);

/* Was the file, that was `before` and of which `end` bytes were copied, written to meanwhile? */
bool spool_was_changed(int from, const struct stat *before, uint64_t end);

#endif
