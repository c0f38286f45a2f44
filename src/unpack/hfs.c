/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/hfs_catalog.h"
#include "unpack/readers.h"

/*
 * HFS, the forerunner of HFS+ (Inside Macintosh: Files, 2): files by their ways, with their
 * resource forks.  Names are in MacRoman.  An HFS+ volume that lies in one, for machines that do
 * not know better (TN1150, "HFS Wrapper"), is a member.
 */

enum {
	HEAD_AT = 1024, /* the master directory block */
	HEAD = 162,
	SECTOR = 512,
	NAME_AT = 36, /* drVN */
	NAME_MOST = 27,
	FILE_NAME_MOST = 31,
	EMBEDDED_AT = 124,
	EMBEDDED = 0x482b, /* "H+" */
	FORKS_AT = 130,
	ID_EXTENTS = 3,
	ID_CATALOG = 4,
};

struct head {
	uint64_t first, n, block; /* where the blocks begin; how many; bytes of each */
	uint64_t embedded_at, embedded_n;
};

static bool read_head(struct span s, struct head *out)
{
	struct cursor c = cursor_of(span_cut(s, HEAD_AT, HEAD));
	bool marked = cursor_be16(&c) == 0x4244; /* "BD" */

	cursor_seek(&c, 18);
	out->n = cursor_be16(&c);
	out->block = cursor_be32(&c);
	cursor_seek(&c, 28);
	out->first = (uint64_t)cursor_be16(&c) * SECTOR;
	cursor_seek(&c, NAME_AT);
	unsigned name = cursor_u8(&c);
	cursor_seek(&c, EMBEDDED_AT);
	bool embedded = cursor_be16(&c) == EMBEDDED;
	out->embedded_at = out->first + cursor_be16(&c) * out->block;
	out->embedded_n = embedded ? cursor_be16(&c) * out->block : 0;
	return cursor_ok(&c) && marked && out->n != 0 && out->block != 0 &&
	       out->block % SECTOR == 0 && out->first > HEAD_AT && name >= 1 && name <= NAME_MOST;
}

bool hfs_known(const struct unpack_look *look)
{
	struct head h;

	return read_head(look->bytes, &h);
}

/* MacRoman from 128 on (Apple's ROMAN.TXT, 2005). */
static const uint16_t roman[128] = {
	0x00c4, 0x00c5, 0x00c7, 0x00c9, 0x00d1, 0x00d6, 0x00dc, 0x00e1, 0x00e0, 0x00e2, 0x00e4,
	0x00e3, 0x00e5, 0x00e7, 0x00e9, 0x00e8, 0x00ea, 0x00eb, 0x00ed, 0x00ec, 0x00ee, 0x00ef,
	0x00f1, 0x00f3, 0x00f2, 0x00f4, 0x00f6, 0x00f5, 0x00fa, 0x00f9, 0x00fb, 0x00fc, 0x2020,
	0x00b0, 0x00a2, 0x00a3, 0x00a7, 0x2022, 0x00b6, 0x00df, 0x00ae, 0x00a9, 0x2122, 0x00b4,
	0x00a8, 0x2260, 0x00c6, 0x00d8, 0x221e, 0x00b1, 0x2264, 0x2265, 0x00a5, 0x00b5, 0x2202,
	0x2211, 0x220f, 0x03c0, 0x222b, 0x00aa, 0x00ba, 0x03a9, 0x00e6, 0x00f8, 0x00bf, 0x00a1,
	0x00ac, 0x221a, 0x0192, 0x2248, 0x2206, 0x00ab, 0x00bb, 0x2026, 0x00a0, 0x00c0, 0x00c3,
	0x00d5, 0x0152, 0x0153, 0x2013, 0x2014, 0x201c, 0x201d, 0x2018, 0x2019, 0x00f7, 0x25ca,
	0x00ff, 0x0178, 0x2044, 0x20ac, 0x2039, 0x203a, 0xfb01, 0xfb02, 0x2021, 0x00b7, 0x201a,
	0x201e, 0x2030, 0x00c2, 0x00ca, 0x00c1, 0x00cb, 0x00c8, 0x00cd, 0x00ce, 0x00cf, 0x00cc,
	0x00d3, 0x00d4, 0xf8ff, 0x00d2, 0x00da, 0x00db, 0x00d9, 0x0131, 0x02c6, 0x02dc, 0x00af,
	0x02d8, 0x02d9, 0x02da, 0x00b8, 0x02dd, 0x02db, 0x02c7,
};

/* A byte of length, and so many of the name. */
static size_t read_name(struct cursor *c, uint8_t out[HFS_MAX_NAME])
{
	unsigned left = cursor_u8(c);
	size_t n = 0;

	for (; left > 0 && cursor_ok(c) && n + WIDE_ROOM <= HFS_MAX_NAME; left--) {
		unsigned b = cursor_u8(c);
		n += wide_put(b == '/' ? ':' : b < 128 ? b : roman[b - 128], out + n);
	}
	return n;
}

static bool read_entry(struct span key, struct span value, struct hfs_entry *out)
{
	struct cursor k = cursor_of(key), v = cursor_of(value);

	cursor_skip(&k, 1);
	out->parent = cursor_be32(&k);
	out->n = read_name(&k, out->name);
	out->type = cursor_u8(&v);
	if (out->type == HFS_FOLDER) {
		cursor_seek(&v, 6);
		out->id = cursor_be32(&v);
	} else if (out->type == HFS_FILE) {
		cursor_seek(&v, 20);
		out->id = cursor_be32(&v);
		cursor_skip(&v, 2);
		uint64_t data = cursor_be32(&v);
		cursor_seek(&v, 36);
		uint64_t resource = cursor_be32(&v);
		cursor_seek(&v, 74);
		out->data = hfs_old_fork_at(&v, data, out->id, HFS_DATA);
		out->resource = hfs_old_fork_at(&v, resource, out->id, HFS_RESOURCE);
	}
	return cursor_ok(&k) && cursor_ok(&v);
}

bool hfs_read(struct span object, struct unpack *u, struct error *e)
{
	struct hfs *h = arena_alloc(&u->arena, sizeof *h);
	struct cursor c = cursor_of(span_cut(object, HEAD_AT, HEAD));
	struct head head;

	if (h == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "HFS");
	(void)read_head(object, &head);
	h->v = (struct volume){ .u = u, .image = object, .format = "HFS" };
	h->old = true;
	h->block = (uint32_t)head.block;
	h->base = head.first;
	cursor_seek(&c, FORKS_AT);
	uint32_t size = cursor_be32(&c);
	h->extents = hfs_old_fork_at(&c, size, ID_EXTENTS, HFS_DATA);
	size = cursor_be32(&c);
	h->catalog = hfs_old_fork_at(&c, size, ID_CATALOG, HFS_DATA);
	if (head.first + head.n * head.block > object.n)
		unpack_gap(u, REASON_DAMAGED, object.n, "HFS: the image ends too soon");
	struct span inner = span_cut(object, head.embedded_at, head.embedded_n);
	struct unpack_member m = { .name = span_of("volume"),
				   .size = head.embedded_n,
				   .packed = head.embedded_n,
				   .at = head.embedded_at };
	if (head.embedded_n != 0 && !unpack_whole(u, &m, inner))
		return true;
	return hfs_catalog_give(h, read_entry, e);
}
