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
	HEAD = 6,           /* length, length of the value, type: of each structure */
	FIXED = 52          /* VS_FIXEDFILEINFO */
};

struct reader {
	struct span file;
	uint32_t *at;
	size_t n, max;
	size_t n_resources;
	bool *cut;
};

/* ---- VS_VERSIONINFO */

static uint64_t align4(uint64_t n) { return (n + 3) & ~UINT64_C(3); }

struct block {
	struct span all; /* from its head on */
	size_t key_n;    /* bytes, with its NUL */
	uint64_t padded; /* bytes, as far as the next one */
};

/* The structure at the front of `s`.  Its length has 16 bits, and those of one level lie one behind
 * the other, so that a resource is gone through a few times at most. */
static bool read_block(struct span s, struct block *b)
{
	struct cursor c = cursor_of(s);
	uint64_t n = cursor_le16(&c);

	if (!cursor_ok(&c) || n < HEAD || n > s.n)
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

	while (read_block(table, &b)) {
		bool valued = align4(HEAD + b.key_n) + 2 < b.padded;
		if (valued && r->n == r->max)
			*r->cut = true;
		else if (valued)
			r->at[r->n++] = (uint32_t)(b.all.p - r->file.p) + HEAD;
		table = span_cut(table, b.padded, table.n);
	}
}

static void read_version(struct reader *r, struct span s)
{
	struct block info, child, table;

	if (!read_block(s, &info) || !key_is(&info, "VS_VERSION_INFO"))
		return;
	for (struct span rest = inside(&info, FIXED); read_block(rest, &child);
	     rest = span_cut(rest, child.padded, rest.n)) {
		if (!key_is(&child, "StringFileInfo"))
			continue;
		for (struct span in = inside(&child, 0); read_block(in, &table);
		     in = span_cut(in, table.padded, in.n))
			read_strings(r, inside(&table, 0));
	}
}

static bool take(void *ctx, uint32_t name, struct span bytes)
{
	struct reader *r = ctx;

	(void)name;
	read_version(r, bytes);
	return ++r->n_resources < MAX_RESOURCES;
}

size_t exe_version_strings(struct span file, const struct exe *x, uint32_t *at, size_t max,
			   bool *cut)
{
	struct reader r = { .file = file, .at = at, .max = max, .cut = cut };
	size_t left = EXE_MAX_ENTRIES;
	const struct exe_wanted wanted = { RT_VERSION, EXE_ANY_NAME, take, &r };

	*cut = false;
	exe_resources(file, x, &wanted, &left);
	*cut = *cut || left == 0;
	return r.n;
}
