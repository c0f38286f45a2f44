/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

/*
 * The Huffman code of pack(1) of System III: how many bytes have a code of 1, 2, ... bits, those
 * bytes in order, and the code, whose bits are read from the highest.  On each level the leaves
 * come behind the inner nodes, and the last of the deepest level is the end.
 */

enum { MOST_BITS = 24, LEVELS = 32, LEAVES = 256 };

struct pack {
	unsigned bits;           /* of the longest code */
	uint32_t leaves[LEVELS]; /* on a level */
	uint32_t inner[LEVELS];  /* nodes before them */
	uint32_t from[LEVELS];   /* where their bytes begin */
	uint8_t byte[LEAVES];
};

/* The table at the cursor.  False: there can be no such code. */
static bool read_table(struct cursor *c, struct pack *p)
{
	unsigned bits = cursor_u8(c);
	uint32_t n = 0, nodes = 0;

	if (bits == 0 || bits > MOST_BITS)
		return false;
	for (unsigned i = 1; i <= bits; i++) {
		p->leaves[i] = cursor_u8(c) + (i == bits ? 1u : 0);
		p->from[i] = n;
		n += p->leaves[i];
	}
	struct span bytes = cursor_take(c, n);
	if (!cursor_ok(c) || n > LEAVES)
		return false;
	memcpy(p->byte, bytes.p, bytes.n);
	p->leaves[bits]++; /* the end, which has no byte */
	for (unsigned i = bits; i >= 1; i--) {
		p->inner[i] = nodes / 2;
		if (nodes % 2 != 0)
			return false;
		nodes = p->inner[i] + p->leaves[i];
	}
	p->bits = bits;
	return cursor_ok(c) && nodes == 2;
}

enum decode_end decode_pack(struct span in, const struct decode_out *out, size_t *used)
{
	struct cursor c = cursor_of(in);
	struct pack p = { 0 };
	uint8_t piece[4096];
	size_t n = 0, bits_left = 0;
	uint32_t code = 0, held = 0;

	cursor_skip(&c, 2);
	uint64_t left = cursor_be32(&c);
	if (!read_table(&c, &p)) {
		*used = c.at;
		return DECODE_DAMAGED;
	}
	enum decode_end end = DECODE_CUT;
	for (unsigned depth = 1; bits_left != 0 || cursor_left(&c) != 0; depth++) {
		if (bits_left == 0) {
			held = cursor_u8(&c);
			bits_left = 8;
		}
		code = code << 1 | (held >> --bits_left & 1);
		if (code < p.inner[depth])
			continue; /* an inner node; there are none on the deepest level */
		uint32_t leaf = code - p.inner[depth];
		if (depth == p.bits && leaf + 1 == p.leaves[depth]) {
			end = left == 0 ? DECODE_WHOLE : DECODE_DAMAGED;
			break;
		}
		if (left-- == 0) {
			end = DECODE_DAMAGED;
			break;
		}
		piece[n++] = p.byte[p.from[depth] + leaf];
		depth = 0;
		code = 0;
		if (n == sizeof piece) {
			*used = c.at;
			if (!out->put(out->ctx, (struct span){ piece, n }))
				return DECODE_STOPPED;
			n = 0;
		}
	}
	*used = c.at;
	if (n != 0 && !out->put(out->ctx, (struct span){ piece, n }))
		return DECODE_STOPPED;
	return end;
}
