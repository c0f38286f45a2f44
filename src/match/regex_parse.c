/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "match/regex_tree.h"

/*
 * YARA's regular expressions (reference engine C.3.4): bytes, not characters; no
 * captures, look-around or back-references.  A brace that does not form a
 * repetition is a literal, and an escape that has no meaning stands for its
 * character, unless the dialect is YARA-X's.
 */

struct reader {
	const struct pattern_source *source;
	struct span s;
	size_t at;
	struct arena *a;
	struct tree_facts *facts;
	struct error *e;
	unsigned depth;
	bool in_brackets;
};

static int peek(const struct reader *r, size_t ahead)
{
	return r->s.n - r->at > ahead ? r->s.p[r->at + ahead] : -1;
}

static struct tree *fail(struct reader *r, size_t at, const char *what)
{
	error_set(r->e, REASON_DAMAGED, at, "regular expression: %s", what);
	return NULL;
}

static struct tree *made(struct reader *r, struct tree *t)
{
	if (t == NULL)
		error_set(r->e, REASON_MEMORY, PLACE_NONE, "regular expression: no memory");
	return t;
}

static bool is_word(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

static bool is_space(int c) { return c == ' ' || (c >= 9 && c <= 13); }
static bool is_digit(int c) { return c >= '0' && c <= '9'; }

/* \w \W \s \S \d \D into a set; false where c is another letter. */
static bool put_class(struct tree *t, int c)
{
	bool (*in)(int) = c == 'w' || c == 'W'   ? is_word
			  : c == 's' || c == 'S' ? is_space
			  : c == 'd' || c == 'D' ? is_digit
						 : NULL;

	if (in == NULL)
		return false;
	for (int b = 0; b < 256; b++)
		if (in(b) == (c >= 'a'))
			tree_put(t, (uint8_t)b);
	return true;
}

/* The byte that an escape stands for; the reader is behind the backslash.  -1: an error was told.
 */
static int escaped(struct reader *r)
{
	int c = peek(r, 0);
	size_t at = r->at - 1;

	if (c < 0) {
		fail(r, at, "a backslash at the end");
		return -1;
	}
	r->at++;
	switch (c) {
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 'f':
		return '\f';
	case 'a':
		return '\a';
	case 'x': {
		int hi = text_hex_digit(peek(r, 0)), lo = hi < 0 ? -1 : text_hex_digit(peek(r, 1));
		if (lo < 0) {
			fail(r, at, "\\x wants two hexadecimal digits");
			return -1;
		}
		r->at += 2;
		return hi << 4 | lo;
	}
	default:
		if (is_digit(c) && !r->in_brackets) {
			fail(r, at, "back-references are not supported");
			return -1;
		}
		if (is_word(c) && c != '_') {
			r->facts->notes |= PATTERN_UNKNOWN_ESCAPE;
			if (r->source->yarax) {
				fail(r, at, "an escape without a meaning");
				return -1;
			}
		}
		return c;
	}
}

/* One end of a range in brackets, or a class (then *is_class). */
static int member(struct reader *r, struct tree *set, bool *is_class)
{
	int c = peek(r, 0);

	*is_class = false;
	r->at++;
	if (c >= 0x80 && !r->source->yarax) {
		fail(r, r->at - 1, "a byte that is not ASCII in brackets: write \\xHH");
		return -1;
	}
	if (c != '\\')
		return c;
	if (peek(r, 0) >= 0 && put_class(set, peek(r, 0))) {
		r->at++;
		*is_class = true;
		return 0;
	}
	return escaped(r);
}

static struct tree *in_brackets(struct reader *r)
{
	struct tree *set = made(r, tree_new(r->a, TREE_SET));
	size_t open = r->at - 1;
	bool negated = peek(r, 0) == '^', first = true;

	if (set == NULL)
		return NULL;
	if (negated)
		r->at++;
	for (; first || peek(r, 0) != ']'; first = false) {
		bool is_class, end_class = false;
		size_t at = r->at;
		if (peek(r, 0) < 0)
			return fail(r, open, "a bracket that is not closed");
		int low = member(r, set, &is_class), high = low;
		if (low < 0)
			return NULL;
		if (is_class)
			continue;
		if (peek(r, 0) == '-' && peek(r, 1) >= 0 && peek(r, 1) != ']') {
			r->at++;
			high = member(r, set, &end_class);
			if (high < 0)
				return NULL;
			if (end_class) {
				tree_put(set, '-');
				high = low;
			}
		}
		if (high < low)
			return fail(r, at, "a range whose end is smaller than its start");
		for (int b = low; b <= high; b++)
			tree_put(set, (uint8_t)b);
	}
	r->at++;
	if (negated) {
		/* letters lose their case before: [^a] holds no A either */
		if ((r->source->flags & PATTERN_NOCASE) != 0)
			tree_fold_case(set);
		for (int w = 0; w < 4; w++)
			set->set[w] = ~set->set[w];
	}
	return set;
}

static struct tree *brackets(struct reader *r)
{
	r->in_brackets = true;
	struct tree *set = in_brackets(r);
	r->in_brackets = false;
	return set;
}

static struct tree *alternatives(struct reader *r);

static struct tree *dot(struct reader *r)
{
	struct tree *t = made(r, tree_new(r->a, TREE_SET));

	if (t == NULL)
		return NULL;
	memset(t->set, 0xff, sizeof t->set);
	if ((r->source->flags & PATTERN_DOTALL) == 0)
		t->set[0] &= ~(UINT64_C(1) << '\n');
	return t;
}

static struct tree *escape(struct reader *r)
{
	struct tree *t;
	int c = peek(r, 0);

	if (c == 'b' || c == 'B') {
		r->at++;
		return made(r, tree_new(r->a, c == 'b' ? TREE_WORD : TREE_NOT_WORD));
	}
	t = made(r, tree_new(r->a, TREE_SET));
	if (t == NULL)
		return NULL;
	if (c >= 0 && put_class(t, c)) {
		r->at++;
		return t;
	}
	c = escaped(r);
	if (c < 0)
		return NULL;
	tree_put(t, (uint8_t)c);
	return t;
}

static struct tree *group(struct reader *r)
{
	size_t open = r->at - 1;

	if (r->source->yarax && peek(r, 0) == '?' && peek(r, 1) == ':')
		r->at += 2;
	else if (peek(r, 0) == '?')
		return fail(r, open, "a group that begins with `?`");
	struct tree *t = alternatives(r);
	if (t == NULL)
		return NULL;
	if (peek(r, 0) != ')')
		return fail(r, open, "a parenthesis that is not closed");
	r->at++;
	return t;
}

/* {n} {n,} {,m} {n,m} {,}: false where the braces are none of these (and nothing is read). */
static bool bounds(struct reader *r, uint32_t *min, uint32_t *max, bool *bad)
{
	uint64_t n[2] = { 0, 0 };
	bool given[2] = { false, false };
	size_t at = r->at + 1, which = 0;

	*bad = false;
	for (; at < r->s.n && r->s.p[at] != '}'; at++) {
		int c = r->s.p[at];
		if (is_digit(c)) {
			n[which] = n[which] * 10 + (uint64_t)(c - '0');
			if (n[which] > TREE_MAX_REPEAT)
				n[which] = TREE_MAX_REPEAT + 1;
			given[which] = true;
		} else if (c == ',' && which == 0) {
			which = 1;
		} else {
			return false;
		}
	}
	if (at >= r->s.n || (which == 0 && !given[0]))
		return false;
	*min = (uint32_t)n[0];
	*max = which == 0 ? *min : given[1] ? (uint32_t)n[1] : TREE_UNBOUNDED;
	*bad = *min > TREE_MAX_REPEAT || (*max != TREE_UNBOUNDED && *max > TREE_MAX_REPEAT);
	if (*bad)
		fail(r, r->at, "a repetition of more than 32767");
	else if (*max < *min || *max == 0) {
		*bad = true;
		fail(r, r->at,
		     *max == 0 ? "a repetition of no times"
			       : "a repetition whose end is smaller than its start");
	}
	r->at = at + 1;
	return true;
}

static struct tree *atom(struct reader *r)
{
	uint32_t min, max;
	bool bad;
	int c = peek(r, 0);

	r->at++;
	switch (c) {
	case '.':
		return dot(r);
	case '[':
		return brackets(r);
	case '(':
		return group(r);
	case '\\':
		return escape(r);
	case '^':
		return made(r, tree_new(r->a, TREE_START));
	case '$':
		return made(r, tree_new(r->a, TREE_END));
	case '*':
	case '+':
	case '?':
		return fail(r, r->at - 1, "a repetition of nothing");
	case '{':
		r->at--;
		if (bounds(r, &min, &max, &bad))
			return bad ? NULL : fail(r, r->at - 1, "a repetition of nothing");
		r->at++;
		r->facts->notes |= PATTERN_LITERAL_BRACE;
		if (r->source->yarax)
			return fail(r, r->at - 1, "a brace that is no repetition; write \\{");
		break;
	default:
		break;
	}
	return made(r, tree_byte(r->a, (uint8_t)c));
}

static struct tree *repeated(struct reader *r)
{
	bool dot = peek(r, 0) == '.';
	struct tree *t = atom(r);

	if (t != NULL) {
		uint32_t min = 0, max = TREE_UNBOUNDED;
		size_t at = r->at;
		bool bad = false;
		int c = peek(r, 0);

		if (c == '*' || c == '+' || c == '?') {
			r->at++;
			min = c == '+';
			max = c == '?' ? 1 : TREE_UNBOUNDED;
		} else if (c != '{' || !bounds(r, &min, &max, &bad)) {
			return t;
		}
		if (bad)
			return NULL;
		if (t->kind == TREE_START || t->kind == TREE_END || t->kind == TREE_WORD ||
		    t->kind == TREE_NOT_WORD)
			return fail(r, at, "a repetition of a place");
		struct tree *rep = made(r, tree_new(r->a, TREE_REPEAT));
		if (rep == NULL)
			return NULL;
		rep->min = min;
		rep->max = max;
		if (peek(r, 0) == '?') {
			r->at++;
			rep->lazy = true;
			rep->gap = dot && c == '{';
		}
		r->facts->lazy |= rep->lazy;
		r->facts->greedy |= !rep->lazy; /* {n} too */
		if (r->facts->lazy && r->facts->greedy && !r->source->tested)
			return fail(r, at, "greedy and lazy repetitions cannot be mixed");
		tree_append(rep, t);
		t = rep;
	}
	return t; /* a second repetition is one of nothing: atom() says so */
}

/* Empty behind a bar alone; anywhere in YARA-X. */
static struct tree *sequence(struct reader *r, bool behind_bar)
{
	struct tree *cat = made(r, tree_new(r->a, TREE_CAT));

	while (cat != NULL && peek(r, 0) >= 0 && peek(r, 0) != '|' && peek(r, 0) != ')') {
		struct tree *one = repeated(r);
		if (one == NULL)
			return NULL;
		tree_append(cat, one);
	}
	if (cat == NULL || cat->child != NULL)
		return cat;
	if (!behind_bar && !r->source->yarax)
		return fail(r, r->at, "expected something to match");
	cat->kind = TREE_EMPTY;
	return cat;
}

static struct tree *alternatives(struct reader *r)
{
	if (++r->depth > TREE_MAX_DEPTH) {
		error_set(r->e, REASON_LIMIT, r->at, "regular expression: nested deeper than %d",
			  TREE_MAX_DEPTH);
		return NULL;
	}
	struct tree *first = sequence(r, false);
	if (first == NULL || peek(r, 0) != '|') {
		r->depth--;
		return first;
	}
	struct tree *alt = made(r, tree_new(r->a, TREE_ALT));
	if (alt == NULL)
		return NULL;
	tree_append(alt, first);
	while (peek(r, 0) == '|') {
		r->at++;
		struct tree *one = sequence(r, true);
		if (one == NULL)
			return NULL;
		tree_append(alt, one);
	}
	r->depth--;
	return alt;
}

/*
 * YARA 4 cuts a string at a lazy `.{n,m}` of more than 200 bytes and looks for its pieces at that
 * distance, whatever lies between: so such a dot takes line ends too.  Not at either end of the
 * expression, nor within parentheses.
 */
static void open_gaps(struct tree *t)
{
	enum { LARGE = 200 };
	bool something = false; /* that takes bytes stands before */

	for (struct tree *c = t->kind == TREE_CAT ? t->child : NULL; c != NULL; c = c->next) {
		if (c->gap && something && c->next != NULL && c->max > LARGE) {
			tree_put(c->child, '\n');
			c->parts = true;
		}
		something = something || c->kind == TREE_SET || c->kind == TREE_CAT ||
			    c->kind == TREE_ALT || c->kind == TREE_REPEAT;
	}
}

bool regex_parse(const struct pattern_source *s, struct arena *a, struct tree **out,
		 struct tree_facts *facts, struct error *e)
{
	struct reader r = { .source = s, .s = s->text, .a = a, .facts = facts, .e = e };

	*facts = (struct tree_facts){ 0 };
	struct tree *t = alternatives(&r);
	if (t == NULL)
		return false;
	if (r.at < r.s.n)
		return error_set(e, REASON_DAMAGED, r.at,
				 "regular expression: a parenthesis that was not opened");
	if (!s->yarax && !s->tested)
		open_gaps(t);
	if ((s->flags & PATTERN_NOCASE) != 0)
		tree_fold_case(t);
	*out = t;
	return true;
}
