/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The stream "Workbook" (or "Book") of an xls ([MS-XLS] 2.1): Excel 4 macro sheets, whose cells are
 * a program, as text: a line "A1 =EXEC(...)" for each cell with a formula or a label; and the
 * defined names, of which Auto_Open says where it begins.  Cells of other sheets are not written.
 */

#include "unpack/readers.h"
#include "unpack/xlm_formula.h"

#include <stdio.h>

enum { /* records (2.3) */
       FORMULA = 0x0006,
       LBL = 0x0018,
       FILEPASS = 0x002f,
       LABEL = 0x0204,
       STRING = 0x0207,
       FORMULA_4 = 0x0406,
       BOF = 0x0809,
};

enum { MACRO_SHEET = 0x40, BIFF8 = 0x0600, BUILTIN = 0x20, WIDE = 1 };

struct reader {
	struct unpack *u;
	struct xlm_workbook w;
	struct xlm_text line;
	unsigned n_sheets;
	bool open; /* a member is begun */
	bool stop; /* the budget is spent */
};

struct record {
	unsigned type;
	struct span data;
};

static bool next_record(struct cursor *c, struct record *r)
{
	if (cursor_left(c) < 4)
		return false;
	r->type = cursor_le16(c);
	unsigned size = cursor_le16(c);
	r->data = cursor_take(c, size < cursor_left(c) ? size : cursor_left(c));
	return true;
}

/* ---- the text */

static void write_line(struct reader *r)
{
	xlm_add(&r->line, span_of("\n"));
	if (!unpack_steps(r->u, r->line.moved + 100) ||
	    !unpack_write(r->u, (struct span){ (const uint8_t *)r->line.p, r->line.n }))
		r->stop = true;
	r->line.n = 0;
	r->line.moved = 0;
}

static void begin(struct reader *r, const char *name, uint64_t at)
{
	struct unpack_member m = { .name = span_of(name),
				   .type = span_of("text/xlm"),
				   .size = UNPACK_UNKNOWN,
				   .packed = UNPACK_UNKNOWN,
				   .at = at };

	r->open = unpack_begin(r->u, &m);
	r->stop = !r->open;
}

static void end(struct reader *r)
{
	if (r->open)
		unpack_end(r->u);
	r->open = false;
}

static void add_cell(struct reader *r, struct cursor *c)
{
	char text[16];
	unsigned row = cursor_le16(c), column = cursor_le16(c);
	size_t n = xlm_cell(row, column, text);

	cursor_skip(c, 2); /* format */
	text[n++] = ' ';
	xlm_add(&r->line, (struct span){ (const uint8_t *)text, n });
}

/* A string with its length before it, of 16 bits ([MS-XLS] 2.5.294; BIFF5 has bytes). */
static void add_string(struct reader *r, struct cursor *c)
{
	unsigned n = cursor_le16(c);
	bool wide = r->w.biff8 && (cursor_u8(c) & WIDE) != 0;
	size_t left = cursor_left(c), want = wide ? n * 2u : n;
	struct span text = cursor_take(c, want < left ? want : left);

	if (wide)
		xlm_add_wide(&r->line, text);
	else
		xlm_add(&r->line, text);
}

/* ---- records */

static void formula(struct reader *r, struct span data)
{
	struct cursor c = cursor_of(data);

	add_cell(r, &c);
	cursor_skip(&c, 8 + 2 + 4); /* value, flags, chain */
	unsigned n = cursor_le16(&c);
	xlm_formula(&r->w, cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c)), &r->line);
	write_line(r);
}

static void label(struct reader *r, struct span data)
{
	struct cursor c = cursor_of(data);

	add_cell(r, &c);
	add_string(r, &c);
	write_line(r);
}

/* What a formula came to when it was last calculated. */
static void string(struct reader *r, struct span data)
{
	struct cursor c = cursor_of(data);

	xlm_add(&r->line, span_of("  "));
	add_string(r, &c);
	write_line(r);
}

/* Names that are built in have a number (2.5.114): those that run by themselves. */
static struct span built_in(unsigned number)
{
	static const char *const names[] = { "Consolidate_Area", "Auto_Open", "Auto_Close" };

	if (number < sizeof names / sizeof *names)
		return span_of(names[number]);
	return span_of(number == 0x0a   ? "Auto_Activate"
		       : number == 0x0b ? "Auto_Deactivate"
					: "builtin");
}

/* A defined name (2.4.150): kept, and where `show` says so written. */
static void defined_name(struct reader *r, struct span data, bool show)
{
	struct cursor c = cursor_of(data);
	unsigned flags = cursor_le16(&c);

	cursor_skip(&c, 1); /* key */
	unsigned n = cursor_u8(&c), size = cursor_le16(&c);
	cursor_skip(&c, 8);
	bool wide = r->w.biff8 && (cursor_u8(&c) & WIDE) != 0;
	struct span name = cursor_take(&c, wide ? n * 2u : n);
	if ((flags & BUILTIN) != 0 && name.n != 0) {
		name = built_in(name.p[0]);
		wide = false;
	}
	if (!show && r->w.n_names < XLM_NAMES_MAX) {
		r->w.wide[r->w.n_names] = wide;
		r->w.name[r->w.n_names++] = name;
	}
	if (!show)
		return;
	if (wide)
		xlm_add_wide(&r->line, name);
	else
		xlm_add(&r->line, name);
	xlm_add(&r->line, span_of(" "));
	xlm_formula(&r->w, cursor_take(&c, size < cursor_left(&c) ? size : cursor_left(&c)),
		    &r->line);
	write_line(r);
}

/* What is known before the sheets; whether there is a macro sheet. */
static bool read_globals(struct reader *r, struct span object)
{
	struct cursor c = cursor_of(object);
	struct record record;
	bool macros = false;

	while (next_record(&c, &record)) {
		struct cursor d = cursor_of(record.data);
		if (record.type == LBL)
			defined_name(r, record.data, false);
		if (record.type == FILEPASS) { /* what follows is encrypted */
			unpack_gap(r->u, REASON_ENCRYPTED, c.at,
				   "Excel: the workbook ([MS-XLS] 2.4.117)");
			return false;
		}
		if (record.type != BOF)
			continue;
		if (c.at == record.data.n + 4)
			r->w.biff8 = cursor_le16(&d) == BIFF8;
		else
			cursor_skip(&d, 2);
		macros = macros || cursor_le16(&d) == MACRO_SHEET;
	}
	return macros;
}

static void read_names(struct reader *r, struct span object)
{
	struct cursor c = cursor_of(object);
	struct record record;

	begin(r, "names.xlm", PLACE_NONE);
	while (!r->stop && next_record(&c, &record))
		if (record.type == LBL)
			defined_name(r, record.data, true);
	end(r);
}

static void read_sheets(struct reader *r, struct span object)
{
	struct cursor c = cursor_of(object);
	struct record record;
	char name[32];

	while (!r->stop && next_record(&c, &record)) {
		if (record.type == BOF) {
			struct cursor d = cursor_of(record.data);
			cursor_skip(&d, 2);
			end(r);
			if (cursor_le16(&d) == MACRO_SHEET) {
				(void)snprintf(name, sizeof name, "macro%u.xlm", ++r->n_sheets);
				begin(r, name, c.at);
			}
		} else if (r->open && (record.type == FORMULA || record.type == FORMULA_4)) {
			formula(r, record.data);
		} else if (r->open && record.type == LABEL) {
			label(r, record.data);
		} else if (r->open && record.type == STRING) {
			string(r, record.data);
		}
	}
	end(r);
}

bool xlm_known(const struct unpack_look *look) { return span_is(look->type, "ole2/workbook"); }

bool xlm_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader *r = arena_alloc(&u->arena, sizeof *r);

	if (r == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "Excel: no memory");
	r->u = u;
	if (!unpack_steps(u, object.n) || !read_globals(r, object))
		return true;
	if (r->w.n_names != 0)
		read_names(r, object);
	if (!r->stop)
		read_sheets(r, object);
	return true;
}
