/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/volume.h"
#include "unpack/wide.h"

/*
 * exFAT (Microsoft, exFAT file system specification, 2019): files by their ways.  A file is a set
 * of entries of 32 bytes: itself, where its bytes are, its name in pieces.  Bytes that were never
 * written (behind ValidDataLength) are zeros, as who opens the file sees them.  Deleted files are
 * not read, and neither is the table of capital letters.
 */

enum {
	SECTOR_LEAST = 9, /* BytesPerSectorShift (3.1.14) */
	SECTOR_MOST = 12,
	CLUSTER_MOST = 25, /* with SectorsPerClusterShift: 32 MiB (3.1.15) */
	FIRST = 2,         /* the number of the first cluster */
	MOST_CLUSTERS = 0xfffffff5,
	ENTRY = 32,
	IN_USE = 0x80, /* of an entry's type */
	SECONDARY = 0x40,
	FILE_ENTRY = 0x85,
	STREAM = 0xc0,
	NAME = 0xc1,
	DIRECTORY = 0x10, /* of a file's attributes */
	ALLOCATED = 1,    /* of a stream's flags: there are clusters */
	STRAIGHT = 2,     /* NoFatChain: they follow each other */
	NAME_BYTES = 30,  /* in an entry */
	NAME_MOST = 17,   /* entries of a name */
	CHAIN_STEPS = 20, /* of a cluster of a chain */
};

struct exfat {
	struct volume v;
	uint64_t cluster, heap; /* bytes; where cluster FIRST stands */
	uint64_t n;             /* clusters */
	struct span table;
};

struct boot {
	uint64_t fat, fat_size, heap, cluster; /* bytes */
	uint64_t size, n;                      /* bytes, clusters */
	uint32_t root;
	unsigned n_fats;
	bool second; /* the second table is the one in use (3.1.13.1) */
};

static bool read_boot(struct span s, struct boot *b)
{
	struct cursor c = cursor_of(span_cut(s, 0, 512));

	cursor_skip(&c, 3);
	struct span by = cursor_take(&c, 8);
	cursor_seek(&c, 72);
	b->size = cursor_le64(&c);
	b->fat = cursor_le32(&c);
	b->fat_size = cursor_le32(&c);
	b->heap = cursor_le32(&c);
	b->n = cursor_le32(&c);
	b->root = cursor_le32(&c);
	cursor_seek(&c, 106);
	b->second = (cursor_le16(&c) & 1) != 0;
	unsigned sector = cursor_u8(&c), cluster = cursor_u8(&c);
	b->n_fats = cursor_u8(&c);
	cursor_seek(&c, 510);
	if (cursor_le16(&c) != 0xaa55 || !cursor_ok(&c) || !span_is(by, "EXFAT   ") ||
	    sector < SECTOR_LEAST || sector > SECTOR_MOST || sector + cluster > CLUSTER_MOST ||
	    b->size >> (64 - SECTOR_MOST) != 0)
		return false;
	b->cluster = UINT64_C(1) << (sector + cluster);
	b->size <<= sector;
	b->fat <<= sector;
	b->fat_size <<= sector;
	b->heap <<= sector;
	return b->fat != 0 && b->heap != 0;
}

bool exfat_known(const struct unpack_look *look)
{
	return span_is(span_cut(look->bytes, 3, 8), "EXFAT   ");
}

static bool is_cluster(const struct exfat *f, uint64_t number)
{
	return number >= FIRST && number - FIRST < f->n;
}

/* The cluster after this one; 0: it is the last, or there is none such. */
static uint64_t next_cluster(const struct exfat *f, uint64_t at, bool straight)
{
	struct cursor c = cursor_of(span_cut(f->table, at * 4, 4));
	uint64_t v = straight ? at + 1 : cursor_le32(&c);

	return cursor_ok(&c) && is_cluster(f, v) ? v : 0;
}

static uint64_t place_of(const struct exfat *f, uint64_t cluster)
{
	return f->heap + (cluster - FIRST) * f->cluster;
}

/* ---- files */

struct stream {
	uint64_t size, valid; /* bytes; what was written of them */
	uint64_t first;       /* cluster */
	bool straight;
};

/* Fills the member that is begun with `left` bytes of a chain. */
static void give_chain(struct exfat *f, const struct stream *s, uint64_t left)
{
	uint64_t at = s->first;

	while (left != 0 && is_cluster(f, at)) {
		uint64_t from = place_of(f, at), n = f->cluster;
		uint64_t next = next_cluster(f, at, s->straight);
		while (n < left && next == at + 1 &&
		       unpack_steps(f->v.u, CHAIN_STEPS)) { /* that follow each other */
			at = next;
			next = next_cluster(f, at, s->straight);
			n += f->cluster;
		}
		n = n < left ? n : left;
		if (!volume_bytes(&f->v, from, n) || !unpack_steps(f->v.u, CHAIN_STEPS))
			return;
		left -= n;
		at = next;
	}
	if (left != 0)
		unpack_gap(f->v.u, REASON_DAMAGED, PLACE_NONE, "exFAT: a chain of clusters ends");
}

/* False: the budget is spent. */
static bool give_file(struct exfat *f, const struct stream *s)
{
	const uint64_t all = f->n * f->cluster; /* a longer chain leads back into itself */
	uint64_t size = s->size < all ? s->size : all, valid = s->valid < size ? s->valid : size;

	if (!volume_begin(&f->v, s->size,
			  is_cluster(f, s->first) ? place_of(f, s->first) : PLACE_NONE))
		return false;
	give_chain(f, s, valid);
	if (unpack_so_far(f->v.u).n == valid)
		(void)!unpack_zeros(f->v.u, size - valid);
	if (size != s->size)
		unpack_gap(f->v.u, REASON_DAMAGED, PLACE_NONE,
			   "exFAT: a file is longer than the volume");
	return volume_end(&f->v);
}

/* ---- directories */

static bool read_directory(struct exfat *f, struct span listing, uint64_t number);

/* A directory's clusters in one piece; what there is of them.  The first has no size. */
static struct span listing_of(struct exfat *f, const struct stream *s)
{
	const uint64_t most = s->size < VOLUME_LISTING ? s->size : VOLUME_LISTING;
	uint64_t n = 0, at;
	size_t done = 0;

	for (at = s->first; is_cluster(f, at) && n < most; at = next_cluster(f, at, s->straight))
		n += f->cluster;
	uint8_t *out = unpack_steps(f->v.u, n) ? arena_alloc(&f->v.u->arena, n) : NULL;
	f->v.damaged = f->v.damaged || out == NULL || n >= VOLUME_LISTING;
	for (at = s->first; out != NULL && done < n; at = next_cluster(f, at, s->straight)) {
		struct span part = span_cut(f->v.image, place_of(f, at), f->cluster);
		f->v.damaged = f->v.damaged || part.n != f->cluster;
		if (part.n != 0)
			memcpy(out + done, part.p, part.n);
		done += f->cluster;
	}
	return (struct span){ out, out != NULL ? n : 0 };
}

struct set {                       /* of entries: a file */
	unsigned attributes, left; /* entries that follow */
	unsigned units;            /* of the name */
	bool has_stream;
	struct stream stream;
	uint8_t wide[NAME_MOST * NAME_BYTES]; /* UTF-16LE */
	size_t n_wide;
	char name[NAME_MOST * NAME_BYTES * 2 + 1];
};

static void begin_set(struct set *s, struct cursor c)
{
	*s = (struct set){ .left = cursor_u8(&c) };
	cursor_skip(&c, 2); /* checksum */
	s->attributes = cursor_le16(&c);
}

static void read_stream(struct set *s, struct cursor c)
{
	unsigned flags = cursor_u8(&c);

	cursor_skip(&c, 1);
	s->units = cursor_u8(&c);
	cursor_skip(&c, 4); /* hash of the name, reserved */
	s->stream.valid = cursor_le64(&c);
	cursor_skip(&c, 4);
	s->stream.first = (flags & ALLOCATED) != 0 ? cursor_le32(&c) : 0;
	cursor_seek(&c, 24);
	s->stream.size = cursor_le64(&c);
	s->stream.straight = (flags & STRAIGHT) != 0;
	s->has_stream = true;
}

static void read_name(struct set *s, struct cursor c)
{
	cursor_skip(&c, 1);
	struct span part = cursor_take(&c, NAME_BYTES);
	if (part.n != NAME_BYTES || s->n_wide + part.n > sizeof s->wide)
		return;
	memcpy(s->wide + s->n_wide, part.p, part.n);
	s->n_wide += part.n;
}

/* A set is whole.  False: the budget is spent. */
static bool give_set(struct exfat *f, struct set *s)
{
	size_t had, n = s->units * 2 < s->n_wide ? s->units * 2 : s->n_wide;
	struct span name = { (const uint8_t *)s->name,
			     wide_text((struct span){ s->wide, n }, s->name, sizeof s->name) };
	bool more = true;

	f->v.damaged = f->v.damaged || !s->has_stream;
	if (!s->has_stream || !volume_enter(&f->v, name, &had))
		return true;
	if ((s->attributes & DIRECTORY) == 0)
		more = give_file(f, &s->stream);
	else if (is_cluster(f, s->stream.first))
		more = read_directory(f, listing_of(f, &s->stream), s->stream.first);
	else
		f->v.damaged = true; /* even an empty one has a cluster (7.4) */
	volume_leave(&f->v, had);
	return more && unpack_steps(f->v.u, VOLUME_STEPS);
}

static bool read_directory(struct exfat *f, struct span listing, uint64_t number)
{
	struct set *set = arena_alloc(&f->v.u->arena, sizeof *set);
	struct cursor c = cursor_of(listing);
	bool more = true, open = false;

	if (set == NULL || !volume_directory(&f->v, number)) {
		f->v.damaged = f->v.damaged || set == NULL;
		return true;
	}
	f->v.depth++;
	while (more && cursor_left(&c) >= ENTRY) {
		struct cursor entry = cursor_of(cursor_take(&c, ENTRY));
		unsigned type = cursor_u8(&entry);
		bool follows = open && (type & (IN_USE | SECONDARY)) == (IN_USE | SECONDARY);
		if (type == 0)
			break; /* none behind it was ever used (6.2.1) */
		f->v.damaged = f->v.damaged || (open && !follows);
		if (type == FILE_ENTRY)
			begin_set(set, entry);
		else if (follows && type == STREAM)
			read_stream(set, entry);
		else if (follows && type == NAME)
			read_name(set, entry);
		set->left -= follows;
		open = (type == FILE_ENTRY || follows) && set->left != 0;
		if (follows && !open)
			more = give_set(f, set);
	}
	f->v.damaged = f->v.damaged || open;
	f->v.depth--;
	return more;
}

bool exfat_read(struct span object, struct unpack *u, struct error *e)
{
	struct exfat *f = arena_alloc(&u->arena, sizeof *f);
	struct boot b = { 0 };

	if (f == NULL || !volume_init(&f->v, u, "exFAT"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "exFAT");
	if (!read_boot(object, &b))
		return error_set(e, REASON_DAMAGED, 0, "exFAT: the boot sector (3.1)");
	f->cluster = b.cluster;
	f->heap = b.heap;
	f->n = b.n < MOST_CLUSTERS ? b.n : MOST_CLUSTERS;
	f->table =
		span_cut(object, b.fat + (b.second && b.n_fats > 1 ? b.fat_size : 0), b.fat_size);
	if (b.size > object.n)
		unpack_gap(u, REASON_DAMAGED, object.n, "exFAT: the image ends too soon");
	struct stream root = { .first = b.root, .size = UINT64_MAX };
	if (!is_cluster(f, b.root))
		return error_set(e, REASON_DAMAGED, 96, "exFAT: there is no first directory");
	if (read_directory(f, listing_of(f, &root), b.root) && f->v.damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "exFAT: an entry or a directory");
	return true;
}
