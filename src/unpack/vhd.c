/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "unpack/disk_blocks.h"
#include "unpack/readers.h"

/*
 * The disks of virtual machines, which Windows mounts at a double click: VHD ("Virtual Hard Disk
 * Image Format Specification"), fixed and dynamic, and VHDX ([MS-VHDX]).  The disk is one member,
 * up to the last block that is there; what is on it the readers of partitions and file systems see.
 * Disks that are differences from others are not read, and a VHDX with a log is read without it.
 */

enum {
	FOOTER = 512,
	SECTOR = 512,
	FIXED = 2,
	DYNAMIC = 3,
	ABSENT = -1,           /* a block, in VHD's table */
	MAX_BLOCK = 256 << 20, /* bytes ([MS-VHDX] 2.6.2.1) */
	REGIONS = 192 << 10,
	HEADERS = 64 << 10,
	HEADER = 4096,
	MAX_ENTRIES = 2047,
	PRESENT = 6, /* and 7 (2.5.1.1) */
	MEGABYTE_SHIFT = 20,
};

static struct span footer_of(struct span s)
{
	return span_cut(s, s.n >= FOOTER ? s.n - FOOTER : s.n, FOOTER);
}

static bool begins(struct span s, const char *mark, size_t n)
{
	return s.n >= n && memcmp(s.p, mark, n) == 0;
}

bool vhd_known(const struct unpack_look *look)
{
	return begins(look->bytes, "conectix", 8) || begins(footer_of(look->bytes), "conectix", 8);
}

bool vhdx_known(const struct unpack_look *look) { return begins(look->bytes, "vhdxfile", 8); }

/* ---- VHD */

static uint64_t vhd_block(const struct disk_blocks *b, uint64_t i)
{
	struct cursor c = cursor_of(span_cut(b->table, i * 4, 4));
	uint32_t sector = cursor_be32(&c);

	return !cursor_ok(&c) || sector == (uint32_t)ABSENT ? PLACE_NONE
							    : (uint64_t)sector * SECTOR + b->ahead;
}

bool vhd_read(struct span object, struct unpack *u, struct error *e)
{
	bool behind = begins(footer_of(object), "conectix", 8);
	struct cursor c = cursor_of(behind ? footer_of(object) : span_cut(object, 0, FOOTER));
	struct disk_blocks *b = arena_alloc(&u->arena, sizeof *b);

	cursor_skip(&c, 16);
	uint64_t header = cursor_be64(&c);
	cursor_seek(&c, 48);
	uint64_t size = cursor_be64(&c);
	cursor_seek(&c, 60);
	uint32_t kind = cursor_be32(&c);
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, 0, "VHD: the footer is cut off");
	if (kind == FIXED) { /* the file is the disk: other readers see what is on it */
		struct span disk = span_cut(object, 0, object.n - (behind ? FOOTER : 0));
		struct unpack_look look = { .bytes = disk };
		if (!behind || unpack_format(u->options, &look) == NULL)
			unpack_gap(u, REASON_UNSUPPORTED, 0, "file system of a VHD");
		return true;
	}
	if (kind != DYNAMIC)
		return error_set(e, REASON_UNSUPPORTED, 0, "VHD of kind %u", (unsigned)kind);
	if (b == NULL || !volume_init(&b->v, u, "VHD"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "VHD");
	c = cursor_of(span_cut(object, header, 1024));
	bool sparse = span_is(cursor_take(&c, 8), "cxsparse");
	cursor_skip(&c, 8);
	uint64_t table = cursor_be64(&c);
	cursor_skip(&c, 4);
	b->n = cursor_be32(&c);
	b->block = cursor_be32(&c);
	b->size = size;
	b->at = vhd_block;
	b->table = span_cut(object, table, b->n * 4);
	if (!cursor_ok(&c) || !sparse || b->block < SECTOR || b->block % SECTOR != 0)
		return error_set(e, REASON_DAMAGED, header, "VHD: the dynamic header");
	b->ahead = (b->block / SECTOR / 8 + SECTOR - 1) / SECTOR * SECTOR;
	if (b->n > size / b->block + 1)
		b->n = size / b->block + (size % b->block != 0);
	b->cut = b->table.n < b->n * 4;
	if (b->cut)
		unpack_gap(u, REASON_DAMAGED, table, "VHD: the table of blocks is cut off");
	return disk_blocks_give(b, e);
}

/* ---- VHDX */

static uint64_t vhdx_block(const struct disk_blocks *b, uint64_t i)
{
	struct cursor c = cursor_of(span_cut(b->table, (i + i / b->ahead) * 8, 8));
	uint64_t entry = cursor_le64(&c);

	return !cursor_ok(&c) || (entry & 7) < PRESENT ? PLACE_NONE
						       : entry >> MEGABYTE_SHIFT << MEGABYTE_SHIFT;
}

/* What an entry of this identifier points to, in a table of `n` entries of 32 bytes; empty: there
 * is none.  Offsets are of 64 bits in the table of regions, of 32 in that of metadata. */
static struct span entry_of(struct span file, struct cursor c, uint32_t n, bool wide, uint64_t base,
			    const uint8_t id[16])
{
	for (uint32_t i = 0; i < n && i < MAX_ENTRIES; i++) {
		struct span is = cursor_take(&c, 16);
		uint64_t at = wide ? cursor_le64(&c) : cursor_le32(&c);
		uint32_t size = cursor_le32(&c);
		cursor_skip(&c, wide ? 4 : 8);
		if (is.n == 16 && memcmp(is.p, id, 16) == 0 && cursor_ok(&c) &&
		    at <= UINT64_MAX - base)
			return span_cut(file, base + at, size);
	}
	return (struct span){ 0 };
}

struct vhdx {
	struct span table, block, size, sector;
};

/* A header or table, of which the sum stands at 4 and is no part of itself, holds. */
static bool sum_holds(struct span s)
{
	static const uint8_t none[4] = { 0 };
	struct cursor c = cursor_of(s);

	cursor_skip(&c, 4);
	uint32_t sum = crc32c(0, span_cut(s, 0, 4)), is = cursor_le32(&c);
	sum = crc32c(sum, (struct span){ none, sizeof none });
	return crc32c(sum, span_cut(s, 8, s.n)) == is && cursor_ok(&c);
}

/* The copy of the table of regions whose sum holds; the first where none does. */
static struct span regions_of(struct span object)
{
	struct span first = span_cut(object, REGIONS, HEADERS);
	struct span second = span_cut(object, REGIONS + HEADERS, HEADERS);

	return begins(second, "regi", 4) && !sum_holds(first) && sum_holds(second) ? second : first;
}

static bool read_regions(struct span object, struct vhdx *x)
{
	static const uint8_t of_table[16] = { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42,
					      0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08 };
	static const uint8_t of_metadata[16] = { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
						 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e };
	static const uint8_t of_block[16] = { 0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d,
					      0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b };
	static const uint8_t of_size[16] = { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48,
					     0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8 };
	static const uint8_t of_sector[16] = { 0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47,
					       0xba, 0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab, 0x5f };
	struct cursor c = cursor_of(regions_of(object));

	bool regions = span_is(cursor_take(&c, 4), "regi");
	cursor_skip(&c, 4);
	uint32_t n = cursor_le32(&c);
	cursor_skip(&c, 4);
	x->table = entry_of(object, c, n, true, 0, of_table);
	struct span metadata = entry_of(object, c, n, true, 0, of_metadata);
	c = cursor_of(metadata);
	regions = regions && span_is(cursor_take(&c, 8), "metadata");
	cursor_skip(&c, 2);
	n = cursor_le16(&c);
	cursor_seek(&c, 32);
	if (!regions || !cursor_ok(&c))
		return false;
	x->block = entry_of(metadata, c, n, false, 0, of_block);
	x->size = entry_of(metadata, c, n, false, 0, of_size);
	x->sector = entry_of(metadata, c, n, false, 0, of_sector);
	return true;
}

/* A log that was not played back (2.2.2): in the header that is written last, of those whose sum
 * holds where one does. */
static bool has_log(struct span object)
{
	static const uint8_t none[16] = { 0 };
	struct span log = { 0 }, copy[2];
	uint64_t newest = 0;
	bool sums = false;

	for (unsigned i = 0; i < 2; i++) {
		copy[i] = span_cut(object, (i + 1ull) * HEADERS, HEADER);
		sums = sums || sum_holds(copy[i]);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct cursor c = cursor_of(copy[i]);
		bool head = span_is(cursor_take(&c, 4), "head");
		cursor_skip(&c, 4);
		uint64_t number = cursor_le64(&c) + 1;
		cursor_skip(&c, 32);
		if (!head || number < newest || (sums && !sum_holds(copy[i])))
			continue;
		newest = number;
		log = cursor_take(&c, 16);
	}
	return log.n == 16 && memcmp(log.p, none, 16) != 0;
}

bool vhdx_read(struct span object, struct unpack *u, struct error *e)
{
	struct disk_blocks *b = arena_alloc(&u->arena, sizeof *b);
	struct vhdx x;

	if (b == NULL || !volume_init(&b->v, u, "VHDX"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "VHDX");
	if (!read_regions(object, &x))
		return error_set(e, REASON_DAMAGED, REGIONS, "VHDX: the regions ([MS-VHDX] 2.2.3)");
	struct cursor block = cursor_of(x.block), size = cursor_of(x.size);
	struct cursor sector = cursor_of(x.sector);
	b->block = cursor_le32(&block);
	bool differs = (cursor_le32(&block) & 2) != 0;
	b->size = cursor_le64(&size);
	uint64_t bytes = cursor_le32(&sector);
	if (!cursor_ok(&block) || !cursor_ok(&size) || !cursor_ok(&sector) || b->block < SECTOR ||
	    b->block > MAX_BLOCK || (bytes != 512 && bytes != 4096))
		return error_set(e, REASON_DAMAGED, REGIONS, "VHDX: the metadata ([MS-VHDX] 2.6)");
	if (differs)
		return error_set(e, REASON_UNSUPPORTED, 0, "VHDX that differs from another");
	if (has_log(object))
		unpack_gap(u, REASON_UNSUPPORTED, HEADERS, "VHDX with a log");
	b->table = x.table;
	b->at = vhdx_block;
	b->ahead = (bytes << 23) / b->block;
	b->n = b->size / b->block + (b->size % b->block != 0);
	return disk_blocks_give(b, e);
}
