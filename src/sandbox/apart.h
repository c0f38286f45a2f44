/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_APART_H
#define PEL_SANDBOX_APART_H

/*
 * A process that does a part of this program's own work, where a call may never come back: of a
 * file system that a program or another machine serves.  It is no cage: it has our rights, parses
 * nothing, and is there to be ended.
 */

#include "base/error.h"

#include <sys/types.h>

/* Calls work(ctx, fd) in a new process, which ends with it, or with us; it holds fd alone (-1:
 * nothing), and /dev/null for standard input and outputs.  fd stays the caller's here. */
NODISCARD bool apart_start(int fd, void (*work)(void *ctx, int fd), void *ctx, pid_t *pid,
			   struct error *e);

/* Ends it.  One that waits for an answer of a file system, which cannot be ended, is left after
 * half a second: it does no more work, and goes when that answers or is no more. */
void apart_end(pid_t pid);

#endif
