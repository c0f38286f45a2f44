/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ActiveMime: how Office keeps the OLE2 file with a document's macros beside pages and XML that it
 * writes (editdata.mso).  It was never published; those who read it found a mark, some fields, and
 * a zlib stream 46 bytes behind what the field at 30 says.  It is looked for near there as well.
 */

#include "unpack/decode.h"
#include "unpack/readers.h"

enum {
	PLACE = 30,
	PLACE_FROM = 46,
	LOOKED_AT = 1024,
	ENOUGH = 16 /* bytes that come out of what is no chance */
};

/* A zlib stream begins here (RFC 1950, 2.2). */
static bool begins(struct span s)
{
	struct cursor c = cursor_of(s);
	unsigned header = cursor_be16(&c);

	return cursor_ok(&c) && (header >> 8 & 15) == 8 && header % 31 == 0 &&
	       decode_inflates(s, DECODE_ZLIB, ENOUGH);
}

/* Where the stream begins; object.n: nowhere. */
static size_t find(struct span object)
{
	struct cursor c = cursor_of(object);

	cursor_skip(&c, PLACE);
	size_t at = PLACE_FROM + (size_t)cursor_le16(&c);
	if (begins(span_cut(object, at, object.n)))
		return at;
	for (at = 0; at < LOOKED_AT && at < object.n; at++)
		if (begins(span_cut(object, at, object.n)))
			return at;
	return object.n;
}

bool activemime_known(const struct unpack_look *look)
{
	static const char mark[] = "ActiveMime";

	return look->bytes.n >= sizeof mark && memcmp(look->bytes.p, mark, sizeof mark - 1) == 0 &&
	       find(look->bytes) < look->bytes.n;
}

bool activemime_read(struct span object, struct unpack *u, struct error *e)
{
	size_t at = find(object), used;
	struct span packed = span_cut(object, at, object.n);
	struct unpack_member m = {
		.name = span_of("macros"), .size = UNPACK_UNKNOWN, .packed = packed.n, .at = at
	};
	struct decode_out out = decode_member(u);

	(void)e;
	if (!unpack_begin(u, &m))
		return true;
	decode_gap(u, decode_inflate(packed, DECODE_ZLIB, &out, &used), m.at, "ActiveMime");
	unpack_end(u);
	return true;
}
