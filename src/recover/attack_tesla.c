/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/attack.h"
#include "recover/hex.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <stdio.h>

/*
 * TeslaCrypt (vrtadmin/TeslaDecrypt, Googulator/TeslaCrack).
 * 3 and 4: the published master scalar d leads from the two points of the header to the file's key:
 *   S1 = x(d X), g = AES-256-CBC^-1(SHA-256(S1), IV 0, the 32 bytes behind X), e = SHA-256(g),
 *   S2 = x(e Y), key = AES-256-CBC^-1(SHA-256(S2), IV 0, the 32 bytes behind Y).
 * 2: the user brings the private scalar, or the factors of the number in the header that is a
 * multiple of it; the point in the header proves it.
 */

enum { POINT = 65, SCALAR = 32, MAX_FACTORS = 24 };

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
	BIGNUM *factor[MAX_FACTORS]; /* while they are tried */
	unsigned n_factors;
};

/* ---- the curve: all of libcrypto's objects of one multiplication */

struct curve {
	EC_GROUP *group;
	BN_CTX *ctx;
	EC_POINT *p, *q;
	BIGNUM *k, *x;
};

static void curve_release(struct curve *c)
{
	EC_POINT_free(c->p);
	EC_POINT_free(c->q);
	BN_free(c->k);
	BN_free(c->x);
	BN_CTX_free(c->ctx);
	EC_GROUP_free(c->group);
}

static bool curve_init(struct curve *c)
{
	*c = (struct curve){ .group = EC_GROUP_new_by_curve_name(NID_secp256k1) };
	c->ctx = BN_CTX_new();
	c->k = BN_new();
	c->x = BN_new();
	if (c->group == NULL || c->ctx == NULL || c->k == NULL || c->x == NULL)
		return false;
	c->p = EC_POINT_new(c->group);
	c->q = EC_POINT_new(c->group);
	return c->p != NULL && c->q != NULL;
}

/* The x coordinate of scalar * point, padded to 32 bytes. */
static bool multiply_x(const uint8_t *scalar, const uint8_t *point, uint8_t *x)
{
	struct curve c;
	bool ok = curve_init(&c) && BN_bin2bn(scalar, SCALAR, c.k) != NULL &&
		  EC_POINT_oct2point(c.group, c.p, point, POINT, c.ctx) == 1 &&
		  EC_POINT_mul(c.group, c.q, NULL, c.p, c.k, c.ctx) == 1 &&
		  EC_POINT_get_affine_coordinates(c.group, c.q, c.x, NULL, c.ctx) == 1 &&
		  BN_bn2binpad(c.x, x, SCALAR) == SCALAR;

	curve_release(&c);
	return ok;
}

/* scalar * G is this point. */
static bool has_point(const uint8_t *scalar, const uint8_t *point)
{
	uint8_t own[POINT];
	struct curve c;
	bool ok = curve_init(&c) && BN_bin2bn(scalar, SCALAR, c.k) != NULL && !BN_is_zero(c.k) &&
		  EC_POINT_mul(c.group, c.q, c.k, NULL, NULL, c.ctx) == 1 &&
		  EC_POINT_point2oct(c.group, c.q, POINT_CONVERSION_UNCOMPRESSED, own, POINT,
				     c.ctx) == POINT &&
		  memcmp(own, point, POINT) == 0;

	curve_release(&c);
	return ok;
}

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

	return multiply_x(scalar, point, x) && sha256(x, key) && cbc(key, point + POINT, out);
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

static bool read_factors(struct tesla *t, struct span text)
{
	for (size_t i = 0; i < text.n && t->n_factors < MAX_FACTORS;) {
		char digits[256];
		size_t n = 0;
		while (i < text.n && text_is_alnum(text.p[i]) && n + 1 < sizeof digits)
			digits[n++] = (char)text.p[i++];
		digits[n] = '\0';
		if (n == 0) {
			i++;
			continue;
		}
		bool hex = n > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
		BIGNUM **to = &t->factor[t->n_factors];
		int read = hex ? BN_hex2bn(to, digits + 2) : BN_dec2bn(to, digits);
		t->n_factors += *to != NULL; /* to be freed, whatever it is */
		if (read != (int)n - (hex ? 2 : 0))
			return false;
	}
	return t->n_factors != 0;
}

/* Products of the factors, of at most 256 bits, until one has the point. */
static bool try_products(struct tesla *t, const uint8_t *point)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *v = BN_new();
	bool found = false;

	for (uint32_t set = 1; ctx != NULL && v != NULL && !found && set < 1u << t->n_factors;
	     set++) {
		bool fits = BN_one(v) == 1;
		for (unsigned i = 0; fits && i < t->n_factors; i++)
			if ((set >> i & 1) != 0)
				fits = BN_mul(v, v, t->factor[i], ctx) == 1 &&
				       BN_num_bits(v) <= 256;
		found = fits && BN_bn2binpad(v, t->scalar, SCALAR) == SCALAR &&
			has_point(t->scalar, point);
	}
	BN_free(v);
	BN_CTX_free(ctx);
	return found;
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
	found = found && has_point(t->scalar, point);
	if (!found && key.n != 0 && read_factors(t, key))
		found = try_products(t, point);
	for (unsigned i = 0; i < t->n_factors; i++)
		BN_free(t->factor[i]);
	t->n_factors = 0;
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
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL || EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, t->key, first) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "libcrypto gives no cipher");
	}
	o->state.pointer = ctx;
	return true;
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	int got;

	(void)a;
	return EVP_DecryptUpdate(o->state.pointer, p, &got, p, (int)n) == 1 ||
	       error_set(e, REASON_INTERNAL, at, "libcrypto does not decrypt");
}

static void close_file(struct attack_open *o) { EVP_CIPHER_CTX_free(o->state.pointer); }

const struct attack_engine attack_tesla = { "tesla", learn, open_file, step, close_file };
