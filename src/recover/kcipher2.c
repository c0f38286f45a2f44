/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/kcipher2.h"

#include <string.h>

/* Section numbers are those of RFC 7008. */

enum { WARM_UP = 24 };

/* The product of two bytes under a polynomial of degree 8. */
static uint8_t times(uint8_t a, uint8_t b, unsigned polynomial)
{
	unsigned r = 0, v = a;

	for (; b != 0; b >>= 1) {
		if ((b & 1) != 0)
			r ^= v;
		v <<= 1;
		if ((v & 0x100) != 0)
			v ^= polynomial;
	}
	return (uint8_t)r;
}

/* The S-box of AES (FIPS 197, 5.1.1): the inverse, and the affine map. */
static uint8_t s_box(uint8_t v)
{
	uint8_t inverse = 0, r = 0x63;

	for (unsigned i = 1; i < 256 && v != 0; i++)
		if (times(v, (uint8_t)i, 0x11b) == 1)
			inverse = (uint8_t)i;
	for (unsigned i = 0; i < 5; i++)
		r ^= (uint8_t)(inverse << i | inverse >> (8 - i));
	return r;
}

void kcipher2_tables_make(struct kcipher2_tables *t)
{
	/* 2.3.4.1: what the top byte becomes, byte by byte, under each one's polynomial */
	static const struct {
		uint8_t by[4];
		unsigned polynomial;
	} feeds[4] = { { { 0xb6, 0x08, 0x6d, 0x1a }, 0x1c3 },
		       { { 0xa0, 0xf5, 0xfc, 0x2e }, 0x12d },
		       { { 0x5b, 0xf8, 0x7f, 0x93 }, 0x14d },
		       { { 0x45, 0x59, 0x56, 0x8b }, 0x165 } };

	for (unsigned i = 0; i < 256; i++) {
		uint8_t s = s_box((uint8_t)i), two = times(s, 2, 0x11b);
		uint32_t w = (uint32_t)(two ^ s) << 24 | (uint32_t)s << 16 | (uint32_t)s << 8 | two;
		for (unsigned k = 0; k < 4; k++) {
			t->sub[k][i] = k == 0 ? w : w << 8 * k | w >> (32 - 8 * k);
			t->feed[k][i] = 0;
			for (unsigned n = 0; n < 4; n++)
				t->feed[k][i] |= (uint32_t)times(feeds[k].by[n], (uint8_t)i,
								 feeds[k].polynomial)
						 << (24 - 8 * n);
		}
	}
}

static uint32_t sub(const struct kcipher2_tables *t, uint32_t v)
{
	return t->sub[0][v & 255] ^ t->sub[1][v >> 8 & 255] ^ t->sub[2][v >> 16 & 255] ^
	       t->sub[3][v >> 24];
}

static uint32_t feed(const struct kcipher2_tables *t, unsigned which, uint32_t v)
{
	return v << 8 ^ t->feed[which][v >> 24];
}

/* 2.3.4.3: the two words of a step. */
static uint32_t high(const struct kcipher2 *k) { return (k->b[10] + k->l2) ^ k->l1 ^ k->a[0]; }
static uint32_t low(const struct kcipher2 *k) { return (k->b[0] + k->r2) ^ k->r1 ^ k->a[4]; }

/* 2.3.1; while it warms up, the words go back into the registers. */
static void next(struct kcipher2 *k, uint32_t into_a, uint32_t into_b)
{
	const struct kcipher2_tables *t = k->tables;
	uint32_t l1 = sub(t, k->r2 + k->b[4]), r1 = sub(t, k->l2 + k->b[9]);
	uint32_t l2 = sub(t, k->l1), r2 = sub(t, k->r1);
	uint32_t a4 = feed(t, 0, k->a[0]) ^ k->a[3] ^ into_a;
	uint32_t b10 = feed(t, (k->a[2] >> 30 & 1) != 0 ? 1 : 2, k->b[0]) ^ k->b[1] ^ k->b[6] ^
		       (k->a[2] >> 31 != 0 ? feed(t, 3, k->b[8]) : k->b[8]) ^ into_b;

	memmove(k->a, k->a + 1, sizeof k->a - sizeof *k->a);
	memmove(k->b, k->b + 1, sizeof k->b - sizeof *k->b);
	k->a[4] = a4;
	k->b[10] = b10;
	k->l1 = l1;
	k->r1 = r1;
	k->l2 = l2;
	k->r2 = r2;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void kcipher2_init(struct kcipher2 *k, const struct kcipher2_tables *t, const uint8_t *key,
		   const uint8_t *iv)
{
	static const uint8_t from_key[11] = { 10, 11, 0, 0, 8, 9, 0, 0, 7, 5, 6 };
	uint32_t w[12];

	for (unsigned i = 0; i < 12; i++) { /* 2.3.2 */
		uint32_t turned = i >= 4 ? w[i - 1] << 8 | w[i - 1] >> 24 : 0;
		w[i] = i < 4        ? be32(key + 4 * i)
		       : i % 4 == 0 ? w[i - 4] ^ sub(t, turned) ^ (uint32_t)(i / 4) << 24
				    : w[i - 4] ^ w[i - 1];
	}
	*k = (struct kcipher2){ .tables = t, .used = sizeof k->stream };
	for (unsigned i = 0; i < 5; i++)
		k->a[i] = w[4 - i];
	for (unsigned i = 0; i < 11; i++)
		k->b[i] = w[from_key[i]];
	k->b[2] = be32(iv);
	k->b[3] = be32(iv + 4);
	k->b[6] = be32(iv + 8);
	k->b[7] = be32(iv + 12);
	for (unsigned i = 0; i < WARM_UP; i++)
		next(k, low(k), high(k));
}

void kcipher2_xor(struct kcipher2 *k, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (k->used == sizeof k->stream) {
			uint64_t both = (uint64_t)high(k) << 32 | low(k);
			for (unsigned b = 0; b < sizeof k->stream; b++)
				k->stream[b] = (uint8_t)(both >> (56 - 8 * b));
			next(k, 0, 0);
			k->used = 0;
		}
		p[i] ^= k->stream[k->used++];
	}
}
