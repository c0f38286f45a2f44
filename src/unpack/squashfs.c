/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/sink.h"

#include <lz4.h>

/*
 * squashfs 4 (Documentation/filesystems/squashfs.rst of Linux), as it is in AppImages and firmware:
 * inodes and directories in blocks of 8 KiB that are compressed each, files in blocks of their own
 * and their ends together in fragments.  zlib, LZMA, LZO, xz, LZ4 and zstd.
 */

enum {
	SUPER = 96,
	META = 8192,
	META_STORED = 0x8000,
	BLOCK_STORED = 1 << 24,
	MIN_BLOCK = 4096,
	MAX_BLOCK = 1 << 20,
	NO_FRAGMENT = -1,
	DEPTH = 48,
	MAX_LISTING = 4 << 20, /* bytes of one directory */
	MAX_ENTRIES = 256,     /* behind one head */
	INODE_MOST = 56,
	TYPE_DIRECTORY = 1,
	TYPE_FILE = 2,
	TYPE_WIDE_DIRECTORY = 8,
	TYPE_WIDE_FILE = 9,
};

enum compression { ZLIB = 1, LZMA, LZO, XZ, LZ4, ZSTD };

static const char *const compression_name[] = { "method 0", "zlib", "LZMA", "LZO",
						"xz",       "LZ4",  "zstd" };

/* A block of inodes or directories, unpacked. */
struct meta {
	uint64_t at, next; /* in the object; at 0: none */
	size_t n;
	uint8_t p[META];
};

struct squash {
	struct unpack *u;
	struct span object;
	enum compression how;
	uint32_t block_size, n_fragments;
	uint64_t inodes, directories, fragments; /* where they begin */
	struct meta meta[3];                     /* of each of the three */
	uint8_t *fragment;                       /* block_size bytes: the one that was used last */
	uint64_t fragment_at;
	size_t fragment_n;
	bool damaged;
	size_t n_path;
	char path[UNPACK_MAX_NAME];
};

bool squashfs_known(const struct unpack_look *look)
{
	return look->bytes.n >= SUPER && memcmp(look->bytes.p, "hsqs", 4) == 0;
}

/* One block of LZ4, which has no frame, or of LZO, which never has one. */
static enum decode_end decode_block(const struct squash *q, struct span in, size_t room,
				    const struct decode_out *out)
{
	uint8_t *to = arena_alloc(&q->u->scratch, room);
	size_t made = 0;

	if (to == NULL)
		return DECODE_MEMORY;
	if (q->how == LZO) {
		enum decode_end end = decode_lzo(in, to, room, &made);
		if (end != DECODE_WHOLE)
			return end;
	} else {
		int n = LZ4_decompress_safe((const char *)in.p, (char *)to, (int)in.n, (int)room);
		if (n < 0)
			return DECODE_DAMAGED;
		made = (size_t)n;
	}
	return out->put(out->ctx, (struct span){ to, made }) ? DECODE_WHOLE : DECODE_STOPPED;
}

static enum decode_end decode(const struct squash *q, struct span in, size_t room,
			      const struct decode_out *out)
{
	size_t used;

	switch (q->how) {
	case ZLIB:
		return decode_inflate(in, DECODE_ZLIB, out, &used);
	case LZMA:
		return decode_lzma(in, out, &used);
	case XZ:
		return decode_xz(in, out, &used);
	case ZSTD:
		return decode_zstd(in, out, &used);
	default:
		return decode_block(q, in, room, out);
	}
}

/* ---- inodes, directories, the table of fragments */

static bool load(struct squash *q, struct meta *m, uint64_t at)
{
	struct cursor c = cursor_of(q->object);
	struct sink sink = { m->p, 0, META };
	struct decode_out out = { sink_put, &sink };

	if (m->at == at && at != 0)
		return true;
	m->at = 0;
	cursor_seek(&c, at);
	uint16_t head = cursor_le16(&c);
	unsigned n = head & (META_STORED - 1u);
	struct span in = cursor_take(&c, n != 0 ? n : META_STORED);
	if (!cursor_ok(&c) || !unpack_steps(q->u, META))
		return false;
	if ((head & META_STORED) != 0)
		(void)!sink_put(&sink, in);
	else if (decode(q, in, META, &out) != DECODE_WHOLE)
		return false;
	if (!q->u->open)
		arena_reset(&q->u->scratch);
	m->at = at;
	m->next = at + 2 + in.n;
	m->n = sink.n;
	return sink.n != 0;
}

/* n bytes from `skip` bytes into the block at `at`, and the blocks that follow it. */
static bool read_meta(struct squash *q, unsigned which, uint64_t at, uint32_t skip, uint8_t *out,
		      size_t n)
{
	struct meta *m = &q->meta[which];

	while (n != 0) {
		if (!load(q, m, at) || skip > m->n)
			return false;
		size_t some = m->n - skip < n ? m->n - skip : n;
		memcpy(out, m->p + skip, some);
		out += some;
		n -= some;
		skip = 0;
		at = m->next;
	}
	return true;
}

/* ---- files */

struct inode {
	unsigned type;
	uint64_t start, size;
	uint32_t fragment, offset; /* of a directory: offset in its block */
	uint64_t list_at;          /* the block of inodes in which the list of blocks begins */
	uint32_t list_skip;
};

static bool read_inode(struct squash *q, uint64_t block, uint32_t skip, struct inode *out)
{
	static const uint8_t sizes[] = { [TYPE_DIRECTORY] = 32,
					 [TYPE_FILE] = 32,
					 [TYPE_WIDE_DIRECTORY] = 40,
					 [TYPE_WIDE_FILE] = 56 };
	uint8_t p[INODE_MOST];
	uint64_t at = q->inodes + block;

	*out = (struct inode){ 0 };
	if (!read_meta(q, 0, at, skip, p, 16))
		return false;
	struct cursor c = cursor_of((struct span){ p, sizeof p });
	out->type = cursor_le16(&c);
	if (out->type >= sizeof sizes || sizes[out->type] == 0)
		return true; /* a link, a device: no bytes */
	if (!read_meta(q, 0, at, skip, p, sizes[out->type]))
		return false;
	cursor_seek(&c, 16);
	if (out->type == TYPE_DIRECTORY) {
		out->start = cursor_le32(&c);
		cursor_skip(&c, 4);
		out->size = cursor_le16(&c);
		out->offset = cursor_le16(&c);
	} else if (out->type == TYPE_WIDE_DIRECTORY) {
		cursor_skip(&c, 4);
		out->size = cursor_le32(&c);
		out->start = cursor_le32(&c);
		cursor_skip(&c, 6);
		out->offset = cursor_le16(&c);
	} else if (out->type == TYPE_FILE) {
		out->start = cursor_le32(&c);
		out->fragment = cursor_le32(&c);
		out->offset = cursor_le32(&c);
		out->size = cursor_le32(&c);
	} else {
		out->start = cursor_le64(&c);
		out->size = cursor_le64(&c);
		cursor_skip(&c, 12);
		out->fragment = cursor_le32(&c);
		out->offset = cursor_le32(&c);
	}
	out->list_at = at;
	out->list_skip = skip + sizes[out->type];
	return true;
}

/* Its end, which lies with those of others. */
static void give_fragment(struct squash *q, const struct inode *f, uint64_t n)
{
	struct sink sink = { q->fragment, 0, q->block_size };
	struct decode_out out = { sink_put, &sink };
	uint8_t p[16], place[8];
	uint64_t at = q->fragments + 8ull * (f->fragment / 512);
	struct span pointer = span_cut(q->object, at, 8);

	if (f->fragment >= q->n_fragments || pointer.n != 8)
		goto damaged;
	memcpy(place, pointer.p, 8);
	struct cursor c = cursor_of((struct span){ place, 8 });
	if (!read_meta(q, 2, cursor_le64(&c), f->fragment % 512 * 16, p, 16))
		goto damaged;
	c = cursor_of((struct span){ p, 16 });
	uint64_t start = cursor_le64(&c);
	uint32_t size = cursor_le32(&c);
	struct span in = span_cut(q->object, start, size & ~(uint32_t)BLOCK_STORED);
	if (q->fragment_at != start || start == 0) {
		q->fragment_at = 0;
		if ((size & BLOCK_STORED) != 0)
			(void)!sink_put(&sink, in);
		else if (decode(q, in, q->block_size, &out) != DECODE_WHOLE)
			goto damaged;
		q->fragment_at = start;
		q->fragment_n = sink.n;
	}
	struct span all = { q->fragment, q->fragment_n }, part = span_cut(all, f->offset, n);
	if (part.n == n) {
		(void)!unpack_write(q->u, part);
		return;
	}
damaged:
	unpack_gap(q->u, REASON_DAMAGED, PLACE_NONE, "squashfs: a fragment");
}

/* False: no more of it is wanted, or can be had. */
static bool give_block(struct squash *q, uint32_t head, uint64_t at, uint64_t want)
{
	uint64_t before = unpack_so_far(q->u).n;
	struct decode_out out = decode_member(q->u);
	struct span in = span_cut(q->object, at, head & ~(uint32_t)BLOCK_STORED);

	if (head == 0)
		return unpack_zeros(q->u, want);
	if ((head & BLOCK_STORED) != 0) {
		if (!unpack_write(q->u, in))
			return false;
	} else {
		enum decode_end end = decode(q, in, q->block_size, &out);
		decode_gap(q->u, end, at, "squashfs");
		if (end != DECODE_WHOLE)
			return false;
	}
	if (unpack_so_far(q->u).n - before == want)
		return true;
	unpack_gap(q->u, REASON_DAMAGED, at, "squashfs: a block of another size");
	return false;
}

static bool give_file(struct squash *q, const struct inode *f)
{
	struct unpack_member m = { .name = { (uint8_t *)q->path, q->n_path },
				   .size = f->size,
				   .packed = UNPACK_UNKNOWN,
				   .at = f->start };
	bool has_end = f->fragment != (uint32_t)NO_FRAGMENT;
	uint64_t left = f->size, at = f->start, list_at = f->list_at;
	uint32_t skip = f->list_skip;
	uint8_t p[4];

	if (!unpack_begin(q->u, &m))
		return false;
	while (left >= q->block_size || (left != 0 && !has_end)) {
		uint64_t want = left < q->block_size ? left : q->block_size;
		while (load(q, &q->meta[0], list_at) && skip >= q->meta[0].n) {
			skip -= (uint32_t)q->meta[0].n;
			list_at = q->meta[0].next;
		}
		if (!read_meta(q, 0, list_at, skip, p, 4)) {
			unpack_gap(q->u, REASON_DAMAGED, PLACE_NONE, "squashfs: a list of blocks");
			break;
		}
		struct cursor c = cursor_of((struct span){ p, 4 });
		uint32_t head = cursor_le32(&c);
		skip += 4;
		arena_reset(&q->u->scratch);
		if (!give_block(q, head, at, want))
			break;
		at += head & ~(uint32_t)BLOCK_STORED;
		left -= want;
	}
	if (left != 0 && left < q->block_size && has_end)
		give_fragment(q, f, left);
	unpack_end(q->u);
	return unpack_steps(q->u, BUDGET_MEMBER_STEPS);
}

/* ---- directories */

static bool read_directory(struct squash *q, const struct inode *d, unsigned depth);

/* False: the budget is spent. */
static bool read_entry(struct squash *q, struct span name, uint64_t block, uint32_t skip,
		       unsigned depth)
{
	size_t had = q->n_path;
	struct inode i;
	bool more = true;

	if (had + name.n + 1 > sizeof q->path || !read_inode(q, block, skip, &i)) {
		q->damaged = true;
		return unpack_steps(q->u, BUDGET_MEMBER_STEPS);
	}
	if (had != 0)
		q->path[q->n_path++] = '/';
	memcpy(q->path + q->n_path, name.p, name.n);
	q->n_path += name.n;
	if (i.type == TYPE_DIRECTORY || i.type == TYPE_WIDE_DIRECTORY)
		more = read_directory(q, &i, depth + 1);
	else if (i.type == TYPE_FILE || i.type == TYPE_WIDE_FILE)
		more = give_file(q, &i);
	q->n_path = had;
	return more && unpack_steps(q->u, BUDGET_MEMBER_STEPS);
}

static bool read_directory(struct squash *q, const struct inode *d, unsigned depth)
{
	size_t n =
		d->size > 3 ? (size_t)d->size - 3 : 0; /* "." and ".." count, and are not there */
	uint8_t *p = n <= MAX_LISTING ? arena_alloc(&q->u->arena, n) : NULL;

	if (depth > DEPTH || p == NULL) {
		unpack_gap(q->u, REASON_LIMIT, PLACE_NONE, "directories: too deep or too large");
		return true;
	}
	if (!read_meta(q, 1, q->directories + d->start, d->offset, p, n)) {
		q->damaged = true;
		return true;
	}
	struct cursor c = cursor_of((struct span){ p, n });
	while (cursor_left(&c) != 0) {
		uint32_t count = cursor_le32(&c), block = cursor_le32(&c);
		cursor_skip(&c, 4);
		for (uint32_t k = 0; k <= count; k++) {
			uint16_t skip = cursor_le16(&c);
			cursor_skip(&c, 4);
			struct span name = cursor_take(&c, cursor_le16(&c) + 1u);
			if (!cursor_ok(&c) || count >= MAX_ENTRIES) {
				q->damaged = true;
				return true;
			}
			if (!read_entry(q, name, block, skip, depth))
				return false;
		}
	}
	return true;
}

bool squashfs_read(struct span object, struct unpack *u, struct error *e)
{
	struct squash *q = arena_alloc(&u->arena, sizeof *q);
	struct cursor c = cursor_of(object);
	struct inode root;

	if (q == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "squashfs");
	cursor_skip(&c, 12);
	q->u = u;
	q->object = object;
	q->block_size = cursor_le32(&c);
	q->n_fragments = cursor_le32(&c);
	unsigned how = cursor_le16(&c);
	cursor_skip(&c, 6);
	uint16_t major = cursor_le16(&c);
	cursor_skip(&c, 2);
	uint64_t at = cursor_le64(&c), used = cursor_le64(&c);
	cursor_skip(&c, 16);
	q->inodes = cursor_le64(&c);
	q->directories = cursor_le64(&c);
	q->fragments = cursor_le64(&c);
	if (!cursor_ok(&c) || q->block_size < MIN_BLOCK || q->block_size > MAX_BLOCK)
		return error_set(e, REASON_DAMAGED, 0, "squashfs: the superblock");
	if (major != 4 || how < ZLIB || how > ZSTD)
		return error_set(e, REASON_UNSUPPORTED, 0, "squashfs %u with %s", major,
				 how <= ZSTD ? compression_name[how] : "an unknown method");
	q->how = (enum compression)how;
	q->fragment = arena_alloc(&u->arena, q->block_size);
	if (q->fragment == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "squashfs");
	if (!read_inode(q, at >> 16, at & 0xffff, &root))
		return error_set(e, REASON_DAMAGED, q->inodes, "squashfs: the first directory");
	if (used > object.n)
		unpack_gap(u, REASON_DAMAGED, object.n, "squashfs: it ends too soon");
	if (read_directory(q, &root, 0) && q->damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "squashfs: an inode or a directory");
	return true;
}
