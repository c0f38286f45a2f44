/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage.h"

/*
 * A sparse virtual disk (VMware, Virtual Disk Format 1.1): grains of 64 KiB, led to by two
 * directories of tables of 512 entries; of each entry the copy is taken where the first one leads
 * out of the file.  Compressed ones (streamOptimized) are not read.
 */

enum { SECTOR = 512, COMPRESSED = 1 << 16, MAX_GRAINS = 1 << 24 };

static uint32_t entry_at(struct region *w, uint64_t sector, uint64_t i)
{
	struct cursor c = cursor_of(region_get(w, sector * SECTOR + 4 * i, 4));

	return cursor_le32(&c);
}

static bool inside(const struct region *w, uint64_t sector, uint64_t n)
{
	return sector <= w->size / SECTOR && n <= w->size / SECTOR - sector;
}

bool salvage_vmdk(struct salvage *s, struct region *w, uint8_t *room, struct region *disk)
{
	struct cursor c = cursor_of(region_get(w, 0, 80));
	struct salvage_map map = { 0 };

	uint32_t magic = cursor_le32(&c);
	cursor_skip(&c, 4);
	uint32_t flags = cursor_le32(&c);
	uint64_t capacity = cursor_le64(&c), grain = cursor_le64(&c);
	cursor_skip(&c, 16);
	uint32_t per_table = cursor_le32(&c);
	uint64_t copy = cursor_le64(&c), directory = cursor_le64(&c);
	if (!cursor_ok(&c) || magic != 0x564d444b || (flags & COMPRESSED) != 0 || grain == 0 ||
	    grain > 2048 || per_table == 0 || per_table > 65536 || capacity / grain > MAX_GRAINS)
		return false;
	for (uint64_t i = 0; i < (capacity + grain - 1) / grain; i++) {
		uint64_t n = capacity - i * grain < grain ? capacity - i * grain : grain;
		uint32_t table = entry_at(w, directory, i / per_table), at = 0;
		if (!inside(w, table, 1))
			table = 0;
		if (table != 0)
			at = entry_at(w, table, i % per_table);
		if (table == 0 || !inside(w, at, n)) { /* the other directory */
			table = entry_at(w, copy, i / per_table);
			at = table != 0 && inside(w, table, 1) ? entry_at(w, table, i % per_table)
							       : 0;
		}
		/* 0: not there, 1: zeros */
		uint64_t from = at > 1 && inside(w, at, n) ? (uint64_t)at * SECTOR : REGION_ZEROS;
		if (!salvage_spend(s, 64) || !salvage_map_add(s, &map, n * SECTOR, from, NULL))
			return false;
	}
	region_of_extents(disk, w, map.list, map.n, room);
	return map.n != 0;
}
