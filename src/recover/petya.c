/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/petya.h"
#include "base/text.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

enum {
	POINT = 49, /* of secp192k1, in open form */
	CODED = POINT + PETYA_KEY,
	FIRST = 2, /* characters before the code that tell the version */
	LAST = 6,  /* and behind it, in the later ones */
};

/* Base58 (the alphabet of Bitcoin); the first CODED bytes of it, which Goldeneye has more of. */
static bool read_base58(struct span s, uint8_t *out)
{
	static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	uint8_t all[PETYA_MAX_CODE];
	BIGNUM *v = BN_new();
	bool ok = v != NULL;

	for (size_t i = 0; ok && i < s.n; i++) {
		const char *d = s.p[i] != 0 ? strchr(digits, s.p[i]) : NULL;
		ok = d != NULL && BN_mul_word(v, 58) == 1 &&
		     BN_add_word(v, (BN_ULONG)(d - digits)) == 1;
	}
	ok = ok && BN_num_bytes(v) >= CODED && BN_bn2bin(v, all) >= CODED;
	if (ok)
		memcpy(out, all, CODED);
	BN_free(v);
	return ok;
}

/* x(master * point), and how many bits it has. */
static bool shared_x(const uint8_t *master, const uint8_t *point, uint8_t *x, int *n_bits)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp192k1);
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *k = BN_bin2bn(master, PETYA_MASTER, NULL), *v = BN_new();
	EC_POINT *p = group != NULL ? EC_POINT_new(group) : NULL;
	EC_POINT *q = group != NULL ? EC_POINT_new(group) : NULL;
	bool ok = ctx != NULL && k != NULL && v != NULL && p != NULL && q != NULL &&
		  EC_POINT_oct2point(group, p, point, POINT, ctx) == 1 &&
		  EC_POINT_mul(group, q, NULL, p, k, ctx) == 1 &&
		  EC_POINT_get_affine_coordinates(group, q, v, NULL, ctx) == 1 &&
		  BN_bn2binpad(v, x, PETYA_MASTER) == PETYA_MASTER;

	*n_bits = ok ? BN_num_bits(v) : 0;
	EC_POINT_free(p);
	EC_POINT_free(q);
	BN_free(k);
	BN_free(v);
	BN_CTX_free(ctx);
	EC_GROUP_free(group);
	return ok;
}

static bool open_block(const uint8_t *key, const uint8_t *in, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	bool ok = c != NULL && EVP_DecryptInit_ex(c, EVP_aes_256_ecb(), NULL, key, NULL) == 1 &&
		  EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
		  EVP_DecryptUpdate(c, out, &n, in, PETYA_KEY) == 1;

	EVP_CIPHER_CTX_free(c);
	return ok;
}

/* The quirk of its maker: what is hashed is as many bytes long as x has bits, zeros and then x. */
static bool hash_quirk(const uint8_t *x, int n_bits, uint8_t *digest)
{
	uint8_t text[256] = { 0 };
	size_t n = n_bits > PETYA_MASTER ? (size_t)n_bits : PETYA_MASTER;

	memcpy(text + n - PETYA_MASTER, x, PETYA_MASTER);
	return EVP_Digest(text, n, digest, NULL, EVP_sha512(), NULL) == 1;
}

bool petya_key(enum petya_kind kind, struct span code, const uint8_t *master, uint8_t *key,
	       struct error *e)
{
	uint8_t coded[CODED], x[PETYA_MASTER], digest[64];
	int n_bits;

	if (code.n > PETYA_MAX_CODE || code.n < FIRST + LAST)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "a code of %zu characters", code.n);
	if (kind != PETYA_GOLDENEYE)
		code = span_cut(code, FIRST, code.n);
	if (kind == PETYA_GREEN)
		code.n -= LAST;
	if (!read_base58(code, coded))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "no code of this version");
	if (!shared_x(master, coded, x, &n_bits) || !hash_quirk(x, n_bits, digest) ||
	    !open_block(digest, coded + POINT, key))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "no point of the curve secp192k1");
	for (unsigned i = 0; kind != PETYA_GOLDENEYE && i < PETYA_KEY; i++)
		key[i] ^= coded[i];
	return true;
}

bool petya_is_password(const uint8_t *key)
{
	for (unsigned i = 0; i < PETYA_KEY; i++)
		if (!text_is_alnum(key[i]))
			return false;
	return true;
}

/* ---- the cipher of Red */

/* A word of several blocks. */
typedef uint16_t lanes __attribute__((vector_size(2 * PETYA_AT_ONCE)));

/* A sum of 16 bits is turned as if it had 32, and cut: of its turns by 7, 9 and 13 the lower end is
 * left, of that by 18 the two bits that come in again. */
static void quarter(lanes *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[b] ^= (x[a] + x[d]) << 7;
	x[c] ^= (x[b] + x[a]) << 9;
	x[d] ^= (x[c] + x[b]) << 13;
	x[a] ^= (x[d] + x[c]) >> 14;
}

void petya_stream_init(struct petya_stream *s, const uint8_t *password, const uint8_t *nonce)
{
	*s = (struct petya_stream){ .word = { 0x7865, 0, 0, 0, 0, 0x646e, 0, 0, 0, 0, 0x2d32, 0, 0,
					      0, 0, 0x6574 },
				    .first = UINT32_MAX };
	for (unsigned i = 0; i < PETYA_KEY / 2; i++) {
		uint8_t c = password[2 * i];
		s->word[i < 4 ? 1 + i : 7 + i] =
			(uint16_t)((uint8_t)(2 * c) << 8 | (uint8_t)(c + 'z'));
	}
	s->word[6] = (uint16_t)(nonce[0] | nonce[1] << 8);
	s->word[7] = (uint16_t)(nonce[4] | nonce[5] << 8);
}

static void make_blocks(struct petya_stream *s, uint32_t first)
{
	lanes x[16], begun[16];

	s->first = first;
	for (unsigned i = 0; i < 16; i++)
		for (unsigned k = 0; k < PETYA_AT_ONCE; k++)
			begun[i][k] = i == 8 ? (uint16_t)(first + k) : s->word[i];
	memcpy(x, begun, sizeof x);
	for (unsigned i = 0; i < 10; i++) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 5, 9, 13, 1);
		quarter(x, 10, 14, 2, 6);
		quarter(x, 15, 3, 7, 11);
		quarter(x, 0, 1, 2, 3);
		quarter(x, 5, 6, 7, 4);
		quarter(x, 10, 11, 8, 9);
		quarter(x, 15, 12, 13, 14);
	}
	for (unsigned i = 0; i < 16; i++) {
		lanes v = x[i] + begun[i];
		for (unsigned k = 0; k < PETYA_AT_ONCE; k++) {
			s->bytes[PETYA_BLOCK * k + 4 * i] = (uint8_t)v[k];
			s->bytes[PETYA_BLOCK * k + 4 * i + 1] = (uint8_t)(v[k] >> 8);
		}
	}
}

void petya_stream_xor(struct petya_stream *s, uint64_t at, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t in = (uint32_t)((at + i) % PETYA_STREAM);
		uint32_t first = in / PETYA_BLOCK / PETYA_AT_ONCE * PETYA_AT_ONCE;
		if (first != s->first)
			make_blocks(s, first);
		p[i] ^= s->bytes[in % sizeof s->bytes];
	}
}
