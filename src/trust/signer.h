/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_SIGNER_H
#define PEL_TRUST_SIGNER_H

/*
 * The secret side: keys, signatures of notes, cosignatures of checkpoints.  Ed25519 signing is
 * deterministic, so the same key and text give the same line for ever.
 */

#include "base/buf.h"
#include "trust/verify/note.h"

enum { SIGNER_MAX_SKEY = 512 };

struct signer {
	struct note_key key;
	uint8_t secret[64]; /* libsodium's: seed and public key */
};

/* A new key from the kernel's randomness.  DAMAGED where the name is none for a key. */
NODISCARD bool signer_generate(struct span name, enum note_type type, struct signer *out,
			       struct error *e);

/* The same from a seed. */
NODISCARD bool signer_from_seed(struct span name, enum note_type type, const uint8_t seed[32],
				struct signer *out, struct error *e);

/* Reads "PRIVATE+KEY+NAME+HEX8+base64(TYPE SEED)", with or without a newline (Go's note). */
NODISCARD bool signer_parse(struct span skey, struct signer *out, struct error *e);
void signer_write(const struct signer *s, char to[SIGNER_MAX_SKEY]); /* with a NUL */

/* Overwrites the secret. */
void signer_forget(struct signer *s);

/* Appends the signature line of a note's text; `time` is stated by a cosignature alone. */
void signer_line(const struct signer *s, struct span text, uint64_t time, struct buf *out);

/* Appends a whole note: text, empty line, signature. */
void signer_note(const struct signer *s, struct span text, struct buf *out);

#endif
