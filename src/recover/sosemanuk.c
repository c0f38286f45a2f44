/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/sosemanuk.h"

#include <string.h>

/*
 * The S-boxes are Serpent's, as its specification prints them, and are looked up bit by bit: a
 * bit-sliced circuit would be faster and could not be read.  Multiplications by alpha and its
 * inverse are linear, so that eight words stand for each table of 256.
 */

enum { ROUNDS = 24, WORDS = 4 * (ROUNDS + 1) };

static uint32_t rotl(uint32_t v, unsigned by) { return v << by | v >> (32 - by); }

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void sbox(unsigned which, uint32_t *x)
{
	static const uint8_t boxes[8][16] = {
		{ 3, 8, 15, 1, 10, 6, 5, 11, 14, 13, 4, 2, 7, 0, 9, 12 },
		{ 15, 12, 2, 7, 9, 0, 5, 10, 1, 11, 14, 8, 6, 13, 3, 4 },
		{ 8, 6, 7, 9, 3, 12, 10, 15, 13, 1, 14, 4, 0, 11, 5, 2 },
		{ 0, 15, 11, 8, 12, 9, 6, 3, 13, 1, 2, 4, 10, 7, 5, 14 },
		{ 1, 15, 8, 3, 12, 0, 11, 6, 2, 5, 4, 10, 9, 14, 7, 13 },
		{ 15, 5, 2, 11, 4, 10, 9, 12, 0, 3, 14, 8, 13, 6, 7, 1 },
		{ 7, 2, 12, 5, 8, 4, 6, 11, 14, 9, 1, 15, 13, 3, 10, 0 },
		{ 1, 13, 15, 0, 14, 8, 2, 11, 7, 4, 12, 10, 9, 3, 5, 6 },
	};
	uint32_t y[4] = { 0 };

	for (unsigned bit = 0; bit < 32; bit++) {
		unsigned in = (x[0] >> bit & 1) | (x[1] >> bit & 1) << 1 | (x[2] >> bit & 1) << 2 |
			      (x[3] >> bit & 1) << 3;
		uint32_t out = boxes[which][in];
		for (unsigned i = 0; i < 4; i++)
			y[i] |= (out >> i & 1) << bit;
	}
	memcpy(x, y, sizeof y);
}

/* Serpent's linear transformation. */
static void mix(uint32_t *x)
{
	x[0] = rotl(x[0], 13);
	x[2] = rotl(x[2], 3);
	x[1] ^= x[0] ^ x[2];
	x[3] ^= x[2] ^ x[0] << 3;
	x[1] = rotl(x[1], 1);
	x[3] = rotl(x[3], 7);
	x[0] ^= x[1] ^ x[3];
	x[2] ^= x[3] ^ x[1] << 7;
	x[0] = rotl(x[0], 5);
	x[2] = rotl(x[2], 22);
}

static void add_key(uint32_t *x, const uint32_t *key)
{
	for (unsigned i = 0; i < 4; i++)
		x[i] ^= key[i];
}

static void expand(const uint8_t *key, size_t key_size, uint32_t *out)
{
	uint32_t w[8 + WORDS];
	uint8_t whole[32] = { 0 };

	memcpy(whole, key, key_size);
	if (key_size < sizeof whole)
		whole[key_size] = 1;
	for (unsigned i = 0; i < 8; i++)
		w[i] = le32(whole + (size_t)4 * i);
	for (unsigned i = 0; i < WORDS; i++)
		w[8 + i] = rotl(w[i] ^ w[i + 3] ^ w[i + 5] ^ w[i + 7] ^ 0x9e3779b9 ^ i, 11);
	memcpy(out, w + 8, WORDS * sizeof *out);
	for (unsigned i = 0; i <= ROUNDS; i++)
		sbox((35 - i) % 8, out + (size_t)4 * i);
}

void sosemanuk_init(struct sosemanuk *s, const uint8_t *key, size_t key_size, const uint8_t *iv)
{
	uint32_t keys[WORDS], x[4];

	expand(key, key_size, keys);
	for (unsigned i = 0; i < 4; i++)
		x[i] = le32(iv + (size_t)4 * i);
	for (unsigned i = 0; i < ROUNDS; i++) {
		add_key(x, keys + (size_t)4 * i);
		sbox(i % 8, x);
		mix(x);
		if (i == 11) {
			for (unsigned k = 0; k < 4; k++)
				s->s[9 - k] = x[k];
		} else if (i == 17) {
			s->r1 = x[0];
			s->s[4] = x[1];
			s->r2 = x[2];
			s->s[5] = x[3];
		}
	}
	add_key(x, keys + (size_t)4 * ROUNDS);
	for (unsigned k = 0; k < 4; k++)
		s->s[3 - k] = x[k];
	s->used = sizeof s->stream;
}

static uint32_t fold(uint32_t byte, const uint32_t *basis)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v ^= basis[i] & -(byte >> i & 1);
	return v;
}

/* One step: the word that leaves the register, and the state machine's. */
static void step(struct sosemanuk *s, uint32_t *left, uint32_t *made)
{
	static const uint32_t alpha[8] = { 0xe19fcf13, 0x6b973726, 0xd6876e4c, 0x05a7dc98,
					   0x0ae71199, 0x1467229b, 0x28ce449f, 0x50358897 };
	static const uint32_t inverse[8] = { 0x180f40cd, 0x301e8033, 0x603ca966, 0xc078fbcc,
					     0x29f05f31, 0x5249be62, 0xa492d5c4, 0xe18d0321 };
	uint32_t old = s->r1;

	s->r1 = s->r2 + ((old & 1) != 0 ? s->s[1] ^ s->s[8] : s->s[1]);
	s->r2 = rotl(old * 0x54655307, 7);
	*left = s->s[0];
	uint32_t next = s->s[0] << 8 ^ fold(s->s[0] >> 24, alpha) ^ s->s[3] >> 8 ^
			fold(s->s[3] & 0xff, inverse) ^ s->s[9];
	*made = (s->s[9] + s->r1) ^ s->r2;
	memmove(s->s, s->s + 1, 9 * sizeof *s->s);
	s->s[9] = next;
}

void sosemanuk_xor(struct sosemanuk *s, uint8_t *p, size_t n)
{
	uint32_t left[4], made[4];

	for (size_t i = 0; i < n; i++) {
		if (s->used == sizeof s->stream) {
			for (unsigned k = 0; k < 4; k++)
				step(s, &left[k], &made[k]);
			sbox(2, made);
			for (unsigned k = 0; k < 16; k++)
				s->stream[k] =
					(uint8_t)((made[k / 4] ^ left[k / 4]) >> 8 * (k % 4));
			s->used = 0;
		}
		p[i] ^= s->stream[s->used++];
	}
}
