/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_HASHSET_H
#define PEL_MATCH_HASHSET_H

/*
 * A set of digests of one length as one position-independent blob that is used
 * where it is mapped.
 *
 * The digests are sorted.  Since they are evenly spread, their first bits lead
 * through an index of 2^k + 1 numbers to a bucket of about four, so a look-up
 * touches the index once and one place of the digests.  Beside them stand the
 * sizes that occur, so an object whose size no entry bears need not be hashed.
 * An entry costs its digest and 9 bytes: size, number, its share of the index.
 *
 * A blob may be any bytes: every number in it is bounded where it is used.
 */

#include "base/buf.h"
#include "base/error.h"

#define HASHSET_ANY_SIZE UINT32_MAX /* an entry that fits objects of every size */

struct hashset_entry {
	const uint8_t *digest; /* not owned */
	uint32_t size;         /* bytes of the object, or HASHSET_ANY_SIZE */
	uint32_t number;       /* what a find gives back */
};

/* Appends the set of n entries, whose digests have digest_size bytes (8 to 64), to *out, at a
 * multiple of 8 bytes.  Deterministic: their order is of no meaning.  O(n log n). */
NODISCARD bool hashset_build(const struct hashset_entry *entry, size_t n, size_t digest_size,
			     struct buf *out, struct error *e);

/* Is there an entry that an object of `size` bytes can be? */
bool hashset_wants(struct span blob, uint64_t size);

/* The smallest number of the entries with this digest and size; false where there is none. */
NODISCARD bool hashset_find(struct span blob, const uint8_t *digest, size_t digest_size,
			    uint64_t size, uint32_t *number);

#endif
