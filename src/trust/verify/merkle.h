/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_MERKLE_H
#define PEL_TRUST_MERKLE_H

/*
 * Merkle trees over SHA-256 as RFC 6962, 2.1 defines them, and the checks of their proofs
 * (RFC 9162, 2.1.3.2 and 2.1.4.2).  A digest that the library refuses ends the program: nothing
 * here can be believed then.
 */

#include "base/cursor.h"
#include "base/error.h"

enum {
	MERKLE_MAX_PROOF = 63, /* hashes; tlog-witness, and more than a tree of 2^63 leaves needs */
	MERKLE_MAX_PEAKS = 64,
};

struct merkle_hash {
	uint8_t b[32];
};

struct merkle_proof {
	struct merkle_hash hash[MERKLE_MAX_PROOF]; /* the leaf's sibling first */
	size_t n;
};

/* A tree that grows by leaves and keeps only the roots of its complete subtrees. */
struct merkle_tree {
	uint64_t n; /* leaves */
	struct merkle_hash peak[MERKLE_MAX_PEAKS];
	size_t n_peaks;
};

static inline bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

struct merkle_hash merkle_empty(void); /* the root of no leaves: SHA-256 of nothing */
struct merkle_hash merkle_leaf(struct span data);
struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right);

/* Start from { 0 }.  `leaf` is a leaf's hash, not its data. */
void merkle_add(struct merkle_tree *t, const struct merkle_hash *leaf);
struct merkle_hash merkle_root(const struct merkle_tree *t);

/* Appends a hash; false where the proof is full. */
NODISCARD bool merkle_push(struct merkle_proof *p, const struct merkle_hash *h);

/* That `leaf` is number `index` (from 0) of the tree of `size` leaves under `root`.  Fails with
 * DAMAGED; O(log size). */
NODISCARD bool merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
				      const struct merkle_proof *p, const struct merkle_hash *root,
				      struct error *e);

/*
 * That the tree of `n` leaves under `now` begins with the `m` leaves under `then`.  From m = 0 only
 * the empty proof is accepted, as tlog-witness has it; it proves nothing, and a client that stored
 * nothing must not take it for an answer.  Fails with DAMAGED.
 */
NODISCARD bool merkle_check_consistency(uint64_t m, uint64_t n, const struct merkle_hash *then,
					const struct merkle_hash *now, const struct merkle_proof *p,
					struct error *e);

#endif
