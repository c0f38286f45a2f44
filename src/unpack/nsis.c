/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/readers.h"

/*
 * Installers of the Nullsoft Scriptable Install System, as its source lays them: a first header,
 * then either one compressed stream of blocks, or blocks that are compressed each alone.  A block
 * has its length before it; the first is the script with its strings, the others are files.  Their
 * names stand in the script, which is not read.
 */

enum {
	FIRST_HEADER = 28,
	LZMA_HEADER = 5,
	COMPRESSED = 1u << 31, /* of a block's length */
};

enum method { METHOD_LZMA, METHOD_DEFLATE, METHOD_BZIP2, METHOD_FILTERED };

static const char *const method_name[] = { "NSIS LZMA", "NSIS deflate", "NSIS bzip2",
					   "NSIS LZMA behind a filter" };

bool nsis_known(const struct unpack_look *look)
{
	static const char mark[] = "\xef\xbe\xad\xdeNullsoftInst";
	struct span at = span_cut(look->bytes, 4, sizeof mark - 1);

	return at.n == sizeof mark - 1 && memcmp(at.p, mark, at.n) == 0;
}

static bool is_lzma(struct span s)
{
	return s.n > LZMA_HEADER + 2 && s.p[0] == 0x5d && s.p[1] == 0 && s.p[2] == 0 &&
	       s.p[LZMA_HEADER] == 0 && (s.p[LZMA_HEADER + 1] & 0x80) == 0;
}

/* The methods have no mark but what each begins with. */
static enum method method_of(struct span s)
{
	if (is_lzma(s))
		return METHOD_LZMA;
	if (s.n > 1 && s.p[0] <= 1 && is_lzma(span_cut(s, 1, s.n)))
		return METHOD_FILTERED;
	return s.n > 1 && s.p[0] == '1' && s.p[1] < 14 ? METHOD_BZIP2 : METHOD_DEFLATE;
}

static void decode(struct unpack *u, enum method method, struct span in, uint64_t at,
		   const struct decode_out *out)
{
	enum decode_end end;
	size_t used;

	switch (method) {
	case METHOD_LZMA:
		end = decode_lzma_raw(span_cut(in, 0, LZMA_HEADER), UNPACK_UNKNOWN,
				      span_cut(in, LZMA_HEADER, in.n), out, &used);
		break;
	case METHOD_DEFLATE:
		end = decode_inflate(in, DECODE_RAW, out, &used);
		break;
	case METHOD_BZIP2:
		end = decode_nsis_bzip2(&u->arena, in, out, &used);
		break;
	default:
		unpack_gap(u, REASON_UNSUPPORTED, at, "%s", method_name[method]);
		return;
	}
	decode_gap(u, end, at, method_name[method]);
}

/* ---- one stream of blocks */

struct blocks {
	struct unpack *u;
	uint8_t length[4];
	unsigned n; /* of its bytes that are there */
	uint64_t left;
};

static bool begin_block(struct blocks *b)
{
	struct cursor c = cursor_of((struct span){ b->length, 4 });
	uint32_t n = cursor_le32(&c) & ~COMPRESSED;
	struct unpack_member m = { .size = n, .packed = UNPACK_UNKNOWN, .at = PLACE_NONE };

	b->left = n;
	return unpack_begin(b->u, &m);
}

static bool put_blocks(void *ctx, struct span bytes)
{
	struct blocks *b = ctx;

	while (bytes.n != 0) {
		if (b->n < 4) {
			b->length[b->n++] = bytes.p[0];
			bytes = span_cut(bytes, 1, bytes.n);
			if (b->n == 4 && !begin_block(b))
				return false;
		} else {
			struct span part = span_cut(bytes, 0, b->left);
			(void)!unpack_write(b->u, part); /* what it cannot have is noted */
			b->left -= part.n;
			bytes = span_cut(bytes, part.n, bytes.n);
		}
		if (b->n == 4 && b->left == 0) {
			unpack_end(b->u);
			b->n = 0;
		}
		if (!unpack_steps(b->u, BUDGET_MEMBER_STEPS))
			return false;
	}
	return true;
}

static void read_solid(struct unpack *u, enum method method, struct span in, uint64_t at)
{
	struct blocks b = { .u = u };
	struct decode_out out = { put_blocks, &b };

	decode(u, method, in, at, &out);
	if (b.n != 0)
		unpack_gap(u, REASON_DAMAGED, at, "NSIS: ends within a block");
	unpack_end(u);
}

/* ---- blocks of their own */

/* Behind the end that the first header states, only what can be a block is one. */
static void read_blocks(struct unpack *u, struct cursor *c, bool behind)
{
	while (cursor_left(c) > 4 && unpack_steps(u, BUDGET_MEMBER_STEPS)) {
		struct decode_out out = decode_member(u);
		uint64_t at = c->at;
		uint32_t length = cursor_le32(c), n = length & ~COMPRESSED;
		size_t left = cursor_left(c);
		if (behind && n > left)
			return;
		struct span in = cursor_take(c, n < left ? n : left);
		struct unpack_member m = { .size = (length & COMPRESSED) != 0 ? UNPACK_UNKNOWN : n,
					   .packed = n,
					   .at = at };
		if (n == 0)
			continue;
		if (!unpack_begin(u, &m))
			return;
		if (in.n < n)
			unpack_gap(u, REASON_DAMAGED, at, "NSIS: the file ends within a block");
		if ((length & COMPRESSED) != 0)
			decode(u, method_of(in), in, at, &out);
		else
			(void)out.put(out.ctx, in);
		unpack_end(u);
	}
}

bool nsis_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);

	cursor_skip(&c, 20);
	uint32_t header = cursor_le32(&c), all = cursor_le32(&c);
	if (!cursor_ok(&c) || all < FIRST_HEADER)
		return error_set(e, REASON_DAMAGED, 0, "NSIS: the first header");
	struct span data = span_cut(object, FIRST_HEADER, all - FIRST_HEADER);
	struct cursor blocks = cursor_of(span_cut(object, 0, FIRST_HEADER + data.n));
	cursor_seek(&blocks, FIRST_HEADER);
	struct cursor first = blocks;
	uint32_t length = cursor_le32(&first);
	u->numbered = true;
	if (data.n < all - FIRST_HEADER)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "NSIS: %zu bytes of %u are there", data.n,
			   (unsigned)(all - FIRST_HEADER));
	/* alone: the header's block has the mark of a compressed one, or its very length */
	if (length == header ||
	    ((length & COMPRESSED) != 0 && (length & ~COMPRESSED) < data.n && !is_lzma(data))) {
		read_blocks(u, &blocks, false);
		cursor_seek(&c, blocks.at);
		read_blocks(u, &c, true);
		read_blocks(u, &c, true); /* behind a checksum */
	} else {
		read_solid(u, method_of(data), data, FIRST_HEADER);
	}
	return true;
}
