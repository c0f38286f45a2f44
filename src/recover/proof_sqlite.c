/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "recover/proof.h"

#include <stdio.h>

/*
 * SQLite, by its pages (sqlite.org, Database File Format): each is of a tree, whose header and
 * pointers must lie within it; or of a chain that begins with the number of the next page, or zero;
 * or a leaf of the free list, which may hold anything; or of the map of an auto-vacuum database.
 * One that is encrypted is none of these: its first four bytes would have to be a small number by
 * chance.
 */

enum {
	HEADER = 100,         /* bytes of the file's header, before the first page's own */
	MAP_ENTRY = 5,        /* a type and a page */
	MAX_FREE = 16 << 20,  /* bytes, a bit a page: beyond these pages none is known to be free */
	BITS_PAGE = 20,       /* of a page that holds; more are compared */
	LOCK_AT = 0x40000000, /* the page that holds this byte is never written */
};

enum { INDEX_INNER = 2, TABLE_INNER = 5, INDEX_LEAF = 10, TABLE_LEAF = 13 };

struct sqlite {
	struct region *w;
	uint32_t page, usable; /* bytes */
	uint64_t n_pages;
	uint32_t trunk, n_free; /* of the free list, as the header says */
	bool maps;              /* of an auto-vacuum database */
	struct buf is_free;     /* a bit a page */
};

static void refuse(struct proof *out, const char *what)
{
	out->broken = true;
	snprintf(out->what, sizeof out->what, "sqlite: %s", what);
}

static bool read_header(struct sqlite *d)
{
	struct cursor c = cursor_of(region_get(d->w, 0, HEADER));

	cursor_seek(&c, 16);
	d->page = cursor_be16(&c);
	d->page = d->page == 1 ? 65536 : d->page;
	uint8_t write_version = cursor_u8(&c), read_version = cursor_u8(&c);
	uint8_t reserved = cursor_u8(&c);
	uint32_t fractions = cursor_be16(&c);
	fractions = fractions << 8 | cursor_u8(&c);
	uint32_t changes = cursor_be32(&c), n_pages = cursor_be32(&c);
	d->trunk = cursor_be32(&c);
	d->n_free = cursor_be32(&c);
	cursor_seek(&c, 52);
	d->maps = cursor_be32(&c) != 0;
	cursor_seek(&c, 92);
	bool valid = cursor_be32(&c) == changes; /* what stands at 28 is of this version */
	if (!cursor_ok(&c) || d->page < 512 || (d->page & (d->page - 1)) != 0 ||
	    d->w->size % d->page != 0 || write_version > 2 || read_version > 2 ||
	    fractions != 0x402020 || reserved > d->page / 4)
		return false;
	d->usable = d->page - reserved;
	d->n_pages = d->w->size / d->page;
	return !valid || n_pages == 0 || n_pages <= d->n_pages;
}

/* ---- the free list */

static bool is_free(const struct sqlite *d, uint64_t number)
{
	return number / 8 < d->is_free.n && (d->is_free.p[number / 8] >> number % 8 & 1) != 0;
}

static void set_free(struct sqlite *d, uint64_t number)
{
	if (number / 8 < d->is_free.n)
		d->is_free.p[number / 8] |= (uint8_t)(1u << number % 8);
}

/* Follows the trunks; false where they lead out of the file, or to other pages than were counted.
 */
static bool read_free_list(struct sqlite *d)
{
	uint64_t n = 0;
	uint32_t trunk = d->trunk;

	while (trunk != 0) {
		if (trunk > d->n_pages || n++ >= d->n_free)
			return false;
		struct cursor c =
			cursor_of(region_get(d->w, (uint64_t)(trunk - 1) * d->page, d->usable));
		trunk = cursor_be32(&c);
		uint32_t n_leaves = cursor_be32(&c);
		if (!cursor_ok(&c) || n_leaves > d->usable / 4 - 2)
			return false;
		for (uint32_t i = 0; i < n_leaves; i++) {
			uint32_t leaf = cursor_be32(&c);
			if (leaf < 2 || leaf > d->n_pages)
				return false;
			set_free(d, leaf);
		}
		n += n_leaves;
	}
	return n == d->n_free;
}

/* ---- one page */

/* A page of a tree: type, free blocks, cells, where these begin; and a pointer for each cell. */
static bool is_tree(const struct sqlite *d, struct span page, uint64_t at)
{
	struct cursor c = cursor_of(page);

	cursor_seek(&c, at);
	uint8_t type = cursor_u8(&c);
	uint16_t free_block = cursor_be16(&c), n_cells = cursor_be16(&c);
	uint32_t content = cursor_be16(&c);
	bool inner = type == INDEX_INNER || type == TABLE_INNER;
	content = content == 0 ? 65536 : content;
	cursor_skip(&c, inner ? 5 : 1);
	uint64_t pointers = at + (inner ? 12 : 8);
	if (!cursor_ok(&c) || (!inner && type != INDEX_LEAF && type != TABLE_LEAF) ||
	    free_block >= d->usable || content > d->usable ||
	    pointers + UINT64_C(2) * n_cells > content)
		return false;
	for (uint16_t i = 0; i < n_cells; i++) {
		uint16_t cell = cursor_be16(&c);
		if (cell < content || cell >= d->usable)
			return false;
	}
	return cursor_ok(&c);
}

static uint64_t lock_page(const struct sqlite *d) { return LOCK_AT / d->page + 1; }

/* Page 2, and one after each run of pages that a map has entries for. */
static bool is_map(const struct sqlite *d, uint64_t number)
{
	uint64_t run = d->usable / MAP_ENTRY + 1;

	if (!d->maps || number < 2)
		return false;
	uint64_t map = (number - 2) / run * run + 2;
	return number == (map == lock_page(d) ? map + 1 : map);
}

/* Entries of pages that there are; others are what was there before. */
static bool map_holds(const struct sqlite *d, uint64_t number, struct span page)
{
	struct cursor c = cursor_of(page);

	for (uint32_t i = 1; i <= d->usable / MAP_ENTRY && number + i <= d->n_pages; i++) {
		uint8_t type = cursor_u8(&c);
		uint32_t parent = cursor_be32(&c);
		if (type > 5 || parent > d->n_pages)
			return false;
	}
	return cursor_ok(&c);
}

static bool page_holds(const struct sqlite *d, uint64_t number, struct span page)
{
	struct cursor c = cursor_of(page);

	if (number == 1)
		return is_tree(d, page, HEADER);
	if (is_free(d, number) || number == lock_page(d))
		return true;
	if (is_map(d, number))
		return map_holds(d, number, page);
	return is_tree(d, page, 0) || cursor_be32(&c) <= d->n_pages;
}

static void walk_pages(struct sqlite *d, struct proof *out)
{
	uint64_t n_bad = 0, first = 0;

	for (uint64_t at = 0; at < d->w->size; at += REGION_MAX) {
		struct span all = region_get(d->w, at, REGION_MAX);
		for (size_t i = 0; i + d->page <= all.n; i += d->page) {
			uint64_t number = (at + i) / d->page + 1;
			if (page_holds(d, number, span_cut(all, i, d->page)))
				continue;
			first = n_bad++ == 0 ? number : first;
		}
	}
	if (n_bad != 0) {
		out->broken = true;
		snprintf(out->what, sizeof out->what,
			 "sqlite: %llu of %llu pages are none of it, the first is page %llu",
			 (unsigned long long)n_bad, (unsigned long long)d->n_pages,
			 (unsigned long long)first);
		return;
	}
	uint64_t bits = 128 + 32 + BITS_PAGE * (d->n_pages - d->n_free);
	proof_set(out, PROOF_STRUCTURE, bits < 4096 ? (unsigned)bits : 4096,
		  "sqlite: %llu pages, all of a tree, a chain or the free list",
		  (unsigned long long)d->n_pages);
}

void proof_sqlite(struct region *w, struct proof *out)
{
	struct sqlite d = { .w = w };

	if (!read_header(&d)) {
		refuse(out, "page size and file size do not agree");
		return;
	}
	buf_init(&d.is_free, MAX_FREE);
	uint64_t n = d.n_pages / 8 + 1;
	if (d.n_free != 0 && n <= MAX_FREE)
		(void)buf_grow(&d.is_free, (size_t)n); /* without it every page is looked at */
	if (!read_free_list(&d))
		refuse(out, "its free list does not hold");
	else
		walk_pages(&d, out);
	buf_release(&d.is_free);
}
