/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/disk_blocks.h"
#include "unpack/readers.h"

/*
 * The disks of other virtual machines: QCOW2 (docs/interop/qcow2.txt of QEMU), VMDK in one file
 * ("Virtual Disk Format 5.0" of VMware: sparse, and packed as in OVA), VDI (of VirtualBox).  The
 * disk is one member, as it is now: snapshots in a QCOW2 are not looked for.  Disks that are
 * differences from others are not read.
 */

enum {
	SECTOR = 512,
	/* QCOW2 */
	CLUSTER_LEAST = 9, /* bits */
	CLUSTER_MOST = 21,
	L2_ENTRY = 8,
	PACKED = 1 << 30, /* of the higher half of an entry */
	ZEROS = 1,
	EXTERNAL = 4, /* incompatible features */
	LONG_ENTRIES = 16,
	KNOWN = 0xf,
	BY_ZSTD = 1,
	/* VMDK */
	GRAIN_MOST = 1 << 16, /* sectors; ours */
	HAS_GRAINS_PACKED = 1 << 16,
	AT_END = 1024, /* bytes from the end to the header that counts */
	GRAIN_HEAD = 12,
	/* VDI */
	VDI_MARK_AT = 64,
	VDI_DYNAMIC = 1,
	VDI_FIXED = 2,
	VDI_BLOCK_MOST = 1 << 28,
};
#define PLACE_BITS ((UINT64_C(1) << 56) - SECTOR)

/* ---- QCOW2 */

struct qcow {
	unsigned bits; /* of a cluster */
	bool zstd;
};

bool qcow_known(const struct unpack_look *look)
{
	return span_is(span_cut(look->bytes, 0, 4), "QFI\xfb");
}

/* The entry of cluster i, by way of a table of tables; 0: there is none. */
static uint64_t qcow_entry(const struct disk_blocks *b, uint64_t i)
{
	uint64_t per = b->block / L2_ENTRY;
	struct cursor c = cursor_of(span_cut(b->table, i / per * 8, 8));
	uint64_t table = cursor_be64(&c) & PLACE_BITS;

	c = cursor_of(span_cut(b->v.image, table, b->block));
	cursor_seek(&c, i % per * L2_ENTRY);
	uint64_t entry = cursor_be64(&c);
	return table != 0 && cursor_ok(&c) ? entry : 0;
}

static bool is_packed(uint64_t entry) { return (entry >> 32 & PACKED) != 0; }

static uint64_t qcow_at(const struct disk_blocks *b, uint64_t i)
{
	uint64_t entry = qcow_entry(b, i);

	if (is_packed(entry))
		return entry;
	return (entry & PLACE_BITS) == 0 || (entry & ZEROS) != 0 ? PLACE_NONE : entry & PLACE_BITS;
}

/* Adds what a stream holds, n bytes of it that are wanted. */
static bool put_packed(struct disk_blocks *b, struct span in, enum decode_wrap wrap, bool zstd,
		       uint64_t n)
{
	struct unpack *u = b->v.u;
	struct decode_out out = decode_member(u);
	uint64_t before = unpack_so_far(u).n;
	size_t used;

	arena_reset(&u->scratch);
	if (!unpack_steps(u, BUDGET_MEMBER_STEPS))
		return false;
	enum decode_end end =
		zstd ? decode_zstd(in, &out, &used) : decode_inflate(in, wrap, &out, &used);
	uint64_t made = unpack_so_far(u).n - before;
	if (end == DECODE_WHOLE && made != n)
		end = made < n ? DECODE_CUT : DECODE_DAMAGED;
	decode_gap(u, end, PLACE_NONE, b->v.format);
	if (end == DECODE_WHOLE || end == DECODE_STOPPED || made > n)
		return end == DECODE_WHOLE;
	return unpack_zeros(b->v.u, n - made); /* what follows stands where it should */
}

static bool qcow_unpack(struct disk_blocks *b, uint64_t i, uint64_t n)
{
	const struct qcow *q = b->more;
	uint64_t entry = qcow_entry(b, i);
	unsigned bits = 62 - (q->bits - 8); /* of the place; the rest says how many sectors */

	if (!is_packed(entry))
		return volume_bytes(&b->v, entry & PLACE_BITS, n);
	uint64_t at = entry & ((UINT64_C(1) << bits) - 1);
	uint64_t sectors = ((entry & ((UINT64_C(1) << 62) - 1)) >> bits) + 1;
	/* the last cluster is packed whole, whatever there is of the disk in it */
	return put_packed(b, span_cut(b->v.image, at, sectors * SECTOR - at % SECTOR), DECODE_RAW,
			  q->zstd, b->block);
}

bool qcow_read(struct span object, struct unpack *u, struct error *e)
{
	struct disk_blocks *b = arena_alloc(&u->arena, sizeof *b);
	struct qcow *q = arena_alloc(&u->arena, sizeof *q);
	struct cursor c = cursor_of(object);

	if (b == NULL || q == NULL || !volume_init(&b->v, u, "QCOW2"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "QCOW2");
	cursor_skip(&c, 4);
	uint32_t version = cursor_be32(&c);
	uint64_t backing = cursor_be64(&c);
	cursor_skip(&c, 4);
	q->bits = cursor_be32(&c);
	b->size = cursor_be64(&c);
	bool encrypted = cursor_be32(&c) != 0;
	uint64_t n_tables = cursor_be32(&c), table = cursor_be64(&c), features = 0;
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, 0, "QCOW2: the header");
	if (version != 2 && version != 3)
		return error_set(e, REASON_UNSUPPORTED, 4, "QCOW of version %u", (unsigned)version);
	if (version == 3) {
		cursor_seek(&c, 72);
		features = cursor_be64(&c);
		cursor_seek(&c, 104);
		q->zstd = (features & 8) != 0 && cursor_u8(&c) == BY_ZSTD;
	}
	if (!cursor_ok(&c) || q->bits < CLUSTER_LEAST || q->bits > CLUSTER_MOST)
		return error_set(e, REASON_DAMAGED, 20, "QCOW2: the header");
	if (encrypted)
		return error_set(e, REASON_ENCRYPTED, 32, "QCOW2");
	if (backing != 0)
		return error_set(e, REASON_UNSUPPORTED, 8, "QCOW2 that differs from another");
	if ((features & ~(uint64_t)KNOWN) != 0 || (features & EXTERNAL) != 0)
		return error_set(e, REASON_UNSUPPORTED, 72, "%s",
				 (features & LONG_ENTRIES) != 0 ? "QCOW2 with extended entries"
				 : (features & EXTERNAL) != 0   ? "QCOW2 with its data elsewhere"
								: "QCOW2 with new features");
	b->block = UINT64_C(1) << q->bits;
	b->n = b->size / b->block + (b->size % b->block != 0);
	b->table = span_cut(object, table, n_tables * 8);
	b->at = qcow_at;
	b->unpack = qcow_unpack;
	b->more = q;
	b->cut = b->table.n < n_tables * 8;
	if (b->cut)
		unpack_gap(u, REASON_DAMAGED, table, "QCOW2: the table is cut off");
	return disk_blocks_give(b, e);
}

/* ---- VMDK */

struct vmdk_head {
	uint32_t flags;
	uint64_t capacity, grain, text_at, text_n, per_table, directory; /* sectors; entries */
};

bool vmdk_known(const struct unpack_look *look)
{
	return span_is(span_cut(look->bytes, 0, 4), "KDMV");
}

static uint64_t vmdk_at(const struct disk_blocks *b, uint64_t i)
{
	const struct vmdk_head *h = b->more;
	struct cursor c = cursor_of(span_cut(b->table, i / h->per_table * 4, 4));
	uint64_t table = cursor_le32(&c);

	c = cursor_of(span_cut(b->v.image, table * SECTOR + i % h->per_table * 4, 4));
	uint64_t grain = cursor_le32(&c);
	return table == 0 || !cursor_ok(&c) || grain <= 1 ? PLACE_NONE : grain * SECTOR;
}

static bool vmdk_unpack(struct disk_blocks *b, uint64_t i, uint64_t n)
{
	const struct vmdk_head *h = b->more;
	uint64_t at = vmdk_at(b, i);

	if ((h->flags & HAS_GRAINS_PACKED) == 0)
		return volume_bytes(&b->v, at, n);
	struct cursor c = cursor_of(span_cut(b->v.image, at, GRAIN_HEAD));
	cursor_skip(&c, 8);
	return put_packed(b, span_cut(b->v.image, at + GRAIN_HEAD, cursor_le32(&c)), DECODE_ZLIB,
			  false, n);
}

static bool read_vmdk(struct span s, struct vmdk_head *h)
{
	struct cursor c = cursor_of(s);

	bool is = span_is(cursor_take(&c, 4), "KDMV");
	cursor_skip(&c, 4);
	h->flags = cursor_le32(&c);
	h->capacity = cursor_le64(&c);
	h->grain = cursor_le64(&c);
	h->text_at = cursor_le64(&c);
	h->text_n = cursor_le64(&c);
	h->per_table = cursor_le32(&c);
	cursor_skip(&c, 8);
	h->directory = cursor_le64(&c);
	return is && cursor_ok(&c) && h->grain != 0 && h->grain <= GRAIN_MOST &&
	       h->per_table != 0 && h->capacity <= UINT64_MAX / SECTOR - h->grain;
}

/* Does the descriptor that lies in it name a parent? */
static bool has_parent(struct span text)
{
	static const char name[] = "parentCID=";
	const uint8_t *at = text.n != 0 ? memmem(text.p, text.n, name, sizeof name - 1) : NULL;

	return at != NULL &&
	       !span_is(span_cut(text, (size_t)(at - text.p) + sizeof name - 1, 8), "ffffffff");
}

bool vmdk_read(struct span object, struct unpack *u, struct error *e)
{
	struct disk_blocks *b = arena_alloc(&u->arena, sizeof *b);
	struct vmdk_head *h = arena_alloc(&u->arena, sizeof *h);
	uint64_t at = 0;

	if (b == NULL || h == NULL || !volume_init(&b->v, u, "VMDK"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "VMDK");
	bool whole = read_vmdk(object, h);
	uint64_t text_at = h->text_at, text_n = h->text_n;
	if (whole && h->directory == UINT64_MAX && object.n >= AT_END) {
		at = object.n - AT_END;
		whole = read_vmdk(span_cut(object, at, SECTOR), h);
	}
	if (!whole || h->directory > object.n / SECTOR)
		return error_set(e, REASON_DAMAGED, at, "VMDK: the header");
	if (text_at <= object.n / SECTOR && text_n <= object.n / SECTOR &&
	    has_parent(span_cut(object, text_at * SECTOR, text_n * SECTOR)))
		return error_set(e, REASON_UNSUPPORTED, 0, "VMDK that differs from another");
	b->size = h->capacity * SECTOR;
	b->block = h->grain * SECTOR;
	b->n = b->size / b->block + (b->size % b->block != 0);
	uint64_t n_tables = b->n / h->per_table + (b->n % h->per_table != 0);
	b->table = span_cut(object, h->directory * SECTOR, n_tables * 4);
	b->at = vmdk_at;
	b->unpack = vmdk_unpack;
	b->more = h;
	b->cut = b->table.n < n_tables * 4;
	if (b->cut)
		unpack_gap(u, REASON_DAMAGED, h->directory * SECTOR,
			   "VMDK: the directory is cut off");
	return disk_blocks_give(b, e);
}

/* ---- VDI */

bool vdi_known(const struct unpack_look *look)
{
	return span_is(span_cut(look->bytes, VDI_MARK_AT, 4), "\x7f\x10\xda\xbe");
}

static uint64_t vdi_at(const struct disk_blocks *b, uint64_t i)
{
	struct cursor c = cursor_of(span_cut(b->table, i * 4, 4));
	uint32_t number = cursor_le32(&c);

	return !cursor_ok(&c) || number >= UINT32_MAX - 1 ? PLACE_NONE
							  : b->ahead + number * b->block;
}

bool vdi_read(struct span object, struct unpack *u, struct error *e)
{
	struct disk_blocks *b = arena_alloc(&u->arena, sizeof *b);
	struct cursor c = cursor_of(object);

	if (b == NULL || !volume_init(&b->v, u, "VDI"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "VDI");
	cursor_seek(&c, VDI_MARK_AT + 12);
	uint32_t kind = cursor_le32(&c);
	cursor_seek(&c, 340);
	uint64_t table = cursor_le32(&c);
	b->ahead = cursor_le32(&c);
	cursor_seek(&c, 368);
	b->size = cursor_le64(&c);
	b->block = cursor_le32(&c);
	cursor_skip(&c, 4);
	b->n = cursor_le32(&c);
	if (!cursor_ok(&c) || b->block < SECTOR || b->block > VDI_BLOCK_MOST)
		return error_set(e, REASON_DAMAGED, VDI_MARK_AT, "VDI: the header");
	if (kind != VDI_DYNAMIC && kind != VDI_FIXED)
		return error_set(e, REASON_UNSUPPORTED, VDI_MARK_AT + 12, "VDI of kind %u",
				 (unsigned)kind);
	uint64_t most = b->size / b->block + (b->size % b->block != 0);
	b->n = b->n < most ? b->n : most;
	b->table = span_cut(object, table, b->n * 4);
	b->at = vdi_at;
	b->cut = b->table.n < b->n * 4;
	if (b->cut)
		unpack_gap(u, REASON_DAMAGED, table, "VDI: the table of blocks is cut off");
	return disk_blocks_give(b, e);
}
