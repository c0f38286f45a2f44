/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/archive_marks.h"
#include "unpack/buried.h"
#include "unpack/carve.h"
#include "unpack/certificates.h"
#include "unpack/give.h"
#include "unpack/installshield.h"
#include "unpack/packed.h"
#include "unpack/readers.h"
#include "unpack/stub.h"
#include "unpack/zip.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * What programs carry: archives and programs behind their last section (SFX) and, in PE
 * programs, among the resources; programs in their sections; and whether a packer has packed
 * them that no reader of ours can run.  Only what begins with a mark below is a member: rules see
 * the rest of a program in place, and a program that carries nothing is not taken apart at all.
 */

enum {
	MAX_SECTIONS = 96,
	MAX_RESOURCES = 4096,
	MAX_BEFORE = 4096, /* bytes between a program and its archive, in which some keep a text */
	RESOURCE_LEVELS = 3,
	RESOURCES = 2, /* number of the data directory */
};

static const struct mark {
	uint8_t at, n;
	const char *bytes;
} marks[] = {
	{ 0, 6, "7z\xbc\xaf\x27\x1c" },
	{ 0, 6, "Rar!\x1a\x07" },
	{ 0, 4, "PK\x03\x04" },
	{ 0, 4,
	  "\x7f"
	  "ELF" },
	{ 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" },
	{ 0, 5, "%PDF-" },
	{ 0, 6,
	  "\xfd"
	  "7zXZ\0" },
	{ 0, 4, "hsqs" },
	{ 4, 16, "\xef\xbe\xad\xdeNullsoftInst" },
	{ 0, 4, "ISc(" },
	{ 0, 4, "SZDD" },
	{ 0, 14, "InstallShield" },
	{ 0, 8, "\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9" }, /* AutoIt */
};

static bool is_program(struct span s)
{
	struct cursor c = cursor_of(s);

	cursor_seek(&c, 60);
	uint32_t at = cursor_le32(&c);
	struct span sign = span_cut(s, at, 4);
	return s.n > 64 && s.p[0] == 'M' && s.p[1] == 'Z' && sign.n == 4 &&
	       memcmp(sign.p, "PE\0\0", 4) == 0;
}

/* What the marks, those at 4 apart, and programs begin with: most bytes are none of them. */
static const char firsts[] = "7RMPS\x7f\xd0%\xfdhI\xa3";

static bool is_marked(struct span s)
{
	if (s.n < 8 || (memchr(firsts, s.p[0], sizeof firsts - 1) == NULL && s.p[4] != 0xef))
		return false;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		struct span at = span_cut(s, marks[i].at, marks[i].n);
		if (at.n == marks[i].n && memcmp(at.p, marks[i].bytes, at.n) == 0)
			return true;
	}
	return archive_cab_begins(s) || is_program(s);
}

/* ---- where a program ends */

struct section {
	uint32_t at, size, raw_at, raw_size;
};

struct image {
	struct span bytes;
	struct section section[MAX_SECTIONS];
	size_t n_sections;
	uint64_t end;       /* of what its headers speak of */
	const char *packer; /* NULL: none that is known */
	uint32_t resources; /* address; 0: none */
};

static bool read_pe(struct span s, struct image *out)
{
	struct cursor c = cursor_of(s);

	cursor_seek(&c, 60);
	cursor_seek(&c, cursor_le32(&c));
	cursor_skip(&c, 4 + 2);
	uint16_t n = cursor_le16(&c);
	cursor_skip(&c, 12);
	uint16_t optional_size = cursor_le16(&c);
	cursor_skip(&c, 2);
	struct cursor o = cursor_sub(&c, c.at, optional_size);
	bool wide = cursor_le16(&o) == 0x20b;
	cursor_skip(&o, wide ? 106 : 90);
	if (cursor_le32(&o) > RESOURCES) {
		cursor_skip(&o, 8 * RESOURCES);
		out->resources = cursor_le32(&o);
	}
	cursor_skip(&c, optional_size);
	for (size_t i = 0; i < n && i < MAX_SECTIONS && cursor_ok(&c); i++) {
		struct section *t = &out->section[out->n_sections++];
		const char *packer = packed_section(cursor_take(&c, 8));
		if (packer != NULL)
			out->packer = packer;
		t->size = cursor_le32(&c);
		t->at = cursor_le32(&c);
		t->raw_size = cursor_le32(&c);
		t->raw_at = cursor_le32(&c);
		cursor_skip(&c, 16);
		uint64_t end = (uint64_t)t->raw_at + t->raw_size;
		if (t->raw_size != 0 && end > out->end)
			out->end = end;
	}
	struct stub_image runs;
	bool upx = wide && out->packer != NULL && strcmp(out->packer, "UPX") == 0;
	if (out->packer != NULL && (upx || stub_image_read(s, &runs)))
		out->packer = NULL; /* upx_pe.c or packed_read.c has a way with it */
	return cursor_ok(&c) && out->end != 0;
}

static uint64_t elf_number(struct cursor *c, bool high_first, unsigned n)
{
	struct span s = cursor_take(c, n);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[high_first ? i : s.n - 1 - i];
	return v;
}

/* A table of what lies in the file, each with its place and size. */
struct elf_table {
	uint64_t at, entry, n;       /* bytes; bytes of each; how many */
	unsigned place_at, bytes_at; /* in an entry */
	bool sections;
};

/* The end of the table, and of what lies in the file of what it names. */
static uint64_t elf_end(struct span s, const struct elf_table *t, unsigned word, bool high_first)
{
	struct cursor all = cursor_of(s), c = cursor_sub(&all, t->at, t->entry * t->n);
	uint64_t end = t->at + t->entry * t->n;

	if (t->at == 0 || !cursor_ok(&c))
		return 0;
	for (uint64_t i = 0; i < t->n && cursor_ok(&c); i++) {
		cursor_seek(&c, i * t->entry + 4);
		bool no_bytes = t->sections && elf_number(&c, high_first, 4) == 8; /* NOBITS */
		cursor_seek(&c, i * t->entry + t->place_at);
		uint64_t at = elf_number(&c, high_first, word);
		cursor_seek(&c, i * t->entry + t->bytes_at);
		uint64_t n = elf_number(&c, high_first, word);
		if (!no_bytes && at < s.n && n <= s.n - at && at + n > end)
			end = at + n;
	}
	return end;
}

/* Either table may be missing or lie. */
static bool read_elf(struct span s, struct image *out)
{
	struct cursor c = cursor_of(s);

	if (s.n < 64)
		return false;
	bool wide = s.p[4] == 2, high_first = s.p[5] == 2;
	unsigned word = wide ? 8 : 4;
	struct elf_table segments = { .place_at = wide ? 8 : 4, .bytes_at = wide ? 32 : 16 },
			 sections = { .place_at = wide ? 24 : 16,
				      .bytes_at = wide ? 32 : 20,
				      .sections = true };
	cursor_skip(&c, 24 + word);
	segments.at = elf_number(&c, high_first, word);
	sections.at = elf_number(&c, high_first, word);
	cursor_skip(&c, 4 + 2); /* flags, bytes of the header */
	segments.entry = elf_number(&c, high_first, 2);
	segments.n = elf_number(&c, high_first, 2);
	sections.entry = elf_number(&c, high_first, 2);
	sections.n = elf_number(&c, high_first, 2);
	uint64_t a = elf_end(s, &segments, word, high_first),
		 b = elf_end(s, &sections, word, high_first);
	out->end = a > b ? a : b;
	return out->end != 0;
}

/* DOS: pages of 512 bytes, of which the last one may be short.  What has another header is none. */
static bool read_dos(struct span s, struct image *out)
{
	static const char others[] = "NELELXPE";
	struct cursor c = cursor_of(s);

	cursor_seek(&c, 60);
	struct span sign = span_cut(s, cursor_le32(&c), 2);
	cursor_seek(&c, 2);
	uint16_t last = cursor_le16(&c), pages = cursor_le16(&c);
	for (size_t i = 0; i < sizeof others - 1; i += 2)
		if (sign.n == 2 && memcmp(sign.p, others + i, 2) == 0)
			return false;
	if (pages == 0 || last >= 512)
		return false;
	out->end = 512u * pages - (last != 0 ? 512u - last : 0);
	return cursor_ok(&c);
}

static bool read_image(struct span s, struct image *out)
{
	*out = (struct image){ .bytes = s };
	if (s.n > 4 && memcmp(s.p,
			      "\x7f"
			      "ELF",
			      4) == 0)
		return read_elf(s, out);
	return is_program(s) ? read_pe(s, out) : read_dos(s, out);
}

/* A zip is found by its own reader, unless its end is missing. */
static bool is_zip_of_its_own(const struct image *m, struct span s)
{
	return s.p[0] == 'P' && s.p[1] == 'K' && zip_ended(m->bytes);
}

/* What programs that unpack themselves have right behind them, and whose marks are too short to be
 * looked for. */
static bool is_stream(struct span s)
{
	struct unpack_look look = { .bytes = s };

	return gzip_known(&look) || bzip2_known(&look) || zstd_known(&look) || lha_known(&look) ||
	       arj_known(&look);
}

/* An archive behind the program; empty where there is none. */
static struct span find_overlay(const struct image *m)
{
	struct span rest = span_cut(m->bytes, m->end, UINT64_MAX),
		    whole = certificates_before(m->bytes);

	if (m->end > m->bytes.n)
		return buried_archive(m->bytes);
	if (is_stream(rest)) /* what stands behind a stream is not part of it */
		return whole.n > m->end ? span_cut(rest, 0, whole.n - m->end) : rest;
	if (installshield_begins(rest))
		return rest;
	for (uint64_t at = 0; at < MAX_BEFORE && at < rest.n; at++) {
		struct span s = span_cut(rest, at, rest.n);
		if (is_marked(s) && !is_zip_of_its_own(m, s))
			return s;
	}
	return buried_archive(rest);
}

/* ---- resources ([MS-PECOFF] 6.9) */

static struct span at_address(const struct image *m, uint32_t address, uint32_t size)
{
	for (size_t i = 0; i < m->n_sections; i++) {
		const struct section *s = &m->section[i];
		uint32_t into = address - s->at;
		if (address >= s->at && into < s->raw_size)
			return span_cut(m->bytes, (uint64_t)s->raw_at + into,
					size < s->raw_size - into ? size : s->raw_size - into);
	}
	return (struct span){ 0 };
}

struct walk {
	const struct image *image;
	struct span table; /* the resources, to their section's end */
	unsigned left;     /* entries that are looked at yet */
	uint32_t id[RESOURCE_LEVELS];
	/* false: no more is wanted */
	bool (*found)(struct walk *w, struct span bytes);
	struct unpack *u;
	bool any, inno;
};

static bool walk_data(struct walk *w, uint32_t at)
{
	struct cursor c = cursor_of(span_cut(w->table, at, 8));
	uint32_t address = cursor_le32(&c), size = cursor_le32(&c);
	struct span bytes = at_address(w->image, address, size);

	w->inno = w->inno || (bytes.n > 6 && memcmp(bytes.p, "rDlPtS", 6) == 0);
	return !cursor_ok(&c) || !is_marked(bytes) || w->found(w, bytes);
}

static bool walk_level(struct walk *w, uint32_t at, unsigned level)
{
	struct cursor c = cursor_of(span_cut(w->table, at, w->table.n));

	cursor_skip(&c, 12);
	uint32_t n = cursor_le16(&c);
	n += cursor_le16(&c);
	for (uint32_t i = 0; i < n && w->left != 0; i++, w->left--) {
		w->id[level] = cursor_le32(&c) & INT32_MAX;
		uint32_t to = cursor_le32(&c);
		if (!cursor_ok(&c))
			return true;
		bool deeper = (to & 1u << 31) != 0;
		if (deeper && level + 1 < RESOURCE_LEVELS &&
		    !walk_level(w, to & INT32_MAX, level + 1))
			return false;
		if (!deeper && !walk_data(w, to))
			return false;
	}
	return true;
}

static void walk_resources(struct walk *w)
{
	w->table = at_address(w->image, w->image->resources, UINT32_MAX);
	w->left = MAX_RESOURCES;
	if (w->image->resources != 0 && w->table.n != 0)
		(void)walk_level(w, 0, 0);
}

/* ---- programs in sections, where nothing says so */

/* Where the resources lie, which have their own way: at..end, or nothing. */
static void find_resources(const struct image *m, uint64_t *at, uint64_t *end)
{
	struct span s = at_address(m, m->resources, UINT32_MAX);

	*at = s.n != 0 ? (uint64_t)(s.p - m->bytes.p) : m->end;
	*end = *at + s.n;
}

static bool has_program(const struct image *m)
{
	uint64_t at, end;

	if (m->n_sections == 0)
		return false; /* ELF */
	find_resources(m, &at, &end);
	return carve_program(m->bytes, 1, at).n != 0 || carve_program(m->bytes, end, m->end).n != 0;
}

static bool give_programs(struct unpack *u, const struct image *m)
{
	uint64_t at, end;

	if (m->n_sections == 0)
		return true;
	find_resources(m, &at, &end);
	return carve_programs(u, m->bytes, 1, at) && carve_programs(u, m->bytes, end, m->end);
}

/* ---- the reader */

/* Inno Setup's: a table of its parts among the resources or, before version 5.1.5, at a place that
 * the header names; the files stand first in what is behind the program. */
static bool is_inno(const struct walk *w)
{
	const struct image *m = w->image;
	struct span header = span_cut(m->bytes, 48, 4), rest = span_cut(m->bytes, m->end, 4);

	return w->inno ||
	       (m->n_sections != 0 && (span_is(header, "Inno") || span_is(rest, "zlb\x1a")));
}

static bool note_any(struct walk *w, struct span bytes)
{
	(void)bytes;
	w->any = true;
	return false;
}

bool program_known(const struct unpack_look *look)
{
	struct image m;
	struct walk w = { .image = &m, .found = note_any };

	if (look->class != CLASS_MZ && look->class != CLASS_ELF)
		return false;
	if (!read_image(look->bytes, &m))
		return buried_archive(look->bytes).n != 0;
	if (m.packer != NULL || (m.end != look->bytes.n && find_overlay(&m).n != 0))
		return true;
	walk_resources(&w);
	return w.any || is_inno(&w) || has_program(&m);
}

static bool give(struct walk *w, struct span bytes)
{
	char name[64];
	int n = snprintf(name, sizeof name, "resource.%" PRIu32 ".%" PRIu32 ".%" PRIu32, w->id[0],
			 w->id[1], w->id[2]);
	struct unpack_member m = { .name = { (const uint8_t *)name, (size_t)n },
				   .size = bytes.n,
				   .packed = bytes.n,
				   .at = (uint64_t)(bytes.p - w->image->bytes.p) };

	return unpack_whole(w->u, &m, bytes);
}

bool program_read(struct span object, struct unpack *u, struct error *e)
{
	struct image m;
	struct walk w = { .image = &m, .found = give, .u = u };

	(void)e;
	if (!read_image(object, &m))
		m = (struct image){ .bytes = object, .end = UINT64_MAX }; /* not known */
	if (m.packer != NULL)
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "%s: a packed program", m.packer);
	walk_resources(&w);
	if (is_inno(&w))
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "Inno Setup");
	if (!give_programs(u, &m))
		return true;
	struct span overlay = find_overlay(&m);
	struct unpack_member o = { .name = span_of("overlay"),
				   .type = span_of(installshield_begins(overlay) ? "installshield"
										 : ""),
				   .size = overlay.n,
				   .packed = overlay.n,
				   .at = give_place(u, overlay) };
	if (overlay.n != 0 && !unpack_whole(u, &o, overlay))
		return true;
	if (w.left == 0)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "resources: more than %d", MAX_RESOURCES);
	return true;
}
