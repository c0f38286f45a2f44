/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_PETYA_H
#define PEL_RECOVER_PETYA_H

/*
 * From the personal code that Petya shows to the password that its screen takes: the published
 * master key opens it (hasherezade/petya_key; the key was published in July 2017).
 */

#include "base/cursor.h"
#include "base/error.h"

enum petya_kind { PETYA_RED, PETYA_GREEN, PETYA_GOLDENEYE };

enum { PETYA_KEY = 16, PETYA_MASTER = 24, PETYA_MAX_CODE = 128 };

/*
 * `code` as it stands on the screen or in the note; PETYA_GREEN is also Mischa's.  `master` has
 * PETYA_MASTER bytes.  The key is text for Red, Green and Mischa, 16 bytes for Goldeneye.
 * DAMAGED where the code is none: no base58, another length, no point of the curve.
 */
NODISCARD bool petya_key(enum petya_kind kind, struct span code, const uint8_t *master,
			 uint8_t *key, struct error *e);

/* Do the bytes look like a password of Petya's: 16 letters and digits?  78 bits of a wrong key's
 * 128 would have to be right by chance: one in 10^10. */
bool petya_is_password(const uint8_t *key);

/*
 * The cipher of Petya Red: Salsa20 whose words its maker cut to 16 bits (leo-stone/hack-petya).
 * `password` has PETYA_KEY characters, of which every second one counts; `nonce` 8 bytes, of which
 * four do.  The stream begins anew after PETYA_STREAM bytes, and every second pair of its bytes is
 * zero.
 */
enum { PETYA_BLOCK = 64, PETYA_AT_ONCE = 8, PETYA_STREAM = 1 << 22 };
struct petya_stream {
	uint16_t word[16]; /* the state; [8] is the block's number */
	uint32_t first;    /* of the blocks that are at hand; UINT32_MAX: none */
	uint8_t bytes[PETYA_AT_ONCE * PETYA_BLOCK];
};
void petya_stream_init(struct petya_stream *s, const uint8_t *password, const uint8_t *nonce);
/* XORs n bytes with those of the stream from its byte `at` on. */
void petya_stream_xor(struct petya_stream *s, uint64_t at, uint8_t *p, size_t n);

#endif
