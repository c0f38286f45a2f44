/* SPDX-License-Identifier: Apache-2.0 */
#include "review/sqlite_table.h"

enum { HEADER = 100, TABLE_INTERIOR = 5, TABLE_LEAF = 13, MAX_COLUMNS = 256 };

struct reader {
	struct span file;
	uint32_t page_size, usable;
	unsigned n_pages; /* visited, so that a ring of pages ends */
	struct buf row;
	bool (*row_fn)(void *ctx, struct span record);
	void *ctx;
	bool stopped;
	struct error *e;
};

static bool damaged(struct reader *r, uint64_t page, const char *what)
{
	return error_set(r->e, REASON_DAMAGED, page, "SQLite: page %llu: %s",
			 (unsigned long long)page, what);
}

/* Nine bytes at most, seven bits each but the ninth, the highest first. */
static uint64_t varint(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint8_t b = cursor_u8(c);
		v = v << 7 | (b & 0x7fu);
		if ((b & 0x80) == 0)
			return v;
	}
	return v << 8 | cursor_u8(c);
}

static struct cursor page_of(const struct reader *r, uint32_t number)
{
	struct cursor file = cursor_of(r->file);

	if (number == 0)
		return (struct cursor){ .failed = 1 };
	return cursor_sub(&file, (uint64_t)(number - 1) * r->page_size, r->page_size);
}

/* ---- rows */

/* How much of a payload of n bytes stands in its leaf (section 1.6). */
static uint64_t local_size(const struct reader *r, uint64_t n)
{
	uint64_t most = r->usable - 35, least = ((uint64_t)r->usable - 12) * 32 / 255 - 23;

	if (n <= most)
		return n;
	uint64_t k = least + (n - least) % (r->usable - 4);
	return k <= most ? k : least;
}

static bool read_overflow(struct reader *r, uint32_t page, uint64_t left)
{
	while (left > 0) {
		struct cursor c = page_of(r, page);
		uint32_t next = cursor_be32(&c);
		uint64_t n = left < r->usable - 4 ? left : r->usable - 4;
		struct span part = cursor_take(&c, n);
		if (!cursor_ok(&c))
			return damaged(r, page, "an overflow page beyond the file");
		if (++r->n_pages > SQLITE_MAX_PAGES)
			return error_set(r->e, REASON_LIMIT, page, "limit: SQLite: over %d pages",
					 SQLITE_MAX_PAGES);
		buf_put_span(&r->row, part);
		left -= n;
		page = next;
	}
	return true;
}

static bool read_cell(struct reader *r, uint32_t page, struct cursor *c)
{
	uint64_t n = varint(c);

	(void)varint(c); /* the row's number */
	if (!cursor_ok(c) || n > SQLITE_MAX_ROW)
		return damaged(r, page, "a cell that is cut off, or too large");
	uint64_t local = local_size(r, n);
	struct span part = cursor_take(c, local);
	uint32_t overflow = local < n ? cursor_be32(c) : 0;
	if (!cursor_ok(c))
		return damaged(r, page, "a cell that is cut off");
	buf_reset(&r->row);
	buf_put_span(&r->row, part);
	if (local < n && !read_overflow(r, overflow, n - local))
		return false;
	if (!buf_ok(&r->row))
		return error_set(r->e, REASON_MEMORY, page, "SQLite: no memory for a row");
	r->stopped = !r->row_fn(r->ctx, buf_span(&r->row));
	return true;
}

/* ---- pages */

static bool read_page(struct reader *r, uint32_t number, unsigned depth)
{
	struct cursor page = page_of(r, number), c = page;

	if (depth > SQLITE_MAX_DEPTH || ++r->n_pages > SQLITE_MAX_PAGES)
		return error_set(r->e, REASON_LIMIT, number,
				 "limit: SQLite: too many pages or levels");
	cursor_skip(&c, number == 1 ? HEADER : 0);
	uint8_t type = cursor_u8(&c);
	cursor_skip(&c, 2);
	unsigned n = cursor_be16(&c);
	cursor_skip(&c, 3);
	uint32_t right = type == TABLE_INTERIOR ? cursor_be32(&c) : 0;
	if (!cursor_ok(&c) || (type != TABLE_LEAF && type != TABLE_INTERIOR))
		return damaged(r, number, "no page of a table");
	for (unsigned i = 0; i < n && !r->stopped; i++) {
		uint16_t at = cursor_be16(&c);
		struct cursor cell = page;
		cursor_seek(&cell, at);
		if (!cursor_ok(&c) || !cursor_ok(&cell))
			return damaged(r, number, "a cell beyond the page");
		if (type == TABLE_LEAF ? !read_cell(r, number, &cell)
				       : !read_page(r, cursor_be32(&cell), depth + 1))
			return false;
	}
	return type == TABLE_LEAF || r->stopped || read_page(r, right, depth + 1);
}

/* ---- the schema */

struct wanted {
	const char *name;
	int64_t root;
};

/* type, name, tbl_name, rootpage, sql */
static bool schema_row(void *ctx, struct span record)
{
	struct wanted *w = ctx;

	if (!span_is(sqlite_column(record, 0), "table") ||
	    !span_is(sqlite_column(record, 1), w->name))
		return true;
	return !sqlite_integer(record, 3, &w->root);
}

bool sqlite_table(struct span file, const char *name, bool (*row)(void *ctx, struct span record),
		  void *ctx, struct error *e)
{
	static const char magic[] = "SQLite format 3";
	struct wanted wanted = { .name = name };
	struct reader r = { .file = file, .row_fn = schema_row, .ctx = &wanted, .e = e };
	struct cursor c = cursor_of(file);

	if (!span_is(cursor_cstring(&c, sizeof magic), magic))
		return error_set(e, REASON_DAMAGED, 0, "no database of SQLite 3");
	uint32_t size = cursor_be16(&c);
	r.page_size = size == 1 ? 65536 : size;
	cursor_skip(&c, 2);
	uint8_t reserved = cursor_u8(&c);
	if (!cursor_ok(&c) || r.page_size < 512 || (r.page_size & (r.page_size - 1)) != 0 ||
	    r.page_size - reserved < 480)
		return error_set(e, REASON_DAMAGED, 16, "SQLite: a page size of %u", r.page_size);
	r.usable = r.page_size - reserved;
	buf_init(&r.row, SQLITE_MAX_ROW);
	bool ok = read_page(&r, 1, 0);
	if (ok && (wanted.root <= 0 || wanted.root > UINT32_MAX))
		ok = error_set(e, REASON_DAMAGED, 0, "SQLite: no table %s", name);
	if (ok) {
		r.row_fn = row;
		r.ctx = ctx;
		r.stopped = false;
		ok = read_page(&r, (uint32_t)wanted.root, 0);
	}
	buf_release(&r.row);
	return ok;
}

/* ---- records (section 2.1) */

static uint64_t size_of(uint64_t type)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };

	return type < sizeof sizes ? sizes[type] : (type - 12) / 2;
}

static struct span find_column(struct span record, unsigned column, uint64_t *type)
{
	struct cursor c = cursor_of(record);
	uint64_t head = varint(&c), at = head;

	*type = 0;
	for (unsigned i = 0; i <= column && i < MAX_COLUMNS && cursor_ok(&c) && c.at < head; i++) {
		uint64_t t = varint(&c);
		if (!cursor_ok(&c) || size_of(t) > record.n || at > record.n)
			break;
		if (i == column) {
			*type = t;
			return span_cut(record, at, size_of(t));
		}
		at += size_of(t);
	}
	return (struct span){ NULL, 0 };
}

struct span sqlite_column(struct span record, unsigned column)
{
	uint64_t type;
	struct span s = find_column(record, column, &type);

	return type >= 12 && s.n == size_of(type) ? s : (struct span){ NULL, 0 };
}

bool sqlite_integer(struct span record, unsigned column, int64_t *out)
{
	uint64_t type, v = 0;
	struct span s = find_column(record, column, &type);

	if (type == 0 || type == 7 || type > 9 || s.n != size_of(type))
		return false;
	if (s.n != 0 && (s.p[0] & 0x80) != 0)
		v = UINT64_MAX;
	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	*out = (int64_t)(type == 9 ? 1 : v);
	return true;
}
