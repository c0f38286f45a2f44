/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_TILE_H
#define PEL_TRUST_TILE_H

/*
 * A log as files (c2sp.org/tlog-tiles): tile (L, N) holds up to 256 hashes, of which number e is
 * the root of the 256^L leaves from (256 N + e) 256^L on.  From tiles come the roots and the
 * proofs of every size of the log.  Nothing that a tile says is believed: what is built from tiles
 * is held against a checkpoint, so that a mirror that lies can only cause failure.
 */

#include "trust/verify/merkle.h"

enum {
	TILE_WIDTH = 256,
	TILE_MAX_LEVEL = 7, /* of trees up to 2^63; CHECKPOINT_MAX_TREE needs 5 */
	TILE_SIZE = TILE_WIDTH * 32,
	TILE_MAX_ENTRY = 65535, /* bytes of an entry: its length has 16 bits */
	TILE_PATH_SIZE = 80,
};

/* Bytes of a full bundle of entries at most. */
#define TILE_MAX_ENTRIES ((size_t)TILE_WIDTH * (2 + TILE_MAX_ENTRY))

/*
 * Reads the first `width` hashes of a tile; whoever has the files provides it.  A wider tile of the
 * same place will do.
 */
struct tile_source {
	bool (*read)(void *ctx, unsigned level, uint64_t number, unsigned width,
		     struct merkle_hash out[TILE_WIDTH], struct error *e);
	void *ctx;
};

/* "tile/L/NNN" and ".p/W" where width < 256; level is TILE_ENTRIES for bundles of entries. */
enum { TILE_ENTRIES = -1 };
void tile_path(int level, uint64_t number, unsigned width, char to[TILE_PATH_SIZE]);

/* How many hashes tile (level, number) has in a log of `size` leaves: 0 to 256. */
unsigned tile_width(unsigned level, uint64_t number, uint64_t size);

/* The root of the first n leaves. */
NODISCARD bool tile_root(const struct tile_source *t, uint64_t n, struct merkle_hash *out,
			 struct error *e);

/* The proof that leaf `index` is in the tree of n leaves; INTERNAL where there is no such leaf. */
NODISCARD bool tile_inclusion(const struct tile_source *t, uint64_t index, uint64_t n,
			      struct merkle_proof *out, struct error *e);

/* The proof that the tree of n leaves begins with that of m leaves; m <= n. */
NODISCARD bool tile_consistency(const struct tile_source *t, uint64_t m, uint64_t n,
				struct merkle_proof *out, struct error *e);

/* The tree of the first n leaves, ready to grow. */
NODISCARD bool tile_tree(const struct tile_source *t, uint64_t n, struct merkle_tree *out,
			 struct error *e);

/* The next entry of a bundle; false at its end, or where it is damaged (then the cursor failed). */
NODISCARD bool tile_next_entry(struct cursor *bundle, struct span *out);

#endif
