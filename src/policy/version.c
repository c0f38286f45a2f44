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

/* ---- orders of other kinds, rewritten into Debian's */

enum { MAX_VERSION = 160 }; /* characters; longer ones are compared as they are */

struct rewritten {
	uint8_t c[2 * MAX_VERSION];
	size_t n;
};

/* 1.0.0-rc.1+build is 1.0.0~rc.1 */
static void put_semantic(struct span s, struct rewritten *to)
{
	size_t i = s.n > 1 && s.p[0] == 'v' && is_digit(s.p[1]) ? 1 : 0; /* Go's v1.2.3 */

	for (; i < s.n && s.p[i] != '+'; i++)
		to->c[to->n++] = s.p[i] == '-' ? '~' : s.p[i];
}

/* Whether a run of letters names what comes before a release. */
static bool is_before_release(struct span s)
{
	static const char *const words[] = { "a",    "b",   "c",       "rc", "alpha",
					     "beta", "pre", "preview", "dev" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_is(s, words[i]))
			return true;
	return false;
}

/* 1.0rc1, 1.0.rc1 and 1.0-rc1 are 1.0~rc1; 1.0.dev1 is before them: 1.0~~dev1 */
static void put_python(struct span s, struct rewritten *to)
{
	size_t i = 0, n;

	while (i < s.n) {
		for (n = 0; i + n < s.n && text_is_alnum(s.p[i + n]) && !is_digit(s.p[i + n]);)
			n++;
		struct span word = span_cut(s, i, n);
		if (n != 0 && is_before_release(word)) {
			uint8_t last = to->n != 0 ? to->c[to->n - 1] : 0;
			to->n -= last == '.' || last == '-' || last == '_';
			to->c[to->n++] = '~';
			if (span_is(word, "dev"))
				to->c[to->n++] = '~';
		}
		for (n += n == 0; n != 0; n--, i++)
			to->c[to->n++] = s.p[i] == '-' || s.p[i] == '_' ? '.' : s.p[i];
	}
}

int version_compare_of(enum policy_atom_type type, struct span a, struct span b)
{
	bool semantic = type == ATOM_NPM || type == ATOM_CARGO || type == ATOM_GO;
	struct rewritten x = { .n = 0 }, y = { .n = 0 };

	if ((!semantic && type != ATOM_PIP) || a.n > MAX_VERSION || b.n > MAX_VERSION)
		return version_compare(a, b);
	void (*put)(struct span, struct rewritten *) = semantic ? put_semantic : put_python;
	put(a, &x);
	put(b, &y);
	return version_compare((struct span){ x.c, x.n }, (struct span){ y.c, y.n });
}
