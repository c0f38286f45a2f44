/* SPDX-License-Identifier: Apache-2.0 */
#include "review/lines.h"

bool lines_next(struct span *rest, struct span *line)
{
	if (rest->n == 0)
		return false;
	const uint8_t *end = memchr(rest->p, '\n', rest->n);
	size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
	*line = span_cut(*rest, 0, n);
	*rest = span_cut(*rest, (uint64_t)n + 1, SIZE_MAX);
	return true;
}

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; }

struct span lines_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_cut(s, 1, SIZE_MAX);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool lines_split(struct span s, char at, struct span *before, struct span *after)
{
	const uint8_t *found = s.n != 0 ? memchr(s.p, at, s.n) : NULL;

	if (found == NULL)
		return false;
	size_t n = (size_t)(found - s.p);
	*before = span_cut(s, 0, n);
	*after = span_cut(s, (uint64_t)n + 1, SIZE_MAX);
	return true;
}

bool lines_word(struct span *rest, struct span *word)
{
	struct span s = lines_trim(*rest);
	size_t n = 0;

	while (n < s.n && !is_blank(s.p[n]))
		n++;
	*word = span_cut(s, 0, n);
	*rest = span_cut(s, n, SIZE_MAX);
	return n > 0;
}

bool lines_starts(struct span s, const char *with)
{
	return span_is(span_cut(s, 0, strlen(with)), with);
}

bool lines_ends(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && span_is(span_cut(s, s.n - n, n), with);
}

struct span lines_base(struct span path)
{
	size_t n = path.n;

	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return span_cut(path, n, SIZE_MAX);
}

bool lines_number(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || v > (INT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	if (s.n != 0)
		*out = v;
	return s.n != 0;
}
