/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/generator.h"
#include "recover/seeded.h"

#include <openssl/evp.h>

/*
 * Families that seed rand() of the Microsoft library with the second: DMA Locker 1 and Princess
 * Locker 1 (hasherezade/decryptors_archive, dma_unlocker and princesslocker_decrypt).
 */

enum {
	BLOCK = 16,
	KEY = 32,
	BEFORE = 2 * 86400, /* seconds before a file's last change in which its key was made */
	AFTER = 60,
	NEAR = 1 << 16,     /* seconds on either side of one that is known */
	DMA_NEAR = 1 << 12, /* two hundred keys each */
};

static void seconds(const struct seeded_target *t, uint64_t *from, uint64_t *to)
{
	*from = t->mtime > BEFORE ? (uint64_t)t->mtime - BEFORE : 0;
	*to = t->mtime > 0 ? (uint64_t)t->mtime + AFTER + 1 : AFTER;
}

/* ---- DMA Locker: !DMALOCK, a header, and then AES-256-ECB over at most 10^9 bytes, by chunks */

enum {
	DMA_HEADER = 0x88,
	DMA_CHUNKS = 45,
	DMA_MOST = 1000000000, /* bytes that are encrypted */
	DMA_KEYS = 100,        /* keys that one second makes at most */
};

struct dma {
	uint8_t key[KEY];
	uint64_t chunk, most; /* bytes */
	struct region *r;     /* the encrypted file: blocks lie across the pieces of a step */
};

/* Of the first kind: digits and letters, by a second number whose range the first one chooses. */
static void dma_key_1(struct generator_msvc *g, uint8_t *key)
{
	for (unsigned i = 0; i < KEY; i++) {
		uint32_t which = generator_msvc(g) % 100, r = generator_msvc(g);
		key[i] = (uint8_t)(which < 24   ? 'a' + r % 25
				   : which < 50 ? '0' + r % 10
						: 'A' + r % 25);
	}
}

static void dma_key_2(struct generator_msvc *g, uint8_t *key)
{
	for (unsigned i = 0; i < KEY; i++)
		key[i] = (uint8_t)(generator_msvc(g) % 254 + 1);
}

/* The key of this second, of either variant, that gives the file the beginning that its name
 * promises. */
static bool dma_find(const struct seeded_target *t, uint64_t seed, uint8_t *key)
{
	struct generator_msvc g[] = { { (uint32_t)seed }, { (uint32_t)seed } };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t plain[BLOCK];
	bool found = false;
	int n;

	/* less than 45 blocks, and the first chunk has none */
	if (t->size < DMA_HEADER + DMA_CHUNKS * BLOCK && t->size >= DMA_HEADER + DMA_CHUNKS) {
		EVP_CIPHER_CTX_free(c);
		return false;
	}
	for (unsigned i = 0; c != NULL && i < 2 * DMA_KEYS && !found; i++) {
		(i % 2 == 0 ? dma_key_1 : dma_key_2)(&g[i % 2], key);
		found = EVP_DecryptInit_ex(c, EVP_aes_256_ecb(), NULL, key, NULL) == 1 &&
			EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
			EVP_DecryptUpdate(c, plain, &n, t->head, BLOCK) == 1 &&
			seeded_begins(t, plain, BLOCK);
	}
	EVP_CIPHER_CTX_free(c);
	return found;
}

static bool dma_whole(const struct seeded_target *t, struct error *e)
{
	return (t->size >= DMA_HEADER && memcmp(t->before, "!DMALOCK", 8) == 0) ||
	       error_set(e, REASON_DAMAGED, 0, "no header of this family");
}

static bool dma_open(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
		     struct error *e)
{
	struct dma *d = (struct dma *)(void *)o->state.bytes;

	if (!dma_find(t, seed, d->key))
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "no key of this second");
	o->from = DMA_HEADER;
	o->body = o->size = t->size - DMA_HEADER;
	d->most = o->size < DMA_MOST ? o->size : DMA_MOST;
	d->chunk = d->most / DMA_CHUNKS;
	d->r = t->r;
	return true;
}

static bool dma_fits(const struct seeded_target *t, uint64_t seed)
{
	uint8_t key[KEY];

	return dma_find(t, seed, key);
}

/* The chunk that byte `in` of the body lies in, [*from, *to), and where its whole blocks end. */
static void dma_chunk(const struct dma *d, uint64_t in, uint64_t *from, uint64_t *blocks,
		      uint64_t *to)
{
	uint64_t index = d->chunk != 0 ? in / d->chunk : DMA_CHUNKS;

	index = index < DMA_CHUNKS ? index : DMA_CHUNKS;
	*from = index * d->chunk;
	*to = index < DMA_CHUNKS ? *from + d->chunk : d->most;
	*blocks = *from + (*to - *from) / BLOCK * BLOCK;
}

/* Bytes [in, in + n) of the body, a part of one block, which may begin or end in another piece. */
static bool dma_part(const struct dma *d, EVP_CIPHER_CTX *c, uint64_t block, uint64_t in,
		     uint8_t *p, size_t n)
{
	struct span s = region_get(d->r, DMA_HEADER + block, BLOCK);
	uint8_t plain[BLOCK];
	int got;

	if (s.n != BLOCK || EVP_DecryptUpdate(c, plain, &got, s.p, BLOCK) != 1)
		return false;
	memcpy(p, plain + (in - block), n);
	return true;
}

static bool dma_blocks(const struct dma *d, EVP_CIPHER_CTX *c, uint64_t at, uint8_t *p, size_t n)
{
	uint64_t from, blocks, to;
	int got;

	for (size_t i = 0; i < n && at + i < d->most;) {
		uint64_t in = at + i;
		dma_chunk(d, in, &from, &blocks, &to);
		if (in >= blocks) {
			i += (size_t)(to - in);
			continue;
		}
		uint64_t block = from + (in - from) / BLOCK * BLOCK;
		uint64_t end = blocks < at + n ? blocks : at + n;
		size_t whole = (size_t)(end - in) / BLOCK * BLOCK;
		if (block == in && whole != 0) {
			if (EVP_DecryptUpdate(c, p + i, &got, p + i, (int)whole) != 1)
				return false;
			i += whole;
			continue;
		}
		uint64_t until = block + BLOCK < end ? block + BLOCK : end;
		if (!dma_part(d, c, block, in, p + i, (size_t)(until - in)))
			return false;
		i += (size_t)(until - in);
	}
	return true;
}

static bool dma_step(struct attack_open *o, uint64_t at, uint8_t *p, size_t n, struct error *e)
{
	const struct dma *d = (const struct dma *)(const void *)o->state.bytes;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool ok = c != NULL && EVP_DecryptInit_ex(c, EVP_aes_256_ecb(), NULL, d->key, NULL) == 1 &&
		  EVP_CIPHER_CTX_set_padding(c, 0) == 1 && dma_blocks(d, c, at, p, n);

	EVP_CIPHER_CTX_free(c);
	return ok || error_set(e, REASON_INTERNAL, at, "libcrypto does not decrypt");
}

const struct seeded seeded_dma = { "dma",   DMA_HEADER, DMA_NEAR, false,    dma_fits,
				   seconds, dma_open,   dma_step, dma_whole };

/*
 * ---- Princess Locker 1: 32 characters of rand(), of which 21 to 32 are the password; what is
 * hashed are that many bytes, not characters, of it in UTF-16.  AES-128-CBC under the first half of
 * the SHA-256, IV 0, over the whole file.
 */

enum { PRINCESS_SHORTEST = 21, PRINCESS_LONGEST = 32 };

static bool princess_find(const struct seeded_target *t, uint64_t seed, struct seeded_aes *s)
{
	static const char letters[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	struct generator_msvc g = { (uint32_t)seed };
	uint8_t wide[2 * PRINCESS_LONGEST] = { 0 }, digest[32], plain[BLOCK];
	bool found = false;

	for (unsigned i = 0; i < PRINCESS_LONGEST; i++)
		wide[(size_t)2 * i] = (uint8_t)letters[generator_msvc(&g) % 62];
	*s = (struct seeded_aes){ .key_size = 16, .padding = PADDING_PERHAPS };
	for (unsigned n = PRINCESS_SHORTEST; n <= PRINCESS_LONGEST && !found; n++) {
		if (EVP_Digest(wide, n, digest, NULL, EVP_sha256(), NULL) != 1)
			return false;
		memcpy(s->key, digest, 16);
		found = seeded_decrypt(s, t->head, plain, BLOCK) && seeded_begins(t, plain, BLOCK);
	}
	return found;
}

static bool princess_fits(const struct seeded_target *t, uint64_t seed)
{
	struct seeded_aes s;

	return princess_find(t, seed, &s);
}

static bool princess_whole(const struct seeded_target *t, struct error *e)
{
	return t->size % BLOCK == 0 || error_set(e, REASON_DAMAGED, t->size, "no whole blocks");
}

static bool princess_open(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
			  struct error *e)
{
	o->body = o->size = t->size;
	return princess_find(t, seed, (struct seeded_aes *)(void *)o->state.bytes) ||
	       error_set(e, REASON_ENCRYPTED, PLACE_NONE, "no password of this second");
}

const struct seeded seeded_princess = { "princess",    0,       NEAR,          false,
					princess_fits, seconds, princess_open, seeded_aes_step,
					princess_whole };
