/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/readers.h"

#include <libdeflate.h>

/*
 * Files of lzop(1), of which there is no description but its source (src/conf.h, lzop.c): a mark,
 * then for each file a header with a checksum and blocks of at most 64 MiB, with checksums of what
 * is packed, what is unpacked, or neither.
 */

enum { /* flags */
       ADLER_OF_PLAIN = 1,
       ADLER_OF_PACKED = 2,
       EXTRA_FIELD = 0x40,
       CRC_OF_PLAIN = 0x100,
       CRC_OF_PACKED = 0x200,
       FILTER = 0x800,
};

enum { MARK = 9, WITH_LEVEL = 0x0940, MAX_BLOCK = 64 << 20, METHODS = 3 };

static const char mark[] = "\x89LZO\0\r\n\x1a\n";

struct header {
	unsigned version, method;
	uint32_t flags;
	struct span name;
};

bool lzop_known(const struct unpack_look *look)
{
	return look->bytes.n > MARK && memcmp(look->bytes.p, mark, MARK) == 0;
}

static bool read_header(struct cursor *c, struct header *h)
{
	*h = (struct header){ .version = cursor_be16(c) };
	bool wide = h->version >= WITH_LEVEL;
	cursor_skip(c, wide ? 4 : 2); /* of the library, and that is needed */
	h->method = cursor_u8(c);
	cursor_skip(c, wide ? 1 : 0); /* level */
	h->flags = cursor_be32(c);
	if ((h->flags & FILTER) != 0)
		cursor_skip(c, 4);
	cursor_skip(c, wide ? 12 : 8); /* mode, time */
	h->name = cursor_take(c, cursor_u8(c));
	cursor_skip(c, 4); /* its checksum */
	if ((h->flags & EXTRA_FIELD) != 0) {
		cursor_skip(c, cursor_be32(c));
		cursor_skip(c, 4);
	}
	return cursor_ok(c);
}

/* What a block of `n` bytes should come to, by the checksum that there is. */
static bool is_right(struct span plain, uint32_t flags, uint32_t adler, uint32_t crc)
{
	return ((flags & ADLER_OF_PLAIN) == 0 ||
		libdeflate_adler32(1, plain.p, plain.n) == adler) &&
	       ((flags & CRC_OF_PLAIN) == 0 || libdeflate_crc32(0, plain.p, plain.n) == crc);
}

/* One block of the member that is begun.  False: there is no more to come, which has been noted
 * where it is not the end. */
static bool give_block(struct unpack *u, const struct header *h, struct cursor *c)
{
	uint64_t at = cursor_place(c), had = unpack_so_far(u).n;
	uint32_t size = cursor_be32(c), adler = 0, crc = 0;

	if (cursor_ok(c) && size == 0)
		return false;
	uint32_t packed = cursor_be32(c);
	if ((h->flags & ADLER_OF_PLAIN) != 0)
		adler = cursor_be32(c);
	if ((h->flags & CRC_OF_PLAIN) != 0)
		crc = cursor_be32(c);
	if (packed < size && (h->flags & ADLER_OF_PACKED) != 0)
		cursor_skip(c, 4);
	if (packed < size && (h->flags & CRC_OF_PACKED) != 0)
		cursor_skip(c, 4);
	if (!cursor_ok(c) || size > MAX_BLOCK || packed > size) {
		unpack_gap(u, REASON_DAMAGED, at, "lzop: a block");
		return false;
	}
	size_t left = cursor_left(c), made = 0;
	struct span in = cursor_take(c, packed < left ? packed : left);
	enum decode_end end = DECODE_WHOLE;
	if (packed == size) {
		if (!unpack_write(u, in))
			return false;
	} else {
		uint8_t *to = unpack_room(u, size);
		if (to == NULL)
			return false;
		end = decode_lzo(in, to, size, &made);
		unpack_filled(u, made);
	}
	if (in.n < packed)
		end = DECODE_CUT;
	decode_gap(u, end, at, "lzop");
	struct span plain = span_cut(unpack_so_far(u), had, size);
	if (end == DECODE_WHOLE && plain.n != size)
		unpack_gap(u, REASON_DAMAGED, at, "lzop: a block of another size");
	else if (end == DECODE_WHOLE && !is_right(plain, h->flags, adler, crc))
		unpack_gap(u, REASON_DAMAGED, at, "lzop: the checksum of a block differs");
	return end == DECODE_WHOLE && unpack_steps(u, BUDGET_MEMBER_STEPS);
}

bool lzop_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	struct header h;

	while (cursor_left(&c) > MARK && memcmp(object.p + c.at, mark, MARK) == 0) {
		uint64_t at = cursor_place(&c);
		cursor_skip(&c, MARK);
		if (!read_header(&c, &h))
			return error_set(e, REASON_DAMAGED, at, "lzop: a header");
		struct unpack_member m = {
			.name = h.name, .size = UNPACK_UNKNOWN, .packed = UNPACK_UNKNOWN, .at = at
		};
		if (!unpack_begin(u, &m))
			return true;
		bool known = h.method >= 1 && h.method <= METHODS && (h.flags & FILTER) == 0;
		if (!known)
			unpack_gap(u, REASON_UNSUPPORTED, at, "lzop method %u%s", h.method,
				   (h.flags & FILTER) != 0 ? " with a filter" : "");
		while (known && give_block(u, &h, &c))
			;
		unpack_end(u);
		if (!known)
			return true;
	}
	if (cursor_left(&c) != 0)
		unpack_gap(u, REASON_DAMAGED, cursor_place(&c), "lzop: %zu bytes after the end",
			   cursor_left(&c));
	return true;
}
