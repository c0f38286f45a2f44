/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/xml_tags.h"

static bool begins(struct span s, const char *mark)
{
	size_t n = strlen(mark);

	return s.n >= n && memcmp(s.p, mark, n) == 0;
}

/* What stands behind the mark; empty: it is not there. */
static struct span behind(struct span s, const char *mark)
{
	const uint8_t *p = s.n != 0 ? memmem(s.p, s.n, mark, strlen(mark)) : NULL;

	return span_cut(s, p != NULL ? (size_t)(p - s.p) + strlen(mark) : s.n, s.n);
}

/* Bytes up to the '>' that no quotes are around; s.n: there is none. */
static size_t tag_size(struct span s)
{
	uint8_t quote = 0;
	size_t n = 0;

	for (; n < s.n && (quote != 0 || s.p[n] != '>'); n++) {
		if (quote != 0)
			quote = s.p[n] == quote ? 0 : quote;
		else if (s.p[n] == '"' || s.p[n] == '\'')
			quote = s.p[n];
	}
	return n;
}

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static struct span name_of(struct span tag)
{
	size_t from = 0, n = 0;

	for (; n < tag.n && !is_blank(tag.p[n]) && tag.p[n] != '/'; n++)
		if (tag.p[n] == ':')
			from = n + 1;
	return span_cut(tag, from, n - from);
}

bool xml_tag_next(struct span *s, struct xml_tag *t)
{
	for (;;) {
		*s = behind(*s, "<");
		if (s->n == 0)
			return false;
		if (begins(*s, "!--"))
			*s = behind(*s, "-->");
		else if (begins(*s, "![CDATA["))
			*s = behind(*s, "]]>");
		else
			break;
	}
	size_t n = tag_size(*s);
	bool whole = n != s->n;
	struct span tag = span_cut(*s, 0, n);
	*t = (struct xml_tag){ .closes = begins(tag, "/") };
	t->whole = span_cut(tag, t->closes, tag.n);
	t->name = name_of(t->whole);
	t->empty = tag.n != 0 && !t->closes && tag.p[tag.n - 1] == '/';
	*s = span_cut(*s, n + 1, s->n);
	const uint8_t *end = s->n != 0 ? memchr(s->p, '<', s->n) : NULL;
	t->text = span_cut(*s, 0, end != NULL ? (size_t)(end - s->p) : 0);
	return whole;
}
