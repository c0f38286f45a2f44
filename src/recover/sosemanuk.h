/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SOSEMANUK_H
#define PEL_RECOVER_SOSEMANUK_H

#include <stddef.h>
#include <stdint.h>

/* Sosemanuk (Berbain and others, eSTREAM, 2005), which libcrypto does not have. */
struct sosemanuk {
	uint32_t s[10], r1, r2; /* the shift register, the finite state machine */
	uint8_t stream[16];
	unsigned used; /* bytes of `stream` */
};

/* A key of 1 to 32 bytes, an IV of 16.  The structure is the caller's. */
void sosemanuk_init(struct sosemanuk *s, const uint8_t *key, size_t key_size, const uint8_t *iv);

/* XORs the next n bytes of the stream to p. */
void sosemanuk_xor(struct sosemanuk *s, uint8_t *p, size_t n);

#endif
