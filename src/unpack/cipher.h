/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_CIPHER_H
#define PEL_UNPACK_CIPHER_H

/*
 * The ciphers and digests that readers of encrypted containers share, by libcrypto's plain
 * functions, for the reason that base/hash.c gives.
 */

#include "base/cursor.h"

enum {
	CIPHER_BLOCK = 16,          /* bytes of AES */
	CIPHER_DIGEST_MAX = 64,     /* bytes of SHA-512 */
	CIPHER_PASSWORD_MAX = 1024, /* bytes of a password as UTF-16 that are used */
};

enum cipher_digest { CIPHER_MD5, CIPHER_SHA1, CIPHER_SHA256, CIPHER_SHA384, CIPHER_SHA512 };

/* Bytes of it. */
size_t cipher_digest_size(enum cipher_digest d);

/* The digest of two pieces that follow each other; `out` has CIPHER_DIGEST_MAX bytes. */
void cipher_digest(enum cipher_digest d, struct span a, struct span b, uint8_t *out);

/* `n` rounds of digest = H(round as 32 bits, digest), in place ([MS-OFFCRYPTO] 2.3.4.7). */
void cipher_spin(enum cipher_digest d, uint32_t n, uint8_t *digest);

/* AES with a key of 16, 24 or 32 bytes over whole blocks: what is left over is not written.  `in`
 * may be `out`.  The vector is moved on, so that a stream may be decrypted in pieces.  False: no
 * such key. */
NODISCARD bool cipher_cbc(struct span key, uint8_t vector[CIPHER_BLOCK], struct span in,
			  uint8_t *out);
NODISCARD bool cipher_ecb(struct span key, struct span in, uint8_t *out);

/* RC4 from its start; `in` may be `out`. */
void cipher_rc4(struct span key, struct span in, uint8_t *out);

/* A password in UTF-8 as UTF-16LE; `out` has CIPHER_PASSWORD_MAX bytes.  Returns how many were
 * written. */
size_t cipher_password(struct span password, uint8_t *out);

/* The key of 7z: SHA-256 of 2^power times salt, password (UTF-16LE) and a counter of 64 bits. */
void cipher_key_7z(struct span salt, struct span password, unsigned power, uint8_t key[32]);

/* The key and vector of RAR 3: SHA-1 of 2^18 times password, salt and a counter of 24 bits. */
void cipher_key_rar3(struct span salt, struct span password, uint8_t key[16], uint8_t vector[16]);

#endif
