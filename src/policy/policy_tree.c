/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_tree.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

enum token { END, NEWLINE, WORD, STRING, OPEN, CLOSE };

struct reader {
	struct span source;
	size_t at;
	uint32_t line;
	size_t line_at; /* where the line begins */
	struct arena *arena;
	struct policy_report *report;
	enum token token;
	struct policy_word word; /* of WORD and STRING; its place for all */
	unsigned n_statements;
	bool spent;
};

/* ---- diagnostics */

void policy_report_init(struct policy_report *r, const char *file, struct span source)
{
	*r = (struct policy_report){ .file = file, .source = source };
	buf_init(&r->text, 1 << 20);
}

void policy_report_release(struct policy_report *r) { buf_release(&r->text); }

static struct span line_of(struct span source, uint32_t line)
{
	size_t at = 0;

	for (uint32_t k = 1; k < line && at < source.n; at++)
		k += source.p[at] == '\n';
	size_t end = at;
	while (end < source.n && source.p[end] != '\n')
		end++;
	return span_cut(source, at, end - at);
}

/* A tab is shown as one space, so that the mark stands beneath its place. */
static void put_mark(struct policy_report *r, const struct policy_word *at)
{
	struct span line = line_of(r->source, at->line);
	struct span before, rest = line;

	buf_put_text(&r->text, "    ");
	while (rest.n > 0) {
		const uint8_t *tab = memchr(rest.p, '\t', rest.n);
		before = span_cut(rest, 0, tab != NULL ? (uint64_t)(tab - rest.p) : rest.n);
		text_show(&r->text, before);
		if (tab != NULL)
			buf_put_u8(&r->text, ' ');
		rest = span_cut(rest, before.n + (tab != NULL), SIZE_MAX);
	}
	buf_printf(&r->text, "\n    %*s^\n",
		   (int)(at->column <= line.n + 1 ? at->column - 1 : line.n), "");
}

PRINTF(4, 0)
static void report(struct policy_report *r, const struct policy_word *at, const char *kind,
		   const char *format, va_list ap)
{
	char text[512];

	if (r->n_errors + r->n_warnings > POLICY_MAX_ERRORS)
		return;
	(void)vsnprintf(text, sizeof text, format, ap);
	text_escape(&r->text, span_of(r->file));
	buf_printf(&r->text, ":%u:%u: %s: ", at->line, at->column, kind);
	text_show(&r->text, span_of(text));
	buf_put_u8(&r->text, '\n');
	put_mark(r, at);
}

void policy_error(struct policy_report *r, const struct policy_word *at, const char *format, ...)
{
	va_list ap;

	r->n_errors++;
	va_start(ap, format);
	report(r, at, "error", format, ap);
	va_end(ap);
}

void policy_warning(struct policy_report *r, const struct policy_word *at, const char *format, ...)
{
	va_list ap;

	r->n_warnings++;
	va_start(ap, format);
	report(r, at, "warning", format, ap);
	va_end(ap);
}

/* ---- tokens */

static bool is_word(uint8_t c)
{
	return text_is_alnum(c) || (c != 0 && strchr("-_.:/@+*~,=<>%?&;()[]!'^$|", c) != NULL);
}

static void new_line(struct reader *r)
{
	r->line++;
	r->line_at = ++r->at;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->source.n) {
		uint8_t c = r->source.p[r->at];
		if (c == '#')
			while (r->at < r->source.n && r->source.p[r->at] != '\n')
				r->at++;
		else if (c == ' ' || c == '\t' || c == '\r')
			r->at++;
		else
			return;
	}
}

/* Without escapes a string is a span of the source. */
static struct span unescape(struct reader *r, struct span raw)
{
	uint8_t *p = arena_alloc(r->arena, raw.n);
	size_t n = 0;

	if (p == NULL) {
		r->spent = true;
		return (struct span){ NULL, 0 };
	}
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\' && i + 1 < raw.n)
			i++;
		p[n++] = raw.p[i];
	}
	return (struct span){ p, n };
}

static void check_text(struct reader *r, struct span s)
{
	uint32_t c;

	for (size_t i = 0, n; i < s.n; i += n) {
		n = text_utf8(span_cut(s, i, SIZE_MAX), &c);
		if (n == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
		    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) {
			policy_error(r->report, &r->word,
				     "a text holds a control character, or is not UTF-8");
			return;
		}
	}
}

static void read_string(struct reader *r)
{
	size_t begin = ++r->at;
	bool escaped = false;

	while (r->at < r->source.n && r->source.p[r->at] != '"' && r->source.p[r->at] != '\n') {
		if (r->source.p[r->at] == '\\' && r->at + 1 < r->source.n &&
		    r->source.p[r->at + 1] != '\n') {
			escaped = true;
			r->at++;
		}
		r->at++;
	}
	struct span raw = span_cut(r->source, begin, r->at - begin);
	if (r->at < r->source.n && r->source.p[r->at] == '"')
		r->at++;
	else
		policy_error(r->report, &r->word, "a string without its end on the line");
	if (raw.n > POLICY_MAX_STRING)
		policy_error(r->report, &r->word, "a string of %zu bytes, at most %d", raw.n,
			     POLICY_MAX_STRING);
	r->token = STRING;
	r->word.quoted = true;
	r->word.text = escaped ? unescape(r, raw) : raw;
	check_text(r, r->word.text);
}

static void next(struct reader *r)
{
	for (;;) {
		skip_blanks(r);
		r->word = (struct policy_word){ .line = r->line,
						.column = (uint32_t)(r->at - r->line_at) + 1 };
		if (r->at >= r->source.n) {
			r->token = END;
			return;
		}
		uint8_t c = r->source.p[r->at];
		if (c == '\n') {
			new_line(r);
			r->token = NEWLINE;
			return;
		}
		if (c == '"') {
			read_string(r);
			return;
		}
		if (c == '{' || c == '}') {
			r->at++;
			r->token = c == '{' ? OPEN : CLOSE;
			return;
		}
		size_t begin = r->at;
		while (r->at < r->source.n && is_word(r->source.p[r->at]))
			r->at++;
		r->word.text = span_cut(r->source, begin, r->at - begin);
		if (r->at != begin) {
			r->token = WORD;
			return;
		}
		policy_error(r->report, &r->word, "byte 0x%02x belongs into a string", c);
		r->at++;
	}
}

/* ---- statements */

static void join(struct reader *r, struct policy_word *to)
{
	size_t n = to->text.n + 1 + r->word.text.n;
	uint8_t *p = arena_alloc(r->arena, n);

	if (p == NULL) {
		r->spent = true;
		return;
	}
	if (n > POLICY_MAX_STRING) {
		policy_error(r->report, &r->word, "a string of %zu bytes, at most %d", n,
			     POLICY_MAX_STRING);
		return;
	}
	memcpy(p, to->text.p, to->text.n);
	p[to->text.n] = ' ';
	memcpy(p + to->text.n + 1, r->word.text.p, r->word.text.n);
	to->text = (struct span){ p, n };
}

/* Ends of lines, and strings that go on with the line above. */
static void end_line(struct reader *r, struct policy_node *node)
{
	while (r->token == NEWLINE) {
		next(r);
		while (r->token == STRING) {
			if (node->n_words != 0 && node->word[node->n_words - 1].quoted)
				join(r, &node->word[node->n_words - 1]);
			else
				policy_error(r->report, &r->word,
					     "a string that goes on with nothing");
			next(r);
		}
	}
}

static struct policy_node *statements(struct reader *r, unsigned depth);

static void block(struct reader *r, struct policy_node *node, unsigned depth)
{
	struct policy_word open = r->word;

	node->block = true;
	next(r);
	if (depth == POLICY_MAX_DEPTH) {
		policy_error(r->report, &open, "more than %d blocks within each other",
			     POLICY_MAX_DEPTH);
		while (r->token != CLOSE && r->token != END)
			next(r);
	} else {
		node->first = statements(r, depth + 1);
	}
	if (r->token == CLOSE)
		next(r);
	else
		policy_error(r->report, &open, "a block without its `}`");
}

static struct policy_node *statement(struct reader *r, unsigned depth)
{
	struct policy_node *node = arena_alloc(r->arena, sizeof *node);

	if (node == NULL || ++r->n_statements > POLICY_MAX_STATEMENTS) {
		r->spent = true;
		return NULL;
	}
	node->name = r->word;
	for (next(r); r->token == WORD || r->token == STRING; next(r))
		if (node->n_words < POLICY_MAX_WORDS)
			node->word[node->n_words++] = r->word;
		else
			policy_error(r->report, &r->word, "a statement of more than %d words",
				     POLICY_MAX_WORDS);
	if (r->token == OPEN)
		block(r, node, depth);
	if (r->token == NEWLINE)
		end_line(r, node);
	return node;
}

static struct policy_node *statements(struct reader *r, unsigned depth)
{
	struct policy_node *first = NULL, **to = &first;

	while (r->token != END && r->token != CLOSE && !r->spent) {
		if (r->token == NEWLINE) {
			next(r);
			continue;
		}
		if (r->token != WORD) {
			policy_error(r->report, &r->word, "a statement begins with a word");
			next(r);
			continue;
		}
		*to = statement(r, depth);
		if (*to != NULL)
			to = &(*to)->next;
	}
	return first;
}

struct policy_node *policy_tree(struct arena *a, struct policy_report *report)
{
	struct reader r = { .source = report->source, .line = 1, .arena = a, .report = report };
	struct policy_node *first;

	if (r.source.n > POLICY_MAX_TEXT) {
		policy_error(report, &(struct policy_word){ .line = 1, .column = 1 },
			     "limit: a file of %zu bytes, at most %d", r.source.n, POLICY_MAX_TEXT);
		return NULL;
	}
	next(&r);
	first = statements(&r, 0);
	if (r.token == CLOSE)
		policy_error(report, &r.word, "`}` closes nothing");
	if (r.spent)
		policy_error(report, &r.word,
			     "limit: more statements than memory is set aside for");
	return first;
}

/* ---- looking */

const struct policy_node *policy_child(const struct policy_node *block_node, const char *name)
{
	const struct policy_node *n = block_node != NULL ? block_node->first : NULL;

	while (n != NULL && !span_is(n->name.text, name))
		n = n->next;
	return n;
}

const struct policy_node *policy_sibling(const struct policy_node *node)
{
	const struct policy_node *n = node->next;

	while (n != NULL && !span_equal(n->name.text, node->name.text))
		n = n->next;
	return n;
}

struct span policy_field(const struct policy_node *block_node, const char *name, unsigned i)
{
	const struct policy_node *n = policy_child(block_node, name);

	return n != NULL && i < n->n_words ? n->word[i].text : (struct span){ NULL, 0 };
}
