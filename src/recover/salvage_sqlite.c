/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_rows.h"

#include <stdio.h>

/*
 * SQLite (sqlite.org/fileformat2.html, 1.6 and 2): pages have no checksum, but a leaf of a table is
 * a list of cells that must fit in it, each a record whose fields must fill it: a page that is
 * encrypted does not pass.  Rows go to their table where the tree from its root is whole, else to
 * lost_and_found, as the shell's `.recover` calls it.
 */

enum {
	HEAD = 100,
	LEAF = 13, /* of a table */
	INNER = 5,
	MAX_PAGES = 1 << 26,
	DEEPEST = 20,
	MAX_PAYLOAD = 64 << 20,
};

static uint64_t varint(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint8_t b = cursor_u8(c);
		v = v << 7 | (b & 0x7f);
		if ((b & 0x80) == 0)
			return v;
	}
	return v << 8 | cursor_u8(c);
}

struct page {
	struct span bytes;
	size_t from; /* 100 on the first page, else 0 */
	uint8_t type;
	uint32_t n_cells;
	uint32_t right; /* of an inner page */
};

static bool read_page(struct rows *d, uint32_t number, struct page *p)
{
	struct span s = region_get(d->w, (uint64_t)(number - 1) * d->page_size, d->page_size);

	*p = (struct page){ .bytes = s, .from = number == 1 ? HEAD : 0 };
	struct cursor c = cursor_of(span_cut(s, p->from, 12));
	p->type = cursor_u8(&c);
	cursor_skip(&c, 2);
	p->n_cells = cursor_be16(&c);
	uint32_t content = cursor_be16(&c);
	cursor_skip(&c, 1);
	p->right = p->type == INNER ? cursor_be32(&c) : 0;
	content = content == 0 ? 65536 : content;
	size_t list = p->from + (p->type == INNER ? 12 : 8);
	return s.n == d->page_size && cursor_ok(&c) && (p->type == LEAF || p->type == INNER) &&
	       list + 2 * (size_t)p->n_cells <= content && content <= d->page_size;
}

/* The cell's first byte; 0: it lies outside of the page. */
static uint32_t cell_at(const struct page *p, uint32_t i)
{
	size_t list = p->from + (p->type == INNER ? 12 : 8);
	struct cursor c = cursor_of(p->bytes);

	cursor_seek(&c, list + 2 * (size_t)i);
	uint32_t at = cursor_be16(&c);
	return cursor_ok(&c) && at >= list + 2 * (size_t)p->n_cells && at + 4 <= p->bytes.n ? at
											    : 0;
}

/* ---- records */

static uint64_t field_size(uint64_t type)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };

	return type < sizeof sizes ? sizes[type] : type < 12 ? 0 : (type - 12) / 2;
}

/* The record's header fits its payload exactly. */
static bool record_holds(struct span payload, uint64_t n)
{
	struct cursor c = cursor_of(payload);
	uint64_t header = varint(&c), sum = header;

	if (!cursor_ok(&c) || header > payload.n || header < 1)
		return false;
	struct cursor types = cursor_of(span_cut(payload, 0, header));
	types.at = c.at;
	while (cursor_left(&types) > 0) {
		uint64_t type = varint(&types);
		if (type == 10 || type == 11 || field_size(type) > n)
			return false;
		sum += field_size(type);
	}
	return cursor_ok(&types) && sum == n;
}

/* Payload that does not fit in the page goes on in a chain of others (1.6). */
static bool load_payload(struct rows *d, struct span local, uint64_t n, struct buf *out)
{
	buf_reset(out);
	uint64_t usable = d->page_size - d->reserved, most = usable - 35;
	if (n <= most) {
		buf_put_span(out, span_cut(local, 0, n));
		return local.n >= n;
	}
	uint64_t least = (usable - 12) * 32 / 255 - 23;
	uint64_t here = least + (n - least) % (usable - 4);
	here = here <= most ? here : least;
	struct cursor c = cursor_of(span_cut(local, here, 4));
	uint32_t next = cursor_be32(&c);
	if (!cursor_ok(&c) || n > MAX_PAYLOAD || !salvage_spend(d->s, n))
		return false;
	buf_put_span(out, span_cut(local, 0, here));
	while (out->n < n) {
		if (next == 0 || next > d->n_pages)
			return false;
		struct span s = region_get(d->w, (uint64_t)(next - 1) * d->page_size, d->page_size);
		struct cursor link = cursor_of(s);
		next = cursor_be32(&link);
		buf_put_span(out,
			     span_cut(s, 4, n - out->n < usable - 4 ? n - out->n : usable - 4));
		if (s.n != d->page_size || !buf_ok(out))
			return false;
	}
	return true;
}

/* One cell of a leaf into d->payload; false where it does not hold. */
static bool load_cell(struct rows *d, const struct page *p, uint32_t i, int64_t *rowid)
{
	uint32_t at = cell_at(p, i);
	struct cursor c = cursor_of(span_cut(p->bytes, at, p->bytes.n));
	uint64_t n = varint(&c);

	*rowid = (int64_t)varint(&c);
	struct span local = cursor_take(&c, cursor_left(&c));
	return at != 0 && n != 0 && local.n != 0 && load_payload(d, local, n, &d->payload) &&
	       record_holds(buf_span(&d->payload), n);
}

/* ---- pages */

enum { PAGE_OTHER, PAGE_LEAF, PAGE_INNER };

/* The window that *p lies in is used again by overflow chains: so a copy of the page. */
static bool copy_page(struct rows *d, uint32_t number, struct page *p)
{
	if (!read_page(d, number, p))
		return false;
	memcpy(d->copy, p->bytes.p, p->bytes.n);
	p->bytes.p = d->copy;
	return true;
}

static uint8_t kind_of_page(struct rows *d, uint32_t number)
{
	struct page p;
	int64_t rowid;

	if (!copy_page(d, number, &p) || (p.n_cells == 0 && number != 1))
		return PAGE_OTHER;
	for (uint32_t i = 0; i < p.n_cells; i++) {
		uint32_t at = cell_at(&p, i);
		if (at == 0)
			return PAGE_OTHER;
		if (p.type == LEAF && i == 0 && !load_cell(d, &p, 0, &rowid) && d->payload.n == 0)
			return PAGE_OTHER;
	}
	if (p.type == INNER && (p.right == 0 || p.right > d->n_pages))
		return PAGE_OTHER;
	return p.type == LEAF ? PAGE_LEAF : PAGE_INNER;
}

/* Gives the leaves beneath a page to a table. */
static void own(struct rows *d, uint32_t number, uint32_t table, unsigned depth)
{
	struct page p;

	if (number == 0 || number > d->n_pages || depth > DEEPEST || d->owner[number] != 0 ||
	    d->kind[number] == PAGE_OTHER)
		return;
	d->owner[number] = table;
	if (d->kind[number] != PAGE_INNER || !read_page(d, number, &p))
		return;
	uint32_t right = p.right, n = p.n_cells;
	for (uint32_t i = 0; i < n; i++) {
		if (!read_page(d, number, &p)) /* the window has moved on */
			return;
		struct cursor c = cursor_of(span_cut(p.bytes, cell_at(&p, i), 4));
		own(d, cursor_be32(&c), table, depth + 1);
	}
	own(d, right, table, depth + 1);
}

static void each_row(struct rows *d, uint32_t number,
		     void (*f)(struct rows *d, uint32_t page, int64_t rowid))
{
	struct page p;
	int64_t rowid;

	if (!copy_page(d, number, &p))
		return;
	for (uint32_t i = 0; i < p.n_cells && !d->s->stopped; i++) {
		if (load_cell(d, &p, i, &rowid))
			f(d, number, rowid);
		else
			d->n_lost++;
	}
}

/* ---- the whole */

/* The page size: of the header, else the one by which most of the first pages hold. */
static bool find_size(struct rows *d)
{
	static const uint32_t sizes[] = { 4096, 1024, 8192, 16384, 32768, 65536, 2048, 512 };
	struct cursor c = cursor_of(region_get(d->w, 0, HEAD));
	uint32_t best = 0;
	struct page p;

	struct span magic = cursor_take(&c, 16);
	uint32_t size = cursor_be16(&c);
	cursor_skip(&c, 2);
	d->reserved = cursor_u8(&c);
	size = size == 1 ? 65536 : size;
	if (magic.n == 16 && memcmp(magic.p, "SQLite format 3", 16) == 0 && size >= 512 &&
	    (size & (size - 1)) == 0 && d->reserved <= size / 4) {
		d->page_size = size;
		d->n_pages = (uint32_t)(d->w->size / size);
		return true;
	}
	d->reserved = 0;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint32_t good = 0;
		d->page_size = sizes[i];
		uint64_t n = d->w->size / sizes[i];
		for (uint32_t k = 2; k <= n && k < 4096; k++) {
			int64_t rowid;
			if (copy_page(d, k, &p) && p.type == LEAF && p.n_cells > 1 &&
			    p.n_cells < d->page_size / 4 && load_cell(d, &p, 0, &rowid) &&
			    load_cell(d, &p, p.n_cells - 1, &rowid))
				good++;
		}
		if (good > best) { /* of a larger size, each second page of the right one would */
			best = good;
			size = sizes[i];
		}
	}
	d->page_size = size;
	d->n_pages = best != 0 ? (uint32_t)(d->w->size / size) : 0;
	return best != 0;
}

/* No page of a table, and nothing but random bytes: lost, or a part of something compressed. */
static bool looks_lost(struct rows *d, uint32_t number)
{
	return d->kind[number] == PAGE_OTHER &&
	       chi_looks_random(
		       region_get(d->w, (uint64_t)(number - 1) * d->page_size, d->page_size));
}

static bool read_tree(struct rows *d)
{
	d->kind = arena_array(&d->s->arena, (size_t)d->n_pages + 1, 1);
	d->owner = arena_array(&d->s->arena, (size_t)d->n_pages + 1, sizeof *d->owner);
	if (d->kind == NULL || d->owner == NULL)
		return false;
	for (uint32_t i = 1; i <= d->n_pages && !d->s->stopped; i++) {
		d->kind[i] = kind_of_page(d, i);
		d->n_leaves += d->kind[i] == PAGE_LEAF;
		d->n_random += looks_lost(d, i);
		if (!salvage_spend(d->s, d->page_size))
			return false;
	}
	own(d, 1, 1, 0); /* the schema is table 1 */
	for (uint32_t i = 1; i <= d->n_pages; i++)
		if (d->owner[i] == 1 && d->kind[i] == PAGE_LEAF)
			each_row(d, i, rows_schema);
	for (uint32_t i = 0; i < d->n_tables; i++)
		own(d, d->table[i].root, i + 2, 0);
	return d->n_leaves != 0;
}

bool salvage_sqlite(struct salvage *s, struct region *w, struct span name)
{
	struct rows d = { .s = s, .w = w };
	bool any = false;

	if (w->size < 512 || w->size / 512 > MAX_PAGES)
		return false;
	buf_init(&d.payload, MAX_PAYLOAD);
	buf_init(&d.dump, SALVAGE_IN_MEMORY);
	buf_init(&d.orphans, SALVAGE_IN_MEMORY);
	d.copy = s->room[REGION_DEPTH - 1];
	if (find_size(&d) && read_tree(&d)) {
		any = true;
		rows_begin(&d);
		for (uint32_t i = 1; i <= d.n_pages && !s->stopped; i++)
			if (d.kind[i] == PAGE_LEAF && d.owner[i] != 1)
				each_row(&d, i, rows_add);
		rows_end(&d, name);
	}
	buf_release(&d.payload);
	buf_release(&d.dump);
	buf_release(&d.orphans);
	return any;
}
