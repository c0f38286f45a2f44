/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/volume.h"
#include "unpack/wide.h"

/*
 * UDF 1.02 to 2.60 (ECMA-167 3rd edition, OSTA UDF), alone or beside ISO 9660 on the same disc,
 * where Windows prefers it: files by their ways, with short, long and embedded allocation
 * descriptors, holes, and the metadata partition.  A disc that was written in sessions (virtual
 * partition), extended descriptors and named streams are not read, and the first two are told.
 */

enum {
	RECOGNITION = 32768,
	RECOGNITION_STEP = 2048,
	RECOGNITION_MOST = 64,
	ANCHOR = 256, /* block */
	TAG = 16,
	MAX_DESCRIPTORS = 256, /* of a volume */
	MAX_PARTITIONS = 8,
	MAX_EXTENTS = 4096,   /* of the metadata file */
	MAX_PIECES = 1 << 20, /* of a file */
	PIECE_STEPS = 100,    /* of a descriptor that only leads on */
	MAX_NAME = 1024,
	FILE_REGULAR = 5,
	FILE_REAL_TIME = 249,
	FILE_DIRECTORY = 4,
	IS_DIRECTORY = 2,
	IS_DELETED = 4,
	IS_PARENT = 8,
};

enum tag {
	TAG_ANCHOR = 2,
	TAG_PARTITION = 5,
	TAG_LOGICAL = 6,
	TAG_END = 8,
	TAG_FILE_SET = 256,
	TAG_IDENTIFIER = 257,
	TAG_EXTENT = 258,
	TAG_FILE = 261,
	TAG_WIDE_FILE = 266,
};

enum extent_kind { RECORDED, RESERVED, HOLE, CONTINUED };

struct extent {
	uint64_t block, n; /* in the partition; bytes */
};

struct partition {
	bool known, metadata, is_virtual;
	uint16_t number;
	uint64_t start, n;     /* blocks */
	struct extent *extent; /* of the metadata file */
	size_t n_extents;
	uint32_t file; /* the metadata file's place */
};

struct place {
	uint32_t block;
	uint16_t partition;
};

struct udf {
	struct volume v;
	uint64_t block; /* bytes */
	struct partition physical[MAX_PARTITIONS], map[MAX_PARTITIONS];
	size_t n_physical, n_maps;
	struct place root;
};

/* A file's entry, as far as it matters. */
struct node {
	unsigned type, how; /* how: its allocation descriptors */
	uint64_t size, at;
	uint16_t partition;
	struct span descriptors;
};

bool udf_known(const struct unpack_look *look)
{
	for (unsigned i = 0; i < RECOGNITION_MOST; i++) {
		struct span s = span_cut(look->bytes, RECOGNITION + i * RECOGNITION_STEP + 1, 5);
		if (s.n != 5 ||
		    (i == 0 && memcmp(s.p, "BEA01", 5) != 0 && memcmp(s.p, "CD001", 5) != 0))
			return false;
		if (memcmp(s.p, "NSR02", 5) == 0 || memcmp(s.p, "NSR03", 5) == 0)
			return true;
	}
	return false;
}

/* ---- descriptors */

/* The descriptor of this kind at a place in the image; failed: there is none. */
static struct cursor descriptor(const struct udf *d, uint64_t at, enum tag tag)
{
	struct span s = span_cut(d->v.image, at, d->block);
	struct cursor c = { .p = s.p, .n = s.n, .base = at };
	unsigned sum = 0;

	for (unsigned i = 0; s.n >= TAG && i < TAG; i++)
		sum += i != 4 ? s.p[i] : 0;
	if (s.n < TAG || cursor_le16(&c) != (unsigned)tag || s.p[4] != (sum & 0xff))
		cursor_fail(&c);
	return c;
}

static unsigned tag_at(const struct udf *d, uint64_t at)
{
	struct cursor c = cursor_of(span_cut(d->v.image, at, 2));

	return cursor_le16(&c);
}

static struct place read_long(struct cursor *c, uint32_t *size)
{
	*size = cursor_le32(c);
	struct place p = { .block = cursor_le32(c) };
	p.partition = cursor_le16(c);
	cursor_skip(c, 6);
	return p;
}

/* Where a block of a partition stands in the image, and in *n how many bytes follow there; 0 where
 * the budget is spent, too.  O(extents) in the metadata partition. */
static uint64_t place_of(const struct udf *d, struct place p, uint64_t *n)
{
	const struct partition *m = &d->map[p.partition < MAX_PARTITIONS ? p.partition : 0];
	uint64_t at = (uint64_t)p.block * d->block;

	*n = 0;
	if (p.partition >= d->n_maps || !m->known)
		return PLACE_NONE;
	if (!m->metadata) {
		*n = m->n > p.block ? (m->n - p.block) * d->block : 0;
		return (m->start + p.block) * d->block;
	}
	for (size_t i = 0; i < m->n_extents; i++) {
		if (at < m->extent[i].n) {
			if (!unpack_steps(d->v.u, PIECE_STEPS + i))
				return PLACE_NONE;
			*n = m->extent[i].n - at;
			return (m->start + m->extent[i].block) * d->block + at;
		}
		at -= m->extent[i].n;
	}
	(void)!unpack_steps(d->v.u, PIECE_STEPS + m->n_extents);
	return PLACE_NONE;
}

/* A file's entry (ECMA-167 4/14.9, 4/14.17). */
static bool read_node(const struct udf *d, uint64_t at, uint16_t partition, struct node *out)
{
	bool wide = tag_at(d, at) == TAG_WIDE_FILE;
	struct cursor c = descriptor(d, at, wide ? TAG_WIDE_FILE : TAG_FILE);

	cursor_seek(&c, TAG + 11);
	out->type = cursor_u8(&c);
	cursor_seek(&c, TAG + 18);
	out->how = cursor_le16(&c) & 7;
	cursor_seek(&c, 56);
	out->size = cursor_le64(&c);
	cursor_seek(&c, wide ? 208 : 168);
	uint32_t attributes = cursor_le32(&c), n = cursor_le32(&c);
	cursor_skip(&c, attributes);
	out->descriptors = cursor_take(&c, n);
	out->at = at;
	out->partition = partition;
	return cursor_ok(&c);
}

/* ---- what a file is made of */

struct pieces {
	struct cursor c; /* of descriptors */
	unsigned how;
	uint16_t partition;
	unsigned n; /* so far */
};

struct piece {
	enum extent_kind kind;
	uint64_t n; /* bytes */
	struct place at;
};

/* The next piece; a continued list is gone into.  False: there is none, or the budget is spent. */
static bool next_piece(const struct udf *d, struct pieces *p, struct piece *out)
{
	for (; p->n < MAX_PIECES; p->n++) {
		uint32_t size, left;
		if (cursor_left(&p->c) < (p->how == 0 ? 8 : 16))
			return false;
		if (p->how == 0) {
			size = cursor_le32(&p->c);
			out->at = (struct place){ cursor_le32(&p->c), p->partition };
		} else {
			out->at = read_long(&p->c, &size);
		}
		out->kind = (enum extent_kind)(size >> 30);
		out->n = size & 0x3fffffff;
		if (out->n == 0)
			return false;
		if (out->kind != CONTINUED) {
			p->n++;
			return true;
		}
		uint64_t n, at = place_of(d, out->at, &n);
		if (!unpack_steps(d->v.u, PIECE_STEPS))
			return false;
		p->c = descriptor(d, at, TAG_EXTENT);
		cursor_seek(&p->c, 20);
		left = cursor_le32(&p->c);
		p->c = cursor_sub(&p->c, 24, left);
	}
	return false;
}

static struct pieces pieces_of(const struct node *f)
{
	return (struct pieces){ .c = cursor_of(f->descriptors),
				.how = f->how,
				.partition = f->partition };
}

/* Gives bytes of a partition to the member; they may lie in several extents.  False: no more. */
static bool give_bytes(struct udf *d, struct place p, uint64_t n)
{
	while (n != 0) {
		uint64_t there, at = place_of(d, p, &there);
		uint64_t some = n < there ? n : there;
		if (some == 0) {
			unpack_gap(d->v.u, REASON_DAMAGED, PLACE_NONE,
				   "UDF: a block outside of its partition");
			return false;
		}
		if (!volume_bytes(&d->v, at, some))
			return false;
		n -= some;
		p.block += (uint32_t)(some / d->block);
	}
	return true;
}

/* False: the budget is spent. */
static bool give_file(struct udf *d, const struct node *f)
{
	struct pieces p = pieces_of(f);
	struct piece piece;
	uint64_t left = f->size;

	if (!volume_begin(&d->v, f->size, f->at))
		return false;
	if (f->how == 3) {
		struct span s = span_cut(f->descriptors, 0, left);
		left -= s.n;
		if (s.n != 0 && !unpack_write(d->v.u, s))
			left = 0;
	} else if (f->how > 1) {
		unpack_gap(d->v.u, REASON_UNSUPPORTED, f->at, "UDF with extended descriptors");
		left = 0;
	}
	while (left != 0 && f->how <= 1 && next_piece(d, &p, &piece)) {
		uint64_t n = piece.n < left ? piece.n : left;
		bool more = piece.kind == RECORDED ? give_bytes(d, piece.at, n)
						   : unpack_zeros(d->v.u, n);
		left = more ? left - n : 0;
		if (!unpack_steps(d->v.u, VOLUME_STEPS))
			break;
	}
	if (left != 0)
		unpack_gap(d->v.u, REASON_DAMAGED, f->at, "UDF: a file ends too soon");
	return volume_end(&d->v);
}

/* A directory's bytes in the arena, or in the image; empty: they cannot be had. */
static struct span listing(struct udf *d, const struct node *f)
{
	struct pieces p = pieces_of(f);
	struct piece piece;
	size_t n = 0;

	if (f->how == 3)
		return span_cut(f->descriptors, 0, f->size);
	uint8_t *out = f->how <= 1 && f->size <= VOLUME_LISTING
			       ? arena_alloc(&d->v.u->arena, (size_t)f->size)
			       : NULL;
	while (out != NULL && n < f->size && next_piece(d, &p, &piece)) {
		uint64_t want = piece.n < f->size - n ? piece.n : f->size - n;
		while (want != 0 && piece.kind == RECORDED) {
			uint64_t there, at = place_of(d, piece.at, &there);
			struct span s = span_cut(d->v.image, at, want < there ? want : there);
			if (s.n == 0 || !unpack_steps(d->v.u, s.n))
				break;
			memcpy(out + n, s.p, s.n);
			n += s.n;
			want -= s.n;
			piece.at.block += (uint32_t)(s.n / d->block);
		}
		if (want != 0)
			break;
	}
	d->v.damaged = d->v.damaged || out == NULL || n < f->size;
	return (struct span){ out, n };
}

/* ---- directories */

/* A name (OSTA UDF 2.1.1): its first byte says whether a character has 8 bits or 16. */
static struct span read_name(struct span s, uint8_t out[MAX_NAME])
{
	struct cursor c = cursor_of(s);
	unsigned bits = cursor_u8(&c);
	size_t n = 0;

	while (cursor_left(&c) >= bits / 8u && n + WIDE_ROOM <= MAX_NAME && bits >= 8) {
		uint32_t v = bits == 16 ? cursor_be16(&c) : cursor_u8(&c);
		if (v >= 0xd800 && v < 0xdc00 && bits == 16 && cursor_left(&c) >= 2)
			v = 0x10000 + ((v & 0x3ff) << 10) + (cursor_be16(&c) & 0x3ff);
		n += wide_put(v, out + n);
	}
	return (struct span){ out, n };
}

static bool read_directory(struct udf *d, const struct node *f);

/* False: the budget is spent. */
static bool read_entry(struct udf *d, struct place where, struct span name)
{
	uint8_t text[MAX_NAME];
	struct node f;
	size_t had;
	uint64_t n, at = place_of(d, where, &n);
	bool more = true;

	if (!volume_enter(&d->v, read_name(name, text), &had))
		return true;
	if (at == PLACE_NONE || !read_node(d, at, where.partition, &f))
		d->v.damaged = true;
	else if (f.type == FILE_DIRECTORY)
		more = read_directory(d, &f);
	else if (f.type == FILE_REGULAR || f.type == FILE_REAL_TIME || f.type == 0)
		more = give_file(d, &f);
	volume_leave(&d->v, had);
	return more && unpack_steps(d->v.u, VOLUME_STEPS);
}

static bool read_directory(struct udf *d, const struct node *f)
{
	if (!volume_directory(&d->v, f->at))
		return true;
	struct cursor c = cursor_of(listing(d, f));
	bool more = true;

	d->v.depth++;
	while (more && cursor_left(&c) >= 38) { /* ECMA-167 4/14.4 */
		size_t from = c.at;
		uint32_t size;
		unsigned tag = cursor_le16(&c);
		cursor_skip(&c, 16);
		unsigned flags = cursor_u8(&c), n_name = cursor_u8(&c);
		struct place where = read_long(&c, &size);
		cursor_skip(&c, cursor_le16(&c));
		struct span name = cursor_take(&c, n_name);
		if (!cursor_ok(&c) || tag != TAG_IDENTIFIER) {
			d->v.damaged = true;
			break;
		}
		cursor_skip(&c, (4 - (c.at - from) % 4) % 4);
		if ((flags & (IS_DELETED | IS_PARENT)) == 0)
			more = read_entry(d, where, name);
	}
	d->v.depth--;
	return more;
}

/* ---- the volume */

/* The partitions of the logical volume (3/10.6, 3/10.7; UDF 2.2.8 to 2.2.10). */
static void read_maps(struct udf *d, struct cursor c)
{
	cursor_seek(&c, 268);
	uint32_t n = cursor_le32(&c);
	cursor_seek(&c, 440);
	for (uint32_t i = 0; i < n && d->n_maps < MAX_PARTITIONS; i++) {
		struct partition *m = &d->map[d->n_maps];
		unsigned type = cursor_u8(&c), size = cursor_u8(&c);
		struct cursor e = cursor_of(cursor_take(&c, size >= 2 ? size - 2u : 0));
		*m = (struct partition){ 0 };
		if (type == 1) {
			cursor_skip(&e, 2);
			m->number = cursor_le16(&e);
		} else {
			cursor_skip(&e, 3);
			struct span id = cursor_take(&e, 23);
			cursor_skip(&e, 8 + 2);
			m->number = cursor_le16(&e);
			m->file = cursor_le32(&e);
			m->metadata = id.n != 0 && memmem(id.p, id.n, "Metadata", 8) != NULL;
			m->is_virtual = id.n != 0 && memmem(id.p, id.n, "Virtual", 7) != NULL;
		}
		if (!cursor_ok(&c) || !cursor_ok(&e))
			return;
		d->n_maps++;
	}
}

/* The volume's descriptors; false: there is no logical volume with a file set. */
static bool read_volume(struct udf *d, uint64_t at, uint32_t n)
{
	bool found = false;

	for (uint32_t i = 0; i < n && i < MAX_DESCRIPTORS; i++, at += d->block) {
		unsigned tag = tag_at(d, at);
		uint32_t size;
		if (tag == TAG_PARTITION && d->n_physical < MAX_PARTITIONS) {
			struct partition *p = &d->physical[d->n_physical++];
			struct cursor c = descriptor(d, at, TAG_PARTITION);
			cursor_seek(&c, 22);
			p->number = cursor_le16(&c);
			cursor_seek(&c, 188);
			p->start = cursor_le32(&c);
			p->n = cursor_le32(&c);
			p->known = cursor_ok(&c);
		} else if (tag == TAG_LOGICAL) {
			struct cursor c = descriptor(d, at, TAG_LOGICAL);
			d->n_maps = 0;
			read_maps(d, c);
			cursor_seek(&c, 248);
			d->root = read_long(&c, &size);
			found = cursor_ok(&c);
		} else if (tag == TAG_END) {
			break;
		}
	}
	return found;
}

/* What a partition of the logical volume stands for, and where the metadata file lies. */
static void join_partitions(struct udf *d)
{
	for (size_t i = 0; i < d->n_maps; i++) {
		struct partition *m = &d->map[i];
		struct node f;
		struct piece piece;
		for (size_t k = 0; k < d->n_physical; k++)
			if (d->physical[k].known && d->physical[k].number == m->number) {
				m->start = d->physical[k].start;
				m->n = d->physical[k].n;
				m->known = true;
			}
		if (!m->metadata || !m->known ||
		    !read_node(d, (m->start + m->file) * d->block, (uint16_t)i, &f))
			continue;
		struct pieces p = pieces_of(&f);
		m->extent = arena_array(&d->v.u->arena, MAX_EXTENTS, sizeof *m->extent);
		while (m->extent != NULL && f.how == 0 && m->n_extents < MAX_EXTENTS &&
		       next_piece(d, &p, &piece))
			m->extent[m->n_extents++] = (struct extent){ piece.at.block, piece.n };
	}
}

/* Looks for the anchor with blocks of each size (3/8.4.2.1). */
static struct cursor find_anchor(struct udf *d)
{
	static const uint16_t sizes[] = { 2048, 512, 4096, 1024 };
	struct cursor c = { .failed = 1 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		d->block = sizes[i];
		uint64_t n = d->v.image.n / d->block;
		const uint64_t blocks[] = { ANCHOR, 512, n - 1, n - 1 - ANCHOR };
		for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
			c = descriptor(d, blocks[k] * d->block, TAG_ANCHOR);
			cursor_seek(&c, 12);
			if (cursor_le32(&c) == blocks[k] && cursor_ok(&c))
				return c;
		}
	}
	cursor_fail(&c);
	return c;
}

bool udf_read(struct span object, struct unpack *u, struct error *e)
{
	struct udf *d = arena_alloc(&u->arena, sizeof *d);
	struct node f;
	uint64_t n;
	uint32_t size;

	if (d == NULL || !volume_init(&d->v, u, "UDF"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "UDF");
	struct cursor c = find_anchor(d);
	uint32_t n_main = cursor_le32(&c), main_at = cursor_le32(&c);
	uint32_t n_other = cursor_le32(&c), other_at = cursor_le32(&c);
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "UDF: there is no anchor");
	if (!read_volume(d, main_at * d->block, n_main / (uint32_t)d->block) &&
	    !read_volume(d, other_at * d->block, n_other / (uint32_t)d->block))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "UDF: there is no logical volume");
	join_partitions(d);
	for (size_t i = 0; i < d->n_maps; i++)
		if (d->map[i].is_virtual)
			return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					 "UDF with a virtual partition");
	c = descriptor(d, place_of(d, d->root, &n), TAG_FILE_SET);
	cursor_seek(&c, 400);
	struct place root = read_long(&c, &size);
	uint64_t at = place_of(d, root, &n);
	if (!cursor_ok(&c) || at == PLACE_NONE || !read_node(d, at, root.partition, &f))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "UDF: there is no first directory");
	(void)object;
	if (read_directory(d, &f) && d->v.damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "UDF: an entry or a directory");
	return true;
}
