/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_fat.h"
#include "unpack/wide.h"

#include <stdio.h>

/*
 * exFAT (Microsoft, exFAT file system specification, 2019).  Each file's set of entries bears a
 * checksum, so that one is known wherever it lies: sets that no directory leads to are found by it.
 * The boot sectors have a copy twelve sectors behind.
 */

enum {
	BACKUP_SECTORS = 12,
	FILE_ENTRY = 0x85,
	STREAM = 0xc0,
	NAME = 0xc1,
	DIRECTORY = 0x10, /* of a file's attributes */
	STRAIGHT = 2,     /* NoFatChain */
	MAX_SET = 19,     /* entries of one file: itself, a stream, seventeen of a name */
	NAME_UNITS = 15,  /* of an entry */
	MAX_NAME_UNITS = 255,
};

struct boot {
	uint64_t sector, cluster, fat_at, fat_size, heap_at; /* bytes */
	uint32_t n, root;
	unsigned n_fats;
};

static bool read_boot(struct span s, struct boot *b)
{
	struct cursor c = cursor_of(s);

	*b = (struct boot){ .sector = 0 };
	if (s.n < FAT_SECTOR || memcmp(s.p + 3, "EXFAT   ", 8) != 0)
		return false;
	cursor_seek(&c, 80);
	b->fat_at = cursor_le32(&c);
	b->fat_size = cursor_le32(&c);
	b->heap_at = cursor_le32(&c);
	b->n = cursor_le32(&c);
	b->root = cursor_le32(&c);
	cursor_skip(&c, 8);
	uint8_t sector = cursor_u8(&c), per = cursor_u8(&c);
	b->n_fats = cursor_u8(&c);
	cursor_seek(&c, 510);
	if (cursor_le16(&c) != 0xaa55 || !cursor_ok(&c) || sector < 9 || sector > 12 || per > 16 ||
	    sector + per > 20 || b->n_fats < 1 || b->n_fats > 2 || b->n == 0)
		return false;
	b->sector = UINT64_C(1) << sector;
	b->cluster = b->sector << per;
	b->fat_at *= b->sector;
	b->fat_size *= b->sector;
	b->heap_at *= b->sector;
	return b->fat_at != 0 && b->heap_at >= b->fat_at + b->fat_size &&
	       ((uint64_t)b->n + 2) * 4 <= b->fat_size;
}

bool salvage_exfat_head(struct span sector)
{
	struct boot b;

	return read_boot(sector, &b);
}

/* The table's first entries: the media, and all bits set behind. */
static bool has_table(struct region *w, uint64_t at, const struct boot *b)
{
	struct span s = region_get(w, at + b->fat_at, 8);

	return s.n == 8 && memcmp(s.p, "\xf8\xff\xff\xff\xff\xff\xff\xff", 8) == 0;
}

uint64_t salvage_exfat_start(struct region *w, uint64_t sound)
{
	struct boot b;

	if (!read_boot(region_get(w, sound, FAT_SECTOR), &b))
		return sound;
	uint64_t back = BACKUP_SECTORS * b.sector;
	return back <= sound && !has_table(w, sound, &b) && has_table(w, sound - back, &b)
		       ? sound - back
		       : sound;
}

/* ---- sets of entries */

struct set {
	uint16_t attributes;
	bool straight;
	uint32_t first;
	uint64_t valid, size;
	char name[MAX_NAME_UNITS * WIDE_ROOM + 1];
	size_t name_n;
};

static bool sum_holds(struct span s, uint16_t want)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		if (i != 2 && i != 3)
			sum = (uint16_t)((sum << 15 | sum >> 1) + s.p[i]);
	return sum == want;
}

/* The set at the start of s; its length in bytes, 0 where there is none whose checksum agrees. */
static size_t read_set(struct span s, struct set *out)
{
	struct cursor c = cursor_of(s);
	uint8_t units[MAX_SET * NAME_UNITS * 2];
	size_t n = 0;

	if (cursor_u8(&c) != FILE_ENTRY)
		return 0;
	unsigned more = cursor_u8(&c);
	uint16_t sum = cursor_le16(&c);
	out->attributes = cursor_le16(&c);
	size_t size = FAT_ENTRY * (1 + (size_t)more);
	struct span all = span_cut(s, 0, size);
	if (more < 2 || more >= MAX_SET || all.n != size || !sum_holds(all, sum))
		return 0;
	cursor_seek(&c, FAT_ENTRY);
	uint8_t stream = cursor_u8(&c);
	out->straight = (cursor_u8(&c) & STRAIGHT) != 0;
	cursor_skip(&c, 1);
	unsigned length = cursor_u8(&c);
	cursor_skip(&c, 4);
	out->valid = cursor_le64(&c);
	cursor_skip(&c, 4);
	out->first = cursor_le32(&c);
	out->size = cursor_le64(&c);
	for (unsigned i = 2; i <= more; i++) {
		struct span e = span_cut(all, (uint64_t)FAT_ENTRY * i, FAT_ENTRY);
		if (e.p[0] != NAME)
			break; /* a vendor's */
		memcpy(units + n, e.p + 2, (size_t)NAME_UNITS * 2);
		n += (size_t)NAME_UNITS * 2;
	}
	n = n < (size_t)length * 2 ? n : (size_t)length * 2;
	out->name_n = wide_text((struct span){ units, n }, out->name, sizeof out->name);
	return stream == STREAM && cursor_ok(&c) ? size : 0;
}

static bool read_directory(struct fat *f, struct span listing);

static bool give_set(struct fat *f, const struct set *set)
{
	struct buf listing;
	size_t had = fat_enter(f, (struct span){ (const uint8_t *)set->name, set->name_n });
	bool more = true;

	if ((set->attributes & DIRECTORY) == 0) {
		more = fat_give(f, set->first, set->straight, set->valid, set->size);
	} else if (f->depth < FAT_DEEPEST) {
		uint64_t most = set->size < FAT_MAX_DIRECTORY ? set->size : FAT_MAX_DIRECTORY;
		buf_init(&listing, FAT_MAX_DIRECTORY + REGION_MAX);
		if (fat_listing(f, set->first, set->straight, most, &listing))
			more = read_directory(f, buf_span(&listing));
		else
			f->n_unread += set->size != 0;
		buf_release(&listing);
	}
	fat_leave(f, had);
	return more;
}

static bool read_directory(struct fat *f, struct span listing)
{
	struct set *set = arena_alloc(&f->s->arena, sizeof *set);
	bool more = set != NULL;

	f->depth++;
	for (size_t at = 0; more && at + FAT_ENTRY <= listing.n;) {
		size_t n = read_set(span_cut(listing, at, listing.n), set);
		if (n != 0)
			more = give_set(f, set);
		at += n != 0 ? n : FAT_ENTRY;
	}
	f->depth--;
	return more && !f->s->stopped;
}

/* Sets in clusters that are no directory's which was read, nor a file's of one that was. */
static bool read_orphans(struct fat *f)
{
	size_t had = fat_enter(f, span_of("lost"));
	bool more = true;

	for (uint32_t k = 2; more && k < f->n + 2 && salvage_spend(f->s, FAT_SECTOR); k++) {
		struct buf listing;
		struct span s = region_get(
			f->w, f->start + f->data + (uint64_t)(k - 2) * f->cluster, FAT_ENTRY);
		if (f->seen[k] != 0 || s.n == 0 || s.p[0] != FILE_ENTRY)
			continue;
		buf_init(&listing, FAT_MAX_DIRECTORY + REGION_MAX);
		if (fat_listing(f, k, false, f->cluster, &listing))
			more = read_directory(f, buf_span(&listing));
		buf_release(&listing);
	}
	fat_leave(f, had);
	return more;
}

bool salvage_exfat(struct salvage *s, struct region *w, uint64_t sound, const char *volume)
{
	struct fat *f = arena_alloc(&s->arena, sizeof *f);
	struct boot b;
	struct buf root;
	bool more = true;

	if (f == NULL || !read_boot(region_get(w, sound, FAT_SECTOR), &b))
		return false;
	*f = (struct fat){ .s = s, .w = w, .volume = volume };
	f->start = salvage_exfat_start(w, sound);
	f->path_n = (size_t)snprintf(f->path, sizeof f->path, "%s", volume);
	f->cluster = b.cluster;
	f->data = b.heap_at;
	f->n = b.n;
	if (!fat_load(f, b.fat_at, b.n_fats, b.fat_size, 32, UINT32_MAX))
		return false;
	buf_init(&root, FAT_MAX_DIRECTORY + REGION_MAX);
	if (fat_listing(f, b.root, false, FAT_MAX_DIRECTORY, &root))
		more = read_directory(f, buf_span(&root));
	buf_release(&root);
	if (more)
		(void)read_orphans(f);
	fat_tell(f);
	return true;
}
