/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decmpfs.h"
#include "unpack/decode.h"

#include <stdio.h>

enum {
	BLOCK = 65536,
	MAX_BLOCK = BLOCK + 4096,
	MAGIC = 0x636d7066,
};

/* MARKED: as it is, behind a byte that says so. */
enum method { PLAIN, MARKED, ZLIB, LZVN, LZFSE, UNKNOWN };

struct kind {
	enum method method;
	bool in_fork;
};

static struct kind kind_of(uint32_t type)
{
	switch (type) {
	case 1:
		return (struct kind){ PLAIN, false };
	case 3:
		return (struct kind){ ZLIB, false };
	case 4:
		return (struct kind){ ZLIB, true };
	case 7:
		return (struct kind){ LZVN, false };
	case 8:
		return (struct kind){ LZVN, true };
	case 9:
		return (struct kind){ MARKED, false };
	case 10:
		return (struct kind){ MARKED, true };
	case 11:
		return (struct kind){ LZFSE, false };
	case 12:
		return (struct kind){ LZFSE, true };
	default:
		return (struct kind){ UNKNOWN, false };
	}
}

/* ---- their bytes */

/* One piece, of which `size` bytes should come out.  A mark says where it is not packed. */
static enum decode_end put_block(struct unpack *u, enum method method, struct span in, size_t size)
{
	struct decode_out out = decode_member(u);
	uint8_t first = in.n != 0 ? in.p[0] : 0;
	enum decode_end end = DECODE_WHOLE;
	size_t made = 0, used;

	if (method == PLAIN || method == MARKED || (method == ZLIB && (first & 15) == 15) ||
	    (method == LZVN && first == 6) || (method == LZFSE && first == 0xff))
		return out.put(out.ctx, span_cut(in, method == PLAIN ? 0 : 1, in.n))
			       ? DECODE_WHOLE
			       : DECODE_STOPPED;
	if (method == ZLIB)
		return decode_inflate(in, DECODE_ZLIB, &out, &used);
	uint8_t *to = unpack_room(u, size);
	if (to == NULL)
		return DECODE_STOPPED;
	end = method == LZVN ? decode_lzvn(in, to, size, &made)
			     : decode_lzfse(&u->scratch, in, to, size, &made);
	unpack_filled(u, made);
	return end;
}

/* Where block `i` of a resource fork is.  The older way has a table in a resource, the newer one at
 * the start, of one entry more than there are blocks. */
static bool block_place(decmpfs_copy *copy, void *fork, bool old, uint64_t i, uint64_t *at,
			uint64_t *n)
{
	uint8_t p[8];
	struct cursor c = cursor_of((struct span){ p, sizeof p });
	uint64_t base = 0;

	if (old) {
		if (!copy(fork, 0, p, 4))
			return false;
		base = cursor_be32(&c) + 4ull;
		if (!copy(fork, base + 4 + 8 * i, p, sizeof p))
			return false;
		cursor_seek(&c, 0);
		*at = base + cursor_le32(&c);
		*n = cursor_le32(&c);
		return true;
	}
	if (!copy(fork, 4 * i, p, sizeof p))
		return false;
	*at = cursor_le32(&c);
	uint64_t end = cursor_le32(&c);
	*n = end - *at;
	return end >= *at;
}

static enum decode_end put_fork(struct unpack *u, decmpfs_copy *copy, void *fork,
				enum method method, uint64_t size)
{
	enum decode_end end = DECODE_WHOLE;
	uint64_t at, n;

	for (uint64_t i = 0; i * BLOCK < size && end == DECODE_WHOLE; i++) {
		uint64_t left = size - i * BLOCK;
		arena_reset(&u->scratch);
		uint8_t *p = arena_alloc(&u->scratch, MAX_BLOCK);
		if (p == NULL)
			return DECODE_MEMORY;
		if (!unpack_steps(u, BUDGET_MEMBER_STEPS))
			return DECODE_STOPPED;
		if (!block_place(copy, fork, method == ZLIB || method == MARKED, i, &at, &n) ||
		    n > MAX_BLOCK || !copy(fork, at, p, (size_t)n))
			return DECODE_DAMAGED;
		end = put_block(u, method, (struct span){ p, (size_t)n },
				left < BLOCK ? (size_t)left : BLOCK);
	}
	return end;
}

void decmpfs_give(struct unpack *u, const char *format, struct span attribute, decmpfs_copy *copy,
		  void *fork)
{
	struct cursor c = cursor_of(attribute);
	uint32_t magic = cursor_le32(&c), type = cursor_le32(&c);
	uint64_t size = cursor_le64(&c);
	struct span rest = cursor_take(&c, cursor_left(&c));
	struct kind kind = kind_of(type);
	char what[64];

	if (!cursor_ok(&c) || magic != MAGIC) {
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "%s: com.apple.decmpfs", format);
		return;
	}
	if (kind.method == UNKNOWN) {
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "%s compression %u", format,
			   (unsigned)type);
		return;
	}
	enum decode_end end =
		kind.in_fork ? put_fork(u, copy, fork, kind.method, size)
			     : put_block(u, kind.method, rest, size < BLOCK ? (size_t)size : BLOCK);
	if (end == DECODE_WHOLE && unpack_so_far(u).n < size)
		end = DECODE_CUT;
	snprintf(what, sizeof what, "%s compression", format);
	decode_gap(u, end, PLACE_NONE, what);
}
