/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_LOG_TILES_H
#define PEL_TRUST_LOG_TILES_H

/* A log's tiles as files beneath one directory: reading them, and adding to them. */

#include "base/buf.h"
#include "trust/verify/tile.h"

struct log_tiles {
	char *dir;
	uint64_t size; /* leaves of the log whose partial tiles are read */
};

NODISCARD bool log_tiles_open(struct log_tiles *t, const char *dir, struct error *e);
void log_tiles_close(struct log_tiles *t);

/* Reads the tiles of a log of `size` leaves.  One source at a time: t holds its size. */
struct tile_source log_tiles_source(struct log_tiles *t, uint64_t size);

/* Appends an entry of a log of `size` leaves. */
NODISCARD bool log_tiles_entry(struct log_tiles *t, uint64_t index, uint64_t size, struct buf *out,
			       struct error *e);

/* From a log of `from` leaves to one of `to`: every new tile and bundle, once. */
struct log_tiles_batch {
	struct log_tiles *tiles;
	uint64_t at, from, to;              /* the next leaf, and where it began and ends */
	struct merkle_hash row[TILE_WIDTH]; /* level 0: the tile that is being filled */
	struct buf bundle;                  /* its entries */
};

NODISCARD bool log_tiles_begin(struct log_tiles *t, struct log_tiles_batch *b, uint64_t from,
			       uint64_t to, struct error *e);
NODISCARD bool log_tiles_put(struct log_tiles_batch *b, struct span entry,
			     const struct merkle_hash *leaf, struct error *e);
/* After the last entry: the partial tile, and the levels above. */
NODISCARD bool log_tiles_finish(struct log_tiles_batch *b, struct error *e);
void log_tiles_release(struct log_tiles_batch *b);

#endif
