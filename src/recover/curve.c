/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/curve.h"
#include "base/text.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

enum { MAX_FACTORS = 24 };

/* All of libcrypto's objects of one multiplication */

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
bool curve_x(const uint8_t *scalar, const uint8_t *point, uint8_t *x)
{
	struct curve c;
	bool ok = curve_init(&c) && BN_bin2bn(scalar, CURVE_SCALAR, c.k) != NULL &&
		  EC_POINT_oct2point(c.group, c.p, point, CURVE_POINT, c.ctx) == 1 &&
		  EC_POINT_mul(c.group, c.q, NULL, c.p, c.k, c.ctx) == 1 &&
		  EC_POINT_get_affine_coordinates(c.group, c.q, c.x, NULL, c.ctx) == 1 &&
		  BN_bn2binpad(c.x, x, CURVE_SCALAR) == CURVE_SCALAR;

	curve_release(&c);
	return ok;
}

/* scalar * G is this point. */
bool curve_has_point(const uint8_t *scalar, const uint8_t *point)
{
	uint8_t own[CURVE_POINT];
	struct curve c;
	bool ok = curve_init(&c) && BN_bin2bn(scalar, CURVE_SCALAR, c.k) != NULL &&
		  !BN_is_zero(c.k) && EC_POINT_mul(c.group, c.q, c.k, NULL, NULL, c.ctx) == 1 &&
		  EC_POINT_point2oct(c.group, c.q, POINT_CONVERSION_UNCOMPRESSED, own, CURVE_POINT,
				     c.ctx) == CURVE_POINT &&
		  memcmp(own, point, CURVE_POINT) == 0;

	curve_release(&c);
	return ok;
}

/* ---- factors */

struct factors {
	BIGNUM *v[MAX_FACTORS];
	unsigned n;
};

/* Numbers of any text, decimal or after 0x hexadecimal.  What was read is the caller's to free. */
static bool read_factors(struct factors *f, struct span text)
{
	for (size_t i = 0; i < text.n && f->n < MAX_FACTORS;) {
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
		BIGNUM **to = &f->v[f->n];
		int read = hex ? BN_hex2bn(to, digits + 2) : BN_dec2bn(to, digits);
		f->n += *to != NULL; /* to be freed, whatever it is */
		if (read != (int)n - (hex ? 2 : 0))
			return false;
	}
	return f->n != 0;
}

bool curve_products(struct span text, curve_test *is, const void *ctx, uint8_t *scalar)
{
	struct factors f = { .n = 0 };
	BN_CTX *bn = BN_CTX_new();
	BIGNUM *v = BN_new();
	bool found = false, read = read_factors(&f, text);

	for (uint32_t set = 1; read && bn != NULL && v != NULL && !found && set < 1u << f.n;
	     set++) {
		bool fits = BN_one(v) == 1;
		for (unsigned i = 0; fits && i < f.n; i++)
			if ((set >> i & 1) != 0)
				fits = BN_mul(v, v, f.v[i], bn) == 1 && BN_num_bits(v) <= 256;
		found = fits && BN_bn2binpad(v, scalar, CURVE_SCALAR) == CURVE_SCALAR &&
			is(ctx, scalar);
	}
	for (unsigned i = 0; i < f.n; i++)
		BN_free(f.v[i]);
	BN_free(v);
	BN_CTX_free(bn);
	return found;
}

/* ---- AlphaCrypt */

bool curve_is_recovery(const uint8_t *scalar, const uint8_t *peer, const uint8_t *number)
{
	uint8_t x[CURVE_SCALAR], own[2 * CURVE_SCALAR];
	BIGNUM *a = BN_bin2bn(scalar, CURVE_SCALAR, NULL), *b = NULL;
	BN_CTX *bn = BN_CTX_new();
	bool ok = a != NULL && bn != NULL && curve_x(scalar, peer, x) &&
		  (b = BN_bin2bn(x, CURVE_SCALAR, NULL)) != NULL && BN_mul(a, a, b, bn) == 1 &&
		  BN_bn2binpad(a, own, sizeof own) == sizeof own &&
		  memcmp(own, number, sizeof own) == 0;

	BN_free(a);
	BN_free(b);
	BN_CTX_free(bn);
	return ok;
}

bool curve_inverse(uint8_t *scalar)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp256k1);
	BIGNUM *v = BN_bin2bn(scalar, CURVE_SCALAR, NULL);
	BN_CTX *bn = BN_CTX_new();
	const BIGNUM *order = group != NULL ? EC_GROUP_get0_order(group) : NULL;
	bool ok = v != NULL && bn != NULL && order != NULL &&
		  BN_mod_inverse(v, v, order, bn) != NULL &&
		  BN_bn2binpad(v, scalar, CURVE_SCALAR) == CURVE_SCALAR;

	BN_free(v);
	BN_CTX_free(bn);
	EC_GROUP_free(group);
	return ok;
}
