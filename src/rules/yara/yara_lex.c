/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/yara/yara_lex.h"
#include "base/text.h"

#include <stdlib.h>

static int peek(const struct lexer *l, size_t ahead)
{
	return l->text.n - l->at > ahead ? l->text.p[l->at + ahead] : -1;
}

static void step(struct lexer *l)
{
	if (l->text.p[l->at++] == '\n') {
		l->line++;
		l->line_at = l->at;
	}
}

static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static struct token start(const struct lexer *l, enum token_kind kind)
{
	return (struct token){ .kind = kind,
			       .raw = { l->text.p + l->at, 0 },
			       .line = l->line,
			       .column = (uint32_t)(l->at - l->line_at) + 1 };
}

static struct token finish(const struct lexer *l, struct token t)
{
	t.raw.n = (size_t)(l->text.p + l->at - t.raw.p);
	return t;
}

static struct token bad(const struct lexer *l, struct token t, const char *message)
{
	t.kind = TOKEN_BAD;
	t.message = message;
	return finish(l, t);
}

/* False where a comment does not end; the lexer then stands at the end. */
static bool skip_blank(struct lexer *l)
{
	for (;;) {
		int c = peek(l, 0);
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			step(l);
		} else if (c == '/' && peek(l, 1) == '/') {
			while (peek(l, 0) >= 0 && peek(l, 0) != '\n')
				step(l);
		} else if (c == '/' && peek(l, 1) == '*') {
			step(l);
			step(l);
			while (peek(l, 0) >= 0 && !(peek(l, 0) == '*' && peek(l, 1) == '/'))
				step(l);
			if (peek(l, 0) < 0)
				return false;
			step(l);
			step(l);
		} else {
			return true;
		}
	}
}

/* ---- numbers */

static bool add_digit(int64_t *v, int base, int digit)
{
	int64_t r;

	if (__builtin_mul_overflow(*v, base, &r) || __builtin_add_overflow(r, digit, &r))
		return false;
	*v = r;
	return true;
}

static bool is_operator(struct span s)
{
	static const char *const word[] = { "and", "or", "of", "in", "at" };

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (span_is(s, word[i]))
			return true;
	return false;
}

static struct token number(struct lexer *l)
{
	struct token t = start(l, TOKEN_INT);
	int base = 10;
	bool ok = true;

	if (peek(l, 0) == '0' && (peek(l, 1) == 'x' || peek(l, 1) == 'o')) {
		base = peek(l, 1) == 'x' ? 16 : 8;
		step(l);
		step(l);
		if (text_hex_digit(peek(l, 0)) < 0 || text_hex_digit(peek(l, 0)) >= base)
			return bad(l, t, "a number needs digits after its prefix");
	}
	for (;; step(l)) {
		int d = text_hex_digit(peek(l, 0));
		if (peek(l, 0) == '_' && text_hex_digit(peek(l, 1)) >= 0) /* YARA-X */
			continue;
		if (d < 0 || d >= base)
			break;
		ok = ok && add_digit(&t.number, base, d);
	}
	if (base == 10 && peek(l, 0) == '.' && is_digit(peek(l, 1))) {
		char copy[64];
		step(l);
		while (is_digit(peek(l, 0)))
			step(l);
		t = finish(l, t);
		if (t.raw.n >= sizeof copy)
			return bad(l, t, "a float of more than 63 characters");
		memcpy(copy, t.raw.p, t.raw.n);
		copy[t.raw.n] = '\0';
		t.kind = TOKEN_FLOAT;
		t.real = strtod(copy, NULL);
	} else if (base == 10 && (peek(l, 0) == 'K' || peek(l, 0) == 'M') && peek(l, 1) == 'B') {
		ok = ok && !__builtin_mul_overflow(t.number, peek(l, 0) == 'K' ? 1024 : 1048576,
						   &t.number);
		step(l);
		step(l);
	}
	if (is_letter(peek(l, 0)) || is_digit(peek(l, 0))) {
		size_t end = l->at;
		while (end < l->text.n && (is_letter(l->text.p[end]) || is_digit(l->text.p[end])))
			end++;
		/* YARA reads `1and` as two words */
		if (!is_operator((struct span){ l->text.p + l->at, end - l->at })) {
			l->at = end;
			return bad(l, t, "a number followed by letters");
		}
	}
	if (!ok)
		return bad(l, t, "a number that does not fit 64 bits, signed");
	return finish(l, t);
}

/* ---- text */

/* Resolves one escape at the lexer; its byte, or -1. */
static int escape(struct lexer *l)
{
	int c = peek(l, 0);

	if (c < 0)
		return -1;
	step(l);
	switch (c) {
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case '"':
	case '\\':
		return c;
	case 'x': {
		int hi = text_hex_digit(peek(l, 0)), lo = hi < 0 ? -1 : text_hex_digit(peek(l, 1));
		if (lo < 0)
			return -1;
		step(l);
		step(l);
		return hi << 4 | lo;
	}
	default:
		return -1;
	}
}

/* Where the text ends whose first byte behind the quotes this is: at a quote, or without one at the
 * end of the line, or of all. */
static size_t text_end(const struct lexer *l, size_t at, bool long_text)
{
	const uint8_t *p = l->text.p;
	size_t n = l->text.n;

	while (at < n && (long_text || p[at] != '\n')) {
		if (p[at] == '"' &&
		    (!long_text || (n - at > 2 && p[at + 1] == '"' && p[at + 2] == '"')))
			return at;
		at += p[at] == '\\' && at + 1 < n && (long_text || p[at + 1] != '\n') ? 2 : 1;
	}
	return at < n ? at : n;
}

/* It is taken for a slip in its first line: what follows is read as rules. */
static struct token long_unclosed(struct lexer *l, struct token t)
{
	l->unclosed = true;
	while (peek(l, 0) >= 0 && peek(l, 0) != '\n')
		step(l);
	return bad(l, t, "a text without its closing quotes");
}

/* What is wrong is told; the lexer goes on behind the text, whose rest is none of rules. */
static struct token bad_escape(struct lexer *l, struct token here, size_t end, size_t quotes)
{
	here = bad(l, here, "an escape that is not one of \\\" \\\\ \\t \\n \\r \\xHH");
	while (l->at < end)
		step(l);
	for (; quotes > 0 && peek(l, 0) == '"'; quotes--)
		step(l);
	return here;
}

static struct token text(struct lexer *l)
{
	struct token t = start(l, TOKEN_TEXT);
	/* YARA-X: """ over several lines */
	bool long_text = !l->unclosed && peek(l, 1) == '"' && peek(l, 2) == '"';
	size_t end = text_end(l, l->at + (long_text ? 3 : 1), long_text);

	if (long_text && end == l->text.n)
		return long_unclosed(l, t);
	uint8_t *to = arena_alloc(l->arena, end - l->at + 1);
	size_t n = 0;
	if (to == NULL) {
		l->at = l->text.n; /* without memory there is no way on */
		return bad(l, t, "no memory for a text");
	}
	for (size_t quotes = long_text ? 3 : 1; quotes > 0; quotes--)
		step(l);
	for (;;) {
		int c = peek(l, 0);
		if (c == '"' && (!long_text || (peek(l, 1) == '"' && peek(l, 2) == '"')))
			break;
		if (c < 0 || (c == '\n' && !long_text))
			return bad(l, t, "a text without its closing quote");
		step(l);
		if (c == '\\') {
			struct token here = start(l, TOKEN_BAD);
			here.raw.p--;
			here.column--;
			c = escape(l);
			if (c < 0)
				return bad_escape(l, here, end, long_text ? 3 : 1);
		}
		to[n++] = (uint8_t)c;
	}
	for (size_t quotes = long_text ? 3 : 1; quotes > 0; quotes--)
		step(l);
	t.value = (struct span){ to, n };
	return finish(l, t);
}

/* ---- the rest */

static struct token name(struct lexer *l, enum token_kind kind)
{
	struct token t = start(l, kind);

	if (kind != TOKEN_NAME)
		step(l);
	while (is_letter(peek(l, 0)) || is_digit(peek(l, 0)))
		step(l);
	if (kind == TOKEN_STRING_ID && peek(l, 0) == '*')
		step(l);
	t = finish(l, t);
	if (kind == TOKEN_NAME && t.raw.n > 128) /* names of strings may be longer */
		return bad(l, t, "a name of more than 128 characters");
	return t;
}

static struct token mark(struct lexer *l)
{
	static const struct {
		char text[3];
		int mark;
	} two[] = { { "==", MARK_EQ },  { "!=", MARK_NE },  { "<=", MARK_LE },  { ">=", MARK_GE },
		    { "<<", MARK_SHL }, { ">>", MARK_SHR }, { "..", MARK_DOTS } };
	struct token t = start(l, TOKEN_MARK);

	for (size_t i = 0; i < sizeof two / sizeof *two; i++)
		if (peek(l, 0) == two[i].text[0] && peek(l, 1) == two[i].text[1]) {
			step(l);
			step(l);
			t.mark = two[i].mark;
			return finish(l, t);
		}
	t.mark = peek(l, 0);
	step(l);
	if (t.mark == 0 || strchr("(){}[]:=,.+-*\\%~&|^<>/", t.mark) == NULL)
		return bad(l, t, "a character that has no meaning here");
	return finish(l, t);
}

struct token lex_next(struct lexer *l)
{
	struct token open = start(l, TOKEN_BAD);

	bool whole = skip_blank(l);
	int c = peek(l, 0);
	if (!whole) {
		/* YARA takes such a comment for the end of the text */
		open.kind = TOKEN_END;
		open.message = "a comment that does not end";
		return open;
	}
	if (c < 0)
		return start(l, TOKEN_END);
	if (is_letter(c))
		return name(l, TOKEN_NAME);
	if (is_digit(c))
		return number(l);
	switch (c) {
	case '"':
		return text(l);
	case '$':
		return name(l, TOKEN_STRING_ID);
	case '#':
		return name(l, TOKEN_COUNT_ID);
	case '@':
		return name(l, TOKEN_OFFSET_ID);
	case '!':
		if (peek(l, 1) != '=')
			return name(l, TOKEN_LENGTH_ID);
		break;
	default:
		break;
	}
	return mark(l);
}

struct token lex_hex(struct lexer *l, const struct token *brace)
{
	struct token t = *brace;

	t.kind = TOKEN_HEX;
	t.value.p = l->text.p + l->at;
	for (;;) {
		int c = peek(l, 0);
		if (c < 0)
			return bad(l, t, "a hexadecimal string without its closing brace");
		if (c == '/' && (peek(l, 1) == '/' || peek(l, 1) == '*')) {
			if (!skip_blank(l))
				return bad(l, t, "a comment that does not end");
			continue;
		}
		if (c == '}')
			break;
		step(l);
	}
	t.value.n = (size_t)(l->text.p + l->at - t.value.p);
	step(l);
	return finish(l, t);
}

struct token lex_regex(struct lexer *l, const struct token *slash)
{
	struct token t = *slash;

	t.kind = TOKEN_REGEX;
	t.value.p = l->text.p + l->at;
	for (;;) {
		int c = peek(l, 0);
		if (c < 0 || c == '\n')
			return bad(l, t, "a regular expression without its closing slash");
		if (c == '/')
			break;
		step(l);
		if (c == '\\' && peek(l, 0) >= 0 && peek(l, 0) != '\n')
			step(l);
	}
	t.value.n = (size_t)(l->text.p + l->at - t.value.p);
	step(l);
	for (; peek(l, 0) == 'i' || peek(l, 0) == 's'; step(l)) {
		t.regex_nocase |= peek(l, 0) == 'i';
		t.regex_dotall |= peek(l, 0) == 's';
	}
	t = finish(l, t);
	if (t.value.n == 0)
		return bad(l, t, "an empty regular expression");
	return t;
}
