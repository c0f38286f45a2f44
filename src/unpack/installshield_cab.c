/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/give.h"
#include "unpack/installshield.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

/*
 * InstallShield's cabinets (ISc) of version 6 and later: a header with the table of files, which is
 * a file of its own (data1.hdr) or stands in the first volume, and volumes with their data, in
 * pieces of deflate with two bytes of length before each.  Never published; described by those who
 * read it (unshield).
 */

enum {
	DESCRIPTOR = 87,
	MAX_FILES = 100000,
	FIRST_VERSION = 6,
	WIDE_VERSION = 17, /* names in UTF-16 from there on */
	FLAG_SPLIT = 1,
	FLAG_OBFUSCATED = 2,
	FLAG_COMPRESSED = 4,
	FLAG_INVALID = 8,
	NAME = 512,
};

struct file {
	uint16_t flags, volume, directory;
	uint64_t size, packed, at;
	uint32_t name;
};

struct cabinet {
	struct unpack *u;
	struct span table; /* of directories, files and names */
	uint32_t n_directories;
	bool wide;
	const struct installshield_volumes *volumes;
};

static struct cursor descriptor_of(struct span s, unsigned *version)
{
	struct cursor c = cursor_of(s);

	cursor_skip(&c, 4);
	uint32_t v = cursor_le32(&c), kind = v >> 24;
	*version = kind == 1 ? v >> 12 & 15 : kind == 2 || kind == 4 ? (v & 0xffff) / 100 : 0;
	cursor_skip(&c, 4);
	uint32_t at = cursor_le32(&c), size = cursor_le32(&c);
	/* the table of files stands behind it, and is not of its size */
	return cursor_sub(&c, size != 0 ? at : UINT64_MAX, at <= s.n ? s.n - at : 0);
}

bool installshield_is_header(struct span s)
{
	unsigned version;
	struct cursor d = descriptor_of(s, &version);

	return s.n > 4 && memcmp(s.p, "ISc(", 4) == 0 && cursor_ok(&d);
}

static size_t text_at(const struct cabinet *b, uint32_t at, char *out, size_t size)
{
	struct span s = span_cut(b->table, at, NAME);

	return b->wide ? wide_text(s, out, size) : wide_narrow(s, out, size);
}

/* "directory\name" */
static struct span name_of(const struct cabinet *b, const struct file *f, char out[4 * NAME])
{
	struct cursor c = cursor_of(b->table);
	size_t n = 0;

	cursor_seek(&c, 4ul * f->directory);
	uint32_t at = cursor_le32(&c);
	if (cursor_ok(&c) && f->directory < b->n_directories)
		n = text_at(b, at, out, 2 * NAME);
	if (n != 0)
		out[n++] = '\\';
	n += text_at(b, f->name, out + n, 2 * NAME - 1);
	return (struct span){ (uint8_t *)out, n };
}

/* Undoes what hides some files: each byte by its place. */
static struct span reveal(struct unpack *u, struct span s)
{
	uint8_t *p = arena_copy(&u->scratch, s.p, s.n);

	if (p == NULL) {
		unpack_gap(u, REASON_MEMORY, PLACE_NONE, "InstallShield: a hidden file");
		return (struct span){ 0 };
	}
	for (size_t i = 0; i < s.n; i++) {
		uint8_t v = p[i] ^ 0xd5;
		p[i] = (uint8_t)((unsigned)(v >> 2 | v << 6) - (unsigned)(i % 0x47));
	}
	return (struct span){ p, s.n };
}

static void inflate_pieces(struct unpack *u, struct span in, uint64_t size, uint64_t at)
{
	struct decode_out out = decode_member(u);
	struct cursor c = cursor_of(in);

	while (unpack_so_far(u).n < size) {
		uint16_t n = cursor_le16(&c);
		struct span piece = cursor_take(&c, n);
		size_t used;
		if (!cursor_ok(&c) || n == 0) {
			unpack_gap(u, REASON_DAMAGED, at, "InstallShield: ends too soon");
			return;
		}
		enum decode_end end = decode_inflate(piece, DECODE_RAW, &out, &used);
		if (end == DECODE_CUT) /* a piece may end without the mark of an end */
			end = DECODE_WHOLE;
		decode_gap(u, end, at, "InstallShield");
		if (end != DECODE_WHOLE || !unpack_steps(u, BUDGET_MEMBER_STEPS))
			return;
	}
}

/* False: the budget is spent. */
static bool give(const struct cabinet *b, const struct file *f)
{
	struct unpack *u = b->u;
	char name[4 * NAME];
	struct unpack_member m = {
		.name = name_of(b, f, name), .size = f->size, .packed = f->packed, .at = PLACE_NONE
	};
	struct span volume = b->volumes->volume(b->volumes->ctx, f->volume);
	uint64_t n = (f->flags & FLAG_COMPRESSED) != 0 ? f->packed : f->size;
	struct span in = span_cut(volume, f->at, n);

	if (!unpack_begin(u, &m))
		return false;
	m.at = give_place(u, in);
	if (volume.n == 0)
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE,
			   "InstallShield: volume %u is a file of its own", f->volume);
	else if ((f->flags & FLAG_SPLIT) != 0)
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "InstallShield: in several volumes");
	else if (in.n < n)
		unpack_gap(u, REASON_DAMAGED, m.at, "InstallShield: the volume ends within it");
	if ((f->flags & FLAG_OBFUSCATED) != 0)
		in = reveal(u, in);
	if ((f->flags & FLAG_COMPRESSED) == 0)
		(void)!unpack_write(u, in); /* what it cannot have is noted */
	else if (volume.n != 0)
		inflate_pieces(u, in, f->size, m.at);
	unpack_end(u);
	return true;
}

static void read_file(struct cursor *c, struct file *f)
{
	f->flags = cursor_le16(c);
	f->size = cursor_le64(c);
	f->packed = cursor_le64(c);
	f->at = cursor_le64(c);
	cursor_skip(c, 16 + 16); /* its MD5, and what nobody knows */
	f->name = cursor_le32(c);
	f->directory = cursor_le16(c);
	cursor_skip(c, 12 + 8 + 1);
	f->volume = cursor_le16(c);
}

bool installshield_cabinet(struct unpack *u, struct span header,
			   const struct installshield_volumes *v)
{
	struct cabinet b = { .u = u, .volumes = v };
	unsigned version;
	struct cursor d = descriptor_of(header, &version), table = d;

	cursor_skip(&d, 12);
	uint32_t table_at = cursor_le32(&d);
	cursor_skip(&d, 12);
	b.n_directories = cursor_le32(&d);
	cursor_skip(&d, 8);
	uint32_t n = cursor_le32(&d), files_at = cursor_le32(&d);
	cursor_seek(&table, table_at);
	b.table = cursor_take(&table, cursor_left(&table));
	b.wide = version >= WIDE_VERSION;
	if (version < FIRST_VERSION) {
		unpack_gap(u, REASON_UNSUPPORTED, 4, "InstallShield cabinet of version %u",
			   version);
		return true;
	}
	if (!cursor_ok(&d) || !cursor_ok(&table)) {
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "InstallShield: the description");
		return true;
	}
	if (n > MAX_FILES)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "files: %u of a cabinet, at most %d",
			   (unsigned)n, MAX_FILES);
	struct cursor files = cursor_of(b.table);
	cursor_seek(&files, files_at);
	for (uint32_t i = 0; i < n && i < MAX_FILES; i++) {
		struct file f;
		read_file(&files, &f);
		if (!cursor_ok(&files)) {
			unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "InstallShield: file %u of %u",
				   (unsigned)i, (unsigned)n);
			return true;
		}
		if (!unpack_steps(u, BUDGET_MEMBER_STEPS))
			return false;
		if ((f.flags & FLAG_INVALID) == 0 && f.at != 0 && !give(&b, &f))
			return false;
	}
	return true;
}

/* ---- a cabinet that stands alone */

static struct span itself(void *ctx, unsigned number)
{
	const struct span *s = ctx;

	return number <= 1 ? *s : (struct span){ 0 };
}

bool iscab_known(const struct unpack_look *look)
{
	return look->bytes.n > 20 && memcmp(look->bytes.p, "ISc(", 4) == 0;
}

bool iscab_read(struct span object, struct unpack *u, struct error *e)
{
	struct installshield_volumes v = { itself, &object };

	if (!installshield_is_header(object))
		return error_set(
			e, REASON_UNSUPPORTED, 0,
			"InstallShield: a volume, of which the header is a file of its own");
	(void)!installshield_cabinet(u, object, &v); /* false: noted */
	return true;
}
