/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_PAGED_H
#define PEL_SANDBOX_PAGED_H

/*
 * A large file as memory of one's own: its bytes are read, by pread(2), where they are first
 * touched, and go when it is said that they may.  So memory does not grow with the file, and new
 * pages, which cost more than what is read into them, are few.
 *
 * It is no mapping of the file, which somebody could change or cut short under a parser: what was
 * read stays as it is until it is let go.  A touch is noticed by the fault that it causes: a
 * process has one such file at a time, and no system call may be given addresses in it.
 */

#include "base/cursor.h"
#include "base/error.h"

/* Once, while a signal's handler can still be set: takes addresses for files of up to `most` bytes.
 */
NODISCARD bool paged_prepare(size_t most, struct error *e);

/* The n bytes of an open file, n at most `most`; they last until paged_close(). */
struct span paged_open(int fd, size_t n);

/*
 * What lies before `end` may go, but for the beginning of the file; whatever is touched again is
 * read again, and may be other bytes then.  Of no effect where `end` is no place in the file.
 */
void paged_passed(const uint8_t *end);

/* False: not all that was touched could be read; zeros stood in its place. */
NODISCARD bool paged_close(void);

#endif
