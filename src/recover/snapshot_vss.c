/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/snapshot.h"

enum {
	SECTOR = 512,
	VSS_AT = 0x1e00, /* of a volume */
	CATALOGUE = 48,  /* in the header: where it begins */
	NEXT = 40,       /* in a block of it: the one behind it */
	BLOCK = 16 << 10,
	ENTRY = 128, /* and a block's own head is as long */
	MAX_BLOCKS = 64,
	STORE = 2, /* kinds of entries */
	MADE = 48, /* in an entry of that kind */
	MBR_TABLE = 446,
	PROTECTIVE = 0xee,
	GPT_ENTRIES = 128,
};

static const uint8_t guid[16] = { 0x6b, 0x87, 0x08, 0x38, 0x76, 0xc1, 0x48, 0x4e,
				  0xb7, 0xae, 0x04, 0x04, 0x6e, 0x6c, 0xc7, 0x52 };

/* A structure of the given kind (1: header, 2: block of the catalogue) begins here. */
static bool is_record(struct span s, uint32_t kind)
{
	struct cursor c = cursor_of(s);
	struct span id = cursor_take(&c, sizeof guid);
	uint32_t version = cursor_le32(&c), type = cursor_le32(&c);

	return cursor_ok(&c) && memcmp(id.p, guid, sizeof guid) == 0 && version != 0 &&
	       type == kind;
}

static uint64_t field(struct span s, uint64_t at)
{
	struct cursor c = cursor_of(s);

	cursor_seek(&c, at);
	return cursor_le64(&c);
}

static void read_block(struct span block, struct snapshot_stores *out)
{
	for (size_t at = ENTRY; at + ENTRY <= block.n && out->n < SNAPSHOT_STORES; at += ENTRY) {
		struct span entry = span_cut(block, at, ENTRY);
		if (field(entry, 0) == STORE)
			out->made[out->n++] = field(entry, MADE);
	}
}

/* A volume that begins at `from`.  A chain that comes back to itself ends with its allowance. */
static void read_volume(struct region *w, uint64_t from, struct snapshot_stores *out)
{
	if (from > w->size || w->size - from < VSS_AT)
		return;
	struct span header = region_get(w, from + VSS_AT, SECTOR);
	if (!is_record(header, 1))
		return;
	if (!out->kept)
		out->at = from;
	out->kept = true;
	uint64_t next = field(header, CATALOGUE);
	for (unsigned i = 0; i < MAX_BLOCKS && next != 0 && next < w->size - from; i++) {
		struct span block = region_get(w, from + next, BLOCK);
		if (!is_record(block, 2))
			return;
		next = field(block, NEXT);
		read_block(block, out);
	}
}

static void read_gpt(struct region *w, struct snapshot_stores *out)
{
	for (unsigned i = 0; i < GPT_ENTRIES; i++) {
		uint64_t first = field(region_get(w, 2 * SECTOR + ENTRY * i, ENTRY), 32);
		if (first != 0 && first < w->size / SECTOR)
			read_volume(w, first * SECTOR, out);
	}
}

void snapshot_vss(struct region *w, struct snapshot_stores *out)
{
	*out = (struct snapshot_stores){ .kept = false };
	read_volume(w, 0, out);
	if (out->kept)
		return;
	for (unsigned i = 0; i < 4; i++) {
		struct cursor c = cursor_of(region_get(w, MBR_TABLE + 16 * i, 16));
		cursor_skip(&c, 4);
		uint8_t type = cursor_u8(&c);
		cursor_skip(&c, 3);
		uint64_t first = cursor_le32(&c);
		if (type == PROTECTIVE) {
			read_gpt(w, out);
			return;
		}
		if (cursor_ok(&c) && type != 0 && first != 0)
			read_volume(w, first * SECTOR, out);
	}
}
