/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/bits.h"
#include "unpack/window.h"

/* The LZW of compress(1): codes of 9 to 16 bits, in groups of eight, which are filled up when their
 * width changes; 256 empties the table, where the header says so. */

enum { MAX_BITS = 16, CODES = 1 << MAX_BITS, CLEAR = 256, NO_CODE = CODES, HEAD = 3, GROUP = 8 };

struct lzw {
	struct bits in;
	struct window w;
	uint16_t prefix[CODES];
	uint8_t last[CODES], text[CODES];
	unsigned next, bits, max_bits, in_group;
	unsigned before;
	bool clears;
};

static void new_width(struct lzw *z, unsigned bits)
{
	while (z->in_group % GROUP != 0 && !z->in.failed) {
		(void)bits_take(&z->in, z->bits);
		z->in_group++;
	}
	z->in_group = 0;
	z->bits = bits;
}

static bool one_code(struct lzw *z, unsigned code)
{
	bool known = code < z->next;
	unsigned at = known ? code : z->before;
	size_t n = 0;

	if (code > z->next || (!known && z->before == NO_CODE) ||
	    (z->before == NO_CODE && code > 255))
		return false;
	for (; at > 255; at = z->prefix[at])
		z->text[n++] = z->last[at];
	z->text[n++] = (uint8_t)at;
	for (size_t i = n; i-- > 0;)
		window_put(&z->w, z->text[i]);
	if (!known)
		window_put(&z->w, (uint8_t)at);
	if (z->before != NO_CODE && z->next < 1u << z->max_bits) {
		z->prefix[z->next] = (uint16_t)z->before;
		z->last[z->next++] = (uint8_t)at;
	}
	z->before = code;
	return true;
}

enum decode_end decode_compress(struct arena *a, struct span in, const struct decode_out *out)
{
	struct lzw *z = arena_alloc(a, sizeof *z);
	bool ok = in.n > HEAD;

	if (z == NULL || !window_init(&z->w, a, UINT64_MAX, out))
		return DECODE_MEMORY;
	z->max_bits = ok ? in.p[2] & 0x1f : 0;
	z->clears = ok && (in.p[2] & 0x80) != 0;
	z->in = bits_of(span_cut(in, HEAD, in.n));
	z->bits = 9;
	z->next = z->clears ? CLEAR + 1 : CLEAR;
	z->before = NO_CODE;
	ok = ok && z->max_bits >= z->bits && z->max_bits <= MAX_BITS;
	while (ok && window_open(&z->w)) {
		if (z->next >= 1u << z->bits && z->bits < z->max_bits)
			new_width(z, z->bits + 1);
		bits_fill(&z->in, z->bits);
		if (z->in.n < z->bits)
			break;
		unsigned code = bits_take(&z->in, z->bits);
		z->in_group++;
		if (code != CLEAR || !z->clears) {
			ok = one_code(z, code);
			continue;
		}
		new_width(z, 9);
		z->next = CLEAR + 1;
		z->before = NO_CODE;
	}
	window_flush(&z->w);
	return z->w.stopped ? DECODE_STOPPED : ok ? DECODE_WHOLE : DECODE_DAMAGED;
}
