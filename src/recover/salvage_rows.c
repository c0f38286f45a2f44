/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_rows.h"
#include "base/text.h"

#include <stdio.h>

/* Records as SQL (sqlite.org/fileformat2.html, 2.1). */

struct field {
	uint64_t type;
	struct span bytes;
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

/* Calls for each field of the record at hand; it holds (salvage_sqlite.c has seen to that). */
struct fields {
	struct cursor types, data;
};

static struct fields fields_of(const struct rows *d)
{
	struct span all = buf_span(&d->payload);
	struct cursor c = cursor_of(all);
	uint64_t header = varint(&c);
	struct fields f = { cursor_of(span_cut(all, 0, header)), cursor_of(all) };

	cursor_seek(&f.types, c.at);
	cursor_seek(&f.data, header);
	return f;
}

static bool next_field(struct fields *f, struct field *out)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };

	if (cursor_left(&f->types) == 0)
		return false;
	out->type = varint(&f->types);
	out->bytes = cursor_take(&f->data, out->type < sizeof sizes ? sizes[out->type]
								    : (out->type - 12) / 2);
	return cursor_ok(&f->types) && cursor_ok(&f->data);
}

static int64_t integer_of(const struct field *f)
{
	uint64_t v = f->bytes.n != 0 && (f->bytes.p[0] & 0x80) != 0 ? UINT64_MAX : 0;

	if (f->type == 8 || f->type == 9)
		return (int64_t)f->type - 8;
	for (size_t i = 0; i < f->bytes.n; i++)
		v = v << 8 | f->bytes.p[i];
	return (int64_t)v;
}

/* ---- the schema */

/* The column declared INTEGER PRIMARY KEY, by the commas before it; -1: none is. */
static int alias_of(struct span sql)
{
	static const char words[] = "integer primary key";
	unsigned depth = 0;
	int column = 0;

	for (size_t i = 0; i < sql.n; i++) {
		uint8_t c = sql.p[i];
		depth += c == '(';
		depth -= c == ')' && depth != 0;
		column += c == ',' && depth == 1;
		size_t at = i, k = 0;
		while (depth == 1 && k < sizeof words - 1 && at < sql.n) {
			bool gap = sql.p[at] == ' ' || sql.p[at] == '\n' || sql.p[at] == '\t';
			if (gap && words[k] != ' ') {
				if (k == 0 || words[k - 1] != ' ')
					break;
				at++; /* more than one blank */
				continue;
			}
			if (gap ? words[k] != ' ' : text_lower(sql.p[at]) != words[k])
				break;
			at++;
			k++;
		}
		if (k == sizeof words - 1)
			return column;
	}
	return -1;
}

static bool add_table(struct rows *d, const struct rows_table *t)
{
	if (d->n_tables == d->max_tables) {
		uint32_t max = d->max_tables != 0 ? 2 * d->max_tables : 16;
		struct rows_table *l =
			max <= ROWS_MAX_TABLES ? arena_array(&d->s->arena, max, sizeof *l) : NULL;
		if (l == NULL)
			return false;
		if (d->n_tables != 0)
			memcpy(l, d->table, d->n_tables * sizeof *l);
		d->table = l;
		d->max_tables = max;
	}
	d->table[d->n_tables++] = *t;
	return true;
}

static struct span keep(struct rows *d, struct span s)
{
	const uint8_t *p = arena_copy(&d->s->arena, s.p, s.n);

	return (struct span){ p, p != NULL ? s.n : 0 };
}

void rows_schema(struct rows *d, uint32_t page, int64_t rowid)
{
	struct fields f = fields_of(d);
	struct field x[5];

	(void)page;
	(void)rowid;
	for (unsigned i = 0; i < 5; i++)
		if (!next_field(&f, &x[i]))
			return;
	struct rows_table t = { .name = keep(d, x[1].bytes), .sql = keep(d, x[4].bytes) };
	int64_t root = integer_of(&x[3]);
	bool own = t.name.n >= 7 && memcmp(t.name.p, "sqlite_", 7) == 0;
	if (!span_is(x[0].bytes, "table") || own || root <= 0 || root > d->n_pages ||
	    t.name.n == 0 || t.sql.n == 0 || memchr(t.sql.p, 0, t.sql.n) != NULL)
		return;
	t.root = (uint32_t)root;
	t.alias = alias_of(t.sql);
	(void)add_table(d, &t);
}

/* ---- rows */

static void put_quoted(struct buf *b, struct span s, char quote)
{
	buf_put_u8(b, (uint8_t)quote);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == (uint8_t)quote)
			buf_put_u8(b, (uint8_t)quote);
		buf_put_u8(b, s.p[i]);
	}
	buf_put_u8(b, (uint8_t)quote);
}

static void put_hex(struct buf *b, struct span s)
{
	static const char digits[] = "0123456789abcdef";

	buf_put_text(b, "x'");
	for (size_t i = 0; i < s.n; i++) {
		buf_put_u8(b, (uint8_t)digits[s.p[i] >> 4]);
		buf_put_u8(b, (uint8_t)digits[s.p[i] & 15]);
	}
	buf_put_u8(b, '\'');
}

static void put_real(struct buf *b, const struct field *f)
{
	struct cursor c = cursor_of(f->bytes);
	uint64_t bits = cursor_be64(&c);
	double v;

	memcpy(&v, &bits, sizeof v);
	if (v != v)
		buf_put_text(b, "NULL");
	else if (v > 1.7976931348623157e308 || v < -1.7976931348623157e308)
		buf_put_text(b, v > 0 ? "9e999" : "-9e999");
	else
		buf_printf(b, "%.17g", v);
}

static void put_field(struct buf *b, const struct field *f)
{
	if (f->type == 0) {
		buf_put_text(b, "NULL");
	} else if (f->type == 7) {
		put_real(b, f);
	} else if (f->type < 12) {
		buf_printf(b, "%lld", (long long)integer_of(f));
	} else if (f->type % 2 == 1 && memchr(f->bytes.p, 0, f->bytes.n) == NULL) {
		put_quoted(b, f->bytes, '\'');
	} else if (f->type % 2 == 1) {
		buf_put_text(b, "CAST(");
		put_hex(b, f->bytes);
		buf_put_text(b, " AS TEXT)");
	} else {
		put_hex(b, f->bytes);
	}
}

void rows_begin(struct rows *d)
{
	buf_put_text(&d->dump, "PRAGMA foreign_keys=OFF;\nBEGIN;\n");
	for (uint32_t i = 0; i < d->n_tables; i++) {
		buf_put_span(&d->dump, d->table[i].sql);
		buf_put_text(&d->dump, ";\n");
	}
}

static unsigned count_fields(const struct rows *d)
{
	struct fields f = fields_of(d);
	struct field x;
	unsigned n = 0;

	while (n < ROWS_MAX_FIELDS && next_field(&f, &x))
		n++;
	return n;
}

void rows_add(struct rows *d, uint32_t page, int64_t rowid)
{
	uint32_t owner = d->owner[page];
	const struct rows_table *t = owner >= 2 ? &d->table[owner - 2] : NULL;
	struct buf *b = t != NULL ? &d->dump : &d->orphans;
	struct fields f = fields_of(d);
	unsigned n = count_fields(d);
	struct field x;

	if (t != NULL) {
		buf_put_text(b, "INSERT OR IGNORE INTO ");
		put_quoted(b, t->name, '"');
		buf_put_text(b, " VALUES(");
		d->n_rows++;
	} else {
		buf_put_text(b, "INSERT INTO lost_and_found(page,id");
		for (unsigned i = 0; i < n; i++)
			buf_printf(b, ",c%u", i);
		buf_printf(b, ") VALUES(%u,%lld%s", page, (long long)rowid, n != 0 ? "," : "");
		d->most = n > d->most ? n : d->most;
		d->n_orphans++;
	}
	for (unsigned i = 0; i < n && next_field(&f, &x); i++) {
		if (i != 0)
			buf_put_u8(b, ',');
		if (t != NULL && t->alias == (int)i && x.type == 0)
			buf_printf(b, "%lld", (long long)rowid);
		else
			put_field(b, &x);
	}
	buf_put_text(b, ");\n");
}

static void put_orphans(struct rows *d)
{
	buf_put_text(&d->dump, "CREATE TABLE lost_and_found(page INTEGER, id INTEGER");
	for (unsigned i = 0; i < d->most; i++)
		buf_printf(&d->dump, ", c%u", i);
	buf_put_text(&d->dump, ");\n");
	buf_put_span(&d->dump, buf_span(&d->orphans));
}

void rows_end(struct rows *d, struct span name)
{
	struct salvage_piece p = { .at = PLACE_NONE };
	char text[SALVAGE_MAX_NAME];

	if (d->n_orphans != 0)
		put_orphans(d);
	buf_put_text(&d->dump, "COMMIT;\n");
	snprintf(
		text, sizeof text,
		"sqlite: %llu rows of %u tables, %llu whose table is not known, %llu lost; %llu of "
		"%u pages look random",
		(unsigned long long)d->n_rows, d->n_tables, (unsigned long long)d->n_orphans,
		(unsigned long long)d->n_lost, (unsigned long long)d->n_random, d->n_pages);
	d->s->host.note(d->s->host.ctx, text);
	int n = snprintf(text, sizeof text, "%.*s.sql", (int)(name.n & 1023), (const char *)name.p);
	p.name = (struct span){ (const uint8_t *)text, (size_t)n };
	p.state = d->n_lost + d->n_random != 0 ? SALVAGE_PARTIAL : SALVAGE_WHOLE;
	p.lost = d->n_random * d->page_size;
	if (buf_ok(&d->dump) && buf_ok(&d->orphans))
		(void)salvage_give_bytes(d->s, &p, 0, buf_span(&d->dump));
	else
		d->s->host.note(d->s->host.ctx, "limit:bytes: its rows take too much memory");
}
