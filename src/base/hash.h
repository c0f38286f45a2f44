/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_HASH_H
#define PEL_BASE_HASH_H

/*
 * Digests: MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4) by libcrypto, CRC-32
 * (ISO-HDLC, as zip and gzip have it) and CRC-32C.
 */

#include "base/cursor.h"

enum hash_kind { HASH_MD5, HASH_SHA1, HASH_SHA256 };
enum { HASH_MAX_SIZE = 32, HASH_MAX_HEX = 64 };

struct hash; /* a digest in the making */

/* NULL where memory is spent or the library refuses the algorithm. */
NODISCARD struct hash *hash_new(enum hash_kind kind);
void hash_free(struct hash *h); /* NULL is nothing */
void hash_add(struct hash *h, struct span s);
/* Writes the digest to out (hash_size bytes) and starts anew, so that h may be used again. */
NODISCARD bool hash_end(struct hash *h, uint8_t *out);

size_t hash_size(enum hash_kind kind); /* bytes: 16, 20, 32 */

/* The digest of s at one go. */
NODISCARD bool hash_of(enum hash_kind kind, struct span s, uint8_t *out);
/* The same in lower-case hexadecimal with a NUL; `hex` has room for HASH_MAX_HEX + 1. */
NODISCARD bool hash_hex(enum hash_kind kind, struct span s, char *hex);
/* The digest of a and then b, as if they stood in one piece. */
NODISCARD bool hash_of_two(enum hash_kind kind, struct span a, struct span b, uint8_t *out);

/* Lower-case hexadecimal of n bytes; `to` has room for 2 * n + 1. */
void hex_text(const uint8_t *p, size_t n, char *to);
/* The bytes of hexadecimal digits, of which there must be 2 to 2 * max; *n is how many. */
NODISCARD bool hex_to_bytes(struct span digits, uint8_t *to, size_t max, size_t *n);

/* CRC-32 as zip, gzip and PNG have it (ISO 3309; the polynomial's bits turned round). */
uint32_t crc32_of(struct span s);
/* The same step by step: the register behind one more byte, without the complements at both ends.
 */
static inline uint32_t crc32_step(uint32_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int k = 0; k < 8; k++)
		crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
	return crc;
}

/* CRC-32C (RFC 3720, B.4) of s behind what has `crc`, which is 0 at first. */
uint32_t crc32c(uint32_t crc, struct span s);

/* FNV-1a, 64 bits: for tables in memory, never for evidence. */
uint64_t hash_fnv(struct span s);
/* For the same use, of longer things: eight bytes at a time. */
uint64_t hash_words(struct span s);

#endif
