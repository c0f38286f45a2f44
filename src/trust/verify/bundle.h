/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_BUNDLE_H
#define PEL_TRUST_BUNDLE_H

/*
 * What proves an entry without a network (c2sp.org/tlog-proof@v1):
 *
 *   c2sp.org/tlog-proof@v1
 *   extra BASE64            (may be absent; not authenticated, and not looked at)
 *   index DECIMAL
 *   base64(hash) ...        the inclusion proof, the leaf's sibling first
 *                           an empty line
 *   CHECKPOINT              a signed note with its cosignatures
 *
 * and, in the shape of tlog-witness's add-checkpoint, what proves that the log only grew:
 *
 *   old DECIMAL
 *   base64(hash) ...
 *                           an empty line
 *   CHECKPOINT              (may be absent where only the proof is sent)
 */

#include "trust/verify/merkle.h"

enum { BUNDLE_MAX_SIZE = (128 << 10) + (16 << 10) };

struct bundle {
	uint64_t index;
	struct merkle_proof proof;
	struct span checkpoint; /* the note; lies in the bundle */
};

struct bundle_growth {
	uint64_t old; /* leaves of the older tree */
	struct merkle_proof proof;
	struct span checkpoint; /* empty where there is none */
};

/* Both read the whole of s, DAMAGED or LIMIT; nothing is verified yet. */
NODISCARD bool bundle_parse(struct span s, struct bundle *out, struct error *e);
NODISCARD bool bundle_parse_growth(struct span s, struct bundle_growth *out, struct error *e);

/* The whole of the check but the policy: that `leaf` is in the tree of that size and root. */
NODISCARD bool bundle_check(const struct bundle *b, const struct merkle_hash *leaf, uint64_t size,
			    const struct merkle_hash *root, struct error *e);

#endif
