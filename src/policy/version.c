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

/* ---- orders of other kinds */

/* 1.2.0.0 is 1.2 */
static struct span without_zeros(struct span s)
{
	for (;;) {
		size_t n = s.n;
		while (n > 0 && s.p[n - 1] == '0')
			n--;
		if (n == s.n || n < 2 || s.p[n - 1] != '.')
			return s;
		s.n = n - 1;
	}
}

static struct span without_v(struct span s)
{
	bool v = s.n > 1 && (s.p[0] == 'v' || s.p[0] == 'V') && is_digit(s.p[1]);

	return v ? span_cut(s, 1, SIZE_MAX) : s;
}

/* Cuts s before the first `at`, and gives what follows it. */
static struct span cut_at(struct span *s, char at)
{
	const uint8_t *found = s->n != 0 ? memchr(s->p, at, s->n) : NULL;
	struct span rest = { NULL, 0 };

	if (found == NULL)
		return rest;
	size_t n = (size_t)(found - s->p);
	rest = span_cut(*s, (uint64_t)n + 1, SIZE_MAX);
	*s = span_cut(*s, 0, n);
	return rest;
}

static int compare_identifier(struct span a, struct span b)
{
	bool x = digits(a, 0) == a.n, y = digits(b, 0) == b.n;
	size_t n = a.n < b.n ? a.n : b.n;

	if (x && y)
		return compare_part(a, b);
	if (x != y)
		return x ? -1 : 1;
	int c = n != 0 ? memcmp(a.p, b.p, n) : 0;
	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* Semantic Versioning 2.0.0, 11.  Go's v1.2.3 is 1.2.3, and what is not there is 0. */
static int compare_semantic(struct span a, struct span b)
{
	(void)cut_at(&a, '+');
	(void)cut_at(&b, '+');
	struct span x = cut_at(&a, '-'), y = cut_at(&b, '-');
	int c = compare_part(without_zeros(without_v(a)), without_zeros(without_v(b)));

	if (c != 0 || x.n == 0 || y.n == 0)
		return c != 0 ? c : (x.n == 0) - (y.n == 0);
	while (c == 0 && x.n != 0 && y.n != 0) {
		struct span more_x = cut_at(&x, '.'), more_y = cut_at(&y, '.');
		c = compare_identifier(x, y);
		x = more_x;
		y = more_y;
	}
	return c != 0 ? c : (x.n != 0) - (y.n != 0);
}

/* ---- Python's (PEP 440), rewritten into Debian's */

enum { MAX_VERSION = 160 }; /* characters; longer ones are compared as they are */

struct rewritten {
	uint8_t c[2 * MAX_VERSION]; /* nothing is written as more than twice its length */
	size_t n;
	bool word; /* the last was a word, whose number belongs to it */
};

static void put(struct rewritten *to, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		to->c[to->n++] = text_lower(s.p[i]);
}

static bool is_word(struct span s, const char *word)
{
	size_t i = 0;

	while (i < s.n && word[i] != '\0' && text_lower(s.p[i]) == (uint8_t)word[i])
		i++;
	return i == s.n && word[i] == '\0';
}

/* What comes before a release, or after it, however it is spelt.  The end is between ~ and letters,
 * and a point comes behind them: 1~~ 1~a 1~b 1~c 1 1p 1.1. */
static const char *form_of(struct span s)
{
	static const char *const words[][2] = {
		{ "dev", "~~" },     { "a", "~a" },   { "alpha", "~a" }, { "b", "~b" },
		{ "beta", "~b" },    { "c", "~c" },   { "rc", "~c" },    { "pre", "~c" },
		{ "preview", "~c" }, { "post", "p" }, { "rev", "p" },    { "r", "p" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is_word(s, words[i][0]))
			return words[i][1];
	return NULL;
}

/* 1!2.0.0 is 1:2; returns what follows. */
static struct span put_release(struct span s, struct rewritten *to)
{
	size_t epoch = digits(s, 0), n = 0;

	if (epoch != 0 && epoch < s.n && s.p[epoch] == '!') {
		put(to, span_cut(s, 0, epoch));
		to->c[to->n++] = ':';
		s = span_cut(s, (uint64_t)epoch + 1, SIZE_MAX);
	}
	while (n < s.n && (is_digit(s.p[n]) || (s.p[n] == '.' && digits(s, n + 1) != n + 1)))
		n++;
	put(to, without_zeros(span_cut(s, 0, n)));
	return span_cut(s, n, SIZE_MAX);
}

static size_t letters(struct span s)
{
	size_t n = 0;

	while (n < s.n && text_is_alnum(s.p[n]) && !is_digit(s.p[n]))
		n++;
	return n;
}

/* A word or a number, and before it what parts it from the last: 0 for nothing. */
static void put_token(struct span s, uint8_t parted, struct rewritten *to)
{
	bool word = !is_digit(s.p[0]);
	const char *form = word ? form_of(s) : NULL;

	if (form != NULL) {
		put(to, span_of(form));
	} else {
		if (!word && parted == '-' && !to->word)
			to->c[to->n++] = 'p'; /* 1.0-1 is 1.0.post1 */
		else if (parted != 0 && (word || !to->word))
			to->c[to->n++] = '.';
		put(to, s);
	}
	to->word = word;
}

/* What is public of it. */
static void put_python(struct span s, struct rewritten *to)
{
	uint8_t parted = 0;

	s = put_release(without_v(s), to);
	while (s.n != 0) {
		size_t n = is_digit(s.p[0]) ? digits(s, 0) : letters(s);
		if (n != 0) {
			put_token(span_cut(s, 0, n), parted, to);
			parted = 0;
		} else if (s.p[0] == '-' || s.p[0] == '_' || s.p[0] == '.') {
			parted = s.p[0];
		} else {
			to->c[to->n++] = s.p[0];
			to->word = false;
		}
		s = span_cut(s, n != 0 ? n : 1, SIZE_MAX);
	}
}

/* Up to the next separator; s moves behind it. */
static struct span segment(struct span *s)
{
	size_t n = 0;

	while (n < s->n && s->p[n] != '.' && s->p[n] != '-' && s->p[n] != '_')
		n++;
	struct span out = span_cut(*s, 0, n);
	*s = span_cut(*s, (uint64_t)n + 1, SIZE_MAX);
	return out;
}

static int compare_words(struct span a, struct span b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		int c = text_lower(a.p[i]) - text_lower(b.p[i]);
		if (c != 0)
			return c;
	}
	return (a.n > b.n) - (a.n < b.n);
}

/* What is local, behind the +: none is less, a number more than a word, and the longer more. */
static int compare_local(struct span a, struct span b)
{
	int c = 0;

	while (c == 0 && a.n != 0 && b.n != 0) {
		struct span x = segment(&a), y = segment(&b);
		bool number = digits(x, 0) == x.n;
		c = number != (digits(y, 0) == y.n) ? (number ? 1 : -1)
		    : number                        ? compare_part(x, y)
						    : compare_words(x, y);
	}
	return c != 0 ? c : (a.n != 0) - (b.n != 0);
}

int version_compare_of(enum policy_atom_type type, struct span a, struct span b)
{
	struct rewritten x = { .n = 0 }, y = { .n = 0 };

	if (type == ATOM_NPM || type == ATOM_CARGO || type == ATOM_GO)
		return compare_semantic(a, b);
	if (type != ATOM_PIP || a.n > MAX_VERSION || b.n > MAX_VERSION)
		return version_compare(a, b);
	struct span local_a = cut_at(&a, '+'), local_b = cut_at(&b, '+');
	put_python(a, &x);
	put_python(b, &y);
	int c = version_compare((struct span){ x.c, x.n }, (struct span){ y.c, y.n });
	return c != 0 ? c : compare_local(local_a, local_b);
}
