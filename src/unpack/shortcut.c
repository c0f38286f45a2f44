/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Windows shortcuts ([MS-SHLLINK]): the command line as a text, each block of extra data that is
 * none of the specification's (2.5), and what is appended after the last one, where droppers keep
 * their files.
 */

#include "unpack/give.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

enum { /* LinkFlags (2.1.1) */
       HAS_ID_LIST = 0x01,
       HAS_LINK_INFO = 0x02,
       HAS_NAME = 0x04,
       HAS_ARGUMENTS = 0x20,
       HAS_ICON = 0x40,
       IS_UNICODE = 0x80,
       HEADER = 0x4c,
};

bool shortcut_known(const struct unpack_look *look)
{
	static const uint8_t class_id[16] = { 0x01, 0x14, 0x02, 0, 0, 0, 0, 0,
					      0xc0, 0,    0,    0, 0, 0, 0, 0x46 };

	return look->bytes.n >= HEADER && look->bytes.p[0] == HEADER &&
	       memcmp(look->bytes.p + 4, class_id, 16) == 0;
}

/* Command line arguments, in UTF-8.  False: the budget is spent. */
static bool give_arguments(struct unpack *u, struct span text, bool wide)
{
	size_t room = text.n * 2 + 1;
	char *out = arena_alloc(&u->arena, room);

	if (text.n == 0 || out == NULL)
		return true;
	size_t n = wide ? wide_text(text, out, room) : wide_narrow(text, out, room);
	return n == 0 || give_whole(u, span_of("arguments"), "text/plain",
				    (struct span){ (uint8_t *)out, n });
}

/* The strings (2.4).  False: the budget is spent. */
static bool read_strings(struct unpack *u, struct cursor *c, uint32_t flags)
{
	bool wide = (flags & IS_UNICODE) != 0;

	for (uint32_t flag = HAS_NAME; flag <= HAS_ICON; flag <<= 1) {
		if ((flags & flag) == 0)
			continue;
		unsigned n = cursor_le16(c);
		struct span text = cursor_take(c, wide ? n * 2u : n);
		if (flag == HAS_ARGUMENTS && !give_arguments(u, text, wide))
			return false;
	}
	return true;
}

bool shortcut_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);

	cursor_skip(&c, 20);
	uint32_t flags = cursor_le32(&c);
	cursor_skip(&c, HEADER - 24);
	if ((flags & HAS_ID_LIST) != 0)
		cursor_skip(&c, cursor_le16(&c));
	if ((flags & HAS_LINK_INFO) != 0) {
		uint32_t size = cursor_le32(&c); /* of itself too */
		cursor_skip(&c, size >= 4 ? size - 4 : 0);
	}
	if (!read_strings(u, &c, flags))
		return true;
	for (;;) { /* ExtraData (2.5) */
		struct cursor block = c;
		uint32_t size = cursor_le32(&block);
		if (size < 4 || !cursor_ok(&block)) {
			cursor_skip(&c, cursor_left(&c) < 4 ? cursor_left(&c) : 4);
			break;
		}
		uint32_t signature = cursor_le32(&block);
		struct span data = cursor_take(&block, size < 8 ? 0 : size - 8);
		if (!cursor_ok(&block))
			break; /* no block: appended bytes */
		c = block;
		bool known = signature >= 0xa0000001 && signature <= 0xa000000c;
		if (!known && data.n != 0 && !give_whole(u, span_of("extra"), NULL, data))
			return true;
	}
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, cursor_place(&c),
				 "LNK: cut off ([MS-SHLLINK] 2)");
	struct span rest = cursor_take(&c, cursor_left(&c));
	(void)(rest.n == 0 || give_whole(u, span_of("appended"), NULL, rest)); /* false: noted */
	return true;
}
