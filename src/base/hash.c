/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/text.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stdlib.h>

/*
 * libcrypto's plain functions, which it calls deprecated since EVP came.  EVP's first digest reads
 * a configuration, sets up a provider and registers some hundred algorithms: a millisecond, half
 * of what a scan of one file takes, and system calls that a worker may not make.
 */

struct hash {
	enum hash_kind kind;
	union {
		MD5_CTX md5;
		SHA_CTX sha1;
		SHA256_CTX sha256;
	} c;
};

static bool begin(struct hash *h)
{
	switch (h->kind) {
	case HASH_MD5:
		return MD5_Init(&h->c.md5) == 1;
	case HASH_SHA1:
		return SHA1_Init(&h->c.sha1) == 1;
	case HASH_SHA256:
		return SHA256_Init(&h->c.sha256) == 1;
	}
	return false;
}

static void add(struct hash *h, struct span s)
{
	switch (h->kind) {
	case HASH_MD5:
		(void)MD5_Update(&h->c.md5, s.p, s.n);
		break;
	case HASH_SHA1:
		(void)SHA1_Update(&h->c.sha1, s.p, s.n);
		break;
	case HASH_SHA256:
		(void)SHA256_Update(&h->c.sha256, s.p, s.n);
		break;
	}
}

static bool end(struct hash *h, uint8_t *out)
{
	switch (h->kind) {
	case HASH_MD5:
		return MD5_Final(out, &h->c.md5) == 1;
	case HASH_SHA1:
		return SHA1_Final(out, &h->c.sha1) == 1;
	case HASH_SHA256:
		return SHA256_Final(out, &h->c.sha256) == 1;
	}
	return false;
}

struct hash *hash_new(enum hash_kind kind)
{
	struct hash *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->kind = kind;
	if (!begin(h)) {
		hash_free(h);
		return NULL;
	}
	return h;
}

void hash_free(struct hash *h) { free(h); }

void hash_add(struct hash *h, struct span s)
{
	if (s.n != 0)
		add(h, s);
}

bool hash_end(struct hash *h, uint8_t *out) { return end(h, out) && begin(h); }

size_t hash_size(enum hash_kind kind)
{
	static const size_t size[] = { [HASH_MD5] = 16, [HASH_SHA1] = 20, [HASH_SHA256] = 32 };
	return size[kind];
}

bool hash_of(enum hash_kind kind, struct span s, uint8_t *out)
{
	struct hash h = { .kind = kind };

	if (!begin(&h))
		return false;
	hash_add(&h, s);
	return end(&h, out);
}

bool hash_of_two(enum hash_kind kind, struct span a, struct span b, uint8_t *out)
{
	struct hash h = { .kind = kind };

	if (!begin(&h))
		return false;
	hash_add(&h, a);
	hash_add(&h, b);
	return end(&h, out);
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

	for (size_t i = 0; i < s.n; i++)
		crc = crc32_step(crc, s.p[i]);
	return ~crc;
}

uint32_t crc32c(uint32_t crc, struct span s)
{
	static const uint32_t table[16] = { 0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
					    0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
					    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
					    0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75 };

	crc = ~crc;
	for (size_t i = 0; i < s.n; i++) {
		crc ^= s.p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
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

uint64_t hash_words(struct span s)
{
	uint64_t h = s.n, word;

	for (; s.n >= sizeof word; s = span_cut(s, sizeof word, s.n)) {
		memcpy(&word, s.p, sizeof word);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h ^ hash_fnv(s);
}

bool hex_to_bytes(struct span digits, uint8_t *to, size_t max, size_t *n)
{
	if (digits.n == 0 || digits.n % 2 != 0 || digits.n / 2 > max)
		return false;
	for (size_t i = 0; i < digits.n; i += 2) {
		int hi = text_hex_digit(digits.p[i]), lo = text_hex_digit(digits.p[i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		to[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	*n = digits.n / 2;
	return true;
}
