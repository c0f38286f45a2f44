/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "recover/hex.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <stdio.h>

/* Families whose private key the user brings: WannaCry's blob, Babuk's Curve25519 scalar. */

static bool begin(struct attack_open *o, const EVP_CIPHER *cipher, const uint8_t *key,
		  const uint8_t *iv, struct error *e)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	if (c == NULL || EVP_DecryptInit_ex(c, cipher, NULL, key, iv) != 1 ||
	    EVP_CIPHER_CTX_set_padding(c, 0) != 1) {
		EVP_CIPHER_CTX_free(c);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "libcrypto gives no cipher");
	}
	o->state.pointer = c;
	return true;
}

static void close_file(struct attack_open *o) { EVP_CIPHER_CTX_free(o->state.pointer); }

/* ---- WannaCry: RSA-2048 by a PRIVATEKEYBLOB of CryptoAPI, all numbers little-endian */

enum {
	RSA_BYTES = 256,
	BLOB_N = 20,
	BLOB_D = BLOB_N + RSA_BYTES + 5 * RSA_BYTES / 2,
	BLOB_SIZE = BLOB_D + RSA_BYTES, /* 1,172; some files have more behind it */
	WRAPPED_AT = 12,
	SIZE_AT = 0x110,
	DATA_AT = 0x118,
};

/* m = c^d mod n, of a blob's numbers; all 256 bytes, big-endian. */
static bool unwrap(struct span blob, struct span wrapped, uint8_t *plain)
{
	BIGNUM *n = BN_lebin2bn(blob.p + BLOB_N, RSA_BYTES, NULL);
	BIGNUM *d = BN_lebin2bn(blob.p + BLOB_D, RSA_BYTES, NULL);
	BIGNUM *m = BN_lebin2bn(wrapped.p, RSA_BYTES, NULL);
	BN_CTX *ctx = BN_CTX_new();
	bool ok = n != NULL && d != NULL && m != NULL && ctx != NULL && BN_is_odd(n) &&
		  BN_cmp(m, n) < 0 && BN_mod_exp(m, m, d, n, ctx) == 1 &&
		  BN_bn2binpad(m, plain, RSA_BYTES) == RSA_BYTES;

	BN_free(n);
	BN_clear_free(d);
	BN_free(m);
	BN_CTX_free(ctx);
	return ok;
}

static bool wannacry_learn(struct attack *a, struct error *e)
{
	struct cursor c = cursor_of(a->key);

	if (a->key.n == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "needs 00000000.dky (--key)");
	uint32_t head = cursor_le32(&c);
	cursor_skip(&c, 4);
	uint32_t magic = cursor_le32(&c), bits = cursor_le32(&c);
	if (!cursor_ok(&c) || a->key.n < BLOB_SIZE || (head & 0xffff) != 0x0207 ||
	    magic != 0x32415352 || bits != 8 * RSA_BYTES)
		return error_set(e, REASON_DAMAGED, 0, "--key is no private key blob of RSA-2048");
	snprintf(a->what, sizeof a->what, "the private key that was brought");
	return true;
}

static bool wannacry_open(struct attack *a, struct attack_file *f, struct attack_open *o,
			  struct error *e)
{
	static const uint8_t zero[16];
	uint8_t plain[RSA_BYTES], key[16];
	struct span s = region_get(f->r, WRAPPED_AT, RSA_BYTES);
	bool ok = s.n == RSA_BYTES && unwrap(a->key, s, plain);

	/* PKCS #1 v1.5 (RFC 8017, 7.2.2): 00 02, bytes that are not 0, 00, the key of 16 bytes */
	ok = ok && plain[0] == 0 && plain[1] == 2 && plain[RSA_BYTES - 17] == 0;
	for (unsigned i = 2; ok && i < RSA_BYTES - 17; i++)
		ok = plain[i] != 0;
	if (!ok)
		return error_set(e, REASON_ENCRYPTED, WRAPPED_AT,
				 "its key was not wrapped by this one");
	memcpy(key, plain + RSA_BYTES - 16, 16);
	struct cursor c = cursor_of(region_get(f->r, SIZE_AT, 8));
	uint64_t size = cursor_le64(&c), body = f->r->size - DATA_AT;
	if (!cursor_ok(&c) || f->r->size < DATA_AT || size > body || size + 16 < body ||
	    body % 16 != 0)
		return error_set(e, REASON_DAMAGED, SIZE_AT, "the size in the header does not fit");
	o->from = DATA_AT;
	o->body = body;
	o->size = size;
	o->bits = 24;
	return begin(o, EVP_aes_128_cbc(), key, zero, e);
}

static bool wannacry_step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p,
			  size_t n, struct error *e)
{
	int got;

	(void)a;
	return EVP_DecryptUpdate(o->state.pointer, p, &got, p, (int)n) == 1 ||
	       error_set(e, REASON_INTERNAL, at, "libcrypto does not decrypt");
}

const struct attack_engine attack_wannacry = { "wannacry", wannacry_learn, wannacry_open,
					       wannacry_step, close_file };

/* ---- Babuk for NAS: X25519 with the 32 bytes in the tail; SHA-256 of the secret is the key of
 * ChaCha20, bytes 10 to 21 of the key's SHA-256 the nonce; the stream runs on over the gaps */

enum { TAIL = 38, SMALL = 20 << 20, HEAD = 4 << 20, TAKE = 1 << 20, PERIOD = 10 << 20 };

static bool babuk_learn(struct attack *a, struct error *e)
{
	uint8_t *key = arena_alloc(&a->arena, 32);
	struct span k = a->key;

	if (key == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	while (k.n > 64 && (k.p[k.n - 1] == '\n' || k.p[k.n - 1] == '\r'))
		k.n--;
	if (k.n == 32)
		memcpy(key, k.p, 32);
	else if (!hex_read(k, key, 32))
		return error_set(
			e, REASON_ENCRYPTED, PLACE_NONE,
			"needs the private key, 32 bytes or 64 hexadecimal digits (--key)");
	a->state = key;
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
	uint8_t secret[32], key[32], digest[32], iv[16] = { 0 };
	struct span tail = region_get(f->r, f->r->size >= TAIL ? f->r->size - TAIL : 0, TAIL);

	if (tail.n != TAIL || memcmp(tail.p + 32, "\xab\xbc\xcd\xde\xef\xf0", 6) != 0)
		return error_set(e, REASON_DAMAGED, f->r->size, "no tail of this family");
	if (!agree(a->state, tail.p, secret) ||
	    EVP_Digest(secret, 32, key, NULL, EVP_sha256(), NULL) != 1 ||
	    EVP_Digest(key, 32, digest, NULL, EVP_sha256(), NULL) != 1)
		return error_set(e, REASON_ENCRYPTED, f->r->size - TAIL,
				 "no secret is shared with it");
	memcpy(iv + 4, digest + 10, 12);
	o->body = o->size = f->r->size - TAIL;
	return begin(o, EVP_chacha20(), key, iv, e);
}

static bool babuk_step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		       struct error *e)
{
	uint64_t last = o->size / PERIOD * PERIOD;
	int got;

	(void)a;
	for (size_t i = 0; i < n;) {
		uint64_t in = at + i;
		bool head = o->size <= SMALL;
		uint64_t end = head ? HEAD : in / PERIOD * PERIOD + TAKE;
		bool inside = in < end && (head || in < last);
		uint64_t next = inside ? end : head ? UINT64_MAX : (in / PERIOD + 1) * PERIOD;
		size_t k = next - in < n - i ? (size_t)(next - in) : n - i;
		if (inside && EVP_DecryptUpdate(o->state.pointer, p + i, &got, p + i, (int)k) != 1)
			return error_set(e, REASON_INTERNAL, at, "libcrypto does not decrypt");
		i += k;
	}
	return true;
}

const struct attack_engine attack_babuk = { "babuk", babuk_learn, babuk_open, babuk_step,
					    close_file };
