/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"

/* A package of rpm (LSB 5, Package Format): a lead, a header of signatures, a header, and the
 * payload, a compressed cpio, which is the one member. */

enum { LEAD = 96, HEADER = 16, ENTRY = 16, MAX_ENTRIES = 1 << 20 };

static const uint8_t lead_mark[4] = { 0xed, 0xab, 0xee, 0xdb },
		     header_mark[3] = { 0x8e, 0xad, 0xe8 };

bool rpm_known(const struct unpack_look *look)
{
	return look->bytes.n > LEAD && memcmp(look->bytes.p, lead_mark, sizeof lead_mark) == 0;
}

static bool skip_header(struct cursor *c)
{
	struct span mark = cursor_take(c, sizeof header_mark);

	if (mark.n != sizeof header_mark || memcmp(mark.p, header_mark, mark.n) != 0)
		return false;
	cursor_skip(c, HEADER - sizeof header_mark - 8);
	uint32_t n = cursor_be32(c), size = cursor_be32(c);
	if (!cursor_ok(c) || n > MAX_ENTRIES)
		return false;
	cursor_skip(c, (uint64_t)n * ENTRY + size);
	return cursor_ok(c);
}

bool rpm_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	struct unpack_member m = { .size = UNPACK_UNKNOWN };

	cursor_skip(&c, LEAD);
	if (!skip_header(&c))
		return error_set(e, REASON_DAMAGED, cursor_place(&c), "rpm: no signatures");
	cursor_skip(&c, (8 - c.at % 8) % 8);
	if (!skip_header(&c))
		return error_set(e, REASON_DAMAGED, cursor_place(&c), "rpm: no header");
	m.at = c.at;
	m.name = span_of("payload");
	m.size = m.packed = cursor_left(&c);
	struct unpack_look look = { .bytes = cursor_take(&c, cursor_left(&c)), .name = m.name };
	look.class = type_class_of(look.bytes);
	if (look.bytes.n != 0 && unpack_format(u->options, &look) == NULL)
		unpack_gap(u, REASON_UNSUPPORTED, m.at, "rpm: how its payload is compressed");
	(void)!unpack_whole(u, &m, look.bytes); /* there is only this one */
	return true;
}
