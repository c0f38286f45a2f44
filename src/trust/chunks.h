/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_CHUNKS_H
#define PEL_TRUST_CHUNKS_H

/*
 * How an artefact travels: as a list of chunks, each served under its own digest, so that who has
 * the artefact of the last release asks for those chunks alone that changed.
 *
 *   artifact/HEX     "pellucid/chunks/v1", then "SIZE hex(SHA-256)" for each chunk, in order
 *   chunk/HEX        its bytes
 *
 * The list is not signed and need not be: the whole has to have the size and digest that the
 * release names.  Texts of items are cut where the id of an item says so, which is at the same
 * places in the next release; everything else every 64 KiB.
 */

#include "base/buf.h"
#include "base/error.h"

enum {
	CHUNKS_MAX_SIZE = 1 << 20, /* bytes of one chunk that is not a single item */
	CHUNKS_MAX_CHUNK = (4 << 20) + 4096,
	CHUNKS_MAX_LIST = 8 << 20, /* bytes of a list */
};

/* The next chunk of an artefact; false at its end. */
NODISCARD bool chunks_next(struct cursor *artifact, struct span *out);

/* Puts list and chunks of an artefact beneath `dir`; hex receives its name. */
NODISCARD bool chunks_write(const char *dir, struct span artifact, char hex[65], struct error *e);

/* A line of a list: a chunk, and where it lies in the artefact before. */
struct chunks_part {
	uint64_t size; /* bytes, 1 to CHUNKS_MAX_CHUNK */
	uint8_t sha256[32];
	uint64_t at; /* or CHUNKS_NOWHERE */
};
#define CHUNKS_NOWHERE UINT64_MAX

/* Those that a buffer is filled with, whose memory is aligned for anything. */
static inline const struct chunks_part *chunks_parts(const struct buf *b)
{
	return (const void *)b->p;
}

/* Reads the list of an artefact of `size` bytes: fills `out` with struct chunks_part, which
 * together have no more.  DAMAGED where it is no list. */
NODISCARD bool chunks_plan(struct span list, uint64_t size, struct span old, struct buf *out,
			   struct error *e);

#endif
