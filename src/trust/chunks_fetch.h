/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_CHUNKS_FETCH_H
#define PEL_TRUST_CHUNKS_FETCH_H

/* Chunks (chunks.h) that come from a log. */

#include "trust/proofs.h"

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
 * Brings the artefact of that digest in, of exactly `size` bytes, and checks it.  Its list is read
 * by who answers for `p`; chunks that occur in `old` are not asked for.  *fetched counts the bytes
 * that were.
 */
NODISCARD bool chunks_fetch(const struct proofs *p, const struct chunks_source *source,
			    const uint8_t sha256[32], uint64_t size, struct span old,
			    struct buf *out, uint64_t *fetched, struct error *e);

#endif
