/* SPDX-License-Identifier: Apache-2.0 */
/* One block under each of a billion keys: what the newer interface sets up costs more than the
 * work. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "recover/seeded.h"
#include "base/hash.h"
#include "recover/generator.h"
#include "recover/salsa.h"

#include <openssl/aes.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

/* Each family's way from a seed to a key is cited in its file in recovery/. */

enum { AES_BLOCK = 16 };

bool seeded_searchable(enum kind k)
{
	return k != KIND_UNKNOWN && k != KIND_TAR && k != KIND_DISK && k != KIND_CRYPT;
}

uint64_t seeded_mark(const struct attack *a, const struct seeded_target *t)
{
	return (hash_fnv(a->family->id) ^ hash_fnv((struct span){ t->head, t->n }) * 31) >> 8;
}

bool seeded_begins(const struct seeded_target *t, const uint8_t *plain, size_t n)
{
	return kind_of((struct span){ plain, n }) == t->expected;
}

/* ---- Prometheus: Salsa20 under 32 characters of Random(seed), nonce 01 to 08 */

struct salsa_state {
	uint8_t key[32];
};

static const uint8_t prometheus_nonce[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void prometheus_key(uint64_t seed, uint8_t *key)
{
	struct generator_dotnet g;

	generator_dotnet_seed(&g, (int32_t)seed);
	for (unsigned i = 0; i < 32;) {
		uint8_t c = (uint8_t)(generator_dotnet_range(&g, 33, 127) % 255);
		if (c != 34 && c != 92)
			key[i++] = c;
	}
}

static bool prometheus_fits(const struct seeded_target *t, uint64_t seed)
{
	uint8_t key[32], stream[64];

	prometheus_key(seed, key);
	salsa_block(key, prometheus_nonce, 0, stream);
	for (size_t i = 0; i < t->n; i++)
		stream[i] ^= t->head[i];
	return seeded_begins(t, stream, t->n);
}

static void ticks(const struct seeded_target *t, uint64_t *from, uint64_t *to)
{
	(void)t;
	*from = 0;
	*to = 1ull << 31;
}

static bool prometheus_open(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
			    struct error *e)
{
	(void)e;
	prometheus_key(seed, o->state.bytes);
	o->body = o->size = t->size;
	return true;
}

static bool prometheus_step(struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
			    struct error *e)
{
	(void)e;
	salsa_xor(o->state.bytes, prometheus_nonce, at / SALSA_BLOCK, p, n);
	return true;
}

/* ---- AES of a piece */

bool seeded_decrypt(const struct seeded_aes *s, const uint8_t *in, uint8_t *out, size_t n)
{
	bool long_key = s->key_size == 32;
	const EVP_CIPHER *cipher = s->cfb8     ? EVP_aes_256_cfb8()
				   : s->cfb128 ? EVP_aes_256_cfb128()
				   : long_key  ? EVP_aes_256_cbc()
					       : EVP_aes_128_cbc();
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int got = 0;
	bool ok = c != NULL && EVP_DecryptInit_ex(c, cipher, NULL, s->key, s->chain) == 1 &&
		  EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
		  EVP_DecryptUpdate(c, out, &got, in, (int)n) == 1;

	EVP_CIPHER_CTX_free(c);
	return ok;
}

/* The padding stands in the last block, which comes last. */
static bool cut_padding(const struct seeded_aes *s, struct attack_open *o, uint64_t at,
			const uint8_t *p, size_t n, struct error *e)
{
	uint8_t pad = n != 0 ? p[n - 1] : 0;
	bool good = pad >= 1 && pad <= AES_BLOCK && pad <= n;

	for (unsigned i = 0; good && i < pad; i++)
		good = p[n - 1 - i] == pad;
	if (good) {
		o->size = o->body - pad;
		o->bits = 8u * pad - 4;
	}
	return good || s->padding == PADDING_PERHAPS ||
	       error_set(e, REASON_ENCRYPTED, at, "the padding does not agree: another key");
}

bool seeded_aes_step(struct attack_open *o, uint64_t at, uint8_t *p, size_t n, struct error *e)
{
	struct seeded_aes *s = (struct seeded_aes *)(void *)o->state.bytes;
	uint8_t next[AES_BLOCK];

	n = n / AES_BLOCK * AES_BLOCK;
	if (n == 0)
		return true;
	memcpy(next, p + n - AES_BLOCK, AES_BLOCK);
	if (!seeded_decrypt(s, p, p, n))
		return error_set(e, REASON_INTERNAL, at, "libcrypto does not decrypt");
	memcpy(s->chain, next, AES_BLOCK);
	return s->padding == PADDING_NONE || at + n < o->body || cut_padding(s, o, at, p, n, e);
}

/* ---- Thanatos: AES-256-CBC, IV 0, under the SHA-256 of 20 digits of rand() */

static bool thanatos_key(uint64_t seed, uint8_t *key)
{
	struct generator_msvc g = { (uint32_t)seed };
	char digits[20];
	SHA256_CTX c;

	for (unsigned i = 0; i < sizeof digits; i++)
		digits[i] = (char)('0' + generator_msvc(&g) % 10);
	SHA256_Init(&c);
	SHA256_Update(&c, digits, sizeof digits);
	return SHA256_Final(key, &c) == 1;
}

static bool thanatos_fits(const struct seeded_target *t, uint64_t seed)
{
	uint8_t key[32], plain[AES_BLOCK];
	AES_KEY aes;

	if (!thanatos_key(seed, key) || AES_set_decrypt_key(key, 256, &aes) != 0)
		return false;
	AES_decrypt(t->head, plain, &aes); /* IV 0 */
	return seeded_begins(t, plain, AES_BLOCK);
}

static void all_ticks(const struct seeded_target *t, uint64_t *from, uint64_t *to)
{
	(void)t;
	*from = 0;
	*to = 1ull << 32;
}

static bool thanatos_open(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
			  struct error *e)
{
	struct seeded_aes *s = (struct seeded_aes *)(void *)o->state.bytes;

	*s = (struct seeded_aes){ .key_size = 32, .padding = PADDING_WANTED };
	if (t->size % AES_BLOCK != 0)
		return error_set(e, REASON_DAMAGED, t->size, "no whole blocks");
	o->body = o->size = t->size; /* the padding is cut when it is seen */
	return thanatos_key(seed, s->key) ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "no SHA-256");
}

/* ---- Linux.Encoder.1: musl's rand(); the IV in the header proves the seed */

enum { LE_HEADER = 280, LE_IV = 264, LE_FILES = 10000, LE_BEFORE = 3599, LE_AFTER = 60 };

static const char le_letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,.-#'?!";

/* The generator stands at the IV: 16 numbers, of which the last makes all but four bits. */
static bool le_makes(struct generator_musl g, const uint8_t *iv)
{
	for (unsigned i = 0; i < 15; i++)
		if ((uint8_t)generator_musl(&g) != iv[i])
			return false;
	return ((uint8_t)generator_musl(&g) ^ iv[15]) < 16;
}

/*
 * The IV is the last 16 bytes of the header; the nibble that ends it is the last block's length.
 * Of nearly all files one number is enough, so the 16 before it and the 15 behind it are leapt
 * over.
 */
static bool le_key(uint64_t seed, const uint8_t *iv, uint8_t *key)
{
	const struct generator_leap half = generator_musl_leap(16), file = generator_musl_leap(32);
	struct generator_musl g = { seed - 1 };

	for (unsigned n = 0; n < LE_FILES; n++, g = generator_musl_after(g, &file)) {
		if (!le_makes(generator_musl_after(g, &half), iv))
			continue;
		for (unsigned i = 0; i < 16; i++)
			key[i] = (uint8_t)le_letters[generator_musl(&g) % 69];
		return true;
	}
	return false;
}

static bool le_fits(const struct seeded_target *t, uint64_t seed)
{
	uint8_t key[16];

	return le_key(seed, t->head, key);
}

static void le_range(const struct seeded_target *t, uint64_t *from, uint64_t *to)
{
	*from = t->mtime > LE_BEFORE ? (uint64_t)t->mtime - LE_BEFORE : 0;
	*to = (uint64_t)t->mtime + LE_AFTER + 1;
}

static bool le_open(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
		    struct error *e)
{
	struct seeded_aes *s = (struct seeded_aes *)(void *)o->state.bytes;
	unsigned last = t->head[15] & 15;

	*s = (struct seeded_aes){ .key_size = 16 };
	if (t->size < LE_HEADER + AES_BLOCK || (t->size - LE_HEADER) % AES_BLOCK != 0)
		return error_set(e, REASON_DAMAGED, t->size, "no whole blocks behind the header");
	if (!le_key(seed, t->head, s->key))
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "its IV is not of this run");
	memcpy(s->chain, t->head, AES_BLOCK);
	o->from = LE_HEADER;
	o->body = t->size - LE_HEADER;
	o->size = o->body - AES_BLOCK + (last != 0 ? last : AES_BLOCK);
	o->mode = (uint32_t)t->before[0] | (uint32_t)t->before[1] << 8;
	o->bits = 100; /* 124 bits of the IV, among 36 million of pairs */
	return true;
}

/* ---- */

static const struct seeded table[] = {
	{ "prometheus", 0, 0, false, prometheus_fits, ticks, prometheus_open, prometheus_step,
	  NULL },
	{ "thanatos", 0, 0, false, thanatos_fits, all_ticks, thanatos_open, seeded_aes_step, NULL },
	{ "musl", LE_IV, 4096, true, le_fits, le_range, le_open, seeded_aes_step, NULL },
};

static const struct seeded *const others[] = { &seeded_dma, &seeded_princess, &seeded_solidbit,
					       &seeded_onyx };

const struct seeded *seeded_of(struct span name)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (span_is(name, table[i].name))
			return &table[i];
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (span_is(name, others[i]->name))
			return others[i];
	return NULL;
}
