/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "recover/salvage.h"

#include <stdio.h>

/*
 * NTFS, as the Linux kernel's fs/ntfs3 and the documentation of libfsntfs have it: each record of
 * the master file table bears its mark, its number, and two bytes at the end of each sector that
 * must agree (the fix-up), so that one which is encrypted is known.  Where the table lies is said
 * by its first record, or by the copy of that in $MFTMirr.
 */

enum {
	SECTOR = 512,
	MAX_RECORD = 4096,
	MAX_RECORDS = 16 << 20,
	IN_USE = 1,
	DIRECTORY = 2,
	ATTR_NAME = 0x30,
	ATTR_DATA = 0x80,
	ROOT = 5,
	FIRST_OWN = 16, /* records before are the file system's */
	DEEPEST = 64,
	PACKED = 0x00ff, /* of an attribute's flags: compressed */
	SCRAMBLED = 0x4000,
};

struct ntfs {
	struct salvage *s;
	struct region *w, table; /* the volume's image; the master file table */
	const char *volume;
	uint64_t start, cluster, n_clusters, mft, mirror;
	uint32_t record;
	uint32_t n_records;
	uint32_t *parent;
	struct span *name; /* UTF-8 */
	uint64_t n_lost, n_unread;
	uint8_t bytes[MAX_RECORD];
};

/* One attribute of a record. */
struct attribute {
	uint32_t type;
	bool resident, named;
	uint16_t flags;
	struct span content; /* of a resident one */
	struct span runs;    /* of another */
	uint64_t first;      /* cluster of the file that the runs begin with */
	uint64_t size;
};

/* ---- records */

/* Copies the record at byte `at` of a region into n->bytes, and undoes the fix-up. */
static bool load_record(struct ntfs *n, struct region *r, uint64_t at)
{
	struct span s = region_get(r, at, n->record);

	if (s.n != n->record || memcmp(s.p, "FILE", 4) != 0)
		return false;
	memcpy(n->bytes, s.p, s.n);
	struct cursor c = cursor_of((struct span){ n->bytes, n->record });
	cursor_seek(&c, 4);
	uint16_t place = cursor_le16(&c), count = cursor_le16(&c);
	cursor_seek(&c, place);
	uint16_t mark = cursor_le16(&c);
	if (!cursor_ok(&c) || count != n->record / SECTOR + 1)
		return false;
	for (unsigned i = 1; i < count; i++) {
		uint8_t *end = n->bytes + (size_t)i * SECTOR - 2;
		uint16_t own = cursor_le16(&c);
		if (!cursor_ok(&c) || (uint16_t)(end[0] | end[1] << 8) != mark)
			return false;
		end[0] = (uint8_t)own;
		end[1] = (uint8_t)(own >> 8);
	}
	return true;
}

static uint16_t flags_of(const struct ntfs *n)
{
	return (uint16_t)(n->bytes[22] | n->bytes[23] << 8);
}

/* Is it an extension of another record? */
static bool is_extension(const struct ntfs *n)
{
	struct cursor c = cursor_of(span_cut((struct span){ n->bytes, n->record }, 32, 8));

	return (cursor_le64(&c) & 0xffffffffffff) != 0;
}

/* The attribute at *at of the record; *at moves on. */
static bool next_attribute(const struct ntfs *n, uint32_t *at, struct attribute *a)
{
	struct cursor all = cursor_of((struct span){ n->bytes, n->record });

	if (*at == 0) {
		cursor_seek(&all, 20);
		*at = cursor_le16(&all);
	}
	struct cursor head = cursor_sub(&all, *at, 8);
	a->type = cursor_le32(&head);
	uint32_t size = cursor_le32(&head);
	struct cursor c = cursor_sub(&all, *at, size);
	if (!cursor_ok(&c) || size < 24 || a->type == UINT32_MAX)
		return false;
	*at += size;
	struct span whole = cursor_take(&c, size);
	c.at = 8;
	a->resident = cursor_u8(&c) == 0;
	a->named = cursor_u8(&c) != 0;
	cursor_skip(&c, 2);
	a->flags = cursor_le16(&c);
	cursor_skip(&c, 2);
	if (a->resident) {
		uint32_t length = cursor_le32(&c);
		uint16_t from = cursor_le16(&c);
		a->content = span_cut(whole, from, length);
		a->size = length;
		return a->content.n == length;
	}
	a->first = cursor_le64(&c);
	cursor_skip(&c, 8);
	uint16_t from = cursor_le16(&c);
	cursor_seek(&c, 48);
	a->size = cursor_le64(&c);
	a->runs = span_cut(whole, from, size);
	return cursor_ok(&c);
}

/* ---- runs */

/* Adds the clusters that the runs lead to. */
static bool map_runs(struct ntfs *n, const struct attribute *a, struct salvage_map *map)
{
	struct cursor c = cursor_of(a->runs);
	uint64_t lcn = 0;

	while (cursor_left(&c) > 0) {
		uint8_t head = cursor_u8(&c);
		unsigned n_length = head & 15, n_offset = head >> 4;
		uint64_t length = 0, offset = 0;
		if (head == 0)
			break;
		for (unsigned i = 0; i < n_length && i < 8; i++)
			length |= (uint64_t)cursor_u8(&c) << 8 * i;
		uint8_t last = 0;
		for (unsigned i = 0; i < n_offset && i < 8; i++) {
			last = cursor_u8(&c);
			offset |= (uint64_t)last << 8 * i;
		}
		if (n_offset != 0 && n_offset < 8 && (last & 0x80) != 0)
			offset |= UINT64_MAX << 8 * n_offset;
		lcn += offset;
		if (!cursor_ok(&c) || n_length > 8 || n_offset > 8 || length > n->n_clusters ||
		    (n_offset != 0 && (lcn >= n->n_clusters || length > n->n_clusters - lcn)))
			return false;
		if (!salvage_map_add(n->s, map, length * n->cluster,
				     n_offset != 0 ? n->start + lcn * n->cluster : REGION_ZEROS,
				     NULL))
			return false;
	}
	return true;
}

/* Cuts the map to `size` bytes; false where it has fewer. */
static bool cut_map(struct salvage_map *map, uint64_t size)
{
	if (map->size < size)
		return false;
	while (map->n != 0 && map->list[map->n - 1].at >= size)
		map->n--;
	if (map->n != 0)
		map->list[map->n - 1].n = size - map->list[map->n - 1].at;
	map->size = size;
	return true;
}

/* ---- the volume */

static bool read_boot(struct ntfs *n, uint64_t at)
{
	struct cursor c = cursor_of(region_get(n->w, at, SECTOR));

	cursor_seek(&c, 11);
	uint32_t sector = cursor_le16(&c), per = cursor_u8(&c);
	cursor_seek(&c, 40);
	uint64_t sectors = cursor_le64(&c);
	n->mft = cursor_le64(&c);
	n->mirror = cursor_le64(&c);
	int8_t record = (int8_t)cursor_u8(&c);
	if (!cursor_ok(&c) || sector < 256 || sector > 4096 || (sector & (sector - 1)) != 0 ||
	    per == 0 || sectors > UINT64_MAX / 8192)
		return false;
	per = per > 128 ? 1u << ((256 - per) & 15) : per;
	n->cluster = (uint64_t)sector * per;
	n->n_clusters = sectors / per;
	n->record = record > 0 ? (uint32_t)((uint64_t)record * n->cluster) : 1u << (-record & 31);
	uint64_t size = sectors * sector;
	n->start = at >= size && at + size > n->w->size ? at - size : at;
	return n->record >= SECTOR && n->record <= MAX_RECORD && n->record % SECTOR == 0 &&
	       n->mft < n->n_clusters && n->mirror < n->n_clusters;
}

/* The table's own place, from its first record. */
static bool find_table(struct ntfs *n)
{
	const uint64_t at[] = { n->mft, n->mirror };
	struct salvage_map map = { 0 };
	struct attribute a = { .type = 0 };

	for (unsigned i = 0; i < 2; i++) {
		uint32_t next = 0;
		if (!load_record(n, n->w, n->start + at[i] * n->cluster))
			continue;
		while (next_attribute(n, &next, &a))
			if (a.type == ATTR_DATA && !a.resident && !a.named && a.first == 0 &&
			    map_runs(n, &a, &map) && map.n != 0) {
				region_of_extents(&n->table, n->w, map.list, map.n, n->s->room[2]);
				uint64_t records = map.size / n->record;
				n->n_records =
					records < MAX_RECORDS ? (uint32_t)records : MAX_RECORDS;
				return n->n_records > FIRST_OWN;
			}
	}
	return false;
}

/* ---- names */

static void put_character(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_put_u8(b, c == '/' || c == 0 ? '_' : (uint8_t)c);
	} else if (c < 0x800) {
		buf_put_u8(b, (uint8_t)(0xc0 | c >> 6));
		buf_put_u8(b, (uint8_t)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_put_u8(b, (uint8_t)(0xe0 | c >> 12));
		buf_put_u8(b, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		buf_put_u8(b, (uint8_t)(0x80 | (c & 0x3f)));
	} else {
		buf_put_u8(b, (uint8_t)(0xf0 | c >> 18));
		buf_put_u8(b, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
		buf_put_u8(b, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		buf_put_u8(b, (uint8_t)(0x80 | (c & 0x3f)));
	}
}

/* $FILE_NAME: the directory's number, and the name in UTF-16. */
static void take_name(struct ntfs *n, uint32_t number, struct span content)
{
	struct cursor c = cursor_of(content);
	uint64_t parent = cursor_le64(&c) & 0xffffffffffff;
	struct buf b;

	cursor_seek(&c, 64);
	uint8_t length = cursor_u8(&c), space = cursor_u8(&c);
	if (!cursor_ok(&c) || length == 0 || parent >= n->n_records ||
	    (space == 2 && n->name[number].n != 0)) /* the short name of DOS */
		return;
	buf_init(&b, 1024);
	for (unsigned i = 0; i < length; i++) {
		uint32_t v = cursor_le16(&c);
		if (v >= 0xd800 && v < 0xdc00 && i + 1 < length) {
			uint32_t low = cursor_le16(&c);
			v = 0x10000 + ((v & 0x3ff) << 10) + (low & 0x3ff);
			i++;
		}
		put_character(&b, v);
	}
	const uint8_t *copy =
		cursor_ok(&c) && buf_ok(&b) ? arena_copy(&n->s->arena, b.p, b.n) : NULL;
	if (copy != NULL) {
		n->name[number] = (struct span){ copy, b.n };
		n->parent[number] = (uint32_t)parent;
	}
	buf_release(&b);
}

static void read_names(struct ntfs *n)
{
	struct attribute a;

	for (uint32_t i = 0; i < n->n_records && salvage_spend(n->s, n->record); i++) {
		uint32_t next = 0;
		if (!load_record(n, &n->table, (uint64_t)i * n->record)) {
			struct span s = region_get(&n->table, (uint64_t)i * n->record, 4);
			n->n_lost += s.n == 4 && memcmp(s.p, "\0\0\0", 4) != 0;
			continue;
		}
		if ((flags_of(n) & IN_USE) == 0 || is_extension(n))
			continue;
		while (next_attribute(n, &next, &a))
			if (a.type == ATTR_NAME && a.resident)
				take_name(n, i, a.content);
	}
}

static size_t path_of(const struct ntfs *n, uint32_t number, char *to, size_t max)
{
	const struct span *part[DEEPEST];
	unsigned k = 0;
	char lost[32] = "";

	uint32_t at = number;
	while (at != ROOT && k < DEEPEST && n->name[at].n != 0) {
		part[k++] = &n->name[at];
		at = n->parent[at];
	}
	if (at != ROOT)
		snprintf(lost, sizeof lost, "/lost-%u", at);
	size_t used = (size_t)snprintf(to, max, "%s%s", n->volume, lost);
	while (k-- > 0 && used + part[k]->n + 2 < max) {
		to[used++] = '/';
		memcpy(to + used, part[k]->p, part[k]->n);
		used += part[k]->n;
	}
	return used;
}

/* ---- files */

/* The data of the record at hand. */
static bool give_file(struct ntfs *n, uint32_t number)
{
	char name[SALVAGE_MAX_NAME];
	struct salvage_piece p = { .at = n->start };
	struct salvage_map map = { 0 };
	struct attribute a = { .type = 0 };
	struct region r;
	uint32_t next = 0;
	bool found = false;

	while (!found && next_attribute(n, &next, &a))
		found = a.type == ATTR_DATA && !a.named;
	if (!found && n->name[number].n == 0)
		return true; /* an index of the file system's own */
	if (!found || (a.flags & (PACKED | SCRAMBLED)) != 0 ||
	    (!a.resident && (a.first != 0 || !map_runs(n, &a, &map) || !cut_map(&map, a.size)))) {
		n->n_unread++;
		return true;
	}
	p.name = (struct span){ (uint8_t *)name, path_of(n, number, name, sizeof name) };
	if (a.resident)
		return salvage_give_bytes(n->s, &p, 0, a.content);
	if (map.n != 0 && map.list[0].from != REGION_ZEROS)
		p.at = map.list[0].from;
	region_of_extents(&r, n->w, map.list, map.n, n->s->room[3]);
	return salvage_give(n->s, &p, 0, &r);
}

bool salvage_ntfs(struct salvage *s, struct region *w, uint64_t sound, const char *volume)
{
	struct ntfs *n = arena_alloc(&s->arena, sizeof *n);
	char text[128];

	if (n == NULL)
		return false;
	*n = (struct ntfs){ .s = s, .w = w, .volume = volume };
	if (!read_boot(n, sound) || !find_table(n))
		return false;
	n->parent = arena_array(&s->arena, n->n_records, sizeof *n->parent);
	n->name = arena_array(&s->arena, n->n_records, sizeof *n->name);
	if (n->parent == NULL || n->name == NULL)
		return false;
	read_names(n);
	for (uint32_t i = FIRST_OWN; i < n->n_records && !s->stopped; i++) {
		if (!load_record(n, &n->table, (uint64_t)i * n->record) || is_extension(n) ||
		    (flags_of(n) & IN_USE) == 0 || (flags_of(n) & DIRECTORY) != 0)
			continue;
		if (!give_file(n, i))
			break;
	}
	if (n->n_lost + n->n_unread != 0) {
		snprintf(text, sizeof text,
			 "%s: %llu records are lost, %llu files cannot be read (compressed, "
			 "encrypted, in pieces)",
			 volume, (unsigned long long)n->n_lost, (unsigned long long)n->n_unread);
		s->host.note(s->host.ctx, text);
	}
	return true;
}
