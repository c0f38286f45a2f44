/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_PROCESS_H
#define PEL_SANDBOX_PROCESS_H

/*
 * The memory of a running process as one object: the broker copies what may be
 * read into a file of memory, with a table of where each piece was.
 *
 *   u64 PROCESS_MAGIC, u64 n, n * { u64 address, u64 n, u64 at }   then the pieces, each at a
 * page's start and with a page of zeros behind it, so that nothing is found across two of them
 *
 * Pages that hold zeros alone take no memory.  The process runs on meanwhile: a
 * piece is what it was when it was copied.
 */

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"
#include "engine/scan.h"

#include <sys/types.h>

enum { PROCESS_MAX_REGIONS = 65536 };

struct process_loss {
	uint64_t regions, bytes; /* readable by the process, and not copied */
	struct error first;      /* why, for the first of them */
};

/* Copies at most `max` bytes of process `pid` into a sealed memfd.  *loss says what is missing. */
NODISCARD bool process_copy(pid_t pid, uint64_t max, int *fd, uint64_t *size,
			    struct process_loss *loss, struct error *e);

/* Reads the table of such an object: *out in the arena, in order of addresses. */
NODISCARD bool process_regions(struct span object, struct arena *a, struct scan_region **out,
			       size_t *n, struct error *e);

#endif
