/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/volume.h"

#include <stdio.h>

/*
 * Images of disks with partitions, by the table of the first sector, GPT (UEFI 2.10, 5) or
 * Apple's map (Inside Macintosh: Devices, 3): each partition is a member.  One whose file system no
 * reader knows, and in which there is something, says so.
 */

enum {
	SECTOR = 512,
	TABLE = 446,
	ENTRIES = 4,
	EXTENDED = 0x05,
	EXTENDED_LBA = 0x0f,
	PROTECTIVE = 0xee,
	MAX_LOGICAL = 128,
	MAX_GPT = 1024, /* entries */
	GPT_ENTRY = 128,
	MAX_APPLE = 256, /* entries */
	APPLE_NAME = 32,
};

struct entry {
	unsigned active, type;
	uint64_t at, n; /* bytes */
};

static struct entry read_entry(struct span sector, unsigned i)
{
	struct cursor c = cursor_of(span_cut(sector, TABLE + 16 * i, 16));
	struct entry e = { .active = cursor_u8(&c) };

	cursor_skip(&c, 3);
	e.type = cursor_u8(&c);
	cursor_skip(&c, 3);
	e.at = (uint64_t)cursor_le32(&c) * SECTOR;
	e.n = (uint64_t)cursor_le32(&c) * SECTOR;
	return e;
}

static bool is_extended(unsigned type)
{
	return type == EXTENDED || type == EXTENDED_LBA || type == 0x85;
}

static bool is_signed(struct span s)
{
	struct span end = span_cut(s, SECTOR - 2, 2);

	return end.n == 2 && end.p[0] == 0x55 && end.p[1] == 0xaa;
}

/* Boot sectors of file systems end like this too; what tells is that all four entries make sense.
 */
static bool has_table(struct span s)
{
	unsigned used = 0;

	if (!is_signed(s))
		return false;
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry e = read_entry(s, i);
		if ((e.active & 0x7f) != 0 || (e.type != 0) != (e.n != 0) ||
		    (e.n != 0 && e.at == 0))
			return false;
		used += e.n != 0 && e.at < s.n;
	}
	return used != 0;
}

static bool has_apple_map(struct span s)
{
	struct span entry = span_cut(s, SECTOR, 4);

	return s.n > SECTOR && s.p[0] == 'E' && s.p[1] == 'R' && entry.n == 4 &&
	       memcmp(entry.p, "PM\0\0", 4) == 0;
}

bool partition_known(const struct unpack_look *look)
{
	return has_table(look->bytes) || has_apple_map(look->bytes);
}

static bool is_empty(struct span s)
{
	return s.n == 0 || (s.p[0] == 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

/* False: the budget is spent. */
static bool give(struct unpack *u, const struct entry *e, struct span name)
{
	struct unpack_member m = { .name = name, .size = e->n, .packed = e->n, .at = e->at };
	struct span s = span_cut(u->object, e->at, e->n);
	struct unpack_look look = { .bytes = s, .class = type_class_of(s) };

	if (s.n != e->n)
		unpack_gap(u, REASON_DAMAGED, e->at, "disk: the image ends within a partition");
	if (!unpack_steps(u, s.n / 16 + VOLUME_STEPS))
		return false;
	if (unpack_format(u->options, &look) == NULL && !is_empty(s))
		unpack_gap(u, REASON_UNSUPPORTED, e->at, "file system of %.*s", (int)name.n,
			   (const char *)name.p);
	return unpack_whole(u, &m, s);
}

static bool give_numbered(struct unpack *u, const struct entry *e, unsigned number)
{
	char name[48];
	int n = snprintf(name, sizeof name, "partition%u.%02x", number, e->type);

	return give(u, e, (struct span){ (const uint8_t *)name, (size_t)n });
}

/* Partitions in an extended one: a chain of sectors, each with one and the next. */
static bool read_logical(struct unpack *u, uint64_t base)
{
	uint64_t at = base;

	for (unsigned i = 0; i < MAX_LOGICAL; i++) {
		struct span s = span_cut(u->object, at, SECTOR);
		if (!is_signed(s))
			break;
		struct entry own = read_entry(s, 0), next = read_entry(s, 1);
		own.at += at;
		if (own.n != 0 && !give_numbered(u, &own, ENTRIES + 1 + i))
			return false;
		if (next.n == 0 || !is_extended(next.type))
			return true;
		at = base + next.at;
	}
	unpack_gap(u, REASON_DAMAGED, at, "disk: a chain of extended partitions");
	return true;
}

static void read_gpt(struct unpack *u, struct cursor c)
{
	static const uint8_t unused[16] = { 0 };
	char name[48];

	cursor_seek(&c, 72);
	uint64_t at = cursor_le64(&c);
	uint32_t n = cursor_le32(&c), size = cursor_le32(&c);
	if (!cursor_ok(&c) || size < GPT_ENTRY || at > UINT64_MAX / SECTOR) {
		unpack_gap(u, REASON_DAMAGED, SECTOR, "disk: GPT's header (UEFI 5.3.2)");
		return;
	}
	for (uint32_t i = 0; i < n && i < MAX_GPT; i++) {
		struct cursor d =
			cursor_of(span_cut(u->object, at * SECTOR + (uint64_t)i * size, GPT_ENTRY));
		struct span type = cursor_take(&d, 16);
		cursor_skip(&d, 16);
		uint64_t first = cursor_le64(&d), last = cursor_le64(&d);
		if (!cursor_ok(&d)) {
			unpack_gap(u, REASON_DAMAGED, at * SECTOR, "disk: GPT's table is cut off");
			return;
		}
		if (memcmp(type.p, unused, 16) == 0)
			continue;
		struct entry e = { .at = first * SECTOR, .n = (last - first + 1) * SECTOR };
		int k = snprintf(name, sizeof name, "partition%u", (unsigned)i + 1);
		if (!give(u, &e, (struct span){ (const uint8_t *)name, (size_t)k }))
			return;
	}
	if (n > MAX_GPT)
		unpack_gap(u, REASON_LIMIT, at * SECTOR, "partitions: GPT: %u, at most %d",
			   (unsigned)n, MAX_GPT);
}

/* Apple's map, an entry a sector.  What only says where the map, nothing or another way to read the
 * same disc is, is no member. */
static bool read_apple(struct unpack *u)
{
	static const char *const none[] = { "Apple_partition_map", "Apple_Free", "Apple_Void",
					    "ISO9660_data" };
	uint32_t n = 1;

	for (uint32_t i = 1; i <= n && i <= MAX_APPLE; i++) {
		struct cursor c = cursor_of(span_cut(u->object, (uint64_t)i * SECTOR, SECTOR));
		char name[48];
		bool marked = cursor_be32(&c) == 0x504d0000;
		n = cursor_be32(&c);
		struct entry e = { .at = (uint64_t)cursor_be32(&c) * SECTOR };
		e.n = (uint64_t)cursor_be32(&c) * SECTOR;
		cursor_skip(&c, APPLE_NAME);
		struct cursor d = cursor_of(cursor_take(&c, APPLE_NAME));
		struct span type = cursor_cstring(&d, APPLE_NAME);
		if (!cursor_ok(&c) || !marked) {
			unpack_gap(u, REASON_DAMAGED, (uint64_t)i * SECTOR,
				   "disk: an entry of Apple's map");
			return true;
		}
		bool skip = e.n == 0;
		for (size_t k = 0; k < sizeof none / sizeof *none; k++)
			skip = skip || span_is(type, none[k]);
		int k = snprintf(name, sizeof name, "partition%u", (unsigned)i);
		if (!skip && !give(u, &e, (struct span){ (const uint8_t *)name, (size_t)k }))
			return false;
	}
	if (n > MAX_APPLE)
		unpack_gap(u, REASON_LIMIT, SECTOR, "partitions: Apple's map: %u, at most %d",
			   (unsigned)n, MAX_APPLE);
	return true;
}

bool partition_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor gpt = cursor_of(span_cut(object, SECTOR, SECTOR));
	bool is_gpt = span_is(cursor_take(&gpt, 8), "EFI PART");

	(void)e;
	if (has_apple_map(object) && (!read_apple(u) || !has_table(object)))
		return true;
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry one = read_entry(object, i);
		if (one.n == 0 || (is_gpt && one.type == PROTECTIVE))
			continue;
		bool more = is_extended(one.type) ? read_logical(u, one.at)
						  : give_numbered(u, &one, i + 1);
		if (!more)
			return true;
	}
	if (is_gpt)
		read_gpt(u, gpt);
	return true;
}
