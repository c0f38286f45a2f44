/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

/* The LZSS of SZDD and KWAJ: a byte says of eight tokens which are literals; the others are two
 * bytes, a place in a ring of 4096 and a length. */

enum { RING = 4096, TOKENS = 8, LONGEST = 18 };

struct ring {
	uint8_t p[RING];
	unsigned at;
};

/* Decodes eight tokens at most; returns how many bytes they made. */
static size_t eight_tokens(struct ring *r, struct cursor *c, uint8_t out[TOKENS * LONGEST])
{
	unsigned control = cursor_u8(c);
	size_t n = 0;

	for (unsigned bit = 0; bit < TOKENS && cursor_left(c) > 0; bit++) {
		if ((control >> bit & 1) != 0) {
			out[n] = cursor_u8(c);
			r->p[r->at++ % RING] = out[n++];
			continue;
		}
		unsigned low = cursor_u8(c), high = cursor_u8(c);
		unsigned from = low | (high & 0xf0) << 4;
		for (unsigned i = 0; cursor_ok(c) && i < (high & 15) + 3; i++) {
			out[n] = r->p[(from + i) % RING];
			r->p[r->at++ % RING] = out[n++];
		}
	}
	return n;
}

enum decode_end decode_lzss(struct span in, unsigned start, uint64_t size,
			    const struct decode_out *out, size_t *used)
{
	struct cursor c = cursor_of(in);
	struct ring r = { .at = start };
	uint64_t left = size;
	uint8_t made[TOKENS * LONGEST];

	*used = 0;
	memset(r.p, ' ', sizeof r.p);
	while (left > 0 && cursor_left(&c) > 0) {
		size_t n = eight_tokens(&r, &c, made);
		*used = c.at;
		if (n > left)
			n = (size_t)left;
		if (n != 0 && !out->put(out->ctx, (struct span){ made, n }))
			return DECODE_STOPPED;
		left -= n;
	}
	return left == 0 || (size == UNPACK_UNKNOWN && cursor_ok(&c)) ? DECODE_WHOLE : DECODE_CUT;
}
