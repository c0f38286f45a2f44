/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/eval.h"

/*
 * Quantifiers (YARA 4, exec.c OP_OF* and OP_ITER*).  With f of n bodies true:
 * all: f == n; any: f >= 1; none, or the number 0: f == 0; a number k: f >= k;
 * p %: 100 f >= p n.  A loop without an iteration is false for every quantifier;
 * `of` over an empty set cannot be written.
 */

enum want { WANT_ALL, WANT_NONE, WANT_SOME, WANT_PERCENT };

struct tally {
	enum want want;
	int64_t k;         /* SOME: at least so many; PERCENT: of a hundred */
	uint64_t n, found; /* bodies so far, and true ones */
};

/* False where the quantifier is undefined. */
static bool quantifier(struct eval *v, uint32_t number, uint32_t below, struct tally *t)
{
	const struct cond_node *n = eval_operand(v, number, below);
	struct value x;
	uint32_t value_node = number;

	*t = (struct tally){ .want = WANT_SOME, .k = 1 };
	if (n == NULL)
		return false;
	switch (n->op) {
	case COND_ALL:
		t->want = WANT_ALL;
		return true;
	case COND_ANY:
		return true;
	case COND_NONE_OF:
		t->want = WANT_NONE;
		return true;
	case COND_PERCENT:
		t->want = WANT_PERCENT;
		value_node = n->a;
		if (eval_operand(v, value_node, number) == NULL)
			return false;
		break;
	default:
		break;
	}
	eval_node(v, value_node, &x);
	if (x.kind != VALUE_INT && x.kind != VALUE_BOOL)
		return false;
	t->k = x.i;
	if (t->want == WANT_SOME && x.i == 0)
		t->want = WANT_NONE;
	return true;
}

/* Counts one body; true where the answer is settled. */
static bool settles(struct tally *t, bool body)
{
	t->n++;
	t->found += body;
	switch (t->want) {
	case WANT_ALL:
		return !body;
	case WANT_NONE:
		return body;
	case WANT_SOME:
		return t->k > 0 && t->found >= (uint64_t)t->k;
	case WANT_PERCENT:
		return false;
	}
	return false;
}

static bool verdict(const struct tally *t)
{
	switch (t->want) {
	case WANT_ALL:
		return t->found == t->n;
	case WANT_NONE:
		return t->found == 0;
	case WANT_SOME:
		return t->k <= 0 || t->found >= (uint64_t)t->k;
	case WANT_PERCENT:
		return t->n != 0 && (double)t->found * 100.0 >= (double)t->k * (double)t->n;
	}
	return false;
}

/* ---- of */

/* Is the string there: anywhere, in the range, or at the place? */
static bool string_there(struct eval *v, uint32_t string, bool limited, int64_t low, int64_t high)
{
	const struct match *list;
	size_t n;

	if (!limited)
		return v->source->present(v->ctx, string);
	v->source->matches(v->ctx, string, &list, &n);
	for (size_t i = 0; i < n && eval_step(v, 1); i++)
		if ((int64_t)list[i].at >= low && (int64_t)list[i].at <= high)
			return true;
	return false;
}

static bool member(struct eval *v, uint32_t number, const struct cond_node *set, uint32_t k, bool limited,
		   int64_t low, int64_t high)
{
	struct value x;

	switch (set->op) {
	case COND_STRINGS:
		return string_there(v, k, limited, low, high);
	case COND_RULES:
		return v->source->rule(v->ctx, k);
	default: /* COND_LIST */
		if (eval_operand(v, k, number) == NULL)
			return false;
		eval_node(v, k, &x);
		return eval_is_true(&x);
	}
}

static void of(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	const struct cond_node *set = eval_operand(v, n->a, number);
	const struct cond_node *limit = n->b == COND_NONE ? NULL : eval_operand(v, n->b, number);
	int64_t low = 0, high = 0;
	struct tally t;

	if (set == NULL || !quantifier(v, n->c, number, &t))
		return;
	if (set->op != COND_STRINGS && set->op != COND_RULES && set->op != COND_LIST) {
		eval_damaged(v, number, "not a set");
		return;
	}
	if (limit != NULL && limit->op == COND_RANGE) {
		if (!eval_range(v, n->b, number, &low, &high))
			return;
	} else if (limit != NULL) {
		struct value x;
		eval_node(v, n->b, &x);
		if (x.kind != VALUE_INT && x.kind != VALUE_BOOL)
			return;
		low = high = x.i;
	}
	for (uint32_t i = 0; i < set->n; i++) {
		uint32_t k;
		if (!eval_pool(v, set->a, i, &k) || !eval_step(v, 1))
			return;
		if (settles(&t, member(v, n->a, set, k, limit != NULL, low, high)))
			break;
	}
	value_bool(out, verdict(&t));
}

/* ---- for */

static bool body(struct eval *v, uint32_t number, uint32_t node)
{
	struct value x;

	if (eval_operand(v, node, number) == NULL)
		return false;
	eval_node(v, node, &x);
	return eval_is_true(&x);
}

static void for_of(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	const struct cond_node *set = eval_operand(v, n->a, number);
	uint32_t outer = v->loop_string;
	struct tally t;

	if (set == NULL || !quantifier(v, n->c, number, &t))
		return;
	if (set->op != COND_STRINGS) {
		eval_damaged(v, number, "not a set of strings");
		return;
	}
	for (uint32_t i = 0; i < set->n && v->error.why == REASON_NONE; i++) {
		if (!eval_pool(v, set->a, i, &v->loop_string) || settles(&t, body(v, number, n->b)))
			break;
	}
	v->loop_string = outer;
	value_bool(out, t.n != 0 && verdict(&t));
}

/* What a loop goes over, one at a time. */
struct iteration {
	const struct cond_node *list; /* COND_LIST */
	uint32_t list_number;
	const struct value_list *array;
	const struct value_dict *dict;
	int64_t now, high; /* a range */
	size_t at;
};

/* False where there is nothing to go over. */
static bool begin(struct eval *v, uint32_t number, uint32_t over, struct iteration *it)
{
	const struct cond_node *n = eval_operand(v, over, number);
	struct value x;

	*it = (struct iteration){ .list_number = over };
	if (n == NULL)
		return false;
	if (n->op == COND_RANGE)
		return eval_range(v, over, number, &it->now, &it->high);
	if (n->op == COND_LIST) {
		it->list = n;
		return true;
	}
	eval_node(v, over, &x);
	if (x.kind == VALUE_ARRAY)
		it->array = x.list;
	else if (x.kind == VALUE_DICT)
		it->dict = x.dict;
	return it->array != NULL || it->dict != NULL;
}

static bool next(struct eval *v, struct iteration *it, struct value *var)
{
	size_t i = it->at++;

	if (it->list != NULL) {
		uint32_t k;
		if (i >= it->list->n || !eval_pool(v, it->list->a, (uint32_t)i, &k) ||
		    eval_operand(v, k, it->list_number) == NULL)
			return false;
		eval_node(v, k, &var[0]);
		return true;
	}
	if (it->array != NULL) {
		if (i >= it->array->n)
			return false;
		var[0] = it->array->item[i];
		return true;
	}
	if (it->dict != NULL) {
		if (i >= it->dict->n)
			return false;
		value_string(&var[0], it->dict->key[i]);
		var[1] = it->dict->item[i];
		return true;
	}
	if (it->now > it->high)
		return false;
	value_int(&var[0], it->now);
	if (it->now++ == INT64_MAX) {
		it->now = 1;
		it->high = 0;
	}
	return true;
}

static void for_in(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	struct iteration it;
	struct tally t;

	if (n->n >= COND_MAX_VARS) {
		eval_damaged(v, number, "too many loop variables");
		return;
	}
	if (!quantifier(v, n->c, number, &t))
		return;
	if (begin(v, number, n->a, &it))
		while (eval_step(v, 1) && next(v, &it, &v->var[n->n]) &&
		       !settles(&t, body(v, number, n->b)))
			continue;
	value_bool(out, t.n != 0 && verdict(&t));
}

static void with(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	if (n->n >= COND_MAX_VARS || eval_operand(v, n->a, number) == NULL) {
		eval_damaged(v, number, "too many variables");
		return;
	}
	eval_node(v, n->a, &v->var[n->n]);
	if (eval_operand(v, n->b, number) != NULL)
		eval_node(v, n->b, out);
}

void eval_loop(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	switch (n->op) {
	case COND_OF:
		of(v, number, n, out);
		break;
	case COND_FOR_OF:
		for_of(v, number, n, out);
		break;
	case COND_FOR_IN:
		for_in(v, number, n, out);
		break;
	default:
		with(v, number, n, out);
		break;
	}
}
