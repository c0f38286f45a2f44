/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode_nrv.h"

#include "base/cursor.h"

/*
 * NRV2B, NRV2D and NRV2E, the methods of the UCL library (Oberhumer), which UPX uses: LZ77 whose
 * numbers are in bits that are mixed with whole bytes.  The three differ in how the bits of a
 * distance and of a length are laid.  Bits are taken from words of 8, 16 or 32 of them, lowest
 * byte and highest bit first.
 */

enum {
	MAX_PLACE = 1 << 24, /* no distance has a higher part that is larger */
	NEAR_B = 0xd00,      /* a match from farther away is a byte longer */
	NEAR = 0x500,
};

struct nrv {
	struct cursor in;
	enum decode_nrv how;
	unsigned width, left; /* bits of a word; of this one, not yet taken */
	uint32_t word;
	uint8_t *to;
	size_t made, size;
	uint32_t back, again; /* distance of the match at hand, and of the one before */
};

/* 0 behind the end of the input, so that no loop below goes on. */
static unsigned bit(struct nrv *d)
{
	if (d->left == 0) {
		d->word = d->width == 32   ? cursor_le32(&d->in)
			  : d->width == 16 ? cursor_le16(&d->in)
					   : cursor_u8(&d->in);
		d->left = d->width;
	}
	return d->word >> --d->left & 1;
}

/* The distance; `*low` becomes the first bit of the length, in the methods that keep it there.
 * False: the end mark, or what is none. */
static bool read_distance(struct nrv *d, unsigned *low, bool *end)
{
	uint32_t place = 1;

	do {
		if (place > MAX_PLACE)
			return false;
		if (place != 1 && d->how != DECODE_NRV2B)
			place = (place - 1) * 2 + bit(d);
		place = place * 2 + bit(d);
	} while (bit(d) == 0);
	if (place == 2) {
		d->back = d->again;
		*low = d->how == DECODE_NRV2B ? 0 : bit(d);
		return true;
	}
	place = (place - 3) * 256 + cursor_u8(&d->in);
	*end = place == UINT32_MAX;
	if (*end)
		return false;
	*low = d->how == DECODE_NRV2B ? 0 : ~place & 1;
	d->back = d->again = (d->how == DECODE_NRV2B ? place : place >> 1) + 1;
	return true;
}

/* A number whose bits each have one behind them that says whether more follow. */
static uint32_t read_long(struct nrv *d)
{
	uint32_t n = 1;

	do
		n = n * 2 + bit(d);
	while (bit(d) == 0 && n < MAX_PLACE && cursor_ok(&d->in));
	return n;
}

/* Bytes of the match, less one. */
static uint32_t read_length(struct nrv *d, unsigned low)
{
	uint32_t n = low;

	if (d->how == DECODE_NRV2E) {
		if (low != 0)
			n = 1 + bit(d);
		else if (bit(d) != 0)
			n = 3 + bit(d);
		else
			n = read_long(d) + 3;
	} else {
		if (d->how == DECODE_NRV2B)
			n = bit(d);
		n = n * 2 + bit(d);
		if (n == 0)
			n = read_long(d) + 2;
	}
	return n + (d->back > (d->how == DECODE_NRV2B ? NEAR_B : NEAR));
}

/* False: it reaches before the start, or beyond the end. */
static bool copy(struct nrv *d, size_t n)
{
	size_t room = d->size - d->made;
	bool whole = n <= room;
	uint8_t *to = d->to + d->made;

	if (d->back > d->made)
		return false;
	n = whole ? n : room;
	const uint8_t *from = to - d->back;
	if (d->back >= n)
		memcpy(to, from, n);
	else
		for (size_t i = 0; i < n; i++)
			to[i] = from[i];
	d->made += n;
	return whole;
}

enum decode_end decode_nrv(enum decode_nrv how, unsigned width, struct span in, uint8_t *to,
			   size_t size, size_t *made)
{
	struct nrv d = {
		.in = cursor_of(in), .how = how, .width = width, .to = to, .size = size, .again = 1
	};
	bool end = false, good = true;
	unsigned low;

	while (good && cursor_ok(&d.in)) {
		while (bit(&d) != 0 && d.made < size)
			to[d.made++] = cursor_u8(&d.in);
		good = read_distance(&d, &low, &end) && copy(&d, read_length(&d, low) + 1);
	}
	*made = d.made;
	if (!cursor_ok(&d.in))
		return DECODE_CUT;
	return end && d.made == size ? DECODE_WHOLE : DECODE_DAMAGED;
}
