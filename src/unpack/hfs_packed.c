/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/hfs.h"

/*
 * Files of HFS+ that are compressed without their programs' knowing: an attribute
 * "com.apple.decmpfs" has a head of 16 bytes, and the bytes behind it or in blocks of 64 KiB in the
 * resource fork (sys/decmpfs.h of Apple's kernel; the blocks are described by those who read them).
 */

enum {
	HEAD = 16,
	BLOCK = 65536,
	MAX_PACKED = 1 << 18, /* such files */
	INLINE = 0x10,        /* the kind of an attribute that stands in the tree */
	MAX_BLOCK = BLOCK + 4096,
	MAGIC = 0x636d7066,
};

enum method { PLAIN, ZLIB, LZVN, LZFSE, UNKNOWN };

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
	case 11:
		return (struct kind){ LZFSE, false };
	case 12:
		return (struct kind){ LZFSE, true };
	default:
		return (struct kind){ UNKNOWN, false };
	}
}

/* ---- which files */

static bool is_decmpfs(struct span key, uint32_t *id)
{
	static const char name[] = "com.apple.decmpfs";
	struct cursor c = cursor_of(key);

	cursor_skip(&c, 2);
	*id = cursor_be32(&c);
	cursor_skip(&c, 4);
	if (cursor_be16(&c) != sizeof name - 1)
		return false;
	for (size_t i = 0; i < sizeof name - 1; i++)
		if (cursor_be16(&c) != (uint8_t)name[i])
			return false;
	return cursor_ok(&c);
}

bool hfs_packed_find(struct hfs *h)
{
	struct span key, value;
	struct hfs_walk w;
	size_t n = 0;
	uint32_t id;

	h->attribute = arena_alloc(&h->v.u->arena, HFS_MAX_NODE);
	if (h->attribute == NULL)
		return false;
	if (h->attributes.size == 0)
		return true;
	if (!hfs_walk_begin(h, &h->attributes, h->attribute, &w)) {
		h->v.damaged = true;
		return true;
	}
	while (hfs_walk_next(h, &w, &key, &value))
		n += is_decmpfs(key, &id);
	h->v.damaged = h->v.damaged || w.damaged;
	h->packed = arena_array(&h->v.u->arena, n < MAX_PACKED ? n : MAX_PACKED, sizeof *h->packed);
	if (h->packed == NULL)
		return false;
	if (n > MAX_PACKED)
		unpack_gap(h->v.u, REASON_LIMIT, PLACE_NONE, "files: HFS+: more compressed than %d",
			   MAX_PACKED);
	if (!hfs_walk_begin(h, &h->attributes, h->attribute, &w))
		return true;
	while (hfs_walk_next(h, &w, &key, &value) && h->n_packed < MAX_PACKED)
		if (is_decmpfs(key, &id) && h->n_packed < n)
			h->packed[h->n_packed++] = (struct hfs_packed){ id, w.node, w.record - 1 };
	return true;
}

/* The place of a file's attribute; NULL: it has none. */
static const struct hfs_packed *find(const struct hfs *h, uint32_t id)
{
	size_t low = 0, high = h->n_packed;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		if (h->packed[at].id < id)
			low = at + 1;
		else
			high = at;
	}
	return low < h->n_packed && h->packed[low].id == id ? &h->packed[low] : NULL;
}

/* ---- their bytes */

/* One piece, of which `size` bytes should come out.  A mark says where it is not packed. */
static enum decode_end put_block(struct unpack *u, enum method method, struct span in, size_t size)
{
	struct decode_out out = decode_member(u);
	uint8_t first = in.n != 0 ? in.p[0] : 0;
	enum decode_end end = DECODE_WHOLE;
	size_t made = 0, used;

	if (method == PLAIN || (method == ZLIB && (first & 15) == 15) ||
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
static bool block_place(struct hfs *h, const struct hfs_fork *f, bool old, uint64_t i, uint64_t *at,
			uint64_t *n)
{
	uint8_t p[8];
	struct cursor c = cursor_of((struct span){ p, sizeof p });
	uint64_t base = 0;

	if (old) {
		if (!hfs_copy(h, f, 0, p, 4))
			return false;
		base = cursor_be32(&c) + 4ull;
		if (!hfs_copy(h, f, base + 4 + 8 * i, p, sizeof p))
			return false;
		cursor_seek(&c, 0);
		*at = base + cursor_le32(&c);
		*n = cursor_le32(&c);
		return true;
	}
	if (!hfs_copy(h, f, 4 * i, p, sizeof p))
		return false;
	*at = cursor_le32(&c);
	uint64_t end = cursor_le32(&c);
	*n = end - *at;
	return end >= *at;
}

static enum decode_end put_fork(struct hfs *h, const struct hfs_fork *f, enum method method,
				uint64_t size)
{
	struct unpack *u = h->v.u;
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
		if (!block_place(h, f, method == ZLIB, i, &at, &n) || n > MAX_BLOCK ||
		    !hfs_copy(h, f, at, p, (size_t)n))
			return DECODE_DAMAGED;
		end = put_block(u, method, (struct span){ p, (size_t)n },
				left < BLOCK ? (size_t)left : BLOCK);
	}
	return end;
}

bool hfs_packed_give(struct hfs *h, uint32_t id, const struct hfs_fork *resource)
{
	const struct hfs_packed *place = find(h, id);
	struct unpack *u = h->v.u;
	struct span key, value;
	struct hfs_walk w;

	if (place == NULL || !hfs_walk_begin(h, &h->attributes, h->attribute, &w) ||
	    !hfs_record(h, &w, place->node, place->record, &key, &value))
		return false;
	struct cursor c = cursor_of(value);
	uint32_t stands = cursor_be32(&c);
	cursor_skip(&c, 8);
	struct cursor d = cursor_of(cursor_take(&c, cursor_be32(&c)));
	uint32_t magic = cursor_le32(&d), type = cursor_le32(&d);
	uint64_t size = cursor_le64(&d);
	struct span rest = cursor_take(&d, cursor_left(&d));
	struct kind kind = kind_of(type);
	if (!cursor_ok(&c) || !cursor_ok(&d) || magic != MAGIC || stands != INLINE) {
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "HFS+: com.apple.decmpfs");
		return true;
	}
	if (kind.method == UNKNOWN) {
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "HFS+ compression %u",
			   (unsigned)type);
		return true;
	}
	enum decode_end end =
		kind.in_fork ? put_fork(h, resource, kind.method, size)
			     : put_block(u, kind.method, rest, size < BLOCK ? (size_t)size : BLOCK);
	if (end == DECODE_WHOLE && unpack_so_far(u).n < size)
		end = DECODE_CUT;
	decode_gap(u, end, PLACE_NONE, "HFS+ compression");
	return true;
}
