/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_KCIPHER2_H
#define PEL_RECOVER_KCIPHER2_H

#include <stddef.h>
#include <stdint.h>

/* KCipher-2 (RFC 7008, ISO/IEC 18033-4), which libcrypto does not have. */

/* What the cipher looks up; made once, the caller's. */
struct kcipher2_tables {
	uint32_t sub[4][256];  /* S-box and MDS matrix of AES, for each byte of a word */
	uint32_t feed[4][256]; /* the constants of the feedback, times each byte */
};
void kcipher2_tables_make(struct kcipher2_tables *t);

struct kcipher2 {
	const struct kcipher2_tables *tables; /* not owned */
	uint32_t a[5], b[11], l1, r1, l2, r2;
	uint8_t stream[8];
	unsigned used; /* bytes of `stream` */
};

/* A key and an IV of 16 bytes. */
void kcipher2_init(struct kcipher2 *k, const struct kcipher2_tables *t, const uint8_t *key,
		   const uint8_t *iv);

/* XORs the next n bytes of the stream to p. */
void kcipher2_xor(struct kcipher2 *k, uint8_t *p, size_t n);

#endif
