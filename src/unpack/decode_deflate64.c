/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/bits.h"
#include "unpack/window.h"

/*
 * Deflate64 is DEFLATE (RFC 1951) with a window of 64 KiB, two more codes for distances,
 * and a last code for lengths that has sixteen bits behind it.  PKWARE does not describe
 * it; zip programs agree on this.
 */

enum { LITERALS = 288, DISTANCES = 32, LENGTHS = 19, NO_SYMBOL = WINDOW_NO_SYMBOL, END = 256 };

struct deflate64 {
	struct bits in;
	struct window w;
	struct window_code literal, distance;
};

static unsigned decode(struct bits *b, const struct window_code *c)
{
	struct window_walk w = { 0 };
	unsigned symbol = NO_SYMBOL;

	while (symbol == NO_SYMBOL && w.n < WINDOW_BITS && !b->failed)
		symbol = window_code_bit(c, &w, bits_take(b, 1));
	return b->failed ? NO_SYMBOL : symbol;
}

static bool stored(struct deflate64 *d)
{
	bits_align(&d->in);
	uint32_t n = bits_take(&d->in, 16), not_n = bits_take(&d->in, 16);

	if (d->in.failed || (n ^ not_n) != 0xffff)
		return false;
	for (; n != 0 && window_open(&d->w) && !d->in.failed; n--)
		window_put(&d->w, (uint8_t)bits_take(&d->in, 8));
	return !d->in.failed;
}

static bool fixed(struct deflate64 *d)
{
	uint8_t length[LITERALS];

	memset(length, 8, sizeof length);
	memset(length + 144, 9, 112);
	memset(length + 256, 7, 24);
	if (!window_code_make(&d->literal, length, LITERALS, true))
		return false;
	memset(length, 5, DISTANCES);
	return window_code_make(&d->distance, length, DISTANCES, true);
}

/* The lengths of the codes of literals and distances, themselves in codes. */
static bool read_lengths(struct deflate64 *d, const struct window_code *code, uint8_t *length,
			 unsigned n)
{
	unsigned i = 0;

	while (i < n) {
		unsigned symbol = decode(&d->in, code), times = 1;
		uint8_t value = (uint8_t)symbol;
		if (symbol == NO_SYMBOL || (symbol == 16 && i == 0))
			return false;
		if (symbol == 16) {
			value = length[i - 1];
			times = 3 + bits_take(&d->in, 2);
		} else if (symbol > 16) {
			value = 0;
			times = symbol == 17 ? 3 + bits_take(&d->in, 3) : 11 + bits_take(&d->in, 7);
		}
		if (times > n - i)
			return false;
		memset(length + i, value, times);
		i += times;
	}
	return !d->in.failed;
}

static bool dynamic(struct deflate64 *d)
{
	static const uint8_t order[LENGTHS] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
						11, 4,  12, 3, 13, 2, 14, 1, 15 };
	uint8_t length[LITERALS + DISTANCES] = { 0 };
	struct window_code code;
	unsigned n = bits_take(&d->in, 5) + 257, m = bits_take(&d->in, 5) + 1;
	unsigned k = bits_take(&d->in, 4) + 4;

	if (n > LITERALS || m > DISTANCES)
		return false;
	for (unsigned i = 0; i < k; i++)
		length[order[i]] = (uint8_t)bits_take(&d->in, 3);
	if (d->in.failed || !window_code_make(&code, length, LENGTHS, true))
		return false;
	memset(length, 0, sizeof length);
	return read_lengths(d, &code, length, n + m) && length[END] != 0 &&
	       window_code_make(&d->literal, length, n, false) &&
	       window_code_make(&d->distance, length + n, m, false);
}

static bool copy(struct deflate64 *d, unsigned symbol)
{
	static const uint16_t base[] = { 3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
					 15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
					 67, 83, 99, 115, 131, 163, 195, 227, 3 };
	static const uint8_t more[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
					2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 16 };

	symbol -= END + 1;
	if (symbol >= sizeof more)
		return false;
	uint64_t n = base[symbol] + (uint64_t)bits_take(&d->in, more[symbol]);
	unsigned code = decode(&d->in, &d->distance);
	if (code >= DISTANCES)
		return false;
	unsigned extra = code < 4 ? 0 : code / 2 - 1;
	uint64_t back = code < 4 ? code + 1ull : ((2ull + code % 2) << extra) + 1;
	back += bits_take(&d->in, extra);
	if (d->in.failed || back > d->w.made)
		return false;
	window_copy(&d->w, back, n);
	return true;
}

static bool block(struct deflate64 *d)
{
	for (unsigned symbol; window_open(&d->w);) {
		symbol = decode(&d->in, &d->literal);
		if (symbol == END)
			return true;
		if (symbol < END)
			window_put(&d->w, (uint8_t)symbol);
		else if (symbol == NO_SYMBOL || !copy(d, symbol))
			return false;
	}
	return true;
}

enum decode_end decode_inflate64(struct arena *a, struct span in, const struct decode_out *out,
				 size_t *used)
{
	struct deflate64 *d = arena_alloc(a, sizeof *d);
	bool ok = true, last = false;

	*used = 0;
	if (d == NULL || !window_init(&d->w, a, UINT64_MAX, out))
		return DECODE_MEMORY;
	d->in = bits_of(in);
	while (ok && !last && window_open(&d->w)) {
		last = bits_take(&d->in, 1) != 0;
		switch (bits_take(&d->in, 2)) {
		case 0:
			ok = stored(d);
			break;
		case 1:
			ok = fixed(d) && block(d);
			break;
		case 2:
			ok = dynamic(d) && block(d);
			break;
		default:
			ok = false;
			break;
		}
		ok = ok && !d->in.failed;
	}
	window_flush(&d->w);
	*used = bits_used(&d->in);
	return d->w.stopped   ? DECODE_STOPPED
	       : ok           ? DECODE_WHOLE
	       : d->in.failed ? DECODE_CUT
			      : DECODE_DAMAGED;
}
