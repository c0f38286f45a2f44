/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_NOTE_H
#define PEL_TRUST_NOTE_H

/*
 * Signed notes (c2sp.org/signed-note@v1.0.0) and cosignatures of checkpoints
 * (c2sp.org/tlog-cosignature@v1.0.1, Ed25519).
 *
 *   TEXT (ends in a newline), an empty line, lines "— NAME base64(KEY-ID[4] SIGNATURE)"
 *
 * Ed25519 is libsodium's and strict: S below the order, A and R canonical and not of small order,
 * the equation without cofactor.  A signature by a known key that does not verify fails the whole
 * note; one by an unknown key is as if it were not there.
 */

#include "base/cursor.h"
#include "base/error.h"

enum {
	NOTE_MAX_SIZE = 128 << 10,
	NOTE_MAX_SIGNATURES = 100, /* as Go's note; signed-note asks for 16 */
	NOTE_MAX_NAME = 255,       /* bytes of a key's name */
	NOTE_MAX_PAYLOAD = 3072,   /* bytes of a signature line's base64, decoded */
	NOTE_MAX_COSIGNED = 4096,  /* bytes of a text under a cosignature */
	NOTE_MAX_VKEY = 512,       /* characters */
};

enum note_type { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE = 0x04 };

/* The public half of a key, which vkeys are the text of. */
struct note_key {
	char name[NOTE_MAX_NAME + 1];
	uint32_t id;
	uint8_t type; /* enum note_type */
	uint8_t public[32];
};

struct note {
	struct span text;       /* with its last newline */
	struct span signatures; /* the lines */
};

struct note_signature {
	struct span name;
	uint32_t id;
	uint8_t payload[NOTE_MAX_PAYLOAD]; /* after the key's id */
	size_t n;                          /* of its bytes in use */
};

/* Non-empty UTF-8 without white space of Unicode and without a plus. */
NODISCARD bool note_name_valid(struct span name);

/* The key id of a name and of `type || key`.  Of any key's length: ML-DSA keys are long. */
uint32_t note_key_id(struct span name, uint8_t type, struct span key);

/*
 * Reads "NAME+HEX8+base64(TYPE KEY)".  UNSUPPORTED for a type that is not in enum note_type, with
 * the id checked first.
 */
NODISCARD bool note_key_parse(struct span vkey, struct note_key *out, struct error *e);

/* Writes the vkey of `key` with a NUL. */
void note_key_write(const struct note_key *key, char to[NOTE_MAX_VKEY]);

/*
 * Takes a note apart; the parts lie in `whole`.  Every signature line is looked at for its form;
 * none is verified.  DAMAGED or LIMIT.
 */
NODISCARD bool note_parse(struct span whole, struct note *out, struct error *e);

/* The next signature of those lines; false at their end.  Start with cursor_of(note.signatures). */
NODISCARD bool note_next(struct cursor *signatures, struct note_signature *out);

NODISCARD bool note_names_key(const struct note_signature *s, const struct note_key *key);

/* Whether s, which names the key, is its signature of `text`.  *time receives the time that a
 * cosignature states, in seconds since 1970, and 0 for a plain one. */
NODISCARD bool note_verify(const struct note_key *key, const struct note_signature *s,
			   struct span text, uint64_t *time);

/*
 * The signatures of a note under a set of known keys: valid[i] says whether keys[i] signed.  Fails
 * with DAMAGED where a known key's signature does not verify, and where not one key signed.
 */
NODISCARD bool note_check(const struct note *n, const struct note_key *keys, size_t n_keys,
			  bool *valid, struct error *e);

#endif
