/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SALSA_H
#define PEL_RECOVER_SALSA_H

#include <stddef.h>
#include <stdint.h>

enum { SALSA_BLOCK = 64 };

/* Salsa20/20 (Bernstein, 2005), which libcrypto does not have: block `counter` of the keystream, 64
 * bytes.  `key` has 32 bytes, `nonce` 8. */
void salsa_block(const uint8_t *key, const uint8_t *nonce, uint64_t counter, uint8_t *out);

/* The keystream from block `counter` on over n bytes. */
void salsa_xor(const uint8_t *key, const uint8_t *nonce, uint64_t counter, uint8_t *p, size_t n);

#endif
