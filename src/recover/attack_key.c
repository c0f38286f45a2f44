/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_cipher.h"
#include "recover/key_file.h"
#include "recover/sosemanuk.h"

#include <openssl/evp.h>
#include <stdio.h>

/* Families whose private key the user brings: WannaCry's blob, Babuk's Curve25519 scalar. */

/* ---- WannaCry: RSA-2048 by a PRIVATEKEYBLOB of CryptoAPI, whose numbers are little-endian */

enum {
	RSA_BYTES = 256,
	WRAPPED_AT = 12,
	SIZE_AT = 0x110,
	DATA_AT = 0x118,
};

static bool wannacry_learn(struct attack *a, struct error *e)
{
	struct key_list *keys = arena_alloc(&a->arena, sizeof *keys);

	if (a->key.n == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "needs 00000000.dky (--key)");
	if (keys == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for keys");
	if (!key_rsa_list(a->key, RSA_BYTES, &a->arena, keys, e))
		return false;
	a->state = keys;
	snprintf(a->what, sizeof a->what, "the private key that was brought");
	return true;
}

static bool wannacry_open(struct attack *a, struct attack_file *f, struct attack_open *o,
			  struct error *e)
{
	static const uint8_t zero[16];
	uint8_t block[KEY_RSA_MAX], key[16];
	struct span s = region_get(f->r, WRAPPED_AT, RSA_BYTES);
	struct span m = key_unwrap(a->state, s, true, sizeof key, block);

	if (m.n != sizeof key)
		return error_set(e, REASON_ENCRYPTED, WRAPPED_AT,
				 "its key was not wrapped by this one");
	memcpy(key, m.p, sizeof key);
	struct cursor c = cursor_of(region_get(f->r, SIZE_AT, 8));
	uint64_t size = cursor_le64(&c), body = f->r->size - DATA_AT;
	if (!cursor_ok(&c) || f->r->size < DATA_AT || size > body || size + 16 < body ||
	    body % 16 != 0)
		return error_set(e, REASON_DAMAGED, SIZE_AT, "the size in the header does not fit");
	o->from = DATA_AT;
	o->body = body;
	o->size = size;
	o->bits = 24;
	return attack_cipher_begin(o, EVP_aes_128_cbc(), key, zero, e);
}

const struct attack_engine attack_wannacry = { "wannacry",          wannacry_learn,
					       wannacry_open,       attack_cipher_step,
					       attack_cipher_close, false };

/*
 * ---- Babuk: X25519 with the 32 bytes in the tail; the SHA-256 of the secret is the key.
 * For NAS: ChaCha20, bytes 10 to 21 of the key's SHA-256 the nonce; the stream runs on over gaps.
 * For ESXi (cipher=sosemanuk): IV 0, the first `head` bytes, and no mark behind the 32 bytes.
 */

enum { MARK = 6, SMALL = 20 << 20, HEAD = 4 << 20, TAKE = 1 << 20, PERIOD = 10 << 20 };

struct babuk {
	uint8_t scalar[KEY_SCALAR];
	bool esxi;
	uint64_t head;
};

static bool babuk_learn(struct attack *a, struct error *e)
{
	struct babuk *b = arena_alloc(&a->arena, sizeof *b);

	if (b == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	if (a->key.n == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "needs the private key of Curve25519 (--key)");
	if (!key_scalar(a->key, b->scalar, e))
		return false;
	b->esxi = span_is(family_setting(a->family, "cipher"), "sosemanuk");
	b->head = family_number(a->family, "head", UINT64_MAX);
	a->state = b;
	snprintf(a->what, sizeof a->what, "the private key that was brought");
	return true;
}

static bool agree(const uint8_t *own, const uint8_t *other, uint8_t *secret)
{
	EVP_PKEY *mine = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, own, 32);
	EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, other, 32);
	EVP_PKEY_CTX *c = mine != NULL ? EVP_PKEY_CTX_new(mine, NULL) : NULL;
	size_t n = 32;
	bool ok = c != NULL && theirs != NULL && EVP_PKEY_derive_init(c) == 1 &&
		  EVP_PKEY_derive_set_peer(c, theirs) == 1 && EVP_PKEY_derive(c, secret, &n) == 1 &&
		  n == 32;

	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(mine);
	EVP_PKEY_free(theirs);
	return ok;
}

static bool babuk_open(struct attack *a, struct attack_file *f, struct attack_open *o,
		       struct error *e)
{
	static const uint8_t zero[16];
	const struct babuk *b = a->state;
	uint8_t secret[32], key[32], digest[32], iv[16] = { 0 };
	uint64_t size = b->esxi ? 32 : 32 + MARK;
	struct span tail = region_get(f->r, f->r->size >= size ? f->r->size - size : 0, size);

	if (tail.n != size ||
	    (!b->esxi && memcmp(tail.p + 32, "\xab\xbc\xcd\xde\xef\xf0", MARK) != 0))
		return error_set(e, REASON_DAMAGED, f->r->size, "no tail of this family");
	if (!agree(b->scalar, tail.p, secret) ||
	    EVP_Digest(secret, 32, key, NULL, EVP_sha256(), NULL) != 1 ||
	    EVP_Digest(key, 32, digest, NULL, EVP_sha256(), NULL) != 1)
		return error_set(e, REASON_ENCRYPTED, f->r->size - size,
				 "no secret is shared with it");
	o->body = o->size = f->r->size - size;
	if (b->esxi) {
		sosemanuk_init((struct sosemanuk *)(void *)o->state.bytes, key, sizeof key, zero);
		return true;
	}
	memcpy(iv + 4, digest + 10, 12);
	o->owned = true;
	return attack_cipher_begin(o, EVP_chacha20(), key, iv, e);
}

/* Bytes [in, in + *n) are encrypted, or are not: true, and *n is cut to where that changes. */
static bool babuk_covers(const struct attack_open *o, uint64_t in, size_t *n)
{
	uint64_t last = o->size / PERIOD * PERIOD;
	bool small = o->size <= SMALL;
	uint64_t end = small ? HEAD : in / PERIOD * PERIOD + TAKE;
	bool inside = in < end && (small || in < last);
	uint64_t next = inside ? end : small ? UINT64_MAX : (in / PERIOD + 1) * PERIOD;

	*n = next - in < *n ? (size_t)(next - in) : *n;
	return inside;
}

static bool babuk_step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		       struct error *e)
{
	const struct babuk *b = a->state;

	if (b->esxi) {
		if (at < b->head)
			sosemanuk_xor((struct sosemanuk *)(void *)o->state.bytes, p,
				      n < b->head - at ? n : (size_t)(b->head - at));
		return true;
	}
	for (size_t i = 0, k; i < n; i += k) {
		k = n - i;
		if (babuk_covers(o, at + i, &k) && !attack_cipher_step(a, o, at + i, p + i, k, e))
			return false;
	}
	return true;
}

/* Closing knows nothing of the attack: Sosemanuk's structure must not be taken for a pointer. */
static void babuk_close(struct attack_open *o)
{
	if (o->owned)
		attack_cipher_close(o);
}

const struct attack_engine attack_babuk = { "babuk",    babuk_learn, babuk_open,
					    babuk_step, babuk_close, false };
