/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/volume.h"
#include "unpack/wide.h"

/* FAT12, FAT16 and FAT32 ("Microsoft FAT Specification"), with long names.  Deleted files are not
 * read. */

enum {
	SECTOR_LEAST = 512,
	SECTOR_MOST = 4096,
	FAT12_MOST = 4084, /* clusters */
	FAT16_MOST = 65524,
	ENTRY = 32,
	LINK_STEPS = 20, /* of a cluster of a chain */
	FREE_ENTRY = 0xe5,
	LONG_NAME = 0x0f,
	LABEL = 0x08,
	DIRECTORY = 0x10,
	ONE_FAT = 0x80,  /* is kept, and the others are not its copies */
	LONG_UNITS = 13, /* characters in an entry */
	LONG_MOST = 20,  /* entries of a name */
};

struct fat {
	struct volume v;
	uint64_t cluster; /* bytes */
	uint64_t data;    /* where cluster 2 stands */
	uint64_t n;       /* clusters, from 2 on */
	struct span table;
	unsigned bits; /* 12, 16, 32 */
};

struct boot {
	uint64_t sector, cluster, reserved, n_fats, root, size, fat;
	uint64_t active; /* the FAT that counts */
	uint32_t first;  /* cluster of FAT32's root */
};

static bool is_power(uint64_t v) { return v != 0 && (v & (v - 1)) == 0; }

static bool read_boot(struct span s, struct boot *b)
{
	struct cursor c = cursor_of(span_cut(s, 0, SECTOR_LEAST));
	unsigned jump = cursor_u8(&c);

	cursor_skip(&c, 2);
	struct span by = cursor_take(&c, 8);
	b->sector = cursor_le16(&c);
	b->cluster = cursor_u8(&c) * b->sector;
	b->reserved = cursor_le16(&c) * b->sector;
	b->n_fats = cursor_u8(&c);
	b->root = cursor_le16(&c);
	uint64_t small = cursor_le16(&c);
	unsigned media = cursor_u8(&c);
	b->fat = cursor_le16(&c) * b->sector;
	cursor_seek(&c, 32);
	b->size = (small != 0 ? small : cursor_le32(&c)) * b->sector;
	cursor_seek(&c, 36);
	if (b->fat == 0) {
		b->fat = cursor_le32(&c) * b->sector;
		unsigned flags = cursor_le16(&c); /* BPB_ExtFlags */
		b->active = (flags & ONE_FAT) != 0 ? flags & 15 : 0;
		cursor_seek(&c, 44);
		b->first = cursor_le32(&c);
	}
	cursor_seek(&c, 510);
	return cursor_le16(&c) == 0xaa55 && cursor_ok(&c) && (jump == 0xeb || jump == 0xe9) &&
	       b->sector >= SECTOR_LEAST && b->sector <= SECTOR_MOST && is_power(b->sector) &&
	       is_power(b->cluster) && b->reserved != 0 && b->n_fats >= 1 && b->n_fats <= 4 &&
	       media >= 0xf0 && b->fat != 0 && b->size != 0 && !span_is(by, "NTFS    ") &&
	       !span_is(by, "EXFAT   ");
}

bool fat_known(const struct unpack_look *look)
{
	struct boot b = { 0 };

	return read_boot(look->bytes, &b);
}

/* The cluster after this one; 0: it is the last, or there is none such. */
static uint32_t next_cluster(const struct fat *f, uint32_t at)
{
	struct cursor c = cursor_of(span_cut(f->table, (uint64_t)at * f->bits / 8, 4));
	uint32_t v;

	if (f->bits == 32)
		v = cursor_le32(&c) & 0x0fffffff;
	else
		v = cursor_le16(&c);
	if (f->bits == 12)
		v = (at & 1) != 0 ? v >> 4 : v & 0xfff;
	return cursor_ok(&c) && v >= 2 && v - 2 < f->n ? v : 0;
}

static uint64_t place_of(const struct fat *f, uint32_t cluster)
{
	return f->data + (uint64_t)(cluster - 2) * f->cluster;
}

/* False: the budget is spent. */
static bool give_file(struct fat *f, uint32_t cluster, uint64_t size)
{
	const uint64_t all = f->n * f->cluster; /* a longer chain leads back into itself */
	uint64_t left = size < all ? size : all;

	if (!volume_begin(&f->v, size, cluster >= 2 ? place_of(f, cluster) : PLACE_NONE))
		return false;
	while (left != 0 && cluster >= 2 && cluster - 2 < f->n) {
		uint64_t at = place_of(f, cluster), n = f->cluster;
		uint32_t next = next_cluster(f, cluster);
		while (n < left && next == cluster + 1 &&
		       unpack_steps(f->v.u, LINK_STEPS)) { /* that follow each other */
			cluster = next;
			next = next_cluster(f, cluster);
			n += f->cluster;
		}
		n = n < left ? n : left;
		if (!volume_bytes(&f->v, at, n) || !unpack_steps(f->v.u, 100))
			return volume_end(&f->v);
		left -= n;
		cluster = next;
	}
	if (left != 0 || size > all)
		unpack_gap(f->v.u, REASON_DAMAGED, PLACE_NONE,
			   left != 0 ? "FAT: a chain of clusters ends"
				     : "FAT: a chain of clusters leads back into itself");
	return volume_end(&f->v);
}

/* ---- directories */

struct name {
	uint8_t unit[LONG_MOST * LONG_UNITS * 2]; /* UTF-16LE */
	unsigned n;                               /* entries; 0: there is no long name */
	char text[LONG_MOST * LONG_UNITS * 4 + 1];
};

static void add_long(struct name *n, struct span entry)
{
	static const struct {
		uint8_t at, n;
	} part[] = { { 1, 10 }, { 14, 12 }, { 28, 4 } };
	unsigned number = entry.p[0] & 0x1f;
	size_t to = (size_t)(number - 1) * LONG_UNITS * 2;

	if (number < 1 || number > LONG_MOST)
		return;
	if ((entry.p[0] & 0x40) != 0) { /* the last comes first */
		memset(n->unit, 0, sizeof n->unit);
		n->n = number;
	}
	for (size_t i = 0; i < 3; to += part[i++].n)
		memcpy(n->unit + to, entry.p + part[i].at, part[i].n);
}

static struct span name_of(struct name *n, struct span entry)
{
	size_t k = 0;

	if (n->n != 0) {
		k = wide_text((struct span){ n->unit, (size_t)n->n * LONG_UNITS * 2 }, n->text,
			      sizeof n->text);
		n->n = 0;
	}
	for (size_t i = 0; k == 0 && i < 11; i++) { /* of eight characters and three */
		if (i == 8 && entry.p[8] != ' ')
			n->text[n->n++] = '.';
		if (entry.p[i] != ' ')
			n->text[n->n++] =
				(char)(i == 0 && entry.p[i] == 5 ? FREE_ENTRY : entry.p[i]);
	}
	k += n->n;
	n->n = 0;
	return (struct span){ (const uint8_t *)n->text, k };
}

static bool read_directory(struct fat *f, struct span listing, uint64_t number);

/* A directory's clusters in one piece; what there is of them. */
static struct span listing_of(struct fat *f, uint32_t cluster)
{
	size_t n = 0, at = 0;
	uint32_t first = cluster;

	for (; cluster >= 2 && cluster - 2 < f->n && n < VOLUME_LISTING;
	     cluster = next_cluster(f, cluster))
		n += f->cluster;
	uint8_t *out = unpack_steps(f->v.u, n) ? arena_alloc(&f->v.u->arena, n) : NULL;
	f->v.damaged = f->v.damaged || out == NULL || n >= VOLUME_LISTING;
	for (cluster = first; out != NULL && at < n; cluster = next_cluster(f, cluster)) {
		struct span s = span_cut(f->v.image, place_of(f, cluster), f->cluster);
		if (s.n != 0)
			memcpy(out + at, s.p, s.n);
		at += f->cluster;
	}
	return (struct span){ out, out != NULL ? n : 0 };
}

/* False: the budget is spent. */
static bool give_entry(struct fat *f, struct span entry, struct name *name)
{
	struct cursor c = cursor_of(entry);
	size_t had;

	cursor_skip(&c, 11);
	unsigned attributes = cursor_u8(&c);
	cursor_seek(&c, 20);
	uint32_t high = f->bits == 32 ? cursor_le16(&c) : 0;
	cursor_seek(&c, 26);
	uint32_t cluster = high << 16 | cursor_le16(&c), size = cursor_le32(&c);
	bool more = true;
	if (!volume_enter(&f->v, name_of(name, entry), &had))
		return true;
	if ((attributes & DIRECTORY) == 0)
		more = give_file(f, cluster, size);
	else if (cluster >= 2)
		more = read_directory(f, listing_of(f, cluster), cluster);
	volume_leave(&f->v, had);
	return more && unpack_steps(f->v.u, VOLUME_STEPS);
}

/* The directory itself, or the one above. */
static bool is_way_back(struct span entry)
{
	return memcmp(entry.p, ".          ", 11) == 0 || memcmp(entry.p, "..         ", 11) == 0;
}

static bool read_directory(struct fat *f, struct span listing, uint64_t number)
{
	struct name *name = arena_alloc(&f->v.u->arena, sizeof *name);
	struct cursor c = cursor_of(listing);
	bool more = true;

	if (name == NULL || !volume_directory(&f->v, number))
		return true;
	f->v.depth++;
	while (more && cursor_left(&c) >= ENTRY) {
		struct span entry = cursor_take(&c, ENTRY);
		unsigned first = entry.p[0], attributes = entry.p[11];
		if (first == 0)
			break;
		if (first == FREE_ENTRY || is_way_back(entry) ||
		    (attributes != LONG_NAME && (attributes & LABEL) != 0))
			name->n = 0;
		else if (attributes == LONG_NAME)
			add_long(name, entry);
		else
			more = give_entry(f, entry, name);
	}
	f->v.depth--;
	return more;
}

bool fat_read(struct span object, struct unpack *u, struct error *e)
{
	struct fat *f = arena_alloc(&u->arena, sizeof *f);
	struct boot b = { 0 };

	if (f == NULL || !volume_init(&f->v, u, "FAT"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "FAT");
	(void)read_boot(object, &b);
	uint64_t root_at = b.reserved + b.n_fats * b.fat;
	uint64_t root_n = (b.root * ENTRY + b.sector - 1) / b.sector * b.sector;
	f->cluster = b.cluster;
	f->data = root_at + root_n;
	if (f->data > b.size)
		return error_set(e, REASON_DAMAGED, 0, "FAT: the tables are longer than it all");
	f->n = (b.size - f->data) / b.cluster;
	f->bits = b.first != 0 ? 32 : f->n <= FAT12_MOST ? 12 : 16;
	if (f->n > 0x0ffffff5)
		f->n = 0x0ffffff5;
	if (b.active >= b.n_fats)
		b.active = 0;
	f->table = span_cut(object, b.reserved + b.active * b.fat, b.fat);
	struct span root =
		f->bits == 32 ? listing_of(f, b.first) : span_cut(object, root_at, root_n);
	if (b.size > object.n)
		unpack_gap(u, REASON_DAMAGED, object.n, "FAT: the image ends too soon");
	if (read_directory(f, root, f->bits == 32 ? b.first : 0) && f->v.damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "FAT: an entry or a directory");
	return true;
}
