/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_cipher.h"
#include "recover/curve.h"
#include "recover/hex.h"

#include <openssl/evp.h>
#include <stdio.h>

/*
 * TeslaCrypt (vrtadmin/TeslaDecrypt, Googulator/TeslaCrack).
 * 3 and 4: the published master scalar d leads from the two points of the header to the file's key:
 *   S1 = x(d X), g = AES-256-CBC^-1(SHA-256(S1), IV 0, the 32 bytes behind X), e = SHA-256(g),
 *   S2 = x(e Y), key = AES-256-CBC^-1(SHA-256(S2), IV 0, the 32 bytes behind Y).
 * 2: the user brings the private scalar, or the factors of the number in the header that is a
 * multiple of it; the point in the header proves it.
 */

enum { POINT = CURVE_POINT, SCALAR = CURVE_SCALAR };

struct layout {
	uint64_t iv, size, data;
};

static const struct layout layout_3 = { 0x15c, 0x16c, 0x170 }, layout_2 = { 0x18a, 0x19a, 0x19e };

enum { X3_AT = 0x18, Y3_AT = 0xdc, POINT_2 = 0xc7, NUMBER_2 = 0x108, NUMBER_2_MAX = 128 };

struct tesla {
	bool two;
	uint8_t scalar[SCALAR]; /* the master's, or the private one of these files */
	uint8_t key[SCALAR];    /* of the last Y, or of the scalar */
	uint8_t y[POINT];       /* whose key that is */
	bool known;
};

static bool cbc(const uint8_t *key, const uint8_t *in, uint8_t *out)
{
	static const uint8_t iv[16];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	bool ok = c != NULL && EVP_DecryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv) == 1 &&
		  EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
		  EVP_DecryptUpdate(c, out, &n, in, SCALAR) == 1;

	EVP_CIPHER_CTX_free(c);
	return ok;
}

static bool sha256(const uint8_t *p, uint8_t *out)
{
	return EVP_Digest(p, SCALAR, out, NULL, EVP_sha256(), NULL) == 1;
}

/* One step of the chain: what `scalar` opens of the 32 bytes behind a point. */
static bool chain(const uint8_t *scalar, const uint8_t *point, uint8_t *out)
{
	uint8_t x[SCALAR], key[SCALAR];

	return curve_x(scalar, point, x) && sha256(x, key) && cbc(key, point + POINT, out);
}

/* ---- version 2: the scalar from what the user brings */

/* The quirk of its maker: zeros at the front of the scalar are moved to the end for the AES key. */
static void left_aligned(const uint8_t *scalar, uint8_t *key)
{
	unsigned zeros = 0;

	while (zeros < SCALAR && scalar[zeros] == 0)
		zeros++;
	memset(key, 0, SCALAR);
	memcpy(key, scalar + zeros, SCALAR - zeros);
}

static bool is_scalar_of(const void *point, const uint8_t *scalar)
{
	return curve_has_point(scalar, point);
}

static bool learn_two(struct attack *a, struct tesla *t, struct error *e)
{
	uint8_t point[POINT];
	struct span key = a->key;

	if (a->n_samples == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "no file to begin with");
	struct region *r = a->sample[0].r;
	struct span s = region_get(r, POINT_2, POINT);
	if (s.n != POINT)
		return error_set(e, REASON_DAMAGED, POINT_2, "the header is cut off");
	memcpy(point, s.p, POINT);
	while (key.n != 0 && (key.p[key.n - 1] == '\n' || key.p[key.n - 1] == '\r'))
		key.n--;
	bool found = (key.n == SCALAR && memcpy(t->scalar, key.p, SCALAR) != NULL) ||
		     hex_read(key, t->scalar, SCALAR);
	found = found && curve_has_point(t->scalar, point);
	if (!found && key.n != 0)
		found = curve_products(key, is_scalar_of, point, t->scalar);
	if (!found) {
		s = region_get(r, NUMBER_2, NUMBER_2_MAX);
		size_t n = 0;
		while (n < s.n && s.p[n] != 0)
			n++;
		return error_set(e, REASON_ENCRYPTED, NUMBER_2,
				 "%s: --key with the prime factors of 0x%.*s, or the scalar",
				 key.n == 0 ? "needs a factorisation"
					    : "no product of these has the point",
				 (int)(n < 130 ? n : 130), (const char *)s.p);
	}
	left_aligned(t->scalar, t->key);
	memcpy(t->y, point, POINT);
	t->known = true;
	snprintf(a->what, sizeof a->what, "the private scalar, proven by its point");
	return true;
}

static bool learn(struct attack *a, struct error *e)
{
	struct tesla *t = arena_alloc(&a->arena, sizeof *t);

	if (t == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	a->state = t;
	t->two = span_is(family_setting(a->family, "version"), "2");
	if (t->two)
		return learn_two(a, t, e);
	if (!family_bytes(a->family, "master", t->scalar, SCALAR))
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "the family's master key is no key");
	snprintf(a->what, sizeof a->what, "the published master key");
	return true;
}

/* The key of a file of version 3 or 4: that of its Y, which all files of a run share. */
static bool find_key(struct tesla *t, struct region *r, struct error *e)
{
	uint8_t x[POINT + SCALAR], y[POINT + SCALAR], g[SCALAR], scalar[SCALAR];
	struct span s = region_get(r, X3_AT, sizeof x);

	if (s.n == sizeof x)
		memcpy(x, s.p, sizeof x);
	s = region_get(r, Y3_AT, sizeof y);
	if (s.n != sizeof y)
		return error_set(e, REASON_DAMAGED, X3_AT, "the header is cut off");
	memcpy(y, s.p, sizeof y);
	if (t->known && memcmp(t->y, y, POINT) == 0)
		return true;
	t->known = chain(t->scalar, x, g) && sha256(g, scalar) && chain(scalar, y, t->key);
	memcpy(t->y, y, POINT);
	return t->known || error_set(e, REASON_DAMAGED, X3_AT, "no points of the curve secp256k1");
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct tesla *t = a->state;
	const struct layout *l = t->two ? &layout_2 : &layout_3;
	struct span s = region_get(f->r, l->iv, 20);
	struct cursor c = cursor_of(s);
	struct span iv = cursor_take(&c, 16);
	uint64_t size = cursor_le32(&c);
	uint8_t first[16];

	if (!cursor_ok(&c) || f->r->size < l->data || (f->r->size - l->data) % 16 != 0 ||
	    size > f->r->size - l->data || size + 16 < f->r->size - l->data)
		return error_set(e, REASON_DAMAGED, l->size, "the size in the header does not fit");
	memcpy(first, iv.p, 16);
	if (!t->two && !find_key(t, f->r, e))
		return false;
	s = region_get(f->r, POINT_2, POINT);
	if (t->two && (s.n != POINT || memcmp(s.p, t->y, POINT) != 0))
		return error_set(e, REASON_ENCRYPTED, POINT_2,
				 "another key than the one that is known");
	o->from = l->data;
	o->body = f->r->size - l->data;
	o->size = size;
	o->bits = t->two ? 256 : 0;
	return attack_cipher_begin(o, EVP_aes_256_cbc(), t->key, first, e);
}

const struct attack_engine attack_tesla = {
	"tesla", learn, open_file, attack_cipher_step, attack_cipher_close, false
};
