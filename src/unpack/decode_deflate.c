/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

#include <libdeflate.h>
#define ZLIB_CONST
#include <zlib.h>

enum { MOST = 1 << 30 /* zlib counts in 32 bits */ };

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

enum decode_end decode_inflate(struct span in, enum decode_wrap wrap, const struct decode_out *out,
			       size_t *used)
{
	static const int bits[] = {
		[DECODE_RAW] = -MAX_WBITS, [DECODE_ZLIB] = MAX_WBITS, [DECODE_GZIP] = MAX_WBITS + 16
	};
	uint8_t piece[DECODE_PIECE];
	z_stream z = { 0 };
	int code;

	*used = 0;
	if (inflateInit2(&z, bits[wrap]) != Z_OK)
		return DECODE_MEMORY;
	do {
		struct span some = span_cut(in, *used, MOST);
		z.next_in = some.p;
		z.avail_in = (uInt)some.n;
		z.next_out = piece;
		z.avail_out = sizeof piece;
		code = inflate(&z, Z_NO_FLUSH);
		*used += some.n - z.avail_in;
		struct span got = { piece, sizeof piece - z.avail_out };
		if (got.n != 0 && !out->put(out->ctx, got)) {
			(void)inflateEnd(&z);
			return DECODE_STOPPED;
		}
	} while (code == Z_OK);
	(void)inflateEnd(&z);
	return end_of(code);
}

static bool count(void *left, struct span bytes)
{
	size_t *n = left;

	*n -= bytes.n < *n ? bytes.n : *n;
	return *n != 0;
}

bool decode_inflates(struct span in, enum decode_wrap wrap, size_t n)
{
	const struct decode_out out = { count, &n };
	size_t used;
	enum decode_end end = decode_inflate(in, wrap, &out, &used);

	return end == DECODE_WHOLE || end == DECODE_STOPPED;
}

bool decode_inflate_sized(struct unpack *u, struct span in, enum decode_wrap wrap, uint64_t size,
			  size_t *used)
{
	enum libdeflate_result result = LIBDEFLATE_BAD_DATA;
	struct libdeflate_decompressor *d;
	size_t made = 0;
	uint8_t *to;

	/* what a stream can hold at most: not more room than it can fill is asked for */
	if (size == 0 || size / 1032 > in.n || size > unpack_left(u))
		return false;
	d = libdeflate_alloc_decompressor();
	to = d != NULL ? unpack_room(u, (size_t)size) : NULL;
	if (to != NULL && wrap == DECODE_RAW)
		result = libdeflate_deflate_decompress_ex(d, in.p, in.n, to, (size_t)size, used,
							  &made);
	else if (to != NULL && wrap == DECODE_GZIP)
		result =
			libdeflate_gzip_decompress_ex(d, in.p, in.n, to, (size_t)size, used, &made);
	libdeflate_free_decompressor(d);
	if (result != LIBDEFLATE_SUCCESS || made != size)
		return false;
	unpack_filled(u, made);
	return true;
}

enum { QUICK_ROOM = 64 << 20 }; /* bytes of memory for a stream of unknown size */

bool decode_inflate_quick(struct unpack *u, struct span in)
{
	enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE;
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	size_t used, made = 0;

	for (uint64_t times = 4; times <= 1024 && d != NULL; times *= 4) {
		uint64_t room = (uint64_t)in.n * times;
		uint8_t *to = room <= QUICK_ROOM && room <= unpack_left(u)
				      ? unpack_room(u, (size_t)room)
				      : NULL;
		if (to == NULL)
			break;
		result = libdeflate_zlib_decompress_ex(d, in.p, in.n, to, (size_t)room, &used,
						       &made);
		if (result != LIBDEFLATE_INSUFFICIENT_SPACE)
			break;
	}
	libdeflate_free_decompressor(d);
	if (result != LIBDEFLATE_SUCCESS)
		return false;
	unpack_filled(u, made);
	return true;
}
