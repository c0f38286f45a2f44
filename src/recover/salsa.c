/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salsa.h"

#include <string.h>

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

void salsa_block(const uint8_t *key, const uint8_t *nonce, uint64_t counter, uint8_t *out)
{
	uint32_t s[16] = { 0x61707865, 0, 0,          0, 0, 0x3320646e, 0, 0,
			   0,          0, 0x79622d32, 0, 0, 0,          0, 0x6b206574 };
	uint32_t x[16];

	for (unsigned i = 0; i < 4; i++) {
		s[1 + i] = le32(key + 4 * i);
		s[11 + i] = le32(key + 16 + 4 * i);
	}
	s[6] = le32(nonce);
	s[7] = le32(nonce + 4);
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
