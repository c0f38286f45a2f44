/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_facts.h"

#include "rules/audit/audit_assume.h"
#include "rules/operands.h"

#include <math.h>
#include <string.h>

enum { MAX_SAME = 24 /* nodes deep */, MAX_CHAIN = 3 /* orders that one is drawn from */ };

/* ---- the same expression */

static bool same_text(const struct cond_code *code, const struct cond_node *p,
		      const struct cond_node *q)
{
	return p->b == q->b && p->a <= code->text.n && p->b <= code->text.n - p->a &&
	       q->a <= code->text.n && q->b <= code->text.n - q->a &&
	       span_equal(span_cut(code->text, p->a, p->b), span_cut(code->text, q->a, q->b));
}

/* What of a node is no operand. */
static bool same_self(const struct cond_code *code, const struct cond_node *p,
		      const struct cond_node *q)
{
	switch (p->op) {
	case COND_INT:
	case COND_FLOAT:
		return p->a == q->a && p->b == q->b;
	case COND_STRING:
		return same_text(code, p, q);
	case COND_FIELD:
	case COND_CALL:
		return p->b == q->b;
	case COND_REGEX:
	case COND_EXTERN:
	case COND_RULE:
	case COND_VAR:
	case COND_MODULE:
	case COND_FOUND:
	case COND_FOUND_AT:
	case COND_FOUND_IN:
	case COND_COUNT:
	case COND_COUNT_IN:
	case COND_OFFSET:
	case COND_LENGTH:
		return p->a == q->a;
	default:
		return true;
	}
}

static bool is_first(const struct cond_code *code, const struct cond_node *n)
{
	return n->b == COND_NONE || (n->b < code->n_nodes && code->node[n->b].op == COND_INT &&
				     cond_int(&code->node[n->b]) == 1);
}

static bool same(const struct cond_code *code, uint32_t a, uint32_t b, unsigned depth)
{
	struct operands o, r;

	if (a == b)
		return true;
	if (a >= code->n_nodes || b >= code->n_nodes || depth == 0)
		return false;
	const struct cond_node *p = &code->node[a], *q = &code->node[b];
	if (p->op != q->op || p->n != q->n || !same_self(code, p, q))
		return false;
	if ((p->op == COND_OFFSET || p->op == COND_LENGTH) && is_first(code, p) &&
	    is_first(code, q))
		return true;
	if (!operands_of(code, a, &o) || !operands_of(code, b, &r) || o.n_one != r.n_one ||
	    o.n_list != r.n_list)
		return false;
	for (size_t i = 0; i < o.n_one; i++)
		if (!same(code, o.one[i], r.one[i], depth - 1))
			return false;
	for (size_t i = 0; i < o.n_list; i++)
		if (!same(code, o.list[i], r.list[i], depth - 1))
			return false;
	return true;
}

bool audit_same(const struct cond_code *code, uint32_t a, uint32_t b)
{
	return same(code, a, b, MAX_SAME);
}

/* ---- the list */

const struct audit_fact *audit_facts_common(const struct audit_fact *a, const struct audit_fact *b)
{
	while (a != b && a != NULL && b != NULL) {
		unsigned na = a->n, nb = b->n;
		if (na >= nb)
			a = a->older;
		if (nb >= na)
			b = b->older;
	}
	return a == b ? a : NULL;
}

static void add(struct audit_assume *x, struct audit_fact f)
{
	f.older = x->w->facts;
	f.n = f.older != NULL ? f.older->n + 1 : 1;
	if (f.n > AUDIT_MAX_FACTS)
		return;
	const struct audit_fact *copy = arena_copy(x->arena, &f, sizeof f);
	x->failed |= copy == NULL;
	if (copy != NULL)
		x->w->facts = copy;
}

void audit_fact_known(const struct audit_assume *x, uint32_t node, double *lo, double *hi)
{
	for (const struct audit_fact *f = x->w->facts; f != NULL; f = f->older)
		if (f->kind == FACT_RANGE && audit_same(&x->code, f->node, node)) {
			*lo = fmax(*lo, f->lo);
			*hi = fmin(*hi, f->hi);
		}
}

void audit_fact_range(struct audit_assume *x, uint32_t node, double lo, double hi)
{
	audit_fact_known(x, node, &lo, &hi);
	if (lo > hi)
		x->w->dead = true;
	else
		add(x, (struct audit_fact){ .kind = FACT_RANGE, .node = node, .lo = lo, .hi = hi });
}

/* The least that `node - other` is known to stay under. */
static double most(const struct audit_assume *x, uint32_t node, uint32_t other, unsigned depth)
{
	double best = INFINITY;

	if (audit_same(&x->code, node, other))
		return 0;
	for (const struct audit_fact *f = x->w->facts; f != NULL && depth != 0; f = f->older)
		if (f->kind == FACT_ORDER && audit_same(&x->code, f->node, node))
			best = fmin(best, f->hi + most(x, f->other, other, depth - 1));
	return best;
}

void audit_fact_order(struct audit_assume *x, uint32_t node, uint32_t other, double m)
{
	/* other - node >= -m, and other - node <= what the others say */
	if (most(x, other, node, MAX_CHAIN) < -m)
		x->w->dead = true;
	else
		add(x, (struct audit_fact){
			       .kind = FACT_ORDER, .node = node, .other = other, .hi = m });
}

void audit_fact_text(struct audit_assume *x, uint32_t node, uint32_t text)
{
	for (const struct audit_fact *f = x->w->facts; f != NULL; f = f->older)
		if (f->kind == FACT_TEXT && audit_same(&x->code, f->node, node) &&
		    !audit_same(&x->code, f->other, text)) {
			x->w->dead = true;
			return;
		}
	add(x, (struct audit_fact){ .kind = FACT_TEXT, .node = node, .other = text });
}

void audit_fact_byte(struct audit_assume *x, uint32_t base, int64_t at, const uint64_t set[4])
{
	struct audit_fact new = { .kind = FACT_BYTE, .node = base, .at = at };

	memcpy(new.set, set, sizeof new.set);
	for (const struct audit_fact *f = x->w->facts; f != NULL; f = f->older)
		if (f->kind == FACT_BYTE && f->at == at &&
		    (base == COND_NONE
			     ? f->node == COND_NONE
			     : f->node != COND_NONE && audit_same(&x->code, f->node, base)))
			for (unsigned i = 0; i < 4; i++)
				new.set[i] &= f->set[i];
	if ((new.set[0] | new.set[1] | new.set[2] | new.set[3]) == 0)
		x->w->dead = true;
	else
		add(x, new);
}
