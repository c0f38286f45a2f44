/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_cipher.h"

#include <openssl/evp.h>
#include <stdio.h>

/*
 * AES-CBC under one key for all files: published (PowerWare, Jigsaw, Key Group) or brought by the
 * user (Avaddon).  Settings: key, iv (hexadecimal); head=N: only the first N bytes, whole blocks;
 * padding=pkcs7|none; tail=N: bytes behind the body; size-at=-N: where the tail has the original's
 * size; bring=N: the key is the user's, N bytes.
 */

struct cbc {
	const EVP_CIPHER *cipher;
	uint8_t key[32], iv[16];
	uint64_t head, tail, size_at;
	bool padded;
};

static bool learn(struct attack *a, struct error *e)
{
	struct cbc *c = arena_alloc(&a->arena, sizeof *c);
	const struct family *f = a->family;
	uint64_t bring = family_number(f, "bring", 0);
	size_t n = bring != 0 ? (size_t)bring : family_setting(f, "key").n / 2;

	if (c == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	if ((n != 16 && n != 32) || !family_bytes(f, "iv", c->iv, sizeof c->iv))
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "the family's file has no key or IV");
	if (bring != 0) {
		if (a->key.n != n)
			return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
					 "needs the key, %zu bytes (--key)", n);
		memcpy(c->key, a->key.p, n);
	} else if (!family_bytes(f, "key", c->key, n)) {
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "the family's key is no hexadecimal");
	}
	struct span size_at = family_setting(f, "size-at");
	c->cipher = n == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
	c->head = family_number(f, "head", UINT64_MAX);
	c->tail = family_number(f, "tail", 0);
	c->size_at = size_at.n > 1 ? 24 : 0;
	c->padded = span_is(family_setting(f, "padding"), "pkcs7");
	a->state = c;
	snprintf(a->what, sizeof a->what, "%s",
		 bring != 0 ? "the key that was brought" : "the published key");
	return true;
}

/* The last block alone tells how many bytes of padding there are (RFC 5652, 6.3). */
static bool read_padding(const struct cbc *c, struct attack_file *f, uint64_t n,
			 struct attack_open *o, struct error *e)
{
	uint8_t iv[16], last[16];
	int got;

	struct span s = region_get(f->r, n >= 32 ? n - 32 : 0, n >= 32 ? 32 : 16);
	if (n == 0 || n % 16 != 0 || s.n != (n >= 32 ? 32u : 16u))
		return error_set(e, REASON_DAMAGED, n, "%llu bytes are no whole blocks",
				 (unsigned long long)n);
	memcpy(iv, n >= 32 ? s.p : c->iv, 16);
	EVP_CIPHER_CTX *ctx = attack_cipher_new(c->cipher, c->key, iv);
	bool ok = ctx != NULL &&
		  EVP_DecryptUpdate(ctx, last, &got, s.p + (n >= 32 ? 16 : 0), 16) == 1;
	EVP_CIPHER_CTX_free(ctx);
	uint8_t pad = last[15];
	ok = ok && pad >= 1 && pad <= 16;
	for (unsigned i = 0; ok && i < pad; i++)
		ok = last[15 - i] == pad;
	if (!ok)
		return error_set(e, REASON_ENCRYPTED, n, "the padding does not agree: another key");
	o->bits = 8u * pad - 4;
	o->size = n - pad;
	return true;
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	const struct cbc *c = a->state;

	if (f->r->size < c->tail)
		return error_set(e, REASON_DAMAGED, 0, "shorter than the family's tail");
	o->body = o->size = f->r->size - c->tail;
	if (c->size_at != 0) {
		struct cursor t = cursor_of(region_get(f->r, f->r->size - c->size_at, 8));
		uint64_t size = cursor_le64(&t);
		if (!cursor_ok(&t) || size > o->size || size + 16 < o->size)
			return error_set(e, REASON_DAMAGED, f->r->size - c->size_at,
					 "a size in the tail that does not fit");
		o->size = size;
	}
	if (c->padded && !read_padding(c, f, o->size, o, e))
		return false;
	return attack_cipher_begin(o, c->cipher, c->key, c->iv, e);
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct cbc *c = a->state;

	if (at >= c->head)
		return true;
	n = n < c->head - at ? n : (size_t)(c->head - at);
	return attack_cipher_step(a, o, at, p, n / 16 * 16, e);
}

const struct attack_engine attack_cbc = {
	"cbc", learn, open_file, step, attack_cipher_close, false
};
