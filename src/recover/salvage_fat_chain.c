/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_fat.h"

#include <stdio.h>

/* Tables of clusters, of which there are copies, and the chains in them. */

/* ---- the table */

/* What one entry says; false where no entry says so. */
static bool read_entry(const struct fat *f, struct span sector, unsigned bits, uint32_t mask,
		       size_t i, uint32_t *out)
{
	struct cursor c = cursor_of(span_cut(sector, i * bits / 8, bits / 8));
	uint32_t v = bits == 32 ? cursor_le32(&c) : cursor_le16(&c);
	uint32_t last = bits == 32 ? mask : (1u << bits) - 1;

	v &= last;
	*out = v >= last - 8 ? FAT_END : v;
	return cursor_ok(&c) && (v == 0 || v >= last - 8 || fat_has(f, v));
}

/* Entries of 16 and 32 bits in one sector of a copy, to next[first] and on. */
static bool read_sector(struct fat *f, struct span sector, unsigned bits, uint32_t mask,
			uint32_t first)
{
	for (size_t i = 0; i < sector.n * 8 / bits; i++) {
		uint32_t cluster = first + (uint32_t)i, v;
		if (!fat_has(f, cluster))
			continue;
		if (!read_entry(f, sector, bits, mask, i, &v))
			return false;
		f->next[cluster] = v;
	}
	return sector.n == FAT_SECTOR;
}

/* Entries of 12 bits lie across sectors: the first copy that holds from end to end is taken. */
static bool read_12(struct fat *f, struct span table)
{
	for (uint32_t k = 2; k < f->n + 2; k++) {
		struct cursor c = cursor_of(span_cut(table, (size_t)k * 3 / 2, 2));
		uint32_t v = cursor_le16(&c);
		v = (k & 1) != 0 ? v >> 4 : v & 0xfff;
		if (!cursor_ok(&c) || (v != 0 && v < 0xff7 && !fat_has(f, v)))
			return false;
		f->next[k] = v >= 0xff7 ? FAT_END : v;
	}
	return true;
}

static void set_lost(struct fat *f, uint32_t first, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (fat_has(f, first + i))
			f->next[first + i] = FAT_LOST;
}

bool fat_load(struct fat *f, uint64_t at, unsigned copies, uint64_t size, unsigned bits,
	      uint32_t mask)
{
	if (f->n == 0 || f->n > FAT_MAX_CLUSTERS)
		return false;
	f->next = arena_array(&f->s->arena, (size_t)f->n + 2, sizeof *f->next);
	f->seen = arena_array(&f->s->arena, (size_t)f->n + 2, 1);
	if (f->next == NULL || f->seen == NULL)
		return false;
	if (bits == 12) {
		bool ok = false;
		for (unsigned k = 0; k < copies && !ok; k++)
			ok = read_12(f, region_get(f->w, f->start + at + k * size,
						   size < REGION_MAX ? (size_t)size : REGION_MAX));
		if (!ok)
			set_lost(f, 2, f->n);
		return true;
	}
	const uint32_t each = FAT_SECTOR * 8 / bits;
	for (uint32_t first = 0; first < f->n + 2; first += each) {
		bool ok = false;
		for (unsigned k = 0; k < copies && !ok; k++)
			ok = read_sector(
				f,
				region_get(f->w,
					   f->start + at + k * size + (uint64_t)first * bits / 8,
					   FAT_SECTOR),
				bits, mask, first);
		if (!ok)
			set_lost(f, first, each);
	}
	return salvage_spend(f->s, (uint64_t)f->n * copies);
}

/* ---- chains */

/* The cluster behind this one; FAT_END: none. */
static uint32_t follow(const struct fat *f, uint32_t cluster, bool straight, bool *guessed)
{
	uint32_t next = f->next[cluster];

	if (!straight && next != FAT_LOST)
		return next;
	*guessed = *guessed || !straight;
	return cluster + 1;
}

/* Clusters for `n` bytes; false where the chain ends before. */
static bool map_chain(struct fat *f, uint32_t cluster, bool straight, uint64_t n,
		      struct salvage_map *map, bool *guessed)
{
	for (uint64_t left = n; left != 0;) {
		if (!fat_has(f, cluster) || !salvage_spend(f->s, 64))
			return false;
		uint64_t take = left < f->cluster ? left : f->cluster;
		if (!salvage_map_add(f->s, map, take,
				     f->start + f->data + (uint64_t)(cluster - 2) * f->cluster,
				     NULL))
			return false;
		left -= take;
		if (left != 0)
			cluster = follow(f, cluster, straight, guessed);
	}
	return true;
}

bool fat_listing(struct fat *f, uint32_t first, bool straight, uint64_t size, struct buf *out)
{
	bool guessed = false;

	for (uint32_t at = first; fat_has(f, at) && out->n < size && f->seen[at] == 0;
	     at = follow(f, at, straight, &guessed)) {
		struct span s =
			region_get(f->w, f->start + f->data + (uint64_t)(at - 2) * f->cluster,
				   (size_t)f->cluster);
		f->seen[at] = 1;
		buf_put_span(out, s);
		/* where the chain is not known: a directory is one cluster, mostly */
		if (s.n != f->cluster || guessed || !buf_ok(out))
			break;
		if (f->next[at] == FAT_LOST && !straight)
			break;
	}
	return out->n != 0;
}

bool fat_give(struct fat *f, uint32_t first, bool straight, uint64_t valid, uint64_t size)
{
	struct salvage_piece p = { .name = { (const uint8_t *)f->path, f->path_n },
				   .at = PLACE_NONE };
	struct salvage_map map = { 0 };
	bool guessed = false;
	struct region r;

	if (size == 0)
		return salvage_give_bytes(f->s, &p, 0, (struct span){ NULL, 0 });
	valid = valid < size ? valid : size;
	if (size / f->cluster > f->n || (valid != 0 && !fat_has(f, first))) {
		f->n_unread++;
		return true;
	}
	bool whole = map_chain(f, first, straight, valid, &map, &guessed);
	if (map.n == 0 && valid != 0) {
		f->n_unread++;
		return !f->s->stopped;
	}
	if (!whole) {
		p.state = SALVAGE_PARTIAL;
		p.lost = size - map.size;
	} else if (guessed) {
		p.state = SALVAGE_UNSURE;
		f->n_guessed++;
	}
	if (whole && !salvage_map_add(f->s, &map, size - valid, REGION_ZEROS, NULL))
		return false;
	p.at = f->start + f->data + (uint64_t)(first - 2) * f->cluster;
	region_of_extents(&r, f->w, map.list, map.n, f->s->room[3]);
	return salvage_give(f->s, &p, 0, &r);
}

/* ---- paths, notes */

size_t fat_enter(struct fat *f, struct span name)
{
	size_t had = f->path_n;

	if (f->path_n + 1 + name.n < sizeof f->path) {
		f->path[f->path_n++] = '/';
		for (size_t i = 0; i < name.n; i++) {
			uint8_t c = name.p[i];
			f->path[f->path_n++] = c == '/' || c == 0 ? '_' : (char)c;
		}
	}
	return had;
}

void fat_leave(struct fat *f, size_t had) { f->path_n = had; }

void fat_tell(struct fat *f)
{
	char text[160];

	if (f->n_guessed + f->n_unread == 0)
		return;
	snprintf(text, sizeof text,
		 "%s: of %llu files the table does not say where they go on, %llu entries lead "
		 "nowhere",
		 f->volume, (unsigned long long)f->n_guessed, (unsigned long long)f->n_unread);
	f->s->host.note(f->s->host.ctx, text);
}
