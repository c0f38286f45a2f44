/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salsa.h"

#include <string.h>

/*
 * One block for a search, which asks for the first of each key; four at once, a lane each, for
 * files. The compiler's vectors of 16 bytes are what every x86-64 has (SSE2), and plain code
 * elsewhere.
 */

enum { LANES = 4 };

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

static uint32_t rotl(uint32_t v, unsigned by) { return v << by | v >> (32 - by); }

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[b] ^= rotl(x[a] + x[d], 7);
	x[c] ^= rotl(x[b] + x[a], 9);
	x[d] ^= rotl(x[c] + x[b], 13);
	x[a] ^= rotl(x[d] + x[c], 18);
}

static void set_up(uint32_t *s, const uint8_t *key, const uint8_t *nonce)
{
	static const uint32_t words[] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	for (unsigned i = 0; i < 4; i++) {
		s[5 * i] = words[i];
		s[1 + i] = le32(key + 4 * i);
		s[11 + i] = le32(key + 16 + 4 * i);
	}
	s[6] = le32(nonce);
	s[7] = le32(nonce + 4);
}

void salsa_block(const uint8_t *key, const uint8_t *nonce, uint64_t counter, uint8_t *out)
{
	uint32_t s[16], x[16];

	set_up(s, key, nonce);
	s[8] = (uint32_t)counter;
	s[9] = (uint32_t)(counter >> 32);
	memcpy(x, s, sizeof x);
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
	for (unsigned i = 0; i < 16; i++)
		for (unsigned b = 0; b < 4; b++)
			out[4 * i + b] = (uint8_t)((x[i] + s[i]) >> 8 * b);
}

/* ---- four blocks */

static inline lanes turn(lanes v, unsigned by) { return v << by | v >> (32 - by); }

static inline void quarters(lanes *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[b] ^= turn(x[a] + x[d], 7);
	x[c] ^= turn(x[b] + x[a], 9);
	x[d] ^= turn(x[c] + x[b], 13);
	x[a] ^= turn(x[d] + x[c], 18);
}

/* Blocks `counter` and the three behind it: 256 bytes. */
static void four_blocks(const uint32_t *s, uint64_t counter, uint8_t *out)
{
	lanes first[16], x[16];

	for (unsigned i = 0; i < 16; i++)
		first[i] = (lanes){ s[i], s[i], s[i], s[i] };
	for (unsigned k = 0; k < LANES; k++) {
		first[8][k] = (uint32_t)(counter + k);
		first[9][k] = (uint32_t)((counter + k) >> 32);
	}
	memcpy(x, first, sizeof x);
	for (unsigned i = 0; i < 10; i++) {
		quarters(x, 0, 4, 8, 12);
		quarters(x, 5, 9, 13, 1);
		quarters(x, 10, 14, 2, 6);
		quarters(x, 15, 3, 7, 11);
		quarters(x, 0, 1, 2, 3);
		quarters(x, 5, 6, 7, 4);
		quarters(x, 10, 11, 8, 9);
		quarters(x, 15, 12, 13, 14);
	}
	for (unsigned i = 0; i < 16; i++) {
		lanes v = x[i] + first[i];
		for (unsigned k = 0; k < LANES; k++)
			for (unsigned b = 0; b < 4; b++)
				out[SALSA_BLOCK * k + 4 * i + b] = (uint8_t)(v[k] >> 8 * b);
	}
}

void salsa_xor(const uint8_t *key, const uint8_t *nonce, uint64_t counter, uint8_t *p, size_t n)
{
	uint8_t stream[SALSA_BLOCK * LANES];
	uint32_t s[16] = { 0 };

	set_up(s, key, nonce);
	while (n != 0) {
		size_t part = n < sizeof stream ? n : sizeof stream;
		four_blocks(s, counter, stream);
		for (size_t i = 0; i < part; i++)
			p[i] ^= stream[i];
		p += part;
		n -= part;
		counter += LANES;
	}
}
