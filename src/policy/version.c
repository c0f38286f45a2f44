/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/version.h"
#include "base/text.h"

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* The end and digits are 0, letters come before what is none, ~ before everything. */
static int rank(struct span s, size_t i)
{
	if (i >= s.n || is_digit(s.p[i]))
		return 0;
	if (s.p[i] == '~')
		return -1;
	return text_is_alnum(s.p[i]) ? s.p[i] : s.p[i] + 256;
}

static size_t zeros(struct span s, size_t i)
{
	while (i < s.n && s.p[i] == '0')
		i++;
	return i;
}

static size_t digits(struct span s, size_t i)
{
	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i;
}

static int compare_part(struct span a, struct span b)
{
	size_t i = 0, k = 0;

	while (i < a.n || k < b.n) {
		while ((i < a.n && !is_digit(a.p[i])) || (k < b.n && !is_digit(b.p[k]))) {
			int x = rank(a, i), y = rank(b, k);
			if (x != y)
				return x < y ? -1 : 1;
			i += i < a.n;
			k += k < b.n;
		}
		i = zeros(a, i);
		k = zeros(b, k);
		size_t n = digits(a, i) - i, m = digits(b, k) - k;
		if (n != m)
			return n < m ? -1 : 1;
		int c = n != 0 ? memcmp(a.p + i, b.p + k, n) : 0;
		if (c != 0)
			return c;
		i += n;
		k += m;
	}
	return 0;
}

static struct span take_epoch(struct span *s)
{
	const uint8_t *colon = s->n != 0 ? memchr(s->p, ':', s->n) : NULL;
	struct span none = { NULL, 0 };

	if (colon == NULL)
		return none;
	size_t n = (size_t)(colon - s->p);
	struct span epoch = span_cut(*s, 0, n);
	*s = span_cut(*s, (uint64_t)n + 1, SIZE_MAX);
	return epoch;
}

static struct span take_revision(struct span *s)
{
	const uint8_t *dash = s->n != 0 ? memrchr(s->p, '-', s->n) : NULL;
	struct span none = { NULL, 0 };

	if (dash == NULL)
		return none;
	size_t n = (size_t)(dash - s->p);
	struct span revision = span_cut(*s, (uint64_t)n + 1, SIZE_MAX);
	*s = span_cut(*s, 0, n);
	return revision;
}

int version_compare(struct span a, struct span b)
{
	struct span x = take_epoch(&a), y = take_epoch(&b);
	int c = compare_part(x, y);

	if (c != 0)
		return c;
	x = take_revision(&a);
	y = take_revision(&b);
	c = compare_part(a, b);
	return c != 0 ? c : compare_part(x, y);
}
