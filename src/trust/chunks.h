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

/* As log_client has it. */
struct chunks_source {
	bool (*get)(void *ctx, const char *name, struct buf *out, bool *there, struct error *e);
	void *ctx;
	const char *keep; /* a directory for chunks that came, so that who is broken off does not
			     ask for them again; NULL: none */
	/* As `get`, where `out` has the beginning already, and has what came where it fails: so a
	 * chunk that was broken off goes on, if there is `keep`; NULL: it is asked for whole. */
	bool (*rest)(void *ctx, const char *name, struct buf *out, bool *there, struct error *e);
};

/*
 * Brings the artefact of that digest in, of exactly `size` bytes, and checks it.  Chunks that
 * occur in `old` are not asked for.  *fetched counts the bytes that were.
 */
NODISCARD bool chunks_fetch(const struct chunks_source *source, const uint8_t sha256[32],
			    uint64_t size, struct span old, struct buf *out, uint64_t *fetched,
			    struct error *e);

#endif
