/* SPDX-License-Identifier: Apache-2.0 */
#include "format/exe.h"

/*
 * Where the strings of a PE image's version information stand ([MS-PECOFF] 6.9, VS_VERSIONINFO):
 * what the offset VI of ClamAV's signatures means.  A string's place is that of its key; one
 * without a value does not count.
 */

enum {
	RT_VERSION = 16,
	MAX_RESOURCES = 16, /* ClamAV's: version resources that are looked at */
	MAX_ENTRIES = 1024, /* of a directory; ours */
	MAX_BLOCKS = 4096,  /* structures that are looked at, of one file; ours */
	HEAD = 6,           /* length, length of the value, type: of each structure */
	FIXED = 52          /* VS_FIXEDFILEINFO */
};

struct reader {
	struct span file;
	const struct exe *x;
	uint64_t root; /* of the resources, in the file */
	uint32_t *at;
	size_t n, max;
	size_t n_resources, n_blocks;
};

static int64_t place_of(const struct exe *x, uint64_t rva)
{
	for (size_t i = x->n_sections; i-- > 0;) {
		const struct exe_section *s = &x->section[i];
		if (s->raw_size != 0 && rva >= s->rva && rva - s->rva < s->raw_size)
			return (int64_t)(s->raw_at + (rva - s->rva));
	}
	return -1;
}

/* ---- VS_VERSIONINFO */

static uint64_t align4(uint64_t n) { return (n + 3) & ~UINT64_C(3); }

struct block {
	struct span all; /* from its head on */
	size_t key_n;    /* bytes, with its NUL */
	uint64_t padded; /* bytes, as far as the next one */
};

/* The structure at the front of `s`. */
static bool read_block(struct reader *r, struct span s, struct block *b)
{
	struct cursor c = cursor_of(s);
	uint64_t n = cursor_le16(&c);

	if (!cursor_ok(&c) || n < HEAD || n > s.n || r->n_blocks++ == MAX_BLOCKS)
		return false;
	b->all = span_cut(s, 0, n);
	b->padded = align4(n);
	cursor_seek(&c, HEAD);
	while (cursor_ok(&c) && c.at < n && cursor_le16(&c) != 0)
		continue;
	b->key_n = (c.at < n ? c.at : n) - HEAD;
	return true;
}

static bool key_is(const struct block *b, const char *text)
{
	size_t n = strlen(text);

	if (b->key_n != 2 * n + 2)
		return false;
	for (size_t i = 0; i < n; i++)
		if (b->all.p[HEAD + 2 * i] != (uint8_t)text[i] || b->all.p[HEAD + 2 * i + 1] != 0)
			return false;
	return true;
}

/* What stands behind the key, `value` bytes of a value left out. */
static struct span inside(const struct block *b, uint64_t value)
{
	return span_cut(b->all, align4(align4(HEAD + b->key_n) + value), b->all.n);
}

static void read_strings(struct reader *r, struct span table)
{
	struct block b;

	while (read_block(r, table, &b)) {
		if (align4(HEAD + b.key_n) + 2 < b.padded && r->n < r->max)
			r->at[r->n++] = (uint32_t)(b.all.p - r->file.p) + HEAD;
		table = span_cut(table, b.padded, table.n);
	}
}

static void read_version(struct reader *r, struct span s)
{
	struct block info, child, table;

	if (!read_block(r, s, &info) || !key_is(&info, "VS_VERSION_INFO"))
		return;
	for (struct span rest = inside(&info, FIXED); read_block(r, rest, &child);
	     rest = span_cut(rest, child.padded, rest.n)) {
		if (!key_is(&child, "StringFileInfo"))
			continue;
		for (struct span in = inside(&child, 0); read_block(r, in, &table);
		     in = span_cut(in, table.padded, in.n))
			read_strings(r, inside(&table, 0));
	}
}

/* ---- the tree: type, name, language */

static void read_directory(struct reader *r, uint64_t at, unsigned level)
{
	struct cursor c = cursor_of(r->file);

	cursor_seek(&c, r->root + at + 12);
	uint32_t n = cursor_le16(&c);
	n += cursor_le16(&c);
	for (uint32_t i = 0; i < n && i < MAX_ENTRIES && r->n_resources < MAX_RESOURCES; i++) {
		uint32_t id = cursor_le32(&c), to = cursor_le32(&c);
		if (!cursor_ok(&c))
			return;
		if (level == 0 && id != RT_VERSION)
			continue;
		if (level < 2 && (to & 0x80000000u) != 0) {
			read_directory(r, to & 0x7fffffffu, level + 1);
			continue;
		}
		struct cursor d = cursor_of(r->file);
		cursor_seek(&d, r->root + to);
		int64_t place = place_of(r->x, cursor_le32(&d));
		uint32_t size = cursor_le32(&d);
		if (!cursor_ok(&d) || place < 0)
			continue;
		r->n_resources++;
		read_version(r, span_cut(r->file, (uint64_t)place, size));
	}
}

size_t exe_version_strings(struct span file, const struct exe *x, uint32_t *at, size_t max)
{
	struct reader r = { .file = file, .x = x, .at = at, .max = max };
	struct cursor c = cursor_of(file);

	if (x->kind != EXE_PE || file.n > UINT32_MAX)
		return 0;
	cursor_seek(&c, 0x3c);
	/* the third of the data directories behind the optional header's fields */
	cursor_seek(&c, (uint64_t)cursor_le32(&c) + 24 + (x->wide ? 112 : 96) + 16);
	int64_t root = place_of(x, cursor_le32(&c));
	if (!cursor_ok(&c) || root < 0)
		return 0;
	r.root = (uint64_t)root;
	read_directory(&r, 0, 0);
	return r.n;
}
