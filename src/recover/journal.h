/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_JOURNAL_H
#define PEL_RECOVER_JOURNAL_H

/*
 * What was done to which file: one JSON object a line, each with the SHA-256 of the line before it,
 * so that none can be changed or taken out unseen.  A line is on disk before the next file is
 * begun.  A last line without its end is what a kill left, and is written over.
 */

#include "base/buf.h"
#include "base/error.h"
#include "base/json_write.h"

enum { JOURNAL_MAX = 1 << 30, JOURNAL_MAX_LINE = 1 << 16, JOURNAL_DIGEST = 64 /* characters */ };

struct journal {
	int fd;
	char last[JOURNAL_DIGEST + 1]; /* of the last line; 64 zeros before the first */
	struct buf done; /* of each path that is finished, sorted by use: 2 x 16 bytes */
	uint64_t n_lines;
	uint64_t n_wanting; /* of an earlier run's: of what is not whole, or was not proven */
	bool sorted;
};

/* Opens `name` beneath the directory, or makes it, and locks it until it is closed.  DAMAGED where
 * the chain does not hold, DENIED where somebody else has it open. */
NODISCARD bool journal_open(struct journal *j, int dir, const char *name, struct error *e);
void journal_close(struct journal *j);

/* Has an earlier run finished a file of this path? */
bool journal_has_path(struct journal *j, struct span path);
/* And did that hold the same: `source` is its SHA-256, in hexadecimal. */
bool journal_has(struct journal *j, struct span path, const char *source);

/* Appends a line: `members` writes what stands in the object beside "prev".  Durable on return. */
NODISCARD bool journal_add(struct journal *j, void (*members)(void *ctx, struct json_writer *w),
			   void *ctx, struct error *e);

/* Holds a journal's text against its chain.  *n receives the lines; *whole the bytes up to the
 * last line's end. */
NODISCARD bool journal_check(struct span text, uint64_t *n, uint64_t *whole, struct error *e);

#endif
