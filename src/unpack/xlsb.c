/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/xlm_formula.h"

#include <stdio.h>

/*
 * The parts of an xlsb ([MS-XLSB]), which is a zip of binary files: of a sheet its formulas and
 * texts, a line "A1 =EXEC(...)" each; of the workbook its defined names, of which Auto_Open says
 * where a macro begins; and the strings that sheets share, each behind its number.  Only a
 * relationship tells a sheet of macros from another, and a file that lies would still be opened by
 * Excel: so each sheet is shown.
 */

enum { /* records (2.3) */
       ROW = 0,
       CELL_TEXT = 6,
       FORMULA_TEXT = 8,
       FORMULA_NUMBER = 9,
       FORMULA_TRUTH = 10,
       FORMULA_ERROR = 11,
       SHARED = 19,
       NAME = 39,
};

enum {
	PIECE = 4096,      /* bytes of a string that are written at once */
	SHARED_HEAD = 3,   /* bytes of the head of the record that begins a part of strings ... */
	SHARED_NUMBERS = 8 /* ... and of what is in it */
};

enum part { SHEET, BOOK, STRINGS };

struct reader {
	struct unpack *u;
	struct xlm_workbook w;
	struct xlm_text line;
	enum part part;
	uint32_t row;
	uint32_t n_shared; /* strings so far */
	bool open;         /* a member is begun */
	bool stop;         /* the budget is spent */
};

/* A record begins a sheet (or a book), has no bytes, and one follows of the kind that must. */
static bool begins(struct span s, uint8_t type)
{
	return s.n > 5 && s.p[0] == type && s.p[1] == 1 && s.p[2] == 0 && (s.p[3] & 0x80) != 0 &&
	       s.p[4] == 1;
}

static bool is_book(struct span s) { return begins(s, 0x83); }

/* BrtBeginSst, and behind it a string or the end. */
static bool is_strings(struct span s)
{
	struct span head = span_cut(s, 0, SHARED_HEAD),
		    next = span_cut(s, SHARED_HEAD + SHARED_NUMBERS, 2);

	return head.n == SHARED_HEAD && memcmp(head.p, "\x9f\x01\x08", SHARED_HEAD) == 0 &&
	       next.n == 2 && (next.p[0] == SHARED || memcmp(next.p, "\xa0\x01", 2) == 0);
}

bool xlsb_known(const struct unpack_look *look)
{
	return begins(look->bytes, 0x81) || is_book(look->bytes) || is_strings(look->bytes);
}

/* Seven bits a byte, the lowest first, `most` bytes of them (2.1.4). */
static uint32_t number(struct cursor *c, unsigned most)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < most; i++) {
		uint8_t b = cursor_u8(c);
		v |= (uint32_t)(b & 0x7f) << 7 * i;
		if ((b & 0x80) == 0)
			break;
	}
	return v;
}

/* A string with its length before it, 32 bits (2.5.168). */
static struct span string(struct cursor *c) { return cursor_take(c, 2ull * cursor_le32(c)); }

static void write_text(struct reader *r)
{
	static const char *const names[] = {
		[SHEET] = "formulas.xlm", [BOOK] = "names.xlm", [STRINGS] = "strings.xlm"
	};
	struct unpack_member m = {
		.name = span_of(names[r->part]),
		.type = span_of("text/xlm"),
		.size = UNPACK_UNKNOWN,
		.packed = UNPACK_UNKNOWN,
		.at = PLACE_NONE,
	};

	if (!r->open)
		r->open = unpack_begin(r->u, &m);
	if (!r->open || !unpack_steps(r->u, r->line.moved + 100) ||
	    !unpack_write(r->u, (struct span){ (const uint8_t *)r->line.p, r->line.n }))
		r->stop = true;
	r->line.n = 0;
	r->line.moved = 0;
}

static void write_line(struct reader *r)
{
	xlm_add(&r->line, span_of("\n"));
	write_text(r);
}

static void add_cell(struct reader *r, struct cursor *c)
{
	char text[16];
	uint32_t column = cursor_le32(c);
	size_t n = xlm_cell(r->row, column & 0x3fff, text);

	cursor_skip(c, 4); /* format */
	text[n++] = ' ';
	xlm_add(&r->line, (struct span){ (const uint8_t *)text, n });
}

/* A formula with its length (2.5.97.12), behind a cell and what it came to. */
static void formula(struct reader *r, unsigned type, struct span data)
{
	struct cursor c = cursor_of(data);
	struct span text = { NULL, 0 };

	add_cell(r, &c);
	if (type == FORMULA_TEXT)
		text = string(&c);
	else
		cursor_skip(&c, type == FORMULA_NUMBER ? 8 : 1);
	cursor_skip(&c, 2); /* flags */
	uint32_t n = cursor_le32(&c);
	xlm_formula(&r->w, cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c)), &r->line);
	write_line(r);
	if (text.n == 0 || r->stop)
		return;
	xlm_add(&r->line, span_of("  "));
	xlm_add_wide(&r->line, text);
	write_line(r);
}

static void cell_text(struct reader *r, struct span data)
{
	struct cursor c = cursor_of(data);

	add_cell(r, &c);
	xlm_add_wide(&r->line, string(&c));
	write_line(r);
}

/* A defined name (2.4.711): kept for formulas, and where `show` says so written. */
static void defined_name(struct reader *r, struct span data, bool show)
{
	struct cursor c = cursor_of(data);

	cursor_skip(&c, 4 + 1 + 4); /* flags, key, sheet */
	struct span name = string(&c);
	uint32_t n = cursor_le32(&c);
	if (!show && r->w.n_names < XLM_NAMES_MAX) {
		r->w.wide[r->w.n_names] = true;
		r->w.name[r->w.n_names++] = name;
	}
	if (!show)
		return;
	xlm_add_wide(&r->line, name);
	xlm_add(&r->line, span_of(" "));
	xlm_formula(&r->w, cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c)), &r->line);
	write_line(r);
}

/* A shared string (2.4.827): flags, and the text, which may be longer than a line has room. */
static void shared(struct reader *r, struct span data)
{
	struct cursor c = cursor_of(data);
	char number[16];

	cursor_skip(&c, 1);
	struct span text = string(&c);
	(void)snprintf(number, sizeof number, "%u ", (unsigned)r->n_shared++);
	xlm_add(&r->line, span_of(number));
	do {
		size_t n = text.n < PIECE ? text.n : PIECE;
		if (n == PIECE && (text.p[n - 1] & 0xfc) == 0xd8)
			n -= 2; /* a pair stays together */
		xlm_add_wide(&r->line, span_cut(text, 0, n));
		text = span_cut(text, n, text.n);
		if (text.n != 0)
			write_text(r);
	} while (text.n != 0 && !r->stop);
	write_line(r);
}

/* False: the records do not end with the part. */
static bool read_records(struct reader *r, struct span object, bool show)
{
	struct cursor c = cursor_of(object);
	bool sheet = r->part == SHEET;

	while (!r->stop && cursor_left(&c) != 0) {
		uint32_t type = number(&c, 2), n = number(&c, 4);
		struct span data = cursor_take(&c, n);
		struct cursor d = cursor_of(data);
		if (!cursor_ok(&c))
			return false;
		if (r->part == BOOK && type == NAME)
			defined_name(r, data, show);
		else if (r->part == STRINGS && type == SHARED)
			shared(r, data);
		else if (sheet && type == ROW)
			r->row = cursor_le32(&d);
		else if (sheet && type >= FORMULA_TEXT && type <= FORMULA_ERROR)
			formula(r, type, data);
		else if (sheet && type == CELL_TEXT)
			cell_text(r, data);
	}
	return true;
}

bool xlsb_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader *r = arena_alloc(&u->arena, sizeof *r);

	if (r == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "xlsb: no memory");
	r->u = u;
	r->w.biff8 = true;
	r->w.biff12 = true;
	if (!unpack_steps(u, object.n))
		return true;
	r->part = is_book(object) ? BOOK : is_strings(object) ? STRINGS : SHEET;
	if (r->part == BOOK)
		(void)!read_records(r, object, false);
	bool whole = read_records(r, object, true);
	if (r->open)
		unpack_end(u);
	if (!whole)
		return error_set(e, REASON_DAMAGED, object.n, "xlsb: a record is cut off");
	return true;
}
