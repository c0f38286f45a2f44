/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pdf_lex.h"
#include "base/text.h"

#include "unpack/decode_text.h"

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0;
}

static bool is_delimiter(uint8_t c)
{
	return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' ||
	       c == '}' || c == '/' || c == '%';
}

static void skip_space(struct pdf_lex *l)
{
	bool comment = false;

	for (; l->at < l->s.n; l->at++) {
		uint8_t c = l->s.p[l->at];
		if (comment)
			comment = c != '\n' && c != '\r';
		else if (c == '%')
			comment = true;
		else if (!is_space(c))
			return;
	}
}

/* Moves to the ")" that closes a string, or to the end. */
static void skip_string(struct pdf_lex *l)
{
	unsigned depth = 1;

	for (; l->at < l->s.n; l->at++) {
		uint8_t c = l->s.p[l->at];
		if (c == '\\')
			l->at++;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return;
	}
	l->at = l->s.n;
}

static void skip_word(struct pdf_lex *l)
{
	while (l->at < l->s.n && !is_space(l->s.p[l->at]) && !is_delimiter(l->s.p[l->at]))
		l->at++;
}

/* Reads a number's text; false where it is a word. */
static bool read_number(struct span text, int64_t *out)
{
	size_t i = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+');
	int64_t v = 0;
	bool digits = false;

	for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
		if (v < INT64_MAX / 100)
			v = v * 10 + (text.p[i] - '0');
		digits = true;
	}
	if (i < text.n && text.p[i] == '.')
		for (i++; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
			digits = true;
	*out = text.n > 0 && text.p[0] == '-' ? -v : v;
	return digits && i == text.n;
}

static bool next_is(const struct pdf_lex *l, uint8_t c)
{
	return l->at < l->s.n && l->s.p[l->at] == c;
}

/* A token that begins with a delimiter, which was passed. */
static void read_delimited(struct pdf_lex *l, uint8_t first, struct pdf_token *t)
{
	size_t from = l->at;

	t->kind = PDF_WORD;
	if (first == '/') {
		skip_word(l);
		t->kind = PDF_NAME;
	} else if (first == '(') {
		skip_string(l);
		t->kind = PDF_STRING;
	} else if (first == '[' || first == ']') {
		t->kind = first == '[' ? PDF_ARRAY : PDF_ARRAY_END;
	} else if (first == '<' && !next_is(l, '<')) {
		while (l->at < l->s.n && l->s.p[l->at] != '>')
			l->at++;
		t->kind = PDF_HEX;
	} else if ((first == '<' || first == '>') && next_is(l, first)) {
		l->at++;
		t->kind = first == '<' ? PDF_DICT : PDF_DICT_END;
	}
	t->text = span_cut(l->s, from, l->at - from);
	if ((t->kind == PDF_STRING || t->kind == PDF_HEX) && l->at < l->s.n)
		l->at++;
}

struct pdf_token pdf_next(struct pdf_lex *l)
{
	struct pdf_token t = { .kind = PDF_END };
	size_t from = l->at;

	skip_space(l);
	t.at = l->at;
	if (l->at < l->s.n) {
		uint8_t first = l->s.p[l->at];
		if (is_delimiter(first)) {
			l->at++;
			read_delimited(l, first, &t);
		} else {
			skip_word(l);
			t.text = span_cut(l->s, t.at, l->at - t.at);
			t.kind = read_number(t.text, &t.number) ? PDF_NUMBER : PDF_WORD;
		}
	}
	if (l->at - from + 1 > *l->steps) {
		*l->steps = 0;
		l->at = l->s.n;
		return (struct pdf_token){ .kind = PDF_END, .at = l->s.n };
	}
	*l->steps -= l->at - from + 1;
	return t;
}

/* After a number: passes over "0 R" where it follows. */
static void take_reference(struct pdf_lex *l)
{
	struct pdf_lex ahead = *l;

	if (pdf_next(&ahead).kind != PDF_NUMBER)
		return;
	struct pdf_token t = pdf_next(&ahead);
	if (t.kind == PDF_WORD && span_is(t.text, "R"))
		l->at = ahead.at;
}

struct span pdf_value(struct pdf_lex *l)
{
	unsigned depth = 0;
	size_t from = l->s.n;

	for (;;) {
		struct pdf_lex before = *l;
		struct pdf_token t = pdf_next(l);
		if (from == l->s.n)
			from = t.at;
		bool ends = t.kind == PDF_ARRAY_END || t.kind == PDF_DICT_END;
		if (t.kind == PDF_END || (ends && depth == 0) ||
		    (t.kind == PDF_WORD && (span_is(t.text, "endobj") || span_is(t.text, "obj")))) {
			l->at = before.at;
			return span_cut(l->s, from, before.at > from ? before.at - from : 0);
		}
		if (t.kind == PDF_ARRAY || t.kind == PDF_DICT)
			depth++;
		else if (ends)
			depth--;
		else if (t.kind == PDF_NUMBER && depth == 0)
			take_reference(l);
		if (depth == 0)
			return span_cut(l->s, from, l->at - from);
	}
}

static struct span get(struct span dict, const char *key, bool last, uint64_t *steps)
{
	struct pdf_lex l = { .s = dict, .steps = steps };
	struct span found = { NULL, 0 };

	if (pdf_next(&l).kind != PDF_DICT)
		return found;
	for (;;) {
		struct pdf_token t = pdf_next(&l);
		if (t.kind == PDF_END || t.kind == PDF_DICT_END)
			return found;
		if (t.kind != PDF_NAME)
			continue;
		struct pdf_lex before = l;
		if (pdf_next(&before).kind == PDF_DICT_END)
			continue;
		struct span value = pdf_value(&l);
		if (pdf_name_is(t.text, key)) {
			if (!last)
				return value;
			found = value;
		}
		if (value.n == 0) /* nothing that is a value: a word, or the end */
			(void)pdf_next(&l);
	}
}

struct span pdf_get(struct span dict, const char *key, uint64_t *steps)
{
	return get(dict, key, false, steps);
}

struct span pdf_get_last(struct span dict, const char *key, uint64_t *steps)
{
	return get(dict, key, true, steps);
}

struct pdf_token pdf_first(struct span value, uint64_t *steps)
{
	struct pdf_lex l = { .s = value, .steps = steps };

	return pdf_next(&l);
}

/* ---- names and strings */

size_t pdf_name_text(struct span name, char out[PDF_NAME_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < PDF_NAME_MAX; i++) {
		int high = name.p[i] == '#' && i + 2 < name.n ? text_hex_digit(name.p[i + 1]) : -1;
		int low = high >= 0 ? text_hex_digit(name.p[i + 2]) : -1;
		out[n++] = low >= 0 ? (char)(high << 4 | low) : (char)name.p[i];
		i += low >= 0 ? 2 : 0;
	}
	out[n] = 0;
	return n;
}

bool pdf_name_is(struct span name, const char *what)
{
	char text[PDF_NAME_MAX + 1];
	size_t n = strlen(what);

	if (name.n < n || name.n > n * 3)
		return false;
	return pdf_name_text(name, text) == n && memcmp(text, what, n) == 0;
}

/* What a backslash and the bytes after it stand for; -1 for nothing. */
static int escaped(struct span s, size_t *at)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	uint8_t c = s.p[(*at)++];
	const char *known = memchr(from, c, sizeof from - 1);

	if (known != NULL)
		return to[known - from];
	if (c == '\r' && *at < s.n && s.p[*at] == '\n')
		(*at)++;
	if (c == '\r' || c == '\n')
		return -1;
	if (c < '0' || c > '7')
		return c;
	int v = c - '0';
	for (int k = 0; k < 2 && *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '7'; k++)
		v = v * 8 + (s.p[(*at)++] - '0');
	return v & 0xff;
}

size_t pdf_string_bytes(struct pdf_token t, uint8_t *out)
{
	struct decode_state hex = { 0 };
	struct span s = t.text;
	size_t n = 0;

	if (t.kind == PDF_HEX) {
		n = decode_hex(&hex, &s, out, s.n);
		if (hex.n_bits != 0) /* an odd last digit counts as if 0 followed (7.3.4.3) */
			out[n++] = (uint8_t)(hex.bits << 4);
		return n;
	}
	for (size_t i = 0; i < s.n;) {
		int c = s.p[i++];
		if (c == '\\')
			c = i < s.n ? escaped(s, &i) : -1;
		if (c >= 0)
			out[n++] = (uint8_t)c;
	}
	return n;
}
