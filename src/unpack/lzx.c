/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/lzx.h"

enum {
	CODE_MAX = 16,           /* bits */
	MAIN_MAX = 256 + 8 * 50, /* literals, and 8 lengths for each of 50 position slots */
	LENGTHS = 249,
	ALIGNED = 8,
	PRETREE = 20,
	SLOTS_MAX = 50,
};

enum { VERBATIM = 1, ALIGNED_OFFSET = 2, UNCOMPRESSED = 3 };

/* A canonical Huffman code: codes of a length follow each other in the order of their symbols. */
struct code {
	uint16_t count[CODE_MAX + 1];
	uint16_t symbol[MAIN_MAX];
};

struct lzx {
	struct cursor in; /* words of 16 bits, the highest bit first */
	uint32_t bits;
	unsigned n_bits;
	unsigned n_padding; /* zeros that were read behind the end */
	bool bad;

	uint8_t *out;    /* the window too */
	size_t at, from; /* `from`: where the last reset was */

	unsigned n_slots;
	uint32_t base[SLOTS_MAX];
	uint8_t extra[SLOTS_MAX];

	uint8_t main_length[MAIN_MAX], length_length[LENGTHS];
	struct code main, length, aligned, pretree;
	uint32_t recent[3];
	unsigned block;
	uint32_t left; /* of the block */
	bool header_read;
	uint32_t call_size; /* E8 translation: the file's size; 0: none */
};

/* ---- bits */

static uint32_t peek(struct lzx *l, unsigned n)
{
	while (l->n_bits < n) {
		if (cursor_left(&l->in) < 2) { /* zeros; none of them may be used */
			l->bad = l->bad || l->n_padding > l->n_bits;
			l->n_padding = l->bad ? 0 : l->n_padding + 16;
			l->bits <<= 16;
		} else {
			l->bits = l->bits << 16 | cursor_le16(&l->in);
		}
		l->n_bits += 16;
	}
	return l->bits >> (l->n_bits - n) & (uint32_t)((UINT64_C(1) << n) - 1);
}

static uint32_t take(struct lzx *l, unsigned n)
{
	if (n == 0)
		return 0;
	if (n > 16) {
		uint32_t high = take(l, n - 16);
		return high << 16 | take(l, 16);
	}
	uint32_t v = peek(l, n);
	l->n_bits -= n;
	return v;
}

/* ---- Huffman codes */

/* False where the lengths are no code.  One without symbols is fine until it is used. */
static bool make_code(struct code *c, const uint8_t *length, unsigned n)
{
	uint16_t next[CODE_MAX + 1];
	int32_t left = 1;

	memset(c->count, 0, sizeof c->count);
	for (unsigned i = 0; i < n; i++)
		c->count[length[i]]++;
	c->count[0] = 0;
	next[0] = next[1] = 0;
	for (unsigned k = 1; k <= CODE_MAX; k++) {
		left = left * 2 - c->count[k];
		if (left < 0)
			return false;
		if (k < CODE_MAX)
			next[k + 1] = (uint16_t)(next[k] + c->count[k]);
	}
	for (unsigned i = 0; i < n; i++)
		if (length[i] != 0)
			c->symbol[next[length[i]]++] = (uint16_t)i;
	return true;
}

static unsigned take_symbol(struct lzx *l, const struct code *c)
{
	uint32_t ahead = peek(l, CODE_MAX);
	uint32_t code = 0, first = 0, index = 0;

	for (unsigned k = 1; k <= CODE_MAX; k++) {
		code = code << 1 | (ahead >> (CODE_MAX - k) & 1);
		if (code - first < c->count[k]) {
			l->n_bits -= k;
			return c->symbol[index + code - first];
		}
		index += c->count[k];
		first = (first + c->count[k]) << 1;
	}
	l->bad = true;
	return 0;
}

/* The lengths [from, to) of a code, as differences to those of the block before ([MS-PATCH] 2.4).
 */
static void read_lengths(struct lzx *l, uint8_t *length, unsigned from, unsigned to)
{
	uint8_t pre[PRETREE];

	for (unsigned i = 0; i < PRETREE; i++)
		pre[i] = (uint8_t)take(l, 4);
	l->bad = l->bad || !make_code(&l->pretree, pre, PRETREE);
	while (from < to && !l->bad) {
		unsigned symbol = take_symbol(l, &l->pretree), run = 1, value = 0;
		if (symbol == 17)
			run = take(l, 4) + 4;
		else if (symbol == 18)
			run = take(l, 5) + 20;
		else if (symbol == 19)
			run = take(l, 1) + 4;
		if (symbol == 19)
			symbol = take_symbol(l, &l->pretree);
		if (symbol <= 16)
			value = (length[from] + 17u - symbol) % 17;
		for (; run > 0 && from < to; run--)
			length[from++] = (uint8_t)value;
	}
}

/* ---- blocks */

static void read_block_header(struct lzx *l)
{
	uint8_t aligned[ALIGNED];
	unsigned n_main = 256 + 8 * l->n_slots;

	if (!l->header_read) {
		if (take(l, 1) != 0)
			l->call_size = take(l, 32);
		l->header_read = true;
	}
	l->block = take(l, 3);
	l->left = take(l, 24);
	if (l->block == UNCOMPRESSED) {
		/* to the next word, or over one; a word may have been read too many */
		if (l->n_bits == 0)
			cursor_skip(&l->in, 2);
		else if (l->n_bits > 16)
			cursor_seek(&l->in, l->in.at - 2);
		l->n_bits = 0;
		for (int i = 0; i < 3; i++)
			l->recent[i] = cursor_le32(&l->in);
		l->bad = l->bad || !cursor_ok(&l->in);
		return;
	}
	if (l->block != VERBATIM && l->block != ALIGNED_OFFSET) {
		l->bad = true;
		return;
	}
	if (l->block == ALIGNED_OFFSET) {
		for (unsigned i = 0; i < ALIGNED; i++)
			aligned[i] = (uint8_t)take(l, 3);
		l->bad = l->bad || !make_code(&l->aligned, aligned, ALIGNED);
	}
	read_lengths(l, l->main_length, 0, 256);
	read_lengths(l, l->main_length, 256, n_main);
	read_lengths(l, l->length_length, 0, LENGTHS);
	l->bad = l->bad || !make_code(&l->main, l->main_length, n_main) ||
		 !make_code(&l->length, l->length_length, LENGTHS);
}

/* How far back a match lies, by its position slot. */
static uint32_t match_offset(struct lzx *l, unsigned slot)
{
	uint32_t offset;

	if (slot < 3) { /* one of the last three, which becomes the first */
		offset = l->recent[slot];
		l->recent[slot] = l->recent[0];
		l->recent[0] = offset;
		return offset;
	}
	unsigned extra = l->extra[slot];
	offset = l->base[slot] - 2;
	if (l->block == ALIGNED_OFFSET && extra >= 3) {
		offset += take(l, extra - 3) << 3;
		offset += take_symbol(l, &l->aligned);
	} else {
		offset += take(l, extra);
	}
	l->recent[2] = l->recent[1];
	l->recent[1] = l->recent[0];
	l->recent[0] = offset;
	return offset;
}

/* One literal or match; not beyond `end`. */
static void take_item(struct lzx *l, size_t end)
{
	unsigned symbol = take_symbol(l, &l->main);

	if (symbol < 256) {
		l->out[l->at++] = (uint8_t)symbol;
		l->left--;
		return;
	}
	symbol -= 256;
	size_t n = symbol & 7;
	if (n == 7)
		n += take_symbol(l, &l->length);
	n += 2;
	size_t offset = match_offset(l, symbol >> 3);
	if (offset == 0 || offset > l->at - l->from || n > end - l->at || n > l->left) {
		l->bad = true;
		return;
	}
	for (size_t i = 0; i < n; i++, l->at++)
		l->out[l->at] = l->out[l->at - offset];
	l->left -= (uint32_t)n;
}

/* Addresses of calls, which the compressor made absolute, back to relative (2.2). */
static void mend_calls(const struct lzx *l, size_t from, size_t n)
{
	for (size_t i = 0; l->call_size != 0 && n > 10 && i < n - 10; i++) {
		uint8_t *p = l->out + from + i;
		if (p[0] != 0xe8)
			continue;
		struct cursor c = cursor_of((struct span){ p + 1, 4 });
		int64_t here = (int64_t)(from - l->from + i), address = (int32_t)cursor_le32(&c);
		if (address >= -here && address < (int64_t)l->call_size) {
			address = address >= 0 ? address - here : address + (int64_t)l->call_size;
			for (int k = 0; k < 4; k++)
				p[1 + k] = (uint8_t)((uint64_t)address >> (8 * k));
		}
		i += 4;
	}
}

static void decode_frame(struct lzx *l, size_t end)
{
	size_t from = l->at;

	while (l->at < end && !l->bad) {
		if (l->left == 0) {
			read_block_header(l);
			continue;
		}
		if (l->block != UNCOMPRESSED) {
			take_item(l, end);
			continue;
		}
		size_t n = l->left < end - l->at ? l->left : end - l->at;
		struct span raw = cursor_take(&l->in, n);
		l->bad = raw.n != n;
		if (l->bad)
			break;
		memcpy(l->out + l->at, raw.p, n);
		l->at += n;
		bool odd = (l->left & 1) != 0 &&
			   n == l->left; /* filled up to a word: by the block's size */
		l->left -= (uint32_t)n;
		if (odd && cursor_left(&l->in) > 0)
			cursor_skip(&l->in, 1);
	}
	l->bad = l->bad || l->n_padding > l->n_bits;
	l->n_bits -= l->n_bits % 16;
	mend_calls(l, from, l->at - from);
}

static void start(struct lzx *l)
{
	memset(l->main_length, 0, sizeof l->main_length);
	memset(l->length_length, 0, sizeof l->length_length);
	l->recent[0] = l->recent[1] = l->recent[2] = 1;
	l->left = 0;
	l->header_read = false;
	l->call_size = 0;
	l->from = l->at;
}

size_t lzx_decode(struct arena *arena, struct span in, unsigned window_bits, size_t reset,
		  uint8_t *out, size_t n, bool *damaged)
{
	static const uint8_t slots[] = { 30, 32, 34, 36, 38, 42, 50 };
	struct lzx *l = arena_alloc(arena, sizeof *l);
	uint32_t base = 0;

	*damaged = true;
	if (l == NULL || window_bits < 15 || window_bits > 21)
		return 0;
	l->in = cursor_of(in);
	l->out = out;
	l->n_slots = slots[window_bits - 15];
	for (unsigned i = 0; i < l->n_slots; i++) {
		l->extra[i] = (uint8_t)(i < 4 ? 0 : i >= 36 ? 17 : i / 2 - 1);
		l->base[i] = base;
		base += UINT32_C(1) << l->extra[i];
	}
	start(l);
	while (l->at < n && !l->bad) {
		if (reset != 0 && l->at != 0 && l->at % reset == 0)
			start(l);
		decode_frame(l, n - l->at < LZX_FRAME ? n : l->at + LZX_FRAME);
	}
	*damaged = l->bad;
	return l->at;
}
