/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct hash {
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
};

static const EVP_MD *md_of(enum hash_kind kind)
{
	switch (kind) {
	case HASH_MD5:
		return EVP_md5();
	case HASH_SHA1:
		return EVP_sha1();
	case HASH_SHA256:
		return EVP_sha256();
	}
	return NULL;
}

struct hash *hash_new(enum hash_kind kind)
{
	struct hash *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->md = md_of(kind);
	h->ctx = EVP_MD_CTX_new();
	if (h->ctx == NULL || h->md == NULL || EVP_DigestInit_ex(h->ctx, h->md, NULL) != 1) {
		hash_free(h);
		return NULL;
	}
	return h;
}

void hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void hash_add(struct hash *h, struct span s)
{
	if (s.n != 0)
		(void)EVP_DigestUpdate(h->ctx, s.p, s.n);
}

bool hash_end(struct hash *h, uint8_t *out)
{
	return EVP_DigestFinal_ex(h->ctx, out, NULL) == 1 &&
	       EVP_DigestInit_ex(h->ctx, h->md, NULL) == 1;
}

size_t hash_size(enum hash_kind kind)
{
	static const size_t size[] = { [HASH_MD5] = 16, [HASH_SHA1] = 20, [HASH_SHA256] = 32 };
	return size[kind];
}

bool hash_of(enum hash_kind kind, struct span s, uint8_t *out)
{
	static const uint8_t nothing[1];
	return EVP_Digest(s.n != 0 ? s.p : nothing, s.n, out, NULL, md_of(kind), NULL) == 1;
}

bool hash_hex(enum hash_kind kind, struct span s, char *hex)
{
	uint8_t digest[HASH_MAX_SIZE];

	if (!hash_of(kind, s, digest))
		return false;
	hex_text(digest, hash_size(kind), hex);
	return true;
}

void hex_text(const uint8_t *p, size_t n, char *to)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		to[2 * i] = digit[p[i] >> 4];
		to[2 * i + 1] = digit[p[i] & 15];
	}
	to[2 * n] = '\0';
}

uint32_t crc32_of(struct span s)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < s.n; i++) {
		crc ^= s.p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
	}
	return ~crc;
}

uint64_t hash_fnv(struct span s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}
