/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_KEY_FILE_H
#define PEL_RECOVER_KEY_FILE_H

/*
 * The private keys that a user brings: seized, published or bought.  Accepted are PEM and DER
 * (PKCS #1, PKCS #8), CryptoAPI's PRIVATEKEYBLOB, raw bytes, and each of these in hexadecimal or
 * base64; a file may hold many keys, one after the other in PEM or one a line.
 */

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"

enum {
	KEY_SCALAR = 32,    /* bytes of a key of Curve25519 */
	KEY_RSA_MAX = 512,  /* bytes of a modulus: RSA-4096 */
	KEY_RSA_LEAST = 64, /* RSA-512 */
	KEY_LIST_MAX = 64,  /* RSA keys of one file */
};

struct key_rsa {
	size_t size;                                  /* bytes of the modulus */
	uint8_t modulus[KEY_RSA_MAX], d[KEY_RSA_MAX]; /* big-endian, `size` bytes */
};

struct key_list {
	struct key_rsa *key; /* in the arena */
	size_t n;
};

/* The one key of Curve25519 in the file.  DAMAGED: it has none. */
NODISCARD bool key_scalar(struct span file, uint8_t *out, struct error *e);

/* All RSA keys of the file whose modulus has `size` bytes.  DAMAGED: none. */
NODISCARD bool key_rsa_list(struct span file, size_t size, struct arena *a, struct key_list *out,
			    struct error *e);

/* c^d mod n, big-endian, k->size bytes.  `wrapped` has as many; CryptoAPI writes them backwards
 * (`backwards`). */
NODISCARD bool key_rsa_open(const struct key_rsa *k, struct span wrapped, bool backwards,
			    uint8_t *out);

/*
 * The message of a block of PKCS #1 v1.5 (RFC 8017, 7.2.2): 00 02, at least eight bytes that are
 * not zero, 00, the message.  Empty where it is none, which a wrong key makes in all but one of
 * 2^16 and fewer cases.
 */
struct span key_pkcs1_message(struct span block);

/* The first of the keys that opens the wrapped block to a message of at least `least` bytes:
 * `block` has KEY_RSA_MAX bytes and holds it.  Empty: none does. */
struct span key_unwrap(const struct key_list *l, struct span wrapped, bool backwards, size_t least,
		       uint8_t *block);

#endif
