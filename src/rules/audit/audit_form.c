/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_form.h"

#include "rules/audit/audit_words.h"

#include <string.h>

bool audit_form_is(const struct audit_example *x, size_t from, size_t to)
{
	char text[64];

	return audit_words_lower(x, from, to, text, sizeof text) != 0 && audit_is_form(text);
}

bool audit_form_begins(const struct audit_example *x, const char *with)
{
	size_t i = 0;

	while (with[i] != '\0' && i < x->n && x->unit[i].code == (uint8_t)with[i])
		i++;
	return with[i] == '\0';
}

static bool is_bracket(uint32_t c)
{
	return c == ' ' || c == '\n' || c == '\r' ||
	       (c < 0x80 && strchr("\"'()<>[]{}:=/;`", (int)c) != NULL);
}

bool audit_form_drop(struct audit_example *x)
{
	struct audit_example out = { .n = 0 };
	size_t k = x->n < 60 ? x->n : 60, to = x->n;

	for (; k >= 4; k--) {
		bool inside = k < x->n && unit_is_letter(x->unit[k].code) &&
			      unit_is_letter(x->unit[k - 1].code);
		if (!inside && !audit_form_begins(x, "http") && audit_form_is(x, 0, k))
			break;
	}
	if (k < 4)
		return false;
	while (to > k && is_bracket(x->unit[to - 1].code))
		to--;
	while (k < to && is_bracket(x->unit[k].code))
		k++;
	for (; k < to; k++)
		out.unit[out.n++] = x->unit[k];
	*x = out;
	return true;
}

bool audit_form_datum(const struct audit_example *x)
{
	char text[64];
	size_t from = 0, to = x->n;

	while (from < to && is_bracket(x->unit[from].code))
		from++;
	while (to > from && (is_bracket(x->unit[to - 1].code) || x->unit[to - 1].code == ','))
		to--;
	return audit_words_lower(x, from, to, text, sizeof text) != 0 && audit_is_datum(text);
}

bool audit_form_key(const struct audit_example *x)
{
	size_t from = 0, to = x->n;

	while (to > from && is_bracket(x->unit[to - 1].code))
		to--;
	while (from < to && is_bracket(x->unit[from].code))
		from++;
	if (from == 0 || to == x->n || to - from < 3 ||
	    (x->unit[from - 1].code != '"' && x->unit[from - 1].code != '\''))
		return false;
	for (size_t i = from; i < to; i++)
		if (audit_words_base(x->unit[i].code) == 0 ||
		    (i != from && unit_is_upper(x->unit[i].code)))
			return false;
	return audit_words_cost(x, from, to) <= AUDIT_WELL && !audit_words_machinery(x, from, to);
}

/* The names of elements that pages act by, or are laid out by. */
static bool is_page_element(const char *name)
{
	static const char *const names[] = {
		"a",       "td",        "tr",          "th",     "table",  "div",     "p",
		"li",      "ul",        "ol",          "h1",     "h2",     "h3",      "title",
		"hr",      "i",         "u",           "applet", "b",      "body",    "br",
		"button",  "center",    "embed",       "font",   "form",   "frame",   "head",
		"html",    "iframe",    "img",         "input",  "link",   "marquee", "meta",
		"object",  "option",    "param",       "pre",    "script", "select",  "span",
		"style",   "svg",       "textarea",    "hta",    "job",    "xsl",     "msxsl",
		"package", "scriptlet", "registration"
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strncmp(name, "hta:", 4) == 0 || strncmp(name, "jsp:", 4) == 0 ||
	       strncmp(name, "asp:", 4) == 0 || strncmp(name, "soap:", 5) == 0;
}

bool audit_form_tag(const struct audit_example *x)
{
	char name[32];
	size_t to = 1;

	if (x->n < 4 || x->unit[0].code != '<')
		return false;
	if (x->unit[1].code == '/')
		to++;
	size_t from = to;
	while (to < x->n && (unit_is_letter(x->unit[to].code) || x->unit[to].code == ':' ||
			     (to > from && unit_is_digit(x->unit[to].code))))
		to++;
	if (to < x->n && memchr(" />\n", (int)(x->unit[to].code & 0x7F), 4) == NULL)
		return false;
	for (size_t i = to; i < x->n; i++)
		if (x->unit[i].code == '(' || x->unit[i].code == '%' || x->unit[i].code == '{' ||
		    (x->unit[i].code == '>' && i + 1 < x->n))
			return false;
	return to - from >= 2 && audit_words_lower(x, from, to, name, sizeof name) != 0 &&
	       !is_page_element(name) && !audit_is_machinery(name);
}

bool audit_form_pair(const struct audit_example *x)
{
	size_t quotes = 0, odd = 0, letters = 0;

	for (size_t i = 0; i < x->n; i++) {
		uint32_t c = x->unit[i].code;
		quotes += c == '"';
		letters += audit_words_base(c) != 0;
		odd += c == '.' && i + 1 < x->n && unit_is_letter(x->unit[i + 1].code);
		odd += c != '"' && !unit_is_letter(c) && !unit_is_digit(c) && !unit_is_space(c) &&
		       (c >= 0x80 || strchr("_:,.-{}[]", (int)c) == NULL);
	}
	if (x->n < 5 || quotes < 2 || odd != 0 || letters < 3 || x->unit[0].code != '"')
		return false;
	for (size_t i = 0; i < x->n;) {
		size_t from = i;
		while (i < x->n && audit_words_base(x->unit[i].code) != 0 &&
		       !(i > from && unit_is_upper(x->unit[i].code) &&
			 !unit_is_upper(x->unit[i - 1].code)))
			i++;
		if (i > from && (audit_words_machinery(x, from, i) ||
				 (i - from >= 4 && audit_words_cost(x, from, i) > AUDIT_ODD)))
			return false;
		i += i == from;
	}
	return true;
}

bool audit_form_document(const struct audit_example *x)
{
	char end[8];
	size_t dot = x->n, letters = 0;

	while (dot > 0 && x->unit[dot - 1].code != '.')
		dot--;
	if (dot < 5 || !audit_form_is(x, dot - 1, x->n) ||
	    audit_words_lower(x, dot - 1, x->n, end, sizeof end) == 0 || strcmp(end, ".txt") == 0 ||
	    strcmp(end, ".key") == 0)
		return false;
	for (size_t i = 0; i + 1 < dot;) {
		uint32_t c = x->unit[i].code;
		size_t from = i;
		while (i + 1 < dot && unit_is_letter(x->unit[i].code))
			i++;
		if (i - from >= 4 && audit_words_cost(x, from, i) > AUDIT_ODD)
			return false;
		letters += i - from;
		if (i != from)
			continue;
		if (!unit_is_digit(c) && c != ' ' && c != '_' && c != '-')
			return false;
		i++;
	}
	return letters >= 4;
}

bool audit_form_header(const struct audit_example *x)
{
	static const char *const names[] = { "accept",
					     "accept-charset",
					     "accept-encoding",
					     "accept-language",
					     "accept-ranges",
					     "authorization",
					     "cache-control",
					     "connection",
					     "content-encoding",
					     "content-length",
					     "cookie",
					     "etag",
					     "expect",
					     "host",
					     "if-modified-since",
					     "if-none-match",
					     "origin",
					     "proxy-authorization",
					     "range",
					     "referer",
					     "server",
					     "set-cookie",
					     "te",
					     "transfer-encoding",
					     "upgrade",
					     "user-agent",
					     "vary",
					     "via",
					     "www-authenticate",
					     "x-forwarded-for",
					     "x-powered-by",
					     "x-requested-with" };
	char name[24];
	size_t n = 0;

	while (n < x->n && x->unit[n].code != ':')
		n++;
	if (n == x->n || audit_words_lower(x, 0, n, name, sizeof name) == 0)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Are units [from, to) words of a language, in small letters, capitals, or each with its capital?
 */
static bool is_name(const struct audit_example *x, size_t from, size_t to)
{
	for (size_t i = from; i < to;) {
		size_t at = i;
		while (i < to && audit_words_base(x->unit[i].code) != 0 &&
		       !(i > at && unit_is_upper(x->unit[i].code) &&
			 !unit_is_upper(x->unit[i - 1].code)))
			i++;
		if (i == at && x->unit[i].code != '_' && x->unit[i].code != ' ')
			return false;
		if (i > at && (audit_words_machinery(x, at, i) ||
			       (i - at >= 4 && audit_words_cost(x, at, i) > AUDIT_ODD)))
			return false;
		i += i == at;
	}
	return to - from >= 2;
}

bool audit_form_row(const struct audit_example *x)
{
	size_t from = 0, names = 0, separators = 0, joined = 0;
	uint32_t separator = 0;

	for (size_t i = 0; i <= x->n; i++) {
		uint32_t c = i < x->n ? x->unit[i].code : '\n';
		bool end = c == ';' || c == ',' || c == '|' || c == '\t' || c == '\n';
		joined += c == '_' ||
			  (i > from && unit_is_upper(c) && unit_is_latin(x->unit[i - 1].code) &&
			   !unit_is_upper(x->unit[i - 1].code));
		if (!end)
			continue;
		if (i < x->n && c != '\n') {
			if (separator != 0 && c != separator)
				return false;
			separator = c;
			separators++;
		}
		if (i > from && !is_name(x, from, i))
			return false;
		names += i > from;
		from = i + 1;
	}
	/* | ends more than columns */
	return joined != 0 && separators > (separator == '|') && separators + 1 >= names &&
	       x->n >= 6;
}
