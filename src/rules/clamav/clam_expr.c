/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clamav/clam_logic.h"

/*
 * expr := term (op term)*      op := & |
 * term := id [cmp] | ( expr ) [blockcmp]
 *
 * There is no precedence.  As ClamAV takes it (reference engine C.1.4), what is
 * not in parentheses leans to the right, 0&1|2 = 0&(1|2), and what is in them to
 * the left, (0&1|2) = (0&1)|2.
 */

enum { MAX_TERMS = 128, MAX_NESTING = 32 };

struct reader {
	struct clam_logic *l;
	struct span s;
	size_t at;
	size_t n_ids; /* that may be named */
	unsigned depth;
};

/* What a term is, and which subsignatures it names (bit i). */
struct term {
	uint32_t node;
	uint64_t ids;
};

static int peek(const struct reader *r) { return r->at < r->s.n ? r->s.p[r->at] : -1; }

static bool fail(struct reader *r, size_t at, const char *what)
{
	struct span where =
		at < r->s.n ? span_cut(r->s, at, 1) : (struct span){ r->s.p + r->s.n, 0 };
	return clam_error(r->l->c, where, "logical expression: %s", what);
}

static bool number(struct reader *r, uint64_t *out)
{
	size_t from = r->at;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	return clam_number(span_cut(r->s, from, r->at - from), UINT32_MAX, out) ||
	       fail(r, from, "expected a number");
}

static bool is_compare(int c) { return c == '=' || c == '<' || c == '>'; }

static uint32_t compare(struct clam *c, int op, uint32_t a, uint64_t v)
{
	uint32_t b = clam_int(c, (int64_t)v);
	return clam_node(c,
			 op == '='   ? COND_EQ
			 : op == '<' ? COND_LT
				     : COND_GT,
			 VALUE_BOOL, a, b, 0);
}

static bool id(struct reader *r, struct term *out)
{
	size_t from = r->at;
	uint64_t i, v;

	if (!number(r, &i))
		return false;
	if (i >= r->n_ids)
		return fail(r, from,
			    "no subsignature of that number (or, of a trigger, a later one)");
	out->ids = UINT64_C(1) << i;
	int op = peek(r);
	if (!is_compare(op)) {
		out->node = clam_sub_found(r->l, (size_t)i);
		return out->node != COND_NONE;
	}
	r->at++;
	if (!number(r, &v))
		return false;
	uint32_t count = clam_sub_count(r->l, (size_t)i);
	if (count == COND_NONE)
		return false;
	out->node = compare(r->l->c, op, count, v);
	return true;
}

/* The sum of the counts of all that is named. */
static uint32_t sum_of(struct reader *r, uint64_t ids)
{
	uint32_t sum = COND_NONE;

	for (size_t i = 0; i < CLAM_MAX_SUBS; i++) {
		if ((ids >> i & 1) == 0)
			continue;
		uint32_t one = clam_sub_count(r->l, i);
		if (one == COND_NONE)
			return one;
		sum = sum == COND_NONE ? one : clam_node(r->l->c, COND_ADD, VALUE_INT, sum, one, 0);
	}
	return sum;
}

/* At least y of them. */
static uint32_t some_of(struct reader *r, uint64_t ids, uint64_t y)
{
	struct clam *c = r->l->c;
	uint32_t found[CLAM_MAX_SUBS];
	size_t n = 0;

	for (size_t i = 0; i < CLAM_MAX_SUBS; i++)
		if ((ids >> i & 1) != 0) {
			found[n] = clam_sub_found(r->l, i);
			if (found[n++] == COND_NONE)
				return COND_NONE;
		}
	uint32_t at = (uint32_t)(c->set->pool.n / sizeof *found);
	buf_put(&c->set->pool, found, n * sizeof *found);
	uint32_t list = clam_node(c, COND_LIST, VALUE_BOOL, at, (uint32_t)n, 0);
	uint32_t least = clam_int(c, (int64_t)y);
	return clam_node(c, COND_OF, VALUE_BOOL, list, COND_NONE, least);
}

/* The block's value is the sum where the block is true, else 0. */
static bool block_compare(struct reader *r, int op, struct term *t)
{
	struct clam *c = r->l->c;
	uint64_t x, y = 0;
	uint32_t both[2], all[2];
	size_t n = 1;

	if (!number(r, &x))
		return false;
	if (peek(r) == ',') {
		r->at++;
		if (!number(r, &y))
			return false;
	}
	uint32_t sum = sum_of(r, t->ids);
	if (sum == COND_NONE)
		return false;
	both[1] = compare(c, op, sum, x);
	bool zero = (op == '=' && x == 0) || (op == '<' && x > 0);
	both[0] = zero ? clam_node(c, COND_NOT, VALUE_BOOL, t->node, 0, 0) : t->node;
	all[0] = clam_all(c, zero ? COND_OR : COND_AND, both, 2);
	if (y != 0) {
		all[1] = some_of(r, t->ids, y);
		if (all[1] == COND_NONE)
			return false;
		n = 2;
	}
	t->node = clam_all(c, COND_AND, all, n);
	return true;
}

static bool sequence(struct reader *r, bool inside, struct term *out);

static bool term(struct reader *r, struct term *out)
{
	size_t open = r->at;

	if (peek(r) != '(')
		return id(r, out);
	r->at++;
	if (++r->depth > MAX_NESTING)
		return fail(r, open, "parentheses nested deeper than 32");
	if (!sequence(r, true, out))
		return false;
	r->depth--;
	if (peek(r) != ')')
		return fail(r, open, "a parenthesis that is not closed");
	r->at++;
	int op = peek(r);
	if (!is_compare(op))
		return true;
	if ((out->ids & (out->ids - 1)) == 0)
		return fail(r, r->at, "a block of one subsignature cannot be compared");
	r->at++;
	return block_compare(r, op, out);
}

static uint32_t join(struct reader *r, char op, uint32_t a, uint32_t b)
{
	uint32_t both[] = { a, b };
	return clam_all(r->l->c, op == '&' ? COND_AND : COND_OR, both, 2);
}

static bool sequence(struct reader *r, bool inside, struct term *out)
{
	struct term list[MAX_TERMS];
	char op[MAX_TERMS];
	size_t n = 0;

	out->ids = 0;
	for (;;) {
		if (n == MAX_TERMS)
			return fail(r, r->at, "over 128 terms");
		if (!term(r, &list[n]))
			return false;
		out->ids |= list[n++].ids;
		if (peek(r) != '&' && peek(r) != '|')
			break;
		op[n - 1] = (char)peek(r);
		r->at++;
	}
	out->node = list[inside ? 0 : n - 1].node;
	for (size_t i = 1; i < n; i++)
		out->node = inside ? join(r, op[i - 1], out->node, list[i].node)
				   : join(r, op[n - 1 - i], list[n - 1 - i].node, out->node);
	return true;
}

bool clam_expression(struct clam_logic *l, struct span text, size_t n, uint32_t *root)
{
	struct reader r = { .l = l, .s = text, .n_ids = n };
	struct term t;

	if (!sequence(&r, false, &t))
		return false;
	if (r.at != text.n)
		return fail(&r, r.at, "expected & or | or the end");
	*root = t.node;
	return true;
}
