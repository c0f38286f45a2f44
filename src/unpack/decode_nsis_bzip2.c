/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

/*
 * bzip2 as NSIS has it, which libbz2 does not read: no header, no checksums, no randomised blocks,
 * and marks of one byte: 0x31 before a block of at most 900 000 bytes and 0x17 at the end.  The
 * rest is bzip2's: run lengths, Burrows-Wheeler, move to front, Huffman codes of 50 symbols each.
 */

enum {
	BLOCK = 900000,
	MAX_CODES = 258, /* symbols of an alphabet */
	MAX_TABLES = 6,
	MAX_SELECTORS = 18002,
	MAX_LENGTH = 20, /* bits of a code */
	GROUP = 50,      /* symbols that one table decodes */
	MARK_BLOCK = 0x31,
	MARK_END = 0x17,
};

struct table {
	uint32_t limit[MAX_LENGTH + 2], base[MAX_LENGTH + 2];
	uint16_t symbol[MAX_CODES];
};

struct bunzip {
	struct span in;
	uint64_t at_bit;
	bool cut;
	uint32_t origin;
	unsigned n_symbols; /* of bytes that occur */
	uint8_t used[256];
	unsigned n_tables, n_selectors;
	uint8_t selector[MAX_SELECTORS];
	struct table table[MAX_TABLES];
	uint32_t *block; /* BLOCK of them: a byte, and above it where the next one stands */
	uint32_t n;      /* in it */
	uint8_t piece[DECODE_PIECE];
	size_t n_piece;
	const struct decode_out *out;
};

/* n bits, at most 24, the highest of each byte first. */
static uint32_t take(struct bunzip *z, unsigned n)
{
	uint32_t v = 0;

	for (; n > 0; n--, z->at_bit++) {
		if (z->at_bit / 8 >= z->in.n) {
			z->cut = true;
			return 0;
		}
		v = v << 1 | (z->in.p[z->at_bit / 8] >> (7 - z->at_bit % 8) & 1u);
	}
	return v;
}

static void read_used(struct bunzip *z)
{
	uint32_t rows = take(z, 16);

	z->n_symbols = 0;
	for (unsigned i = 0; i < 16; i++) {
		uint32_t row = (rows >> (15 - i) & 1) != 0 ? take(z, 16) : 0;
		for (unsigned k = 0; k < 16; k++)
			if ((row >> (15 - k) & 1) != 0)
				z->used[z->n_symbols++] = (uint8_t)(16 * i + k);
	}
}

static bool read_selectors(struct bunzip *z)
{
	uint8_t front[MAX_TABLES] = { 0, 1, 2, 3, 4, 5 };

	z->n_tables = take(z, 3);
	z->n_selectors = take(z, 15);
	if (z->n_tables < 2 || z->n_tables > MAX_TABLES || z->n_selectors == 0 ||
	    z->n_selectors > MAX_SELECTORS)
		return false;
	for (unsigned i = 0; i < z->n_selectors; i++) {
		unsigned k = 0;
		while (k < z->n_tables && take(z, 1) != 0)
			k++;
		if (k >= z->n_tables || z->cut)
			return false;
		uint8_t t = front[k];
		for (; k > 0; k--)
			front[k] = front[k - 1];
		z->selector[i] = front[0] = t;
	}
	return true;
}

/* Codes in the order of their lengths. */
static void make_table(struct table *t, const uint8_t *length, unsigned n)
{
	uint32_t code = 0, first = 0;

	*t = (struct table){ 0 };
	for (unsigned bits = 1; bits <= MAX_LENGTH; bits++) {
		uint32_t count = 0;
		for (unsigned s = 0; s < n; s++)
			if (length[s] == bits)
				t->symbol[first + count++] = (uint16_t)s;
		t->base[bits] = first - code;
		code += count;
		t->limit[bits] = code; /* one beyond the last of this length */
		first += count;
		code <<= 1;
	}
}

static bool read_tables(struct bunzip *z)
{
	unsigned n = z->n_symbols + 2;
	uint8_t length[MAX_CODES];

	for (unsigned i = 0; i < z->n_tables; i++) {
		unsigned bits = take(z, 5);
		for (unsigned s = 0; s < n; s++) {
			while (!z->cut && bits >= 1 && bits <= MAX_LENGTH && take(z, 1) != 0)
				bits += take(z, 1) != 0 ? -1u : 1u;
			if (z->cut || bits < 1 || bits > MAX_LENGTH)
				return false;
			length[s] = (uint8_t)bits;
		}
		make_table(&z->table[i], length, n);
	}
	return true;
}

/* MAX_CODES: there is none. */
static unsigned take_symbol(struct bunzip *z, const struct table *t)
{
	uint32_t code = 0;

	for (unsigned bits = 1; bits <= MAX_LENGTH; bits++) {
		code = code << 1 | take(z, 1);
		if (code < t->limit[bits]) {
			uint32_t at = code + t->base[bits];
			return at < MAX_CODES ? t->symbol[at] : MAX_CODES;
		}
	}
	return MAX_CODES;
}

/* The symbols of a block, back from move to front and runs. */
static bool read_symbols(struct bunzip *z)
{
	unsigned end = z->n_symbols + 1;
	uint64_t run = 0, weight = 1;
	uint8_t front[256];

	memcpy(front, z->used, sizeof front);
	z->n = 0;
	for (uint32_t i = 0;; i++) {
		if (i / GROUP >= z->n_selectors)
			return false;
		unsigned s = take_symbol(z, &z->table[z->selector[i / GROUP]]);
		if (z->cut || s > end)
			return false;
		if (s <= 1) {
			run += weight << s;
			weight <<= 1;
			if (run > BLOCK - z->n)
				return false;
			continue;
		}
		for (; run > 0; run--)
			z->block[z->n++] = front[0];
		weight = 1;
		if (s == end)
			return true;
		if (z->n == BLOCK)
			return false;
		uint8_t byte = front[s - 1];
		memmove(front + 1, front, s - 1);
		front[0] = byte;
		z->block[z->n++] = byte;
	}
}

static bool put(struct bunzip *z, uint8_t byte)
{
	z->piece[z->n_piece++] = byte;
	if (z->n_piece < sizeof z->piece)
		return true;
	z->n_piece = 0;
	return z->out->put(z->out->ctx, (struct span){ z->piece, sizeof z->piece });
}

/* Back from the transform, and from runs of four and a count. */
static enum decode_end give_block(struct bunzip *z)
{
	uint32_t start[257] = { 0 };
	unsigned same = 0;
	int last = -1;

	if (z->origin >= z->n)
		return DECODE_DAMAGED;
	for (uint32_t i = 0; i < z->n; i++)
		start[(z->block[i] & 0xff) + 1]++;
	for (unsigned b = 1; b < 257; b++)
		start[b] += start[b - 1];
	for (uint32_t i = 0; i < z->n; i++)
		z->block[start[z->block[i] & 0xff]++] |= i << 8;
	uint32_t at = z->block[z->origin] >> 8;
	for (uint32_t i = 0; i < z->n; i++) {
		uint8_t byte = (uint8_t)z->block[at];
		at = z->block[at] >> 8;
		if (same == 4) {
			for (unsigned k = byte; k > 0; k--)
				if (!put(z, (uint8_t)last))
					return DECODE_STOPPED;
			same = 0;
			last = -1;
			continue;
		}
		same = byte == last ? same + 1 : 1;
		last = byte;
		if (!put(z, byte))
			return DECODE_STOPPED;
	}
	return DECODE_WHOLE;
}

static enum decode_end read_block(struct bunzip *z)
{
	z->origin = take(z, 24);
	read_used(z);
	if (z->cut || z->n_symbols == 0 || !read_selectors(z) || !read_tables(z) ||
	    !read_symbols(z))
		return z->cut ? DECODE_CUT : DECODE_DAMAGED;
	return give_block(z);
}

enum decode_end decode_nsis_bzip2(struct arena *a, struct span in, const struct decode_out *out,
				  size_t *used)
{
	struct bunzip *z = arena_alloc(a, sizeof *z);
	enum decode_end end = DECODE_WHOLE;

	*used = 0;
	if (z == NULL || (z->block = arena_array(a, BLOCK, sizeof *z->block)) == NULL)
		return DECODE_MEMORY;
	z->in = in;
	z->out = out;
	while (end == DECODE_WHOLE) {
		uint32_t mark = take(z, 8);
		if (mark == MARK_END && !z->cut)
			break;
		end = z->cut ? DECODE_CUT : mark != MARK_BLOCK ? DECODE_DAMAGED : read_block(z);
	}
	*used = (size_t)((z->at_bit + 7) / 8);
	if (end != DECODE_STOPPED && z->n_piece != 0 &&
	    !out->put(out->ctx, (struct span){ z->piece, z->n_piece }))
		return DECODE_STOPPED;
	return end;
}
