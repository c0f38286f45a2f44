/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/eval.h"
#include "format/modules.h"

/*
 * Quantifiers (YARA 4, exec.c OP_OF* and OP_ITER*).  With f of n bodies true:
 * all: f == n; any: f >= 1; none, or the number 0: f == 0; a number k: f >= k;
 * p %: 100 f / n >= p.  An undefined number means all, an undefined percentage
 * leaves all undefined.  A loop without an iteration is false for every
 * quantifier; `of` over an empty set cannot be written.
 */

enum { KNOWN_A_STEP = 16 }; /* members asked for what is known cost as much as one searched for */

enum want { WANT_ALL, WANT_NONE, WANT_SOME, WANT_PERCENT };

struct tally {
	enum want want;
	int64_t k;         /* SOME: at least so many; PERCENT: of a hundred */
	uint64_t n, found; /* bodies so far, and true ones */
};

/* False where there is no answer: an undefined percentage, or the code is damaged. */
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
	bool defined = x.kind == VALUE_INT || x.kind == VALUE_BOOL;
	if (t->want == WANT_PERCENT) {
		t->k = x.i;
		return defined;
	}
	if (!defined)
		t->want = WANT_ALL;
	else if (x.i == 0)
		t->want = WANT_NONE;
	t->k = x.i;
	return v->error.why == REASON_NONE;
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
	case WANT_SOME: /* a negative number is reached at once */
		return (int64_t)t->found >= t->k;
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
		return (int64_t)t->found >= t->k;
	case WANT_PERCENT: /* YARA's own roundings */
		return t->n != 0 && (double)t->found / (double)t->n * 100.0 >= (double)t->k;
	}
	return false;
}

/* ---- of */

/* Is the string there: anywhere, in the range, or at the place? */
static bool string_there(struct eval *v, uint32_t string, bool limited, int64_t low, int64_t high)
{
	if (limited)
		return eval_found_in(v, string, low, high);
	bool there = v->source->present(v->ctx, string);
	eval_spent(v);
	return there;
}

static bool member(struct eval *v, uint32_t number, const struct cond_node *set, uint32_t k,
		   bool limited, int64_t low, int64_t high)
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

/* Is the answer settled by what is known without a search?  It is where the fewest and the most
 * that can be there give the same one: more strings never turn an answer back. */
static bool settled_by_known(struct eval *v, const struct cond_node *set, const struct tally *t,
			     bool *answer)
{
	struct tally least = *t, most = *t;

	if (!eval_step(v, set->b / KNOWN_A_STEP))
		return false;
	least.n = most.n = set->b;
	for (uint32_t i = 0; i < set->b; i++) {
		uint32_t k;
		if (!eval_pool(v, set->a, i, &k))
			return false;
		int known = eval_known(v, k);
		least.found += known > 0;
		most.found += known != 0;
	}
	*answer = verdict(&least);
	return *answer == verdict(&most);
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
	bool answer;
	if (set->op == COND_STRINGS && limit == NULL && v->source->known != NULL &&
	    settled_by_known(v, set, &t, &answer)) {
		value_bool(out, answer);
		return;
	}
	for (uint32_t i = 0; i < set->b && v->error.why == REASON_NONE; i++) {
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
	for (uint32_t i = 0; i < set->b && v->error.why == REASON_NONE; i++) {
		if (!eval_pool(v, set->a, i, &v->loop_string) || !eval_step(v, 1) ||
		    settles(&t, body(v, number, n->b)))
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
	struct eval_scope scope; /* of the elements */
};

/* False where there is nothing to go over. */
static bool begin(struct eval *v, uint32_t number, uint32_t over, struct iteration *it)
{
	const struct cond_node *n = eval_operand(v, over, number);
	struct value x;

	*it = (struct iteration){ .list_number = over, .scope.over = over };
	if (n == NULL)
		return false;
	/* before the value: to evaluate may bind the variable that it is reached by anew */
	it->scope.table = eval_table(v, over, &it->scope.module);
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

/* Value and declaration are set together, so that damaged code cannot have one of each. */
static void set_var(struct eval *v, unsigned slot, const struct value *x,
		    const struct eval_scope *s)
{
	static const struct eval_scope plain = { .module = MODULE_COUNT, .over = COND_NONE };

	v->var[slot] = *x;
	v->scope[slot] = s != NULL ? *s : plain;
	if (slot >= v->n_vars)
		v->n_vars = slot + 1;
}

static bool next(struct eval *v, struct iteration *it, unsigned slot)
{
	size_t i = it->at++;
	struct value x;

	it->scope.index = i;
	if (it->list != NULL) {
		uint32_t k;
		if (i >= it->list->b || !eval_pool(v, it->list->a, (uint32_t)i, &k) ||
		    eval_operand(v, k, it->list_number) == NULL)
			return false;
		eval_node(v, k, &x);
		set_var(v, slot, &x, NULL);
		return true;
	}
	if (it->array != NULL) {
		if (i >= it->array->n)
			return false;
		set_var(v, slot, &it->array->item[i], &it->scope);
		return true;
	}
	if (it->dict != NULL) {
		if (i >= it->dict->n)
			return false;
		value_string(&x, it->dict->key[i]);
		set_var(v, slot, &x, NULL);
		set_var(v, slot + 1, &it->dict->item[i], &it->scope);
		return true;
	}
	if (it->now > it->high)
		return false;
	value_int(&x, it->now);
	set_var(v, slot, &x, NULL);
	if (it->now == INT64_MAX) {
		it->high = INT64_MIN; /* that was the last */
		return true;
	}
	it->now++;
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
		while (eval_step(v, 1) && next(v, &it, n->n) && !settles(&t, body(v, number, n->b)))
			continue;
	value_bool(out, t.n != 0 && verdict(&t));
}

static void with(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	struct eval_scope s = { .over = n->a };
	struct value x;

	if (n->n >= COND_MAX_VARS || eval_operand(v, n->a, number) == NULL) {
		eval_damaged(v, number, "too many variables");
		return;
	}
	s.table = eval_table(v, n->a, &s.module);
	eval_node(v, n->a, &x);
	set_var(v, n->n, &x, &s);
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
