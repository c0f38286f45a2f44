/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_ATTACK_CIPHER_H
#define PEL_RECOVER_ATTACK_CIPHER_H

/* A cipher of libcrypto, without padding, as what an attack keeps of an open file. */

#include "recover/attack.h"

#include <openssl/evp.h>

/* The caller's, to be freed with EVP_CIPHER_CTX_free(); NULL: no memory, or no such cipher.  `key`
 * and `iv` have as many bytes as the cipher says. */
EVP_CIPHER_CTX *attack_cipher_new(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv);

/* The same into o->state; MEMORY where there is none. */
NODISCARD bool attack_cipher_begin(struct attack_open *o, const EVP_CIPHER *cipher,
				   const uint8_t *key, const uint8_t *iv, struct error *e);

/* Decrypts n bytes in place, whole blocks where the cipher has them.  An engine's `step`, as the
 * next is its `close`. */
bool attack_cipher_step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
			struct error *e);
void attack_cipher_close(struct attack_open *o);

#endif
