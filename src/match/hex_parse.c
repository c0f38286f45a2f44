/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "match/regex_tree.h"

/*
 * Hexadecimal strings (reference engine C.3.3): bytes with nibble wildcards and
 * negation, jumps, alternatives.  A jump becomes a lazy repetition of any byte;
 * between top-level pieces it may be of any size, inside parentheses it is at
 * most 200.
 */

enum { MAX_INNER_JUMP = 200 };

struct reader {
	struct span s;
	size_t at;
	bool yarax;
	struct arena *a;
	struct error *e;
	unsigned depth;
};

static struct tree *fail(struct reader *r, size_t at, const char *what)
{
	error_set(r->e, REASON_DAMAGED, at, "hexadecimal string: %s", what);
	return NULL;
}

static struct tree *no_memory(struct reader *r)
{
	error_set(r->e, REASON_MEMORY, PLACE_NONE, "hexadecimal string: no memory");
	return NULL;
}

/* The next character that is neither blank nor comment; -1 at the end. */
static int peek(struct reader *r)
{
	while (r->at < r->s.n) {
		int c = r->s.p[r->at];
		int d = r->at + 1 < r->s.n ? r->s.p[r->at + 1] : -1;
		if (c == ' ' || (c >= 9 && c <= 13)) {
			r->at++;
		} else if (c == '/' && d == '/') {
			while (r->at < r->s.n && r->s.p[r->at] != '\n')
				r->at++;
		} else if (c == '/' && d == '*') {
			r->at += 2;
			while (r->at + 1 < r->s.n &&
			       !(r->s.p[r->at] == '*' && r->s.p[r->at + 1] == '/'))
				r->at++;
			r->at = r->at + 2 < r->s.n ? r->at + 2 : r->s.n;
		} else {
			return c;
		}
	}
	return -1;
}

static int digit(int c) { return c == '?' ? 16 : text_hex_digit(c); }

/* HH, H?, ?H, ??, each perhaps behind ~ */
static struct tree *byte(struct reader *r)
{
	bool negated = peek(r) == '~';
	size_t at = r->at;

	if (negated)
		r->at++;
	int hi = digit(peek(r));
	if (hi < 0)
		return fail(r, r->at, "expected a byte such as `4D` or `?F`");
	r->at++;
	int lo = r->at < r->s.n ? digit(r->s.p[r->at]) : -1;
	if (lo < 0)
		return fail(r, at, "a byte of one digit: two are wanted");
	r->at++;
	if (negated && hi == 16 && lo == 16)
		return fail(r, at, "`~??` would match nothing");
	struct tree *t = tree_new(r->a, TREE_SET);
	if (t == NULL)
		return no_memory(r);
	for (int h = hi % 16; h <= (hi == 16 ? 15 : hi); h++)
		for (int l = lo % 16; l <= (lo == 16 ? 15 : lo); l++)
			tree_put(t, (uint8_t)(h << 4 | l));
	for (int w = 0; negated && w < 4; w++)
		t->set[w] = ~t->set[w];
	return t;
}

static bool number(struct reader *r, uint32_t *out)
{
	uint64_t v = 0;
	int base = 10;

	if (r->yarax && peek(r) == '0' && r->at + 1 < r->s.n &&
	    (r->s.p[r->at + 1] == 'x' || r->s.p[r->at + 1] == 'o')) {
		base = r->s.p[r->at + 1] == 'x' ? 16 : 8;
		r->at += 2;
	}
	size_t from = r->at;
	for (; r->at < r->s.n; r->at++) {
		int d = digit(r->s.p[r->at]);
		if (d < 0 || d >= base)
			break;
		v = v * (uint64_t)base + (uint64_t)d;
		if (v > INT32_MAX)
			v = (uint64_t)INT32_MAX + 1;
	}
	if (r->at == from || v > INT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* [n] [n-m] [n-] [-] ; the reader is behind the bracket. */
static struct tree *jump(struct reader *r)
{
	struct tree *t = tree_new(r->a, TREE_REPEAT), *any = tree_new(r->a, TREE_SET);
	size_t open = r->at - 1;

	if (t == NULL || any == NULL)
		return no_memory(r);
	memset(any->set, 0xff, sizeof any->set);
	t->lazy = true;
	t->max = TREE_UNBOUNDED;
	bool low = peek(r) != '-';
	if (low) {
		if (!number(r, &t->min))
			return fail(r, r->at, "expected a number of bytes to jump");
		t->max = t->min;
	}
	if (peek(r) == '-') {
		r->at++;
		t->max = TREE_UNBOUNDED;
		if (peek(r) != ']' && (!low || !number(r, &t->max)))
			return fail(r, r->at,
				    low ? "expected a number of bytes to jump" : "expected `]`");
	} else if (t->max == 0) {
		return fail(r, open, "a jump over nothing");
	}
	if (peek(r) != ']')
		return fail(r, open, "a jump that is not closed");
	r->at++;
	if (t->max < t->min)
		return fail(r, open, "invalid jump range: its end is smaller than its start");
	if (r->depth > 1 && t->max > MAX_INNER_JUMP)
		return fail(r, open,
			    t->max == TREE_UNBOUNDED ? "an unbounded jump inside parentheses"
						     : "a jump over 200 inside parentheses");
	tree_append(t, any);
	return t;
}

static struct tree *alternatives(struct reader *r);

static struct tree *sequence(struct reader *r)
{
	struct tree *cat = tree_new(r->a, TREE_CAT);
	bool after_jump = true; /* a jump can neither begin nor end */

	if (cat == NULL)
		return no_memory(r);
	for (;;) {
		struct tree *one;
		int c = peek(r);
		size_t at = r->at;
		if (c < 0 || c == '|' || c == ')')
			break;
		if (c == '[') {
			if (cat->child == NULL)
				return fail(r, at, "a jump cannot stand at the beginning");
			r->at++;
			one = jump(r);
			after_jump = true;
		} else if (c == '(') {
			r->at++;
			one = alternatives(r);
			if (one != NULL && peek(r) != ')')
				return fail(r, at, "a parenthesis that is not closed");
			r->at++;
			after_jump = false;
		} else {
			one = byte(r);
			after_jump = false;
		}
		if (one == NULL)
			return NULL;
		tree_append(cat, one);
	}
	if (cat->child == NULL)
		return fail(r, r->at, "expected at least one byte");
	if (after_jump)
		return fail(r, r->at, "a jump cannot stand at the end");
	return cat;
}

static struct tree *alternatives(struct reader *r)
{
	if (++r->depth > TREE_MAX_DEPTH)
		return fail(r, r->at, "nested deeper than 200");
	struct tree *first = sequence(r);
	if (first == NULL)
		return NULL;
	if (peek(r) == '|') {
		struct tree *alt = tree_new(r->a, TREE_ALT);
		if (alt == NULL)
			return no_memory(r);
		tree_append(alt, first);
		while (peek(r) == '|') {
			r->at++;
			struct tree *one = sequence(r);
			if (one == NULL)
				return NULL;
			tree_append(alt, one);
		}
		first = alt;
	}
	r->depth--;
	return first;
}

bool hex_parse(const struct pattern_source *s, struct arena *a, struct tree **out, struct error *e)
{
	struct reader r = { .s = s->text, .a = a, .e = e, .yarax = s->yarax };
	struct tree *t;

	r.depth = 1;
	t = sequence(&r);
	if (t == NULL)
		return false;
	if (peek(&r) >= 0)
		return error_set(e, REASON_DAMAGED, r.at,
				 "hexadecimal string: `%c` outside parentheses", peek(&r));
	*out = t;
	return true;
}
