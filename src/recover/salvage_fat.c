/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_fat.h"
#include "base/text.h"
#include "unpack/wide.h"

#include <stdio.h>

/*
 * FAT12, FAT16 and FAT32 (Microsoft FAT Specification, 2005).  FAT32 keeps a copy of its boot
 * sector in its sixth one, all keep a second table.  Where the root is lost, directories are known
 * by their first two entries, which name themselves and their parent.
 */

enum {
	FAT12_MOST = 4084, /* clusters */
	FAT16_MOST = 65524,
	DELETED = 0xe5,
	LONG_NAME = 0x0f,
	LABEL = 0x08,
	DIRECTORY = 0x10,
	LOWER_NAME = 8, /* of the byte behind the attributes, as Windows NT has it */
	LOWER_END = 16,
	LONG_UNITS = 13, /* characters in an entry */
	LONG_MOST = 20,  /* entries of a name */
};

struct boot {
	uint64_t sector, cluster, reserved, root, size, fat; /* bytes; root: entries */
	unsigned n_fats;
	uint8_t media;
	uint32_t first;  /* cluster of FAT32's root; 0: it is none */
	uint64_t backup; /* bytes from the volume's start to the copy of this sector */
};

static bool is_power(uint64_t v) { return v != 0 && (v & (v - 1)) == 0; }

static bool read_boot(struct span s, struct boot *b)
{
	struct cursor c = cursor_of(s);
	uint8_t jump = cursor_u8(&c);

	*b = (struct boot){ .sector = 0 };
	cursor_seek(&c, 11);
	b->sector = cursor_le16(&c);
	b->cluster = cursor_u8(&c) * b->sector;
	b->reserved = cursor_le16(&c) * b->sector;
	b->n_fats = cursor_u8(&c);
	b->root = cursor_le16(&c);
	uint64_t small = cursor_le16(&c);
	b->media = cursor_u8(&c);
	b->fat = cursor_le16(&c) * b->sector;
	cursor_seek(&c, 32);
	uint64_t large = cursor_le32(&c);
	b->size = (small != 0 ? small : large) * b->sector;
	if (b->fat == 0) {
		b->fat = cursor_le32(&c) * b->sector;
		cursor_seek(&c, 44);
		b->first = cursor_le32(&c);
		cursor_skip(&c, 2);
		b->backup = cursor_le16(&c) * b->sector;
	}
	cursor_seek(&c, 510);
	return cursor_le16(&c) == 0xaa55 && cursor_ok(&c) && (jump == 0xeb || jump == 0xe9) &&
	       b->sector >= 512 && b->sector <= 4096 && is_power(b->sector) &&
	       is_power(b->cluster) && b->reserved != 0 && b->n_fats >= 1 && b->n_fats <= 2 &&
	       b->media >= 0xf0 && b->fat != 0 && (b->first == 0) == (b->root != 0) &&
	       b->size / 2 > b->reserved && memcmp(s.p + 3, "NTFS    ", 8) != 0;
}

bool salvage_fat_head(struct span sector)
{
	struct boot b;

	return read_boot(sector, &b);
}

/* A table begins there: the media, and bits that are all set. */
static bool has_table(struct region *w, uint64_t at, const struct boot *b)
{
	for (unsigned i = 0; i < b->n_fats; i++) {
		struct span s = region_get(w, at + b->reserved + i * b->fat, 3);
		if (s.n == 3 && s.p[0] == b->media && s.p[1] == 0xff && s.p[2] == 0xff)
			return true;
	}
	return false;
}

uint64_t salvage_fat_start(struct region *w, uint64_t sound)
{
	struct boot b;

	/* a copy, where no table follows, and one does as it would behind what this is a copy of */
	return read_boot(region_get(w, sound, FAT_SECTOR), &b) && b.backup != 0 &&
			       b.backup <= sound && !has_table(w, sound, &b) &&
			       has_table(w, sound - b.backup, &b)
		       ? sound - b.backup
		       : sound;
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
	if ((entry.p[0] & 0x40) != 0) { /* the last of a name comes first */
		memset(n->unit, 0, sizeof n->unit);
		n->n = number;
	}
	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		memcpy(n->unit + to, entry.p + part[i].at, part[i].n);
		to += part[i].n;
	}
}

static struct span name_of(struct name *n, struct span entry)
{
	size_t k = n->n == 0 ? 0
			     : wide_text((struct span){ n->unit, (size_t)n->n * LONG_UNITS * 2 },
					 n->text, sizeof n->text);

	n->n = 0;
	if (k != 0)
		return (struct span){ (const uint8_t *)n->text, k };
	for (size_t i = 0; i < 11; i++) { /* eight characters, and three */
		bool lower = (entry.p[12] & (i < 8 ? LOWER_NAME : LOWER_END)) != 0;
		uint8_t c = i == 0 && entry.p[i] == 5 ? DELETED : entry.p[i];
		if (i == 8 && c != ' ')
			n->text[k++] = '.';
		if (c != ' ')
			n->text[k++] = (char)(lower ? text_lower(c) : c);
	}
	return (struct span){ (const uint8_t *)n->text, k };
}

static bool read_directory(struct fat *f, struct span listing);

static bool read_entry(struct fat *f, struct span entry, struct name *name)
{
	struct cursor c = cursor_of(entry);
	struct buf listing;

	cursor_skip(&c, 11);
	uint8_t attributes = cursor_u8(&c);
	cursor_seek(&c, 20);
	uint32_t high = cursor_le16(&c);
	cursor_seek(&c, 26);
	uint32_t first = high << 16 | cursor_le16(&c), size = cursor_le32(&c);
	size_t had = fat_enter(f, name_of(name, entry));
	bool more = true;
	if ((attributes & DIRECTORY) == 0) {
		more = fat_give(f, first, false, size, size);
	} else if (f->depth < FAT_DEEPEST) {
		buf_init(&listing, FAT_MAX_DIRECTORY);
		if (fat_listing(f, first, false, FAT_MAX_DIRECTORY, &listing))
			more = read_directory(f, buf_span(&listing));
		else
			f->n_unread++;
		buf_release(&listing);
	}
	fat_leave(f, had);
	return more;
}

/* An entry as one is written: its attributes and its name have no bytes that none has. */
static bool is_entry(struct span e)
{
	for (size_t i = 0; i < 11; i++)
		if (e.p[i] < 0x20 && !(i == 0 && e.p[i] == 5))
			return false;
	return (e.p[11] & 0xc0) == 0;
}

static bool read_directory(struct fat *f, struct span listing)
{
	struct name *name = arena_alloc(&f->s->arena, sizeof *name);
	struct cursor c = cursor_of(listing);
	bool more = name != NULL;

	f->depth++;
	while (more && cursor_left(&c) >= FAT_ENTRY) {
		struct span entry = cursor_take(&c, FAT_ENTRY);
		uint8_t first = entry.p[0], attributes = entry.p[11];
		if (first == 0)
			break;
		if (attributes == LONG_NAME && first != DELETED)
			add_long(name, entry);
		else if (first == DELETED || first == '.' || (attributes & LABEL) != 0 ||
			 !is_entry(entry))
			name->n = 0;
		else
			more = read_entry(f, entry, name);
	}
	f->depth--;
	return more && !f->s->stopped;
}

/* A cluster that begins with "." for itself and "..". */
static bool is_directory(struct fat *f, uint32_t cluster)
{
	struct cursor c = cursor_of(
		region_get(f->w, f->start + f->data + (uint64_t)(cluster - 2) * f->cluster,
			   (size_t)FAT_ENTRY * 2));
	struct span own = cursor_take(&c, FAT_ENTRY), up = cursor_take(&c, FAT_ENTRY);

	if (!cursor_ok(&c) || memcmp(own.p, ".          ", 11) != 0 ||
	    memcmp(up.p, "..         ", 11) != 0)
		return false;
	uint32_t number = (uint32_t)own.p[20] << 16 | (uint32_t)own.p[21] << 24 | own.p[26] |
			  (uint32_t)own.p[27] << 8;
	return number == cluster;
}

/* Directories that nothing led to. */
static bool read_orphans(struct fat *f)
{
	char text[32];
	bool more = true;

	for (uint32_t k = 2; more && k < f->n + 2 && salvage_spend(f->s, FAT_SECTOR); k++) {
		struct buf listing;
		if (f->seen[k] != 0 || f->next[k] == 0 || !is_directory(f, k))
			continue;
		buf_init(&listing, FAT_MAX_DIRECTORY);
		int n = snprintf(text, sizeof text, "lost-%lu", (unsigned long)k);
		size_t had = fat_enter(f, (struct span){ (const uint8_t *)text, (size_t)n });
		if (fat_listing(f, k, false, FAT_MAX_DIRECTORY, &listing))
			more = read_directory(f, buf_span(&listing));
		fat_leave(f, had);
		buf_release(&listing);
	}
	return more;
}

/* ---- the volume */

static bool set_up(struct fat *f, const struct boot *b)
{
	uint64_t root_at = b->reserved + b->n_fats * b->fat;
	uint64_t root_n = (b->root * FAT_ENTRY + b->sector - 1) / b->sector * b->sector;

	f->cluster = b->cluster;
	f->data = root_at + root_n;
	if (f->data >= b->size || (b->size - f->data) / b->cluster > FAT_MAX_CLUSTERS)
		return false;
	f->n = (uint32_t)((b->size - f->data) / b->cluster);
	unsigned bits = b->first != 0 ? 32 : f->n <= FAT12_MOST ? 12 : 16;
	if ((bits == 16 && f->n > FAT16_MOST) || ((uint64_t)f->n + 2) * bits / 8 > b->fat)
		return false;
	return fat_load(f, b->reserved, b->n_fats, b->fat, bits, 0x0fffffff);
}

static bool read_root(struct fat *f, const struct boot *b)
{
	uint64_t at = b->reserved + b->n_fats * b->fat;
	struct buf listing;
	bool more = true;

	buf_init(&listing, FAT_MAX_DIRECTORY);
	if (b->first != 0)
		(void)fat_listing(f, b->first, false, FAT_MAX_DIRECTORY, &listing);
	else
		buf_put_span(&listing,
			     region_get(f->w, f->start + at, (size_t)b->root * FAT_ENTRY));
	if (buf_ok(&listing))
		more = read_directory(f, buf_span(&listing));
	buf_release(&listing);
	return more;
}

bool salvage_fat(struct salvage *s, struct region *w, uint64_t sound, const char *volume)
{
	struct fat *f = arena_alloc(&s->arena, sizeof *f);
	struct boot b;

	if (f == NULL || !read_boot(region_get(w, sound, FAT_SECTOR), &b))
		return false;
	*f = (struct fat){ .s = s, .w = w, .volume = volume };
	f->start = salvage_fat_start(w, sound);
	f->path_n = (size_t)snprintf(f->path, sizeof f->path, "%s", volume);
	if (!set_up(f, &b))
		return false;
	if (read_root(f, &b))
		(void)read_orphans(f);
	fat_tell(f);
	return true;
}
