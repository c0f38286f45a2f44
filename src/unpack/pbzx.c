/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/readers.h"

/*
 * The payload of Apple's packages: pieces of 16 MiB, each an xz of its own or, where that would be
 * no shorter, as it is.  Apple has published no description; this is what those agree on who have
 * written one: "pbzx", the size of a whole piece, and of each piece its size and that of what it
 * has here, all numbers the highest byte first.
 */

enum { MARK = 4, HEADER = MARK + 8 };

bool pbzx_known(const struct unpack_look *look)
{
	return look->bytes.n >= HEADER && memcmp(look->bytes.p, "pbzx", MARK) == 0;
}

/* False: it does not go on. */
static bool give_piece(struct unpack *u, struct cursor *c)
{
	uint64_t at = cursor_place(c);
	struct decode_out out = decode_member(u);
	size_t used = 0;

	cursor_skip(c, 8);
	uint64_t n = cursor_be64(c);
	if (!cursor_ok(c) || n > cursor_left(c)) {
		unpack_gap(u, REASON_DAMAGED, at, "pbzx: a piece is cut off");
		n = cursor_ok(c) ? cursor_left(c) : 0;
	}
	struct span piece = cursor_take(c, n);
	struct unpack_look look = { .bytes = piece };
	if (!xz_known(&look))
		return unpack_write(u, piece);
	enum decode_end end = decode_xz(piece, &out, &used);
	if (end == DECODE_WHOLE && used != piece.n)
		end = DECODE_DAMAGED;
	decode_gap(u, end, at, "pbzx");
	return end == DECODE_WHOLE;
}

bool pbzx_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	struct unpack_member m = { .size = UNPACK_UNKNOWN, .packed = object.n, .at = 0 };

	(void)e;
	cursor_skip(&c, HEADER);
	if (!unpack_begin(u, &m))
		return true;
	while (cursor_ok(&c) && cursor_left(&c) != 0 && unpack_steps(u, BUDGET_MEMBER_STEPS) &&
	       give_piece(u, &c))
		;
	unpack_end(u);
	return true;
}
