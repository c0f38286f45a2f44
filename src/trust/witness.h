/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_WITNESS_H
#define PEL_TRUST_WITNESS_H

/*
 * A witness (c2sp.org/tlog-witness@v1.0.0): it cosigns a head only when that head's tree begins
 * with the tree that it cosigned last, and so it never vouches for two histories of one log.
 *
 *   DIR/key              its secret key
 *   DIR/logs             the logs that it follows: vkeys, one a line
 *   DIR/state/HEX        the last head of the log whose origin has that SHA-256, cosigned
 *
 * The state is on the disk before an answer is given; one process has the directory, and requests
 * are answered one after the other, so that two cannot roll it back between them.
 */

#include "base/buf.h"
#include "trust/signer.h"

enum { WITNESS_MAX_LOGS = 64, WITNESS_MAX_REQUEST = 160 << 10 };

struct witness;

struct witness_answer {
	unsigned status;  /* of HTTP */
	const char *type; /* content type; static */
	struct buf body;  /* owned by the caller: buf_init before, buf_release after */
};

/* Makes the directory with a key and the logs to follow.  DENIED where there is one already. */
NODISCARD bool witness_create(const char *dir, const struct signer *key, struct span logs,
			      struct error *e);

/* Opens and locks a witness.  DAMAGED where key, logs or a state cannot be believed. */
NODISCARD bool witness_open(const char *dir, struct witness **out, struct error *e);
void witness_close(struct witness *w); /* NULL is nothing */

const struct note_key *witness_key(const struct witness *w);

/* POST /add-checkpoint with that body, at `now` seconds since 1970.  False where the state could
 * not be written: then nothing was answered, and nothing may be. */
NODISCARD bool witness_add_checkpoint(struct witness *w, struct span body, uint64_t now,
				      struct witness_answer *out, struct error *e);

/* GET /HEX/checkpoint: the last head of the log whose origin has that SHA-256, or 404. */
NODISCARD bool witness_get_checkpoint(struct witness *w, struct span hex,
				      struct witness_answer *out, struct error *e);

#endif
