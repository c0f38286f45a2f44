/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/hfs_catalog.h"
#include "unpack/readers.h"

/*
 * HFS+ and HFSX (Apple's Technical Note TN1150), as in disk images: files by their ways, with their
 * resource forks and what is compressed behind their backs.  The journal is not played back.
 */

enum {
	HEAD_AT = 1024,
	HEAD = 512,
	BLOCK_AT = 40,
	FORKS_AT = 112,
	MIN_BLOCK = 512,
	MAX_BLOCK = 16 << 20,
	ID_EXTENTS = 3,
	ID_CATALOG = 4,
	ID_ATTRIBUTES = 8,
	DATA_FORK_AT = 88,
	FLAGS_AT = 41,
};

bool hfsplus_known(const struct unpack_look *look)
{
	struct span s = span_cut(look->bytes, HEAD_AT, 4);

	return s.n == 4 && (memcmp(s.p, "H+\0\4", 4) == 0 || memcmp(s.p, "HX\0\5", 4) == 0);
}

/* ---- the catalog */

/* A name (2 bytes of length and UTF-16), of which "/" becomes ":" as Unix shows it. */
static size_t read_name(struct cursor *c, uint8_t out[HFS_MAX_NAME])
{
	unsigned left = cursor_be16(c);
	size_t n = 0;

	while (left-- > 0 && cursor_ok(c) && n + WIDE_ROOM <= HFS_MAX_NAME) {
		uint32_t unit = cursor_be16(c);
		if (unit >= 0xd800 && unit < 0xdc00 && left > 0) {
			uint32_t low = cursor_be16(c);
			left--;
			unit = low >= 0xdc00 && low < 0xe000
				       ? 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff))
				       : 0xfffd;
		} else if (unit >= 0xd800 && unit < 0xe000) {
			unit = 0xfffd;
		}
		n += wide_put(unit == '/' ? ':' : unit, out + n);
	}
	return n;
}

static bool read_entry(struct span key, struct span value, struct hfs_entry *out)
{
	struct cursor k = cursor_of(key), v = cursor_of(value);

	out->parent = cursor_be32(&k);
	out->n = read_name(&k, out->name);
	out->type = cursor_be16(&v);
	cursor_skip(&v, 6);
	out->id = cursor_be32(&v);
	if (out->type != HFS_FILE)
		return cursor_ok(&k) && cursor_ok(&v);
	cursor_seek(&v, FLAGS_AT);
	out->flags = cursor_u8(&v);
	cursor_seek(&v, DATA_FORK_AT);
	out->data = hfs_fork_at(&v, out->id, HFS_DATA);
	out->resource = hfs_fork_at(&v, out->id, HFS_RESOURCE);
	return cursor_ok(&k) && cursor_ok(&v);
}

bool hfsplus_read(struct span object, struct unpack *u, struct error *e)
{
	struct hfs *h = arena_alloc(&u->arena, sizeof *h);
	struct cursor c = cursor_of(span_cut(object, HEAD_AT, HEAD));

	if (h == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "HFS+");
	h->v = (struct volume){ .u = u, .image = object, .format = "HFS+" };
	cursor_seek(&c, BLOCK_AT);
	h->block = cursor_be32(&c);
	uint64_t blocks = cursor_be32(&c);
	cursor_seek(&c, FORKS_AT + HFS_FORK_BYTES);
	h->extents = hfs_fork_at(&c, ID_EXTENTS, HFS_DATA);
	h->catalog = hfs_fork_at(&c, ID_CATALOG, HFS_DATA);
	h->attributes = hfs_fork_at(&c, ID_ATTRIBUTES, HFS_DATA);
	if (!cursor_ok(&c) || h->block < MIN_BLOCK || h->block > MAX_BLOCK ||
	    (h->block & (h->block - 1)) != 0)
		return error_set(e, REASON_DAMAGED, HEAD_AT, "HFS+: the volume's header");
	if (blocks * h->block > object.n)
		unpack_gap(u, REASON_DAMAGED, object.n, "HFS+: the image ends too soon");
	return hfs_catalog_give(h, read_entry, e);
}
