/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/readers.h"
#include "unpack/window.h"

#include <zlib.h>

/*
 * KWAJ, what Microsoft's installers had beside SZDD.  Never published; described by those who read
 * it (libmspack's documentation).  A header that says by flags what is in it, and one of five
 * methods: stored, each byte inverted, SZDD's LZSS, LZ77 with Huffman codes ("LZH"), and blocks of
 * DEFLATE that share a window ("MSZIP").
 */

enum {
	HEAD = 14,
	HAS_SIZE = 1,
	HAS_WORD = 2,
	HAS_BYTES = 4,
	HAS_NAME = 8,
	HAS_EXTENSION = 16,
	NAME_MOST = 9, /* bytes with the NUL */
	EXTENSION_MOST = 4,
	LZSS_START = 4096 - 16,
	MSZIP_WINDOW = 32768,
	RING = 4096,
};

enum method { STORED, INVERTED, LZSS, LZH, MSZIP };

static const uint8_t magic[8] = { 'K', 'W', 'A', 'J', 0x88, 0xf0, 0x27, 0xd1 };

bool kwaj_known(const struct unpack_look *look)
{
	return look->bytes.n >= HEAD && memcmp(look->bytes.p, magic, sizeof magic) == 0;
}

/* ---- LZH: five tables of codes, then runs of literals and copies in turn.  It has no end of its
 * own: what is left of the last byte may look like a code, and ends it. */

enum { LENGTHS = 16, RUNS = 32, PLACES = 64, LITERALS = 256, FULL_RUN = 32 };

struct lzh {
	struct span in;
	uint64_t at; /* bits, the highest of each byte first */
	bool ended;
	struct window_code after_copy, after_run, run, place, literal;
	uint8_t ring[RING], made[RUNS];
	unsigned ring_at;
};

static unsigned take(struct lzh *z, unsigned n)
{
	unsigned v = 0;

	for (; n != 0; n--, z->at++) {
		if (z->at / 8 >= z->in.n) {
			z->ended = true;
			return 0;
		}
		v = v << 1 | (z->in.p[z->at / 8] >> (7 - z->at % 8) & 1);
	}
	return v;
}

static unsigned symbol(struct lzh *z, const struct window_code *c)
{
	struct window_walk w = { 0 };
	unsigned s = WINDOW_NO_SYMBOL;

	while (s == WINDOW_NO_SYMBOL && w.n < WINDOW_BITS && !z->ended)
		s = window_code_bit(c, &w, take(z, 1));
	if (s == WINDOW_NO_SYMBOL)
		z->ended = true;
	return z->ended ? 0 : s;
}

/* The lengths of a table, in one of four ways.  False: no such codes. */
static bool read_table(struct lzh *z, unsigned way, size_t n, struct window_code *c)
{
	uint8_t length[LITERALS];
	unsigned same = n == LENGTHS ? 4 : n == RUNS ? 5 : n == PLACES ? 6 : 8, v = same;

	for (size_t i = 0; i < n; i++) {
		if (way == 3 || (way != 0 && i == 0)) {
			v = take(z, 4);
		} else if (way == 1 && take(z, 1) != 0) {
			v = take(z, 1) == 0 ? v + 1 : take(z, 4);
		} else if (way == 2) {
			unsigned step = take(z, 2);
			v = step == 3 ? take(z, 4) : v + step - 1;
		}
		if (v > WINDOW_BITS)
			return false;
		length[i] = (uint8_t)v;
	}
	return way <= 3 && window_code_make(c, length, n, false);
}

static void make(struct lzh *z, size_t i, uint8_t byte)
{
	z->made[i] = byte;
	z->ring[z->ring_at++ % RING] = byte;
}

static enum decode_end decode_lzh(struct arena *a, struct span in, const struct decode_out *out)
{
	struct lzh *z = arena_alloc(a, sizeof *z);
	bool in_run = false;
	unsigned way[6];

	if (z == NULL)
		return DECODE_MEMORY;
	z->in = in;
	memset(z->ring, ' ', sizeof z->ring);
	for (size_t i = 0; i < 6; i++) /* the sixth fills a byte up */
		way[i] = take(z, 4);
	if (!read_table(z, way[0], LENGTHS, &z->after_copy) ||
	    !read_table(z, way[1], LENGTHS, &z->after_run) ||
	    !read_table(z, way[2], RUNS, &z->run) || !read_table(z, way[3], PLACES, &z->place) ||
	    !read_table(z, way[4], LITERALS, &z->literal))
		return DECODE_DAMAGED;
	if (z->ended)
		return DECODE_CUT;
	while (!z->ended) {
		unsigned length = symbol(z, in_run ? &z->after_run : &z->after_copy);
		size_t n = 0;
		if (length != 0) {
			unsigned back = symbol(z, &z->place) << 6;
			back |= take(z, 6);
			for (in_run = false; n < length + 2 && !z->ended; n++)
				make(z, n, z->ring[(z->ring_at - back) % RING]);
		} else {
			unsigned run = symbol(z, &z->run) + 1;
			for (in_run = run != FULL_RUN; n < run && !z->ended; n++)
				make(z, n, (uint8_t)symbol(z, &z->literal));
			n -= z->ended && n != 0; /* the last was none */
		}
		if (n != 0 && !out->put(out->ctx, (struct span){ z->made, n }))
			return DECODE_STOPPED;
	}
	return DECODE_WHOLE;
}

/* ---- MSZIP: a length, "CK", and DEFLATE that may copy from the blocks before */

static enum decode_end one_block(struct span in, struct span before, const struct decode_out *out)
{
	uint8_t made[MSZIP_WINDOW];
	union {
		const uint8_t *in;
		uint8_t *out; /* zlib's type; it does not write there */
	} p = { .in = in.p };
	z_stream z = { .next_in = p.out,
		       .avail_in = (unsigned)in.n,
		       .next_out = made,
		       .avail_out = sizeof made };

	if (inflateInit2(&z, -15) != Z_OK)
		return DECODE_MEMORY;
	int code = inflateSetDictionary(&z, before.p, (unsigned)before.n);
	if (code == Z_OK)
		code = inflate(&z, Z_FINISH);
	(void)inflateEnd(&z);
	struct span got = { made, sizeof made - z.avail_out };
	if (got.n != 0 && !out->put(out->ctx, got))
		return DECODE_STOPPED;
	return code == Z_STREAM_END ? DECODE_WHOLE : DECODE_DAMAGED;
}

static enum decode_end decode_mszip(struct unpack *u, struct span in)
{
	static const uint8_t nothing[1];
	struct decode_out out = decode_member(u);
	struct cursor c = cursor_of(in);
	enum decode_end end = DECODE_WHOLE;

	while (end == DECODE_WHOLE && cursor_left(&c) >= 2) {
		unsigned n = cursor_le16(&c);
		if (n == 0)
			break;
		struct cursor block = cursor_of(cursor_take(&c, n));
		bool marked = cursor_u8(&block) == 'C' && cursor_u8(&block) == 'K';
		struct span so_far = unpack_so_far(u);
		size_t from = so_far.n < MSZIP_WINDOW ? 0 : so_far.n - MSZIP_WINDOW;
		struct span before = span_cut(so_far, from, MSZIP_WINDOW);
		if (!cursor_ok(&c))
			return DECODE_CUT;
		if (!marked || !unpack_steps(u, MSZIP_WINDOW))
			return DECODE_DAMAGED;
		if (before.n == 0)
			before = (struct span){ nothing, 0 };
		end = one_block(cursor_take(&block, cursor_left(&block)), before, &out);
	}
	return end;
}

/* ---- the file */

static bool put_plain(struct unpack *u, struct span data, uint8_t mask)
{
	uint8_t block[4096];

	for (; data.n != 0; data = span_cut(data, sizeof block, data.n)) {
		struct span piece = span_cut(data, 0, sizeof block);
		for (size_t i = 0; i < piece.n; i++)
			block[i] = (uint8_t)(piece.p[i] ^ mask);
		if (!unpack_write(u, (struct span){ block, piece.n }))
			return false;
	}
	return true;
}

static void decode(struct unpack *u, unsigned method, struct span data, uint64_t size)
{
	struct decode_out out = decode_member(u);
	enum decode_end end = DECODE_WHOLE;
	size_t used;

	switch (method) {
	case STORED:
	case INVERTED:
		(void)!put_plain(u, data, method == INVERTED ? 0xff : 0);
		break;
	case LZSS:
		end = decode_lzss(data, LZSS_START, size, &out, &used);
		break;
	case LZH:
		end = decode_lzh(&u->scratch, data, &out);
		break;
	case MSZIP:
		end = decode_mszip(u, data);
		break;
	default:
		unpack_gap(u, REASON_UNSUPPORTED, 8, "KWAJ method %u", method);
		return;
	}
	decode_gap(u, end, PLACE_NONE, "KWAJ");
	if (end == DECODE_WHOLE && size != UNPACK_UNKNOWN && unpack_so_far(u).n < size)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "KWAJ: ends too soon");
}

/* The name and its last part, which stand one behind another, each with a NUL. */
static struct span read_name(struct cursor *c, unsigned flags, char out[NAME_MOST + EXTENSION_MOST])
{
	size_t n = 0;

	if ((flags & HAS_NAME) != 0) {
		struct span name = cursor_cstring(c, NAME_MOST);
		if (name.n != 0)
			memcpy(out, name.p, name.n);
		n = name.n;
	}
	if ((flags & HAS_EXTENSION) != 0) {
		struct span extension = cursor_cstring(c, EXTENSION_MOST);
		out[n++] = '.';
		if (extension.n != 0)
			memcpy(out + n, extension.p, extension.n);
		n += extension.n;
	}
	return (struct span){ (const uint8_t *)out, n };
}

bool kwaj_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	char name[NAME_MOST + EXTENSION_MOST];

	cursor_skip(&c, sizeof magic);
	unsigned method = cursor_le16(&c), at = cursor_le16(&c), flags = cursor_le16(&c);
	struct span data = span_cut(object, at, object.n);
	struct unpack_member m = { .size = UNPACK_UNKNOWN, .packed = data.n, .at = at };
	if ((flags & HAS_SIZE) != 0)
		m.size = cursor_le32(&c);
	if ((flags & HAS_WORD) != 0)
		cursor_skip(&c, 2);
	if ((flags & HAS_BYTES) != 0)
		cursor_skip(&c, cursor_le16(&c));
	m.name = read_name(&c, flags, name);
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, cursor_place(&c), "KWAJ: the header");
	if (!unpack_begin(u, &m))
		return true;
	decode(u, method, data, m.size);
	unpack_end(u);
	return true;
}
