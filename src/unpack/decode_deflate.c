/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

#define ZLIB_CONST
#include <zlib.h>

enum {
	PIECE = 64 << 10, /* bytes that are given out at once */
	MOST = 1 << 30,   /* zlib counts in 32 bits */
};

static voidpf take(voidpf arena, uInt n, uInt size) { return arena_array(arena, n, size); }
static void give_back(voidpf arena, voidpf p)
{
	(void)arena;
	(void)p;
}

static enum decode_end end_of(int code)
{
	switch (code) {
	case Z_STREAM_END:
		return DECODE_WHOLE;
	case Z_BUF_ERROR:
		return DECODE_CUT;
	case Z_MEM_ERROR:
		return DECODE_MEMORY;
	default: /* Z_DATA_ERROR, Z_NEED_DICT */
		return DECODE_DAMAGED;
	}
}

enum decode_end decode_inflate(struct arena *a, struct span in, enum decode_wrap wrap,
			       const struct decode_out *out, size_t *used)
{
	static const int bits[] = {
		[DECODE_RAW] = -MAX_WBITS, [DECODE_ZLIB] = MAX_WBITS, [DECODE_GZIP] = MAX_WBITS + 16
	};
	z_stream z = { .zalloc = take, .zfree = give_back, .opaque = a };
	uint8_t *piece = arena_alloc(a, PIECE);
	size_t at = 0;
	int code;

	*used = 0;
	if (piece == NULL || inflateInit2(&z, bits[wrap]) != Z_OK)
		return DECODE_MEMORY;
	do {
		struct span some = span_cut(in, at, MOST);
		z.next_in = some.p;
		z.avail_in = (uInt)some.n;
		z.next_out = piece;
		z.avail_out = PIECE;
		code = inflate(&z, Z_NO_FLUSH);
		at += some.n - z.avail_in;
		*used = at;
		struct span got = { piece, PIECE - z.avail_out };
		if (got.n != 0 && !out->put(out->ctx, got))
			return DECODE_STOPPED;
	} while (code == Z_OK);
	return end_of(code);
}
