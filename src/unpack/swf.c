/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Flash movies (SWF File Format Specification, version 19): a compressed one as an uncompressed
 * member, of which the binary data tags (DefineBinaryData) are members in turn.
 */

#include "unpack/decode.h"
#include "unpack/give.h"
#include "unpack/readers.h"

enum {
	HEADER = 8,
	LZMA_END = 32, /* bytes that a stream of LZMA may have behind what is wanted */
	DEFINE_BINARY_DATA = 87,
	END_TAG = 0,
	LONG_TAG = 0x3f,
};

bool swf_known(const struct unpack_look *look)
{
	struct span s = look->bytes;

	return s.n > HEADER && (s.p[0] == 'F' || s.p[0] == 'C' || s.p[0] == 'Z') && s.p[1] == 'W' &&
	       s.p[2] == 'S' && s.p[3] > 0 && s.p[3] < 64;
}

/* The member begins with a header that says "uncompressed". */
static bool begin_movie(struct unpack *u, struct span object)
{
	struct cursor c = cursor_of(object);
	struct unpack_member m = { .name = span_of("movie.swf"), .packed = object.n, .at = 0 };
	uint8_t header[HEADER];

	cursor_skip(&c, 4);
	m.size = cursor_le32(&c);
	if (!unpack_begin(u, &m))
		return false;
	memcpy(header, object.p, HEADER);
	header[0] = 'F';
	return unpack_write(u, (struct span){ header, HEADER });
}

/* The movie of a stream of LZMA; where the header says that there is none, all that is there. */
static enum decode_end inflate_lzma(struct span object, uint32_t stated,
				    const struct decode_out *out)
{
	struct cursor c = cursor_of(span_cut(object, HEADER, 4));
	struct span in = span_cut(object, HEADER + 9, object.n);
	uint64_t packed = span_cut(in, 0, cursor_le32(&c)).n;
	uint64_t size = stated > HEADER ? stated - HEADER : UNPACK_UNKNOWN;
	size_t used = 0;
	enum decode_end end =
		decode_lzma_raw(span_cut(object, HEADER + 4, 5), size, in, out, &used);

	/* behind the movie only the mark of an end */
	return end == DECODE_WHOLE && packed > used + LZMA_END ? DECODE_DAMAGED : end;
}

static void read_compressed(struct span object, struct unpack *u)
{
	struct decode_out out = decode_member(u);
	struct cursor c = cursor_of(span_cut(object, 4, 4));
	uint32_t size = cursor_le32(&c);
	enum decode_end end;
	size_t used;

	if (!begin_movie(u, object))
		return;
	if (object.p[0] == 'C')
		end = decode_inflate(span_cut(object, HEADER, object.n), DECODE_ZLIB, &out, &used);
	else
		end = inflate_lzma(object, size, &out);
	decode_gap(u, end, HEADER, "SWF");
	unpack_end(u);
}

static void read_tags(struct span object, struct unpack *u)
{
	struct cursor c = cursor_of(object);

	cursor_skip(&c, HEADER);
	unsigned bits = cursor_u8(&c) >> 3; /* of each side of the frame */
	cursor_skip(&c, (5 + 4 * bits + 7) / 8 - 1);
	cursor_skip(&c, 4); /* rate and count of frames */
	while (cursor_left(&c) >= 2) {
		unsigned head = cursor_le16(&c), type = head >> 6;
		uint64_t size = (head & LONG_TAG) == LONG_TAG ? cursor_le32(&c) : head & LONG_TAG;
		size_t left = cursor_left(&c);
		struct span data = cursor_take(&c, size < left ? size : left);
		if (type == END_TAG || !unpack_steps(u, 4))
			return;
		if (type == DEFINE_BINARY_DATA &&
		    data.n > 6 && /* its number, and 4 bytes of nothing */
		    !give_whole(u, (struct span){ NULL, 0 }, NULL, span_cut(data, 6, data.n)))
			return;
	}
}

bool swf_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	if (object.p[0] == 'F')
		read_tags(object, u);
	else
		read_compressed(object, u);
	return true;
}
