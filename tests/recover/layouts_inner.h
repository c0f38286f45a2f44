#ifndef PEL_TESTS_RECOVER_LAYOUTS_INNER_H
#define PEL_TESTS_RECOVER_LAYOUTS_INNER_H

/* What the files of layouts share. */

#include "tests/recover/layouts.h"

#include <openssl/evp.h>

/* The next of splitmix64: looks random, and is always the same. */
uint64_t layout_next(uint64_t *state);
void layout_put_random(struct buf *out, size_t n, uint64_t seed);
void layout_sha256(struct span s, uint8_t *out);
void layout_cbc(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, struct span in,
		bool padded, struct buf *out);

/* System.Random: a table of 56; its next number in [0, 1).  `at` begins with 0, `behind` with 21.
 */
void layout_dotnet_seed(int64_t *table, int64_t seed);
double layout_dotnet_next(int64_t *table, int *at, int *behind);

/* A scalar of secp256k1; scalar * G, or scalar * point; x alone where it is given. */
void layout_scalar(uint64_t seed, uint8_t *scalar);
void layout_multiply(const uint8_t *scalar, const uint8_t *point, uint8_t *out, uint8_t *x);

/* Babuk's: the SHA-256 of the secret, and what stands in the tail. */
void layout_share(uint64_t seed, uint8_t *public, uint8_t *key);

/* layouts_more.c */
bool layout_more(const char *family, struct span original, uint64_t seed, struct buf *out);
bool layout_more_key(const char *family, uint64_t seed, struct buf *out);

/* layouts_disk.c: a disk with NTFS, and Petya Red's. */
void layout_ntfs(struct buf *out, size_t n);
void layout_petya(struct span o, uint64_t seed, struct buf *out);
void layout_petya_all(struct span o, uint64_t seed, struct buf *out);

/* layouts_late.c */
bool layout_late(const char *family, struct span original, uint64_t seed, struct buf *out);
bool layout_late_key(const char *family, uint64_t seed, struct buf *out);
/* The note that IEncrypt leaves beside the file; the name of Hive's file. */
void layout_iencrypt_note(struct span original, uint64_t seed, struct buf *out);
void layout_hive_name(const char *name, uint64_t seed, struct buf *out);

#endif
