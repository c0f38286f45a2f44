/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/eval.h"

/*
 * What a condition comes to, as far as that is known before a string is searched for: authors write
 * `any of ($a*) and filesize < 1000` in any order, and a search of a large object costs as much as
 * the pass over it.  Only what is defined in every object is foreseen, so that an answer is the one
 * that evaluation would give; where it takes too long, nothing is.
 */

enum { MAX_LOOKS = 4096, MEMBERS_A_LOOK = 16 };

/* Looks that are left; less than 0: too many were needed. */
struct foresight {
	struct eval *v;
	int64_t left;
};

static bool look(struct foresight *f, uint64_t n)
{
	f->left -= n < MAX_LOOKS ? (int64_t)n : MAX_LOOKS;
	return f->left >= 0;
}

/* The node below `below`, or NULL: evaluation is to say what is wrong with it. */
static const struct cond_node *node_of(const struct foresight *f, uint32_t number, uint32_t below)
{
	return number < below && number < f->v->code.n_nodes ? &f->v->code.node[number] : NULL;
}

static bool integer(struct foresight *f, uint32_t number, uint32_t below, int64_t *out)
{
	const struct cond_node *n = node_of(f, number, below);

	if (n == NULL || (n->op != COND_INT && (n->op != COND_FILESIZE || f->v->process)))
		return false;
	*out = n->op == COND_INT ? cond_int(n) : (int64_t)f->v->file.n;
	return true;
}

static int comparison(struct foresight *f, uint32_t number, const struct cond_node *n)
{
	int64_t a, b;

	if (!integer(f, n->a, number, &a) || !integer(f, n->b, number, &b))
		return -1;
	return cond_compares(n->op, a, b);
}

static int found_at(struct foresight *f, uint32_t number, const struct cond_node *n)
{
	const struct eval_source *source = f->v->source;
	int64_t at;

	if (n->a == COND_NONE || !integer(f, n->b, number, &at))
		return -1;
	int known = eval_known(f->v, n->a);
	if (known == 0 || source->known_at == NULL)
		return known == 0 ? 0 : -1;
	return source->known_at(f->v->ctx, n->a, at);
}

/* `of` strings anywhere, with a number that is written out. */
static int strings_of(struct foresight *f, uint32_t number, const struct cond_node *n)
{
	const struct cond_node *set = node_of(f, n->a, number), *c = node_of(f, n->c, number);
	uint64_t yes = 0, unknown = 0;

	if (set == NULL || c == NULL || set->op != COND_STRINGS || n->b != COND_NONE ||
	    !look(f, set->b / MEMBERS_A_LOOK) || set->a >= f->v->code.n_pool ||
	    set->b > f->v->code.n_pool - set->a)
		return -1;
	for (uint32_t i = 0; i < set->b; i++) {
		int known = eval_known(f->v, f->v->code.pool[set->a + i]);
		yes += known > 0;
		unknown += known < 0;
	}
	if (c->op == COND_NONE_OF)
		return yes != 0 ? 0 : unknown == 0 ? 1 : -1;
	if (c->op != COND_ALL && c->op != COND_ANY && (c->op != COND_INT || cond_int(c) < 1))
		return -1;
	uint64_t least = c->op == COND_ALL ? set->b : c->op == COND_ANY ? 1 : (uint64_t)cond_int(c);
	return yes >= least ? 1 : yes + unknown < least ? 0 : -1;
}

static int foresee(struct foresight *f, uint32_t number, uint32_t below, unsigned depth);

/* `and` and `or`: one operand settles it, or all of them do. */
static int logic(struct foresight *f, uint32_t number, const struct cond_node *n, unsigned depth)
{
	const int settles = n->op == COND_OR;
	bool open = false;

	if (n->a >= f->v->code.n_pool || n->b > f->v->code.n_pool - n->a)
		return -1;
	for (uint32_t i = 0; i < n->b; i++) {
		int x = foresee(f, f->v->code.pool[n->a + i], number, depth);
		if (x == settles)
			return settles;
		open = open || x < 0;
	}
	return open ? -1 : !settles;
}

static int foresee(struct foresight *f, uint32_t number, uint32_t below, unsigned depth)
{
	const struct cond_node *n = node_of(f, number, below);
	int x;

	if (n == NULL || depth == 0 || !look(f, 1))
		return -1;
	switch (n->op) {
	case COND_TRUE:
	case COND_FALSE:
		return n->op == COND_TRUE;
	case COND_FOUND:
		return n->a == COND_NONE ? -1 : eval_known(f->v, n->a);
	case COND_FOUND_AT:
		return found_at(f, number, n);
	case COND_OF:
		return strings_of(f, number, n);
	case COND_NOT:
		x = foresee(f, n->a, number, depth - 1);
		return x < 0 ? -1 : !x;
	case COND_AND:
	case COND_OR:
		return logic(f, number, n, depth - 1);
	default:
		return n->op >= COND_EQ && n->op <= COND_GE ? comparison(f, number, n) : -1;
	}
}

int eval_foresee(struct eval *v, uint32_t root)
{
	enum { MAX_DEPTH = 64 };
	struct foresight f = { .v = v, .left = MAX_LOOKS };

	return foresee(&f, root, UINT32_MAX, MAX_DEPTH);
}
