/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/chacha.h"

#include <string.h>

static uint32_t rotl(uint32_t v, unsigned by) { return v << by | v >> (32 - by); }

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

void chacha_block(const uint8_t *key, unsigned key_size, const uint8_t *nonce, uint64_t counter,
		  unsigned rounds, uint8_t *out)
{
	const char *words = key_size == 32 ? "expand 32-byte k" : "expand 16-byte k";
	uint32_t s[16], x[16];

	for (unsigned i = 0; i < 4; i++) {
		s[i] = le32((const uint8_t *)words + 4 * i);
		s[4 + i] = le32(key + 4 * i);
		s[8 + i] = le32(key + (key_size == 32 ? 16 : 0) + 4 * i);
	}
	s[12] = (uint32_t)counter;
	s[13] = (uint32_t)(counter >> 32);
	s[14] = le32(nonce);
	s[15] = le32(nonce + 4);
	memcpy(x, s, sizeof x);
	for (unsigned i = 0; i < rounds; i += 2) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
	for (unsigned i = 0; i < 16; i++)
		for (unsigned b = 0; b < 4; b++)
			out[4 * i + b] = (uint8_t)((x[i] + s[i]) >> 8 * b);
}
