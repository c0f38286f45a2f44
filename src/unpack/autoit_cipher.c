/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/autoit.h"

/* What compiled AutoIt scripts are encrypted and compressed with.  The generators are published:
 * MT19937 (Matsumoto and Nishimura, 1998), and a sum of two rotated words of 17 (Fog's RANROT). */

enum { TWISTER = 624, MIDDLE = 397, LAGGED = 17 };

static uint32_t rotate(uint32_t v, unsigned n) { return v << n | v >> (32 - n); }

static uint32_t next_lagged(struct autoit_cipher *c)
{
	uint32_t v = rotate(c->word[c->at], 9) + rotate(c->word[c->back], 13);

	c->word[c->at] = v;
	c->at = c->at == 0 ? LAGGED - 1 : c->at - 1;
	c->back = c->back == 0 ? LAGGED - 1 : c->back - 1;
	return v;
}

void autoit_cipher_init(struct autoit_cipher *c, bool twister, uint32_t seed)
{
	*c = (struct autoit_cipher){ .twister = twister };
	if (twister) {
		c->word[0] = seed;
		for (uint32_t i = 1; i < TWISTER; i++)
			c->word[i] = i + 1812433253u * (c->word[i - 1] ^ c->word[i - 1] >> 30);
		c->at = TWISTER;
		return;
	}
	for (unsigned i = 0; i < LAGGED; i++) {
		seed = 1 - seed * 1403630843u;
		c->word[i] = seed;
	}
	c->back = 10;
	for (unsigned i = 0; i < 9; i++)
		(void)next_lagged(c);
}

static void twist(struct autoit_cipher *c)
{
	for (unsigned i = 0; i < TWISTER; i++) {
		uint32_t v = (c->word[i] & 0x80000000) | (c->word[(i + 1) % TWISTER] & 0x7fffffff);
		c->word[i] =
			c->word[(i + MIDDLE) % TWISTER] ^ v >> 1 ^ ((v & 1) != 0 ? 0x9908b0df : 0);
	}
	c->at = 0;
}

uint8_t autoit_cipher_next(struct autoit_cipher *c)
{
	if (!c->twister) {
		(void)next_lagged(c); /* every second one */
		return (uint8_t)(next_lagged(c) >> 24);
	}
	if (c->at == TWISTER)
		twist(c);
	uint32_t v = c->word[c->at++];
	v ^= v >> 11;
	v ^= v << 7 & 0x9d2c5680;
	v ^= v << 15 & 0xefc60000;
	v ^= v >> 18;
	return (uint8_t)(v >> 1);
}

/* ---- LZSS */

struct reader {
	struct autoit_cipher *cipher;
	struct cursor c;
	uint32_t held;
	unsigned n_held;
};

/* Up to 15 bits, the highest of each byte first. */
static uint32_t take(struct reader *r, unsigned n)
{
	while (r->n_held < n) {
		uint8_t byte = cursor_u8(&r->c);
		r->held = r->held << 8 | (byte ^ autoit_cipher_next(r->cipher));
		r->n_held += 8;
	}
	r->n_held -= n;
	return r->held >> r->n_held & ((1u << n) - 1);
}

/* The length of a match: the more bits, the longer. */
static uint64_t take_length(struct reader *r)
{
	static const struct {
		unsigned bits, most, more;
	} step[] = { { 2, 3, 3 }, { 3, 7, 7 }, { 5, 31, 31 }, { 8, 255, 255 } };
	uint64_t n = 3;

	for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
		uint32_t v = take(r, step[i].bits);
		n += v;
		if (v != step[i].most)
			return n;
	}
	for (uint32_t v = 255; v == 255 && cursor_ok(&r->c);) {
		v = take(r, 8);
		n += v;
	}
	return n;
}

enum decode_end autoit_lzss(struct arena *a, struct autoit_cipher *c, struct span in,
			    const struct decode_out *out)
{
	struct reader r = { .cipher = c, .c = cursor_of(in) };
	uint8_t head[8];
	struct window w;

	for (unsigned i = 0; i < sizeof head; i++)
		head[i] = cursor_u8(&r.c) ^ autoit_cipher_next(c);
	struct cursor h = cursor_of((struct span){ head + 4, 4 });
	uint32_t size = cursor_be32(&h);
	if (!cursor_ok(&r.c))
		return DECODE_CUT;
	if (memcmp(head, c->twister ? "EA05" : "EA06", 4) != 0)
		return DECODE_DAMAGED;
	if (!window_init(&w, a, size, out))
		return DECODE_MEMORY;
	while (window_open(&w) && cursor_ok(&r.c)) {
		if ((take(&r, 1) != 0) != c->twister) {
			window_put(&w, (uint8_t)take(&r, 8));
		} else {
			uint32_t back = take(&r, 15);
			window_copy(&w, back, take_length(&r));
		}
	}
	window_flush(&w);
	return w.stopped ? DECODE_STOPPED : w.made < size ? DECODE_CUT : DECODE_WHOLE;
}
