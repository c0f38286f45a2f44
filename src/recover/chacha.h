/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_CHACHA_H
#define PEL_RECOVER_CHACHA_H

#include <stdint.h>

/* ChaCha (Bernstein, 2008) in the first form, with a nonce of 8 bytes and a counter of 64 bits, and
 * of any even number of rounds: libcrypto has that of RFC 8439 with 20 alone.  Block `counter` of
 * the keystream, 64 bytes.  `key` has key_size bytes, 32 or 16. */
void chacha_block(const uint8_t *key, unsigned key_size, const uint8_t *nonce, uint64_t counter,
		  unsigned rounds, uint8_t *out);

#endif
