/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/readers.h"

/*
 * gzip (RFC 1952): one member, or several that stand one behind another and make one
 * file.  What follows the last is a gap, unless it is zeros, with which tapes are filled.
 */

enum {
	HEAD = 18, /* bytes of a header and a trailer at least */
	DEFLATE = 8,
	HAS_EXTRA = 4,
	HAS_NAME = 8,
};

bool gzip_known(const struct unpack_look *look)
{
	struct cursor c = cursor_of(look->bytes);

	return look->bytes.n >= HEAD && cursor_u8(&c) == 0x1f && cursor_u8(&c) == 0x8b &&
	       cursor_u8(&c) == DEFLATE && (cursor_u8(&c) & 0xe0) == 0;
}

/* The name that the first header gives; empty where it has none. */
static struct span name_of(struct span object)
{
	struct cursor c = cursor_of(object);

	cursor_skip(&c, 3);
	unsigned flags = cursor_u8(&c);
	cursor_skip(&c, 6);
	if ((flags & HAS_EXTRA) != 0) {
		uint16_t n = cursor_le16(&c);
		cursor_skip(&c, n);
	}
	if ((flags & HAS_NAME) == 0)
		return (struct span){ 0 };
	struct span name = cursor_cstring(&c, UNPACK_MAX_NAME);
	return cursor_ok(&c) ? name : (struct span){ 0 };
}

/* The size that the trailer of a file of one member gives, modulo 2^32. */
static uint64_t stated(struct span object)
{
	struct cursor c = cursor_of(object);

	cursor_seek(&c, object.n - 4);
	return cursor_le32(&c);
}

/* Tapes fill up with them, and what follows is read. */
static size_t zeros_before(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] == 0)
		n++;
	return n;
}

bool gzip_read(struct span object, struct unpack *u, struct error *e)
{
	struct unpack_member m = {
		.name = name_of(object), .size = UNPACK_UNKNOWN, .packed = object.n, .at = 0
	};
	struct decode_out out = decode_member(u);
	enum decode_end end = DECODE_WHOLE;
	struct span rest = object;
	uint64_t at = 0;

	(void)e;
	if (!unpack_begin(u, &m))
		return true;
	while (end == DECODE_WHOLE && rest.n >= 2 && rest.p[0] == 0x1f && rest.p[1] == 0x8b &&
	       unpack_steps(u, BUDGET_MEMBER_STEPS)) {
		size_t used;
		if (at == 0 && decode_inflate_sized(u, rest, DECODE_GZIP, stated(rest), &used))
			end = DECODE_WHOLE;
		else
			end = decode_inflate(rest, DECODE_GZIP, &out, &used);
		at += used;
		rest = span_cut(rest, used, rest.n);
		size_t zeros = zeros_before(rest);
		at += zeros;
		rest = span_cut(rest, zeros, rest.n);
	}
	decode_gap(u, end, at, "gzip");
	unpack_end(u);
	if (end == DECODE_WHOLE && rest.n != 0)
		unpack_gap(u, REASON_DAMAGED, at, "gzip: %zu bytes after the end", rest.n);
	return true;
}
