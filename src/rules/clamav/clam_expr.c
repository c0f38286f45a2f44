/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clamav/clam_logic.h"

/*
 * expr := term (op term)*      op := & |
 * term := id [cmp] | ( expr ) [blockcmp]
 *
 * There is no precedence.  As ClamAV takes it, terms lean to the right,
 * 0&1|2 = 0&(1|2), but the last one in parentheses, which stands apart:
 * (0&1|2) = (0&1)|2 and (0&1|2&3) = (0&(1|2))&3.
 *
 * A block that is compared has a sum: what its terms give of which each is true,
 * 0 where it is not true itself.  A subsignature gives how often it is found, each
 * time that it is named; a block within gives its own sum.  So `((0&1)|2)>3` does
 * not count 0 where 1 is not found.  The second number of a comparison is how many
 * subsignatures must have been found that are named outside of blocks that are
 * compared themselves.  (matcher-ac.c, cli_ac_chklsig; held against clamscan.)
 */

enum {
	MAX_PARTS = 256, /* terms and operators */
	MAX_NESTING = 32,
	MAX_NODES = 1 << 14 /* of a condition: sums within sums name their parts again and again */
};

enum part_kind { PART_ID, PART_AND, PART_OR, PART_BLOCK };

struct part {
	enum part_kind kind;
	uint16_t a, b; /* AND, OR: what is joined; BLOCK: a */
	uint16_t id;
	char compare;  /* 0, = < > */
	uint32_t x, y; /* what it is compared with */
	uint64_t ids;  /* that are named in it (bit i) */
};

struct reader {
	struct clam_logic *l;
	struct span s;
	size_t at;
	size_t n_ids; /* that may be named */
	unsigned depth;
	struct part part[MAX_PARTS];
	size_t n_parts;
	size_t first_node; /* of the rule's when it began */
	bool failed;
};

static int peek(const struct reader *r) { return r->at < r->s.n ? r->s.p[r->at] : -1; }

static bool fail(struct reader *r, size_t at, const char *what)
{
	struct span where =
		at < r->s.n ? span_cut(r->s, at, 1) : (struct span){ r->s.p + r->s.n, 0 };
	r->failed = true;
	return clam_error(r->l->c, where, "logical expression: %s", what);
}

/* ---- reading */

static bool number(struct reader *r, uint32_t *out)
{
	size_t from = r->at;
	uint64_t v;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	if (!clam_number(span_cut(r->s, from, r->at - from), UINT32_MAX, &v))
		return fail(r, from, "expected a number");
	*out = (uint32_t)v;
	return true;
}

static bool add(struct reader *r, struct part p, uint16_t *out)
{
	if (r->n_parts == MAX_PARTS)
		return fail(r, r->at, "over 256 terms");
	r->part[r->n_parts] = p;
	*out = (uint16_t)r->n_parts++;
	return true;
}

/* = < > and a number; none is none. */
static bool comparison(struct reader *r, struct part *p)
{
	int op = peek(r);

	if (op != '=' && op != '<' && op != '>')
		return true;
	p->compare = (char)op;
	r->at++;
	return number(r, &p->x);
}

static bool id(struct reader *r, uint16_t *out)
{
	struct part p = { .kind = PART_ID };
	size_t from = r->at;
	uint32_t i;

	if (!number(r, &i))
		return false;
	if (i >= r->n_ids)
		return fail(r, from,
			    "no subsignature of that number (or, of a trigger, a later one)");
	p.id = (uint16_t)i;
	p.ids = UINT64_C(1) << i;
	return comparison(r, &p) && add(r, p, out);
}

static bool sequence(struct reader *r, bool inside, uint16_t *out);

static bool term(struct reader *r, uint16_t *out)
{
	struct part block = { .kind = PART_BLOCK };
	size_t open = r->at;

	if (peek(r) != '(')
		return id(r, out);
	r->at++;
	if (++r->depth > MAX_NESTING)
		return fail(r, open, "parentheses nested deeper than 32");
	if (!sequence(r, true, &block.a))
		return false;
	r->depth--;
	if (peek(r) != ')')
		return fail(r, open, "a parenthesis that is not closed");
	r->at++;
	open = r->at;
	if (!comparison(r, &block))
		return false;
	*out = block.a;
	if (block.compare == 0)
		return true;
	if (r->part[block.a].kind == PART_ID || r->part[block.a].kind == PART_BLOCK)
		return fail(r, open, "a block of one subsignature cannot be compared");
	block.ids = r->part[block.a].ids;
	if (peek(r) == ',') {
		r->at++;
		if (!number(r, &block.y))
			return false;
	}
	return add(r, block, out);
}

static bool join(struct reader *r, char op, uint16_t a, uint16_t b, uint16_t *out)
{
	return add(r,
		   (struct part){ .kind = op == '&' ? PART_AND : PART_OR,
				  .a = a,
				  .b = b,
				  .ids = r->part[a].ids | r->part[b].ids },
		   out);
}

static bool sequence(struct reader *r, bool inside, uint16_t *out)
{
	uint16_t list[MAX_PARTS];
	char op[MAX_PARTS];
	size_t n = 0;

	for (;;) {
		if (n == MAX_PARTS)
			return fail(r, r->at, "over 256 terms");
		if (!term(r, &list[n]))
			return false;
		n++;
		if (peek(r) != '&' && peek(r) != '|')
			break;
		op[n - 1] = (char)peek(r);
		r->at++;
	}
	size_t last = inside && n > 2 ? n - 1 : n; /* what stands apart from the others */
	*out = list[last - 1];
	for (size_t i = last - 1; i > 0; i--)
		if (!join(r, op[i - 1], list[i - 1], *out, out))
			return false;
	return last == n || join(r, op[n - 2], *out, list[n - 1], out);
}

/* ---- as a condition */

static uint32_t truth(struct reader *r, uint16_t number);
static uint32_t count(struct reader *r, uint16_t number);

/* False with a diagnostic where the condition has grown too large. */
static bool fits(struct reader *r)
{
	size_t n = r->l->c->set->nodes.n / sizeof(struct cond_node);

	if (r->failed || n - r->first_node <= MAX_NODES)
		return !r->failed;
	return fail(r, 0, "comparisons within comparisons, too many");
}

static uint32_t compare(struct clam *c, char op, uint32_t a, uint32_t v)
{
	uint32_t b = clam_int(c, v);
	return clam_node(c,
			 op == '='   ? COND_EQ
			 : op == '<' ? COND_LT
				     : COND_GT,
			 VALUE_BOOL, a, b, 0);
}

/* A subsignature's own node; the error has been told where there is none. */
static uint32_t checked(struct reader *r, uint32_t node)
{
	r->failed = r->failed || node == COND_NONE;
	return node;
}

static uint32_t times(struct clam *c, uint32_t yes, uint32_t n)
{
	uint32_t one = clam_as_number(c, yes);
	return one == COND_NONE ? one : clam_node(c, COND_MUL, VALUE_INT, one, n, 0);
}

/* The sum of what is joined, where it is true. */
static uint32_t sum_of(struct reader *r, const struct part *p)
{
	uint32_t a = count(r, p->a), b = count(r, p->b);
	return r->failed ? COND_NONE : clam_node(r->l->c, COND_ADD, VALUE_INT, a, b, 0);
}

/* What a part gives to the sum that it is of: 0 where it is not true. */
static uint32_t count(struct reader *r, uint16_t number)
{
	const struct part *p = &r->part[number];

	if (!fits(r))
		return COND_NONE;
	if (p->kind == PART_ID && p->compare == 0)
		return checked(r, clam_sub_count(r->l, p->id));
	uint32_t n = p->kind == PART_ID      ? checked(r, clam_sub_count(r->l, p->id))
		     : p->kind == PART_BLOCK ? count(r, p->a)
					     : sum_of(r, p);
	if (p->kind == PART_OR || r->failed)
		return n;
	uint32_t yes = truth(r, number);
	return r->failed ? COND_NONE : checked(r, times(r->l->c, yes, n));
}

/* Adds the conditions under which subsignature `i` counts as found in the part; false where it
 * is not named there. */
static bool counts(struct reader *r, uint16_t number, uint16_t i, uint32_t *out)
{
	const struct part *p = &r->part[number];
	uint32_t both[2];

	if ((p->ids >> i & 1) == 0 || p->kind == PART_BLOCK || !fits(r))
		return false;
	if (p->kind == PART_ID) {
		*out = truth(r, number);
		return !r->failed;
	}
	bool a = counts(r, p->a, i, &both[0]), b = counts(r, p->b, i, &both[a ? 1 : 0]);
	if (r->failed || (!a && !b))
		return false;
	*out = clam_all(r->l->c, COND_OR, both, a && b ? 2 : 1);
	if (p->kind == PART_AND) {
		both[0] = truth(r, number);
		both[1] = *out;
		*out = clam_all(r->l->c, COND_AND, both, 2);
	}
	return !r->failed;
}

/* At least y of them. */
static uint32_t some_of(struct reader *r, uint16_t number, uint32_t y)
{
	struct clam *c = r->l->c;
	uint32_t found[CLAM_MAX_SUBS];
	uint32_t n = 0;

	for (uint16_t i = 0; i < CLAM_MAX_SUBS; i++)
		n += counts(r, number, i, &found[n]);
	if (n == 0)
		return clam_node(c, COND_FALSE, VALUE_BOOL, 0, 0, 0);
	uint32_t at = (uint32_t)(c->set->pool.n / sizeof *found);
	buf_put(&c->set->pool, found, n * sizeof *found);
	uint32_t list = clam_node(c, COND_LIST, VALUE_BOOL, at, n, 0);
	uint32_t least = clam_int(c, y);
	return clam_node(c, COND_OF, VALUE_BOOL, list, COND_NONE, least);
}

static uint32_t block(struct reader *r, const struct part *p)
{
	struct clam *c = r->l->c;
	uint32_t both[2], all[2], yes = truth(r, p->a), sum = sum_of(r, &r->part[p->a]);

	if (r->failed)
		return COND_NONE;
	both[1] = compare(c, p->compare, sum, p->x);
	bool zero = (p->compare == '=' && p->x == 0) || (p->compare == '<' && p->x > 0);
	both[0] = zero ? clam_node(c, COND_NOT, VALUE_BOOL, yes, 0, 0) : yes;
	all[0] = clam_all(c, zero ? COND_OR : COND_AND, both, 2);
	if (p->y == 0)
		return all[0];
	all[1] = some_of(r, p->a, p->y);
	return r->failed ? COND_NONE : clam_all(c, COND_AND, all, 2);
}

static uint32_t truth(struct reader *r, uint16_t number)
{
	const struct part *p = &r->part[number];
	uint32_t both[2];

	if (!fits(r))
		return COND_NONE;
	if (p->kind == PART_BLOCK)
		return block(r, p);
	if (p->kind == PART_ID && p->compare == 0)
		return checked(r, clam_sub_found(r->l, p->id));
	if (p->kind == PART_ID) {
		both[0] = checked(r, clam_sub_count(r->l, p->id));
		return r->failed ? COND_NONE : compare(r->l->c, p->compare, both[0], p->x);
	}
	both[0] = truth(r, p->a);
	both[1] = truth(r, p->b);
	if (r->failed)
		return COND_NONE;
	return clam_all(r->l->c, p->kind == PART_AND ? COND_AND : COND_OR, both, 2);
}

bool clam_expression(struct clam_logic *l, struct span text, size_t n, uint32_t *root)
{
	struct reader r = {
		.l = l,
		.s = text,
		.n_ids = n,
		.first_node = l->c->set->nodes.n / sizeof(struct cond_node),
	};
	uint16_t all;

	if (!sequence(&r, false, &all))
		return false;
	if (r.at != text.n)
		return fail(&r, r.at, "expected & or | or the end");
	*root = truth(&r, all);
	return !r.failed;
}
