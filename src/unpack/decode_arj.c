/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/window.h"

/*
 * ARJ's own methods: 1 to 3 are LZSS in blocks of Huffman codes, as LHA's -lh6- but for
 * the sizes of the tables; 4 has codes of one shape.  Bits are read from the highest.
 */

enum {
	LETTERS = 510, /* 256 bytes and lengths from 3 to 256 */
	LENGTHS = 19,
	PLACES = 17,
	LETTER_BITS = 9,
	LENGTH_BITS = 5,
	MIN_MATCH = 3,
	NO_SYMBOL = WINDOW_NO_SYMBOL,
	FAST_FROM = 9, /* widths of method 4: of places and of lengths */
	FAST_TO = 13,
	FAST_LENGTH = 7,
};

struct code {
	struct window_code of;
	uint16_t only; /* where there is one symbol, of no bits; NO_SYMBOL: there are more */
};

struct arj {
	struct span in;
	size_t at;
	uint32_t held;
	unsigned n;
	bool failed;
	struct window w;
	struct code letter, place, length;
};

static unsigned take(struct arj *d, unsigned n)
{
	while (d->n < n) {
		if (d->at >= d->in.n) {
			d->failed = true;
			return 0;
		}
		d->held = d->held << 8 | d->in.p[d->at++];
		d->n += 8;
	}
	d->n -= n;
	return d->held >> d->n & ((1u << n) - 1);
}

static bool make(struct code *c, const uint8_t *length, size_t n)
{
	*c = (struct code){ .only = NO_SYMBOL };
	return window_code_make(&c->of, length, n, true);
}

static unsigned decode(struct arj *d, const struct code *c)
{
	struct window_walk w = { 0 };
	unsigned symbol = c->only;

	while (symbol == NO_SYMBOL && w.n < WINDOW_BITS && !d->failed)
		symbol = window_code_bit(&c->of, &w, take(d, 1));
	return d->failed ? NO_SYMBOL : symbol;
}

/* Lengths of three bits, 7 and more in unary; behind the `pause`th a count of zeros. */
static bool read_lengths(struct arj *d, struct code *c, unsigned most, unsigned bits,
			 unsigned pause)
{
	uint8_t length[LENGTHS + 4] = { 0 };
	unsigned n = take(d, bits), i = 0;

	if (n > most)
		return false;
	if (n == 0) {
		*c = (struct code){ .only = (uint16_t)take(d, bits) };
		return !d->failed && c->only < most;
	}
	while (i < n) {
		unsigned v = take(d, 3);
		if (v == 7)
			while (take(d, 1) != 0 && v <= WINDOW_BITS)
				v++;
		if (d->failed || v > WINDOW_BITS)
			return false;
		length[i++] = (uint8_t)v;
		if (i == pause)
			for (unsigned zeros = take(d, 2); zeros != 0 && i < most; zeros--)
				length[i++] = 0;
	}
	return make(c, length, most);
}

static bool read_letters(struct arj *d)
{
	uint8_t length[LETTERS] = { 0 };
	unsigned n = take(d, LETTER_BITS), i = 0;

	if (n > LETTERS)
		return false;
	if (n == 0) {
		d->letter = (struct code){ .only = (uint16_t)take(d, LETTER_BITS) };
		return !d->failed && d->letter.only < LETTERS;
	}
	while (i < n) {
		unsigned v = decode(d, &d->length), zeros = 0;
		if (d->failed || v == NO_SYMBOL)
			return false;
		if (v > 2) {
			length[i++] = (uint8_t)(v - 2);
			continue;
		}
		zeros = v == 0 ? 1 : v == 1 ? take(d, 4) + 3 : take(d, LETTER_BITS) + 20;
		if (zeros > LETTERS - i)
			return false;
		i += zeros;
	}
	return make(&d->letter, length, LETTERS);
}

static bool one_letter(struct arj *d)
{
	unsigned c = decode(d, &d->letter), place;

	if (c == NO_SYMBOL || d->failed)
		return false;
	if (c < 256) {
		window_put(&d->w, (uint8_t)c);
		return true;
	}
	place = decode(d, &d->place);
	if (place == NO_SYMBOL || d->failed)
		return false;
	uint64_t back = place == 0 ? 0 : (1u << (place - 1)) + take(d, place - 1);
	if (d->failed || back >= d->w.made)
		return false;
	window_copy(&d->w, back + 1, c - 256 + MIN_MATCH);
	return true;
}

static bool blocks(struct arj *d)
{
	while (window_open(&d->w)) {
		unsigned n = take(d, 16);
		if (d->failed || !read_lengths(d, &d->length, LENGTHS, LENGTH_BITS, 3) ||
		    !read_letters(d) || !read_lengths(d, &d->place, PLACES, LENGTH_BITS, 0))
			return false;
		for (; n != 0 && window_open(&d->w); n--)
			if (!one_letter(d))
				return false;
	}
	return true;
}

/* A count of ones says how many bits more a number has. */
static unsigned fast_number(struct arj *d, unsigned from, unsigned to)
{
	unsigned width = from, base = 0;

	while (width < to && take(d, 1) != 0)
		base += 1u << width++;
	return width != 0 ? base + take(d, width) : base;
}

static bool fast(struct arj *d)
{
	while (window_open(&d->w) && !d->failed) {
		unsigned n = fast_number(d, 0, FAST_LENGTH);
		if (d->failed)
			break;
		if (n == 0) {
			window_put(&d->w, (uint8_t)take(d, 8));
			continue;
		}
		uint64_t back = (uint64_t)fast_number(d, FAST_FROM, FAST_TO) + 1;
		if (d->failed || back > d->w.made)
			return false;
		window_copy(&d->w, back, n - 1 + MIN_MATCH);
	}
	return true;
}

enum decode_end decode_arj(struct arena *a, bool fastest, struct span in, uint64_t size,
			   const struct decode_out *out)
{
	struct arj *d = arena_alloc(a, sizeof *d);

	if (d == NULL || !window_init(&d->w, a, size, out))
		return DECODE_MEMORY;
	d->in = in;
	bool ok = fastest ? fast(d) : blocks(d);
	window_flush(&d->w);
	return d->w.stopped             ? DECODE_STOPPED
	       : d->w.made == d->w.size ? DECODE_WHOLE
	       : d->failed || ok        ? DECODE_CUT
					: DECODE_DAMAGED;
}
