/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/xlm_formula.h"

#include "unpack/wide.h"

#include <stdio.h>

/*
 * The operands lie one after another in the text, so that an operator is put between the last two
 * and a function's name before the last few.
 */
struct stack {
	const struct xlm_workbook *w;
	struct xlm_text *t;
	size_t from[XLM_OPERANDS_MAX]; /* where each operand begins */
	size_t n;
	bool bad;
};

void xlm_add(struct xlm_text *t, struct span s)
{
	if (s.n == 0 || s.n > XLM_TEXT_MAX - t->n)
		return;
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

void xlm_add_wide(struct xlm_text *t, struct span s)
{
	struct cursor c = cursor_of(s);
	uint8_t one[WIDE_ROOM];

	while (cursor_left(&c) >= 2) {
		size_t n = wide_put(wide_take(&c), one);
		xlm_add(t, (struct span){ one, n });
	}
}

size_t xlm_cell(unsigned row, unsigned column, char out[16])
{
	enum { LETTERS = 26, TWO = LETTERS + LETTERS * LETTERS };
	int last = (int)('A' + column % LETTERS);
	int middle = column >= LETTERS ? (int)('A' + (column / LETTERS - 1) % LETTERS) : 0;
	int first = column >= TWO ? (int)('A' + ((column - TWO) / LETTERS / LETTERS) % LETTERS) : 0;
	int n = column >= TWO       ? snprintf(out, 16, "%c%c%c%u", first, middle, last, row + 1)
		: column >= LETTERS ? snprintf(out, 16, "%c%c%u", middle, last, row + 1)
				    : snprintf(out, 16, "%c%u", last, row + 1);

	return n > 0 && n < 16 ? (size_t)n : 0;
}

/* ---- the stack */

static void push(struct stack *s, struct span text)
{
	if (s->n == XLM_OPERANDS_MAX || text.n > XLM_TEXT_MAX - s->t->n) {
		s->bad = true;
		return;
	}
	s->from[s->n++] = s->t->n;
	xlm_add(s->t, text);
}

/* Puts text into the text. */
static void insert(struct stack *s, size_t at, struct span text)
{
	if (text.n > XLM_TEXT_MAX - s->t->n) {
		s->bad = true;
		return;
	}
	if (text.n == 0)
		return;
	memmove(s->t->p + at + text.n, s->t->p + at, s->t->n - at);
	memcpy(s->t->p + at, text.p, text.n);
	s->t->moved += s->t->n - at;
	s->t->n += text.n;
}

static void binary(struct stack *s, const char *operator)
{
	if (s->n < 2) {
		s->bad = true;
		return;
	}
	insert(s, s->from[--s->n], span_of(operator));
}

/* Text before and after the last operand. */
static void around(struct stack *s, const char *before, const char *after)
{
	if (s->n < 1) {
		s->bad = true;
		return;
	}
	insert(s, s->from[s->n - 1], span_of(before));
	xlm_add(s->t, span_of(after));
}

/* A function of the last n operands.  Commas first, from the back. */
static void call(struct stack *s, struct span name, size_t n)
{
	if (n > s->n) {
		s->bad = true;
		return;
	}
	if (n == 0)
		push(s, (struct span){ NULL, 0 });
	for (size_t i = 1; i < n; i++)
		insert(s, s->from[s->n - i], span_of(","));
	s->n -= n > 1 ? n - 1 : 0;
	if (s->bad || s->n == 0)
		return;
	insert(s, s->from[s->n - 1], span_of("("));
	insert(s, s->from[s->n - 1], name);
	xlm_add(s->t, span_of(")"));
}

/* ---- tokens (2.5.198.25 and after) */

static void push_string(struct stack *s, struct cursor *c)
{
	unsigned n = s->w->biff12 ? cursor_le16(c) : cursor_u8(c);
	bool wide = s->w->biff12 || (s->w->biff8 && (cursor_u8(c) & 1) != 0);
	struct span text = cursor_take(c, wide ? n * 2u : n);

	push(s, span_of("\""));
	if (wide)
		xlm_add_wide(s->t, text);
	else
		xlm_add(s->t, text);
	xlm_add(s->t, span_of("\""));
}

static size_t cell(struct stack *s, unsigned row, unsigned column, char out[16])
{
	return xlm_cell(s->w->biff8 ? row : row & 0x3fff, s->w->biff8 ? column & 0x3fff : column,
			out);
}

static void push_reference(struct stack *s, struct cursor *c, bool area)
{
	bool biff12 = s->w->biff12;
	unsigned row = biff12 ? cursor_le32(c) : cursor_le16(c);
	unsigned last = !area ? 0 : biff12 ? cursor_le32(c) : cursor_le16(c);
	unsigned column = s->w->biff8 ? cursor_le16(c) : cursor_u8(c);
	unsigned last_column = !area ? 0 : s->w->biff8 ? cursor_le16(c) : cursor_u8(c);
	char text[40];
	size_t n = cell(s, row, column, text);

	if (area) {
		text[n++] = ':';
		n += cell(s, last, last_column, text + n);
	}
	push(s, (struct span){ (const uint8_t *)text, n });
}

/* A reference to another sheet, whose number stands for its name. */
static void push_elsewhere(struct stack *s, struct cursor *c, bool area)
{
	char text[16];
	unsigned sheet = cursor_le16(c);

	if (!s->w->biff8)
		cursor_skip(c, 12);
	push_reference(s, c, area);
	(void)snprintf(text, sizeof text, "sheet%u!", sheet);
	if (!s->bad)
		insert(s, s->from[s->n - 1], span_of(text));
}

static void push_name(struct stack *s, struct cursor *c)
{
	unsigned number = cursor_le16(c);

	cursor_skip(c, s->w->biff8 ? 2 : 12);
	if (number == 0 || number > s->w->n_names) {
		push(s, span_of("name"));
		return;
	}
	push(s, (struct span){ NULL, 0 });
	if (s->w->wide[number - 1])
		xlm_add_wide(s->t, s->w->name[number - 1]);
	else
		xlm_add(s->t, s->w->name[number - 1]);
}

static void push_number(struct stack *s, struct cursor *c)
{
	uint64_t bits = cursor_le64(c);
	char text[40];
	double v;

	memcpy(&v, &bits, sizeof v);
	int n = snprintf(text, sizeof text, "%.15g", v);
	push(s, (struct span){ (const uint8_t *)text, n > 0 && n < 40 ? (size_t)n : 0 });
}

static void attribute(struct stack *s, struct cursor *c)
{
	unsigned kind = cursor_u8(c), n = cursor_le16(c);

	if ((kind & 4) != 0) /* PtgAttrChoose: a table of jumps */
		cursor_skip(c, (n + 1) * 2u);
	if ((kind & 16) != 0)
		around(s, "SUM(", ")");
}

static void function(struct stack *s, struct cursor *c, bool variable)
{
	unsigned n = variable ? cursor_u8(c) & 0x7f : 0, number = cursor_le16(c), fixed;
	struct span name = xlm_function_name(number, &fixed);
	char unknown[24];

	if (variable && number == 0xff) { /* the first operand is the function */
		call(s, (struct span){ NULL, 0 }, n);
		return;
	}
	if (name.n == 0) {
		(void)snprintf(unknown, sizeof unknown, "FUNCTION.%u", number);
		name = span_of(unknown);
	}
	call(s, name, variable ? n : fixed);
}

/* Tokens with a class (bits 5 and 6), of which the lower five bits are given. */
static void classed(struct stack *s, struct cursor *c, unsigned token)
{
	bool biff8 = s->w->biff8, biff12 = s->w->biff12;

	switch (token) {
	case 0x00: /* PtgArray: its values stand after the tokens */
		cursor_skip(c, biff12 ? 14 : 7);
		push(s, span_of("{...}"));
		break;
	case 0x01:
		function(s, c, false);
		break;
	case 0x02:
		function(s, c, true);
		break;
	case 0x03:
		push_name(s, c);
		break;
	case 0x04:
	case 0x0c:
		push_reference(s, c, false);
		break;
	case 0x05:
	case 0x0d:
		push_reference(s, c, true);
		break;
	case 0x06: /* PtgMemArea, -Err, -NoMem, -Func: the tokens that follow say the same */
	case 0x07:
	case 0x08:
		cursor_skip(c, 6);
		break;
	case 0x09:
		cursor_skip(c, 2);
		break;
	case 0x0a:
		cursor_skip(c, biff12 ? 6 : biff8 ? 4 : 3);
		push(s, span_of("#REF!"));
		break;
	case 0x0b:
		cursor_skip(c, biff12 ? 12 : biff8 ? 8 : 6);
		push(s, span_of("#REF!"));
		break;
	case 0x19:
		cursor_skip(c, biff8 ? 6 : 24);
		push(s, span_of("external"));
		break;
	case 0x1a:
	case 0x1c:
		push_elsewhere(s, c, false);
		break;
	case 0x1b:
	case 0x1d:
		push_elsewhere(s, c, true);
		break;
	default:
		s->bad = true;
	}
}

static void plain(struct stack *s, struct cursor *c, unsigned token)
{
	static const char *const operators[] = { "+", "-",  "*", "/",  "^", "&", "<", "<=",
						 "=", ">=", ">", "<>", " ", ",", ":" };
	char text[16];

	if (token >= 0x03 && token <= 0x11) {
		binary(s, operators[token - 3]);
		return;
	}
	switch (token) {
	case 0x01: /* PtgExp, PtgTbl: the formula stands in another record */
	case 0x02:
		cursor_skip(c, 4);
		push(s, span_of("shared"));
		break;
	case 0x12:
		around(s, "+", "");
		break;
	case 0x13:
		around(s, "-", "");
		break;
	case 0x14:
		around(s, "", "%");
		break;
	case 0x15:
		around(s, "(", ")");
		break;
	case 0x16:
		push(s, (struct span){ NULL, 0 });
		break;
	case 0x17:
		push_string(s, c);
		break;
	case 0x19:
		attribute(s, c);
		break;
	case 0x1c:
		(void)snprintf(text, sizeof text, "#ERR%u!", (unsigned)cursor_u8(c));
		push(s, span_of(text));
		break;
	case 0x1d:
		push(s, span_of(cursor_u8(c) != 0 ? "TRUE" : "FALSE"));
		break;
	case 0x1e:
		(void)snprintf(text, sizeof text, "%u", (unsigned)cursor_le16(c));
		push(s, span_of(text));
		break;
	case 0x1f:
		push_number(s, c);
		break;
	default:
		s->bad = true;
	}
}

void xlm_formula(const struct xlm_workbook *w, struct span tokens, struct xlm_text *out)
{
	struct cursor c = cursor_of(tokens);
	struct stack s = { .w = w, .t = out };

	xlm_add(out, span_of("="));
	while (cursor_left(&c) > 0 && !s.bad) {
		unsigned token = cursor_u8(&c);
		if ((token & 0x60) != 0)
			classed(&s, &c, token & 0x1f);
		else
			plain(&s, &c, token & 0x1f);
	}
	if (s.bad || !cursor_ok(&c) || s.n != 1)
		xlm_add(out, span_of("..."));
}
