/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_CONFINE_SERVE_H
#define PEL_SANDBOX_CONFINE_SERVE_H

/*
 * Walls for a server, which reads requests of strangers in its own process: it keeps what it
 * listens on and one directory, and nothing else of the machine.  Both for good.
 */

#include "base/error.h"

/*
 * Before it listens, and before it has a second thread: no new rights, no file but beneath `dir`
 * (to be read, or with `writes` to be changed too), no TCP connection of its own, no signal to
 * others.  *files says whether the kernel knows a wall for files (Landlock); DENIED where rights
 * could still be gained.
 */
NODISCARD bool confine_serve_files(const char *dir, bool writes, bool *files, struct error *e);

/* Once it listens, for all its threads: the system calls that answering takes and no others.
 * DENIED where the kernel takes no filter. */
NODISCARD bool confine_serve_calls(struct error *e);

#endif
