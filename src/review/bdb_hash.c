/* SPDX-License-Identifier: Apache-2.0 */
#include "review/bdb_hash.h"

/*
 * A page begins with 26 bytes: log place (8), its number, the one before, the next (4 each),
 * entries, the offset of the free bytes (2 each), level, type (1 each).  On a hash page an array of
 * offsets follows, for keys and values in turn, of items that are laid down from the page's end; an
 * item goes as far as the one before it begins.  Its first byte is its kind: 1 bytes in place, 3
 * on overflow pages (page at 4, length at 8).  An overflow page has as many bytes as its field of
 * the free offset says.
 */

enum {
	HEAD = 26,
	MAGIC = 0x061561,
	MIN_PAGE = 512,
	MAX_PAGE = 65536,
	META_HASH = 8,
	PAGE_HASH_UNSORTED = 2,
	PAGE_OVERFLOW = 7,
	PAGE_HASH = 13,
	ITEM_DATA = 1,
	ITEM_DUPLICATE = 2,
	ITEM_OVERFLOW = 3,
	ITEM_OVERFLOW_DUPLICATE = 4,
	OVERFLOW_ITEM = 12, /* bytes */
};

struct bdb {
	struct span file;
	bool big;
	uint32_t page_size;
	uint64_t n_pages;
	uint64_t steps; /* pages visited; overflow chains are bounded by it */
	bool (*value)(void *ctx, struct span bytes);
	void *ctx;
	struct buf long_value;
};

struct page {
	struct span bytes;
	uint32_t next;
	uint16_t entries, offset;
	uint8_t type;
};

static uint32_t u32(const struct bdb *d, struct cursor *c)
{
	return d->big ? cursor_be32(c) : cursor_le32(c);
}

static uint16_t u16(const struct bdb *d, struct cursor *c)
{
	return d->big ? cursor_be16(c) : cursor_le16(c);
}

static bool damaged(struct error *e, uint64_t at, const char *what)
{
	return error_set(e, REASON_DAMAGED, at, "damaged: %s", what);
}

static bool open_meta(struct bdb *d, struct error *e)
{
	struct cursor c = cursor_of(d->file);

	cursor_seek(&c, 12);
	d->big = cursor_be32(&c) == MAGIC;
	cursor_seek(&c, 12);
	if (u32(d, &c) != MAGIC)
		return damaged(e, 12, "no hash of Berkeley DB");
	(void)u32(d, &c); /* version */
	d->page_size = u32(d, &c);
	uint8_t encryption = cursor_u8(&c), type = cursor_u8(&c);
	if (!cursor_ok(&c) || type != META_HASH || d->page_size < MIN_PAGE ||
	    d->page_size > MAX_PAGE || (d->page_size & (d->page_size - 1)) != 0)
		return damaged(e, 20, "no meta page of a hash of Berkeley DB");
	if (encryption != 0)
		return error_set(e, REASON_UNSUPPORTED, 24,
				 "unsupported: an encrypted store of Berkeley DB");
	d->n_pages = d->file.n / d->page_size;
	return d->n_pages <= BDB_MAX_PAGES ||
	       error_set(e, REASON_LIMIT, 0, "limit: over %d pages", BDB_MAX_PAGES);
}

static bool open_page(struct bdb *d, uint64_t number, struct page *p)
{
	p->bytes = span_cut(d->file, number * d->page_size, d->page_size);
	struct cursor c = cursor_of(p->bytes);

	cursor_seek(&c, 16);
	p->next = u32(d, &c);
	p->entries = u16(d, &c);
	p->offset = u16(d, &c);
	(void)cursor_u8(&c);
	p->type = cursor_u8(&c);
	return cursor_ok(&c) && p->bytes.n == d->page_size;
}

static bool read_long(struct bdb *d, uint64_t number, uint64_t n, struct error *e)
{
	struct page p;

	buf_reset(&d->long_value);
	while (d->long_value.n < n) {
		if (number == 0 || number >= d->n_pages || ++d->steps > 2 * d->n_pages ||
		    !open_page(d, number, &p) || p.type != PAGE_OVERFLOW ||
		    p.offset > d->page_size - HEAD || p.offset == 0)
			return damaged(e, number * d->page_size, "an overflow page is none");
		uint64_t left = n - d->long_value.n;
		buf_put_span(&d->long_value,
			     span_cut(p.bytes, HEAD, p.offset < left ? p.offset : left));
		if (!buf_ok(&d->long_value))
			return error_set(e, REASON_LIMIT, number * d->page_size,
					 "limit: a value of over %d bytes", BDB_MAX_VALUE);
		number = p.next;
	}
	return true;
}

/* True to go on; *e is set where it is false for a fault. */
static bool give(struct bdb *d, uint64_t place, struct span item, struct error *e)
{
	struct cursor c = cursor_of(item);
	uint8_t kind = cursor_u8(&c);

	if (kind == ITEM_DATA)
		return d->value(d->ctx, span_cut(item, 1, SIZE_MAX));
	if (kind == ITEM_DUPLICATE || kind == ITEM_OVERFLOW_DUPLICATE)
		return true;
	cursor_skip(&c, 3);
	uint32_t number = u32(d, &c), n = u32(d, &c);
	if (kind != ITEM_OVERFLOW || item.n < OVERFLOW_ITEM || !cursor_ok(&c))
		return damaged(e, place, "an item is of no kind that is known");
	return read_long(d, number, n, e) && d->value(d->ctx, buf_span(&d->long_value));
}

static bool read_page(struct bdb *d, uint64_t number, const struct page *p, struct error *e)
{
	struct cursor c = cursor_of(p->bytes);
	uint32_t before = d->page_size;

	cursor_seek(&c, HEAD);
	for (unsigned i = 0; i < p->entries; i++) {
		uint32_t at = u16(d, &c);
		if (!cursor_ok(&c) || at >= before || at < HEAD)
			return damaged(e, number * d->page_size, "an item lies outside its page");
		if (i % 2 == 1 &&
		    !give(d, number * d->page_size + at, span_cut(p->bytes, at, before - at), e))
			return false;
		before = at;
	}
	return true;
}

bool bdb_hash(struct span file, bool (*value)(void *ctx, struct span bytes), void *ctx,
	      struct error *e)
{
	struct bdb d = { .file = file, .value = value, .ctx = ctx };
	struct page p;
	bool ok = true;

	*e = (struct error){ .why = REASON_NONE };
	if (!open_meta(&d, e))
		return false;
	buf_init(&d.long_value, BDB_MAX_VALUE);
	for (uint64_t i = 1; ok && i < d.n_pages; i++) {
		if (!open_page(&d, i, &p))
			ok = damaged(e, i * d.page_size, "a page is cut off");
		else if (p.type == PAGE_HASH || p.type == PAGE_HASH_UNSORTED)
			ok = read_page(&d, i, &p, e);
	}
	buf_release(&d.long_value);
	return ok || e->why == REASON_NONE;
}
