/* SPDX-License-Identifier: Apache-2.0 */

/*
 * SZDD: what MS-DOS's COMPRESS.EXE wrote, and EXPAND.EXE reads; and the form that QBasic's
 * installer had.  The format was never published; it is described by those who read it (libmspack's
 * documentation): LZSS over a window of 4096 blanks.  Its sibling is in kwaj.c.
 */

#include "unpack/decode.h"
#include "unpack/readers.h"

enum { START = 4096 - 16, START_QBASIC = 4096 - 18 }; /* where in the window it begins */

static const uint8_t szdd_magic[8] = { 'S', 'Z', 'D', 'D', 0x88, 0xf0, 0x27, 0x33 };
static const uint8_t qbasic_magic[8] = { 'S', 'Z', ' ', 0x88, 0xf0, 0x27, 0x33, 0xd1 };

static bool begins(struct span s, const uint8_t magic[8])
{
	return s.n >= 8 && memcmp(s.p, magic, 8) == 0;
}

static bool give(struct unpack *u, struct cursor *c, uint64_t size, unsigned start)
{
	struct unpack_member m = { .size = size, .packed = cursor_left(c), .at = c->at };
	size_t used;

	if (!unpack_begin(u, &m))
		return false;
	struct decode_out out = decode_member(u);
	decode_gap(u, decode_lzss(cursor_take(c, cursor_left(c)), start, size, &out, &used),
		   PLACE_NONE, "SZDD");
	unpack_end(u);
	return true;
}

bool szdd_known(const struct unpack_look *look)
{
	return begins(look->bytes, szdd_magic) || begins(look->bytes, qbasic_magic);
}

bool szdd_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	bool qbasic = begins(object, qbasic_magic);

	cursor_skip(&c, 8);
	uint8_t mode = qbasic ? 'A' : cursor_u8(&c);
	cursor_skip(&c, qbasic ? 0 : 1); /* last letter of the name */
	uint32_t size = cursor_le32(&c);
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, object.n, "SZDD: the header is cut off");
	if (mode != 'A')
		return error_set(e, REASON_UNSUPPORTED, 8, "SZDD mode %u", mode);
	/* readers that do not go by the size find what is there where it says that there is nothing
	 */
	if (size != 0 || cursor_left(&c) != 0)
		(void)!give(u, &c, size != 0 ? size : UNPACK_UNKNOWN,
			    qbasic ? START_QBASIC : START);
	return true;
}
