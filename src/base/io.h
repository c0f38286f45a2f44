/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_IO_H
#define PEL_BASE_IO_H

/* Whole reads, whole writes, and files that appear at once or not at all. */

#include "base/buf.h"
#include "base/error.h"

#include <sys/types.h>

struct stat;

/* Reads exactly n bytes from `at` of fd; *got says how many came before the end of the file. */
NODISCARD bool io_pread(int fd, void *to, size_t n, uint64_t at, size_t *got, struct error *e);

/* Writes all n bytes to fd. */
NODISCARD bool io_write(int fd, const void *p, size_t n, struct error *e);

/* Appends the whole of an open descriptor to b, from where it stands.  LIMIT beyond b->max. */
NODISCARD bool io_read_all(int fd, struct buf *b, struct error *e);

/* Appends the whole of the named file to b. */
NODISCARD bool io_read_file(const char *path, struct buf *b, struct error *e);

/*
 * Puts the bytes at `path` by a temporary file beside it, fsync, and rename: a reader sees the old
 * file or the new one whole.  Nobody may do more with it than `mode` and the umask say, and the
 * file that it replaces.  Of a symbolic link what it leads to is replaced; what is no file (a
 * device, a FIFO) is written to.
 */
NODISCARD bool io_replace(const char *path, struct span bytes, mode_t mode, struct error *e);

/* The same in a directory, by a name in it that is never followed: a link, or whatever else stands
 * there, gives way. */
NODISCARD bool io_replace_at(int directory, const char *name, struct span bytes, mode_t mode,
			     struct error *e);

/*
 * Was a file not written to between two looks at it, as far as size and the time of the last write
 * tell?  Not the time of change of the inode: who writes a file under another name and renames it
 * when it is whole, as package managers and browsers do, changes nothing in what is being read.
 */
bool io_same(const struct stat *before, const struct stat *after);

/* Makes a file of memory (memfd with sealing allowed) such that nobody can ever change it. */
NODISCARD bool io_seal(int fd, struct error *e);

/* A read-only private mapping of a file that is replaced by rename and never rewritten.  An empty
 * file gives an empty span. */
NODISCARD bool io_map(int fd, struct span *out, struct error *e);
void io_unmap(struct span s);

/* The same by its path. */
NODISCARD bool io_map_path(const char *path, struct span *out, struct error *e);

#endif
