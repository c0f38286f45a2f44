/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_LOG_CLIENT_H
#define PEL_TRUST_LOG_CLIENT_H

/* Reads somebody else's log, by whatever way its files come.  Nothing that comes is believed. */

#include "base/buf.h"
#include "trust/verify/tile.h"

struct log_client {
	/* Appends the file of that name beneath the log's prefix; out->max bounds it.  *there is
	 * false where there is no such file, which is no error. */
	bool (*get)(void *ctx, const char *name, struct buf *out, bool *there, struct error *e);
	void *ctx;
	uint64_t size; /* leaves of the head whose tiles are read */
};

/* The tiles of the log at c->size leaves.  Where a partial tile is gone, the full one is asked
 * for (tlog-tiles). */
struct tile_source log_client_tiles(struct log_client *c);

/* Appends the bundle of entries number `number`, as far as c->size goes. */
NODISCARD bool log_client_entries(struct log_client *c, uint64_t number, struct buf *out,
				  struct error *e);

/* Appends one entry. */
NODISCARD bool log_client_entry(struct log_client *c, uint64_t index, struct buf *out,
				struct error *e);

#endif
