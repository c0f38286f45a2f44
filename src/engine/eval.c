/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/eval.h"
#include "format/modules.h"

/* ---- safety */

void eval_damaged(struct eval *v, uint32_t node, const char *what)
{
	if (v->error.why == REASON_NONE)
		error_set(&v->error, REASON_DAMAGED, PLACE_NONE, "condition: node %u: %s", node,
			  what);
}

bool eval_step(struct eval *v, uint64_t n)
{
	if (v->error.why != REASON_NONE)
		return false;
	if (*v->steps < n) {
		*v->steps = 0;
		return error_set(&v->error, REASON_LIMIT, PLACE_NONE, "limit:steps");
	}
	*v->steps -= n;
	return true;
}

void eval_spent(struct eval *v)
{
	if (UNLIKELY(*v->steps == 0))
		(void)eval_step(v, 1);
}

const struct cond_node *eval_operand(struct eval *v, uint32_t number, uint32_t below)
{
	if (number < below && number < v->code.n_nodes)
		return &v->code.node[number];
	eval_damaged(v, number, "an operand that does not stand before its user");
	return NULL;
}

bool eval_pool(struct eval *v, uint32_t at, uint32_t i, uint32_t *out)
{
	if (at < v->code.n_pool && i < v->code.n_pool - at) {
		*out = v->code.pool[at + i];
		return true;
	}
	eval_damaged(v, at, "a list that is cut off");
	return false;
}

bool eval_string(struct eval *v, uint32_t a, uint32_t *out)
{
	*out = a == COND_NONE ? v->loop_string : a;
	if (*out != COND_NONE)
		return true;
	eval_damaged(v, a, "no string in a loop");
	return false;
}

/* ---- values */

static void undefined(struct value *out) { out->kind = VALUE_UNDEFINED; }

bool eval_is_true(const struct value *x)
{
	switch (x->kind) {
	case VALUE_BOOL:
	case VALUE_INT:
		return x->i != 0;
	case VALUE_FLOAT:
		return x->f != 0;
	case VALUE_STRING:
		return x->s.n != 0;
	default:
		return false;
	}
}

static bool operand(struct eval *v, uint32_t number, uint32_t below, struct value *out)
{
	undefined(out);
	if (eval_operand(v, number, below) != NULL)
		eval_node(v, number, out);
	return out->kind != VALUE_UNDEFINED;
}

/* An operand that must be an integer; false where it is undefined. */
static bool integer(struct eval *v, uint32_t number, uint32_t below, int64_t *out)
{
	struct value x;

	if (!operand(v, number, below, &x) || (x.kind != VALUE_INT && x.kind != VALUE_BOOL))
		return false;
	*out = x.i;
	return true;
}

bool eval_range(struct eval *v, uint32_t node, uint32_t below, int64_t *low, int64_t *high)
{
	const struct cond_node *n = eval_operand(v, node, below);

	if (n == NULL)
		return false;
	if (n->op != COND_RANGE) {
		eval_damaged(v, node, "not a range");
		return false;
	}
	return integer(v, n->a, node, low) && integer(v, n->b, node, high);
}

/* ---- strings */

/* The first match that starts at `at` or later. */
static size_t first_from(const struct match *list, size_t n, uint64_t at)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (list[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t eval_between(const struct match *list, size_t n, int64_t low, int64_t high, size_t *first)
{
	size_t to = high < 0 ? 0 : high == INT64_MAX ? n : first_from(list, n, (uint64_t)high + 1);

	*first = low < 0 ? 0 : first_from(list, n, (uint64_t)low);
	return to > *first ? to - *first : 0;
}

bool eval_found_in(struct eval *v, uint32_t string, int64_t low, int64_t high)
{
	const struct match *list;
	size_t n, first;
	bool found;

	if (v->source->found_in != NULL) {
		found = v->source->found_in(v->ctx, string, low, high);
	} else {
		v->source->matches(v->ctx, string, &list, &n);
		found = eval_between(list, n, low, high, &first) != 0;
	}
	eval_spent(v);
	return found;
}

static void string_node(struct eval *v, uint32_t number, const struct cond_node *n,
			struct value *out)
{
	const struct match *list;
	int64_t low = 0, high = 0;
	uint32_t s;
	size_t k, first;

	if (!eval_string(v, n->a, &s))
		return;
	switch (n->op) {
	case COND_FOUND:
		value_bool(out, v->source->present(v->ctx, s));
		eval_spent(v);
		return;
	case COND_FOUND_AT:
		if (!integer(v, n->b, number, &low)) {
			value_bool(out, false); /* as YARA has it; a range gives undefined */
			return;
		}
		value_bool(out, eval_found_in(v, s, low, low));
		return;
	case COND_FOUND_IN:
		if (eval_range(v, n->b, number, &low, &high))
			value_bool(out, eval_found_in(v, s, low, high));
		return;
	case COND_COUNT_IN:
		if (!eval_range(v, n->b, number, &low, &high))
			return;
		break;
	default:
		break;
	}
	v->source->matches(v->ctx, s, &list, &k);
	eval_spent(v);
	if (n->op == COND_COUNT) {
		value_int(out, (int64_t)k);
		return;
	}
	value_int(out, (int64_t)eval_between(list, k, low, high, &first));
}

/* @a[i] and !a[i]; i counts from 1. */
static void place_node(struct eval *v, uint32_t number, const struct cond_node *n,
		       struct value *out)
{
	const struct match *list;
	int64_t i = 1;
	uint32_t s;
	size_t k;

	if (!eval_string(v, n->a, &s) || (n->b != COND_NONE && !integer(v, n->b, number, &i)))
		return;
	v->source->matches(v->ctx, s, &list, &k);
	eval_spent(v);
	if (i < 1 || (uint64_t)i > k)
		return;
	value_int(out, n->op == COND_OFFSET ? (int64_t)list[i - 1].at : (int64_t)list[i - 1].n);
}

static const uint8_t *bytes_of(const struct eval *v, uint64_t at, uint64_t n)
{
	return at <= v->file.n && n <= v->file.n - at ? v->file.p + at : NULL;
}

static void read_node(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	unsigned size = n->n & COND_READ_BYTES;
	uint64_t x = 0;
	int64_t at;

	if (!integer(v, n->a, number, &at) || at < 0 || size == 0 || size > 8)
		return;
	const uint8_t *p = v->bytes != NULL ? v->bytes(v->ctx, (uint64_t)at, size)
					    : bytes_of(v, (uint64_t)at, size);
	if (p == NULL)
		return;
	for (unsigned i = 0; i < size; i++)
		x |= (uint64_t)p[(n->n & COND_READ_BIG) != 0 ? size - 1 - i : i] << (8 * i);
	if ((n->n & COND_READ_SIGNED) != 0 && size < 8 && (x >> (8 * size - 1) & 1) != 0)
		x |= ~UINT64_C(0) << (8 * size);
	value_int(out, (int64_t)x);
}

/* ---- modules */

static const struct field *fields_of(uint32_t module)
{
	return module < MODULE_COUNT ? modules_all[module]->fields : NULL;
}

/* A field that reads 0 where its module does not apply. */
static void field_elsewhere(const struct cond_node *owner, uint32_t member, struct value *out)
{
	const struct field *f = owner->op == COND_MODULE ? fields_of(owner->a) : NULL;

	if (f != NULL && member < field_count(f) && f[member].everywhere)
		value_int(out, 0);
}

static void field_node(struct eval *v, uint32_t number, const struct cond_node *n,
		       struct value *out)
{
	const struct cond_node *owner = eval_operand(v, n->a, number);
	struct value x;

	if (owner == NULL)
		return;
	if (!operand(v, n->a, number, &x)) {
		field_elsewhere(owner, n->b, out);
		return;
	}
	if (x.kind == VALUE_STRUCT && n->b < x.n_slots)
		*out = *value_asked(&x.slots[n->b], v->steps);
	eval_spent(v); /* what was put off may have met a limit */
}

static void index_node(struct eval *v, uint32_t number, const struct cond_node *n,
		       struct value *out)
{
	struct value x;
	int64_t i;

	if (!operand(v, n->a, number, &x) || !integer(v, n->b, number, &i) ||
	    x.kind != VALUE_ARRAY || i < 0 || (uint64_t)i >= x.list->n)
		return;
	*out = x.list->item[i];
}

static void lookup_node(struct eval *v, uint32_t number, const struct cond_node *n,
			struct value *out)
{
	struct value x, key;

	if (!operand(v, n->a, number, &x) || !operand(v, n->b, number, &key) ||
	    x.kind != VALUE_DICT || key.kind != VALUE_STRING || !eval_step(v, x.dict->n))
		return;
	for (size_t i = 0; i < x.dict->n; i++)
		if (span_equal(x.dict->key[i], key.s)) {
			*out = x.dict->item[i];
			return;
		}
}

/* ---- logic */

int eval_known(struct eval *v, uint32_t string)
{
	return v->source->known != NULL ? v->source->known(v->ctx, string) : -1;
}

enum { OPERANDS_A_STEP = 16 };

/* `$a and ...` with a string that is known to be absent: false before anything is searched for. */
static bool plainly_false(struct eval *v, const struct cond_node *n)
{
	for (uint32_t i = 0; i < n->b && n->a < v->code.n_pool && i < v->code.n_pool - n->a; i++) {
		uint32_t k = v->code.pool[n->a + i];
		if (k < v->code.n_nodes && v->code.node[k].op == COND_FOUND &&
		    v->code.node[k].a != COND_NONE && eval_known(v, v->code.node[k].a) == 0)
			return true;
	}
	return false;
}

static void logic_node(struct eval *v, uint32_t number, const struct cond_node *n,
		       struct value *out)
{
	bool is_and = n->op == COND_AND, result = is_and;

	if (!eval_step(v, n->b / OPERANDS_A_STEP))
		return;
	if (is_and && !v->logs && plainly_false(v, n)) {
		value_bool(out, false);
		return;
	}
	for (uint32_t i = 0; i < n->b; i++) {
		struct value x;
		uint32_t k;
		if (!eval_pool(v, n->a, i, &k))
			return;
		bool defined = operand(v, k, number, &x); /* undefined counts as false */
		if (v->error.why != REASON_NONE)
			return;
		if (eval_is_true(&x) != is_and) {
			result = !is_and;
			if (defined || !v->logs)
				break;
		}
	}
	value_bool(out, result);
}

static void unary_node(struct eval *v, uint32_t number, const struct cond_node *n,
		       struct value *out)
{
	struct value x;
	bool defined = operand(v, n->a, number, &x);

	if (n->op == COND_DEFINED) {
		value_bool(out, defined);
		return;
	}
	if (!defined) {
		if (n->op == COND_ELSE_ZERO)
			value_int(out, 0);
		return;
	}
	bool is_int = x.kind == VALUE_INT || x.kind == VALUE_BOOL;
	switch (n->op) {
	case COND_NOT:
		value_bool(out, !eval_is_true(&x));
		break;
	case COND_NEG:
		if (x.kind == VALUE_FLOAT)
			value_float(out, -x.f);
		else if (is_int)
			value_int(out, (int64_t)(0 - (uint64_t)x.i));
		break;
	case COND_ELSE_ZERO:
		*out = x;
		break;
	case COND_BITNOT:
		if (is_int)
			value_int(out, ~x.i);
		break;
	case COND_TO_FLOAT:
		if (x.kind == VALUE_FLOAT || is_int)
			value_float(out, is_int ? (double)x.i : x.f);
		break;
	default: /* COND_TO_BOOL */
		value_bool(out, eval_is_true(&x));
		break;
	}
}

/* ---- constants and what the object is */

static void leaf_node(struct eval *v, const struct cond_node *n, struct value *out)
{
	switch (n->op) {
	case COND_INT:
		value_int(out, cond_int(n));
		break;
	case COND_FLOAT:
		value_float(out, cond_float(n));
		break;
	case COND_STRING:
		value_string(out, span_cut(v->code.text, n->a, n->b));
		break;
	case COND_REGEX:
		out->kind = VALUE_REGEX;
		out->i = n->a;
		break;
	case COND_TRUE:
	case COND_FALSE:
		value_bool(out, n->op == COND_TRUE);
		break;
	case COND_FILESIZE:
		if (!v->process)
			value_int(out, (int64_t)v->file.n);
		break;
	case COND_ENTRYPOINT:
		v->source->entry_point(v->ctx, out);
		break;
	case COND_EXTERN:
		v->source->external(v->ctx, n->a, out);
		break;
	case COND_RULE:
		value_bool(out, v->source->rule(v->ctx, n->a));
		break;
	default: /* COND_VAR */
		if (n->a < COND_MAX_VARS)
			*out = v->var[n->a];
		break;
	}
}

static bool worth_noting(unsigned op)
{
	return op == COND_FILESIZE || op == COND_ENTRYPOINT || op == COND_EXTERN ||
	       op == COND_RULE || op == COND_COUNT || op == COND_COUNT_IN || op == COND_OFFSET ||
	       op == COND_LENGTH || op == COND_READ || op == COND_FIELD || op == COND_INDEX ||
	       op == COND_LOOKUP || op == COND_CALL;
}

static void dispatch(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	switch (n->op) {
	case COND_INT:
	case COND_FLOAT:
	case COND_STRING:
	case COND_REGEX:
	case COND_TRUE:
	case COND_FALSE:
	case COND_FILESIZE:
	case COND_ENTRYPOINT:
	case COND_EXTERN:
	case COND_RULE:
	case COND_VAR:
		leaf_node(v, n, out);
		break;
	case COND_FOUND:
	case COND_FOUND_AT:
	case COND_FOUND_IN:
	case COND_COUNT:
	case COND_COUNT_IN:
		string_node(v, number, n, out);
		break;
	case COND_OFFSET:
	case COND_LENGTH:
		place_node(v, number, n, out);
		break;
	case COND_READ:
		read_node(v, number, n, out);
		break;
	case COND_MODULE:
		v->source->module(v->ctx, n->a, out);
		break;
	case COND_FIELD:
		field_node(v, number, n, out);
		break;
	case COND_INDEX:
		index_node(v, number, n, out);
		break;
	case COND_LOOKUP:
		lookup_node(v, number, n, out);
		break;
	case COND_CALL:
		eval_call(v, number, n, out);
		break;
	case COND_NEG:
	case COND_BITNOT:
	case COND_NOT:
	case COND_DEFINED:
	case COND_TO_FLOAT:
	case COND_TO_BOOL:
	case COND_ELSE_ZERO:
		unary_node(v, number, n, out);
		break;
	case COND_AND:
	case COND_OR:
		logic_node(v, number, n, out);
		break;
	case COND_OF:
	case COND_FOR_OF:
	case COND_FOR_IN:
	case COND_WITH:
		eval_loop(v, number, n, out);
		break;
	default:
		if (n->op >= COND_ADD && n->op <= COND_MATCHES)
			eval_binary(v, number, n, out);
		else
			eval_damaged(v, number, "no such operation");
		break;
	}
}

void eval_node(struct eval *v, uint32_t number, struct value *out)
{
	undefined(out);
	if (!eval_step(v, 1))
		return;
	if (v->depth >= COND_MAX_DEPTH) {
		error_set(&v->error, REASON_LIMIT, PLACE_NONE, "limit:depth");
		return;
	}
	const struct cond_node *n = &v->code.node[number];
	v->depth++;
	dispatch(v, number, n, out);
	v->depth--;
	if (v->source->note != NULL && v->error.why == REASON_NONE && worth_noting(n->op))
		v->source->note(v->ctx, v, number, out);
}

bool eval_condition(struct eval *v, uint32_t root)
{
	struct value x;

	v->loop_string = COND_NONE;
	v->error.why = REASON_NONE;
	for (size_t i = 0; i < v->n_vars; i++)
		undefined(&v->var[i]); /* an earlier rule's may point to what is gone */
	v->n_vars = 0;
	if (!v->logs && eval_foresee(v, root) == 0)
		return false;
	if (!operand(v, root, UINT32_MAX, &x) || v->error.why != REASON_NONE)
		return false;
	return eval_is_true(&x);
}
