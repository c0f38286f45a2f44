/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "format/modules.h"
#include "rules/trigger_need.h"

#include <math.h>
#include <stdlib.h>

enum {
	MAX_RULE_DEPTH = 8,
	MAX_REFERRED =
		20000, /* nodes of rules that a rule refers to: a chain of them can fan out */
	MAX_FOLD = 8,  /* operators of a constant expression on one path */
};

static struct need true_need(struct analysis *x, uint32_t number);
static struct need defined_need(struct analysis *x, uint32_t number);

static const struct cond_node *node(const struct analysis *x, uint32_t number)
{
	return number < x->code.n_nodes ? &x->code.node[number] : NULL;
}

/* ---- quantifiers: at least how many of n must be true; 0 where that is not known */

static size_t at_least(const struct analysis *x, uint32_t quantifier, size_t n)
{
	const struct cond_node *q = node(x, quantifier);
	const struct cond_node *v;

	if (q == NULL)
		return 0;
	switch (q->op) {
	case COND_ALL:
		return n;
	case COND_ANY:
		return 1;
	case COND_INT:
		return cond_int(q) <= 0 ? 0 : (uint64_t)cond_int(q) < n ? (size_t)cond_int(q) : n;
	case COND_PERCENT:
		v = node(x, q->a);
		if (v == NULL || v->op != COND_INT || cond_int(v) < 1 || cond_int(v) > 100)
			return 0;
		return (n * (size_t)cond_int(v) + 99) / 100;
	default:
		return 0;
	}
}

static struct need rule_need(struct analysis *x, uint32_t rule)
{
	size_t n;
	const struct ir_rule *r = ruleset_rules(x->set, &n);

	if (rule >= n || x->rule_depth >= MAX_RULE_DEPTH)
		return need_nothing();
	x->rule_depth++;
	struct need out = true_need(x, r[rule].root);
	x->rule_depth--;
	return out;
}

static struct need of_need(struct analysis *x, const struct cond_node *n)
{
	const struct cond_node *set = node(x, n->a);
	struct need out = need_nothing(), limit = need_nothing();

	if (set == NULL || set->a > x->code.n_pool || set->b > x->code.n_pool - set->a)
		return out;
	size_t k = at_least(x, n->c, set->b);
	const uint32_t *member = x->code.pool + set->a;
	if (n->b != COND_NONE)
		limit = defined_need(x, n->b);
	if (set->op == COND_STRINGS)
		return need_both(need_some(x, member, set->b, k), limit);
	if (k == 0)
		return limit;
	/* rules and booleans: each of them where all are wanted, else any one */
	out = k == set->b ? need_nothing() : need_never();
	for (uint32_t i = 0; i < set->b; i++) {
		struct need one =
			set->op == COND_RULES ? rule_need(x, member[i]) : true_need(x, member[i]);
		out = k == set->b ? need_both(out, one) : need_either(x, out, one);
	}
	return out;
}

static struct need for_of_need(struct analysis *x, const struct cond_node *n)
{
	const struct cond_node *set = node(x, n->a);
	struct need body;

	if (set == NULL || set->op != COND_STRINGS || set->a > x->code.n_pool ||
	    set->b > x->code.n_pool - set->a)
		return need_nothing();
	size_t k = at_least(x, n->c, set->b);
	if (k == 0)
		return need_nothing();
	body = true_need(x, n->b);
	bool loop = body.loop;
	body.loop = false;
	return loop ? need_both(body, need_some(x, x->code.pool + set->a, set->b, k)) : body;
}

static struct need for_in_need(struct analysis *x, const struct cond_node *n)
{
	struct need over = defined_need(x, n->a);
	const struct cond_node *q = node(x, n->c);

	/* an undefined or empty iterable is false for every quantifier */
	if (q != NULL && (q->op == COND_ALL || at_least(x, n->c, 1) != 0))
		return need_both(over, true_need(x, n->b));
	return over;
}

/* ---- comparisons */

static bool fold(const struct analysis *x, uint32_t number, unsigned depth, int64_t *out)
{
	const struct cond_node *n = node(x, number);
	int64_t a, b;

	if (n == NULL || depth > MAX_FOLD)
		return false;
	if (n->op == COND_INT) {
		*out = cond_int(n);
		return true;
	}
	if ((n->op != COND_ADD && n->op != COND_SUB && n->op != COND_MUL && n->op != COND_NEG) ||
	    !fold(x, n->a, depth + 1, &a))
		return false;
	if (n->op == COND_NEG)
		return !__builtin_sub_overflow((int64_t)0, a, out);
	if (!fold(x, n->b, depth + 1, &b))
		return false;
	return n->op == COND_ADD   ? !__builtin_add_overflow(a, b, out)
	       : n->op == COND_SUB ? !__builtin_sub_overflow(a, b, out)
				   : !__builtin_mul_overflow(a, b, out);
}

static bool constant(const struct analysis *x, uint32_t number, int64_t *out)
{
	return fold(x, number, 0, out);
}

/* uintN(at) == value: which bytes of the object are known then. */
static struct need header_need(const struct cond_node *read, int64_t at, int64_t value)
{
	unsigned size = read->n & COND_READ_BYTES;
	uint8_t bytes[TRIGGER_MAX_BYTES];

	if (at < 0 || at > UINT32_MAX || size == 0 || size > 8)
		return need_nothing();
	if (size < 8 && (read->n & COND_READ_SIGNED) == 0 && (uint64_t)value >> (8 * size) != 0)
		return need_never();
	for (unsigned i = 0; i < size; i++)
		bytes[(read->n & COND_READ_BIG) != 0 ? size - 1 - i : i] =
			(uint8_t)((uint64_t)value >> (8 * i));
	return need_bytes((uint32_t)at, bytes, size);
}

static bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The bytes that every match of a string begins with, as far as they are plain to see. */
static size_t first_bytes(const struct analysis *x, uint32_t string, uint8_t *bytes)
{
	size_t all, n = 0;
	const struct ir_string *s = ruleset_strings(x->set, &all) + string;
	const struct pattern_source *p = &s->pattern;

	if (string >= all || (p->flags & (PATTERN_NOCASE | PATTERN_WIDE | PATTERN_XOR |
					  PATTERN_BASE64 | PATTERN_BASE64WIDE)) != 0)
		return 0;
	if (p->kind == PATTERN_TEXT) {
		n = p->text.n < TRIGGER_MAX_BYTES ? p->text.n : TRIGGER_MAX_BYTES;
		memcpy(bytes, p->text.p, n);
	}
	for (size_t i = 0; p->kind == PATTERN_HEX && i < p->text.n && n < TRIGGER_MAX_BYTES; i++) {
		if (is_space(p->text.p[i]))
			continue;
		int high = text_hex_digit(p->text.p[i]);
		int low = i + 1 < p->text.n ? text_hex_digit(p->text.p[i + 1]) : -1;
		if (high < 0 || low < 0)
			break;
		bytes[n++] = (uint8_t)(high << 4 | low);
		i++;
	}
	return n;
}

/* $a at b */
static struct need place_need(struct analysis *x, const struct cond_node *n)
{
	struct need out = need_both(need_string(x, n->a), defined_need(x, n->b));
	uint8_t bytes[TRIGGER_MAX_BYTES];
	int64_t at;

	if (n->a == COND_NONE || !constant(x, n->b, &at))
		return out;
	if (at < 0)
		return need_never();
	size_t k = at <= UINT32_MAX ? first_bytes(x, n->a, bytes) : 0;
	return k == 0 ? out : need_both(out, need_bytes((uint32_t)at, bytes, k));
}

static struct need size_need(unsigned op, int64_t value)
{
	struct need n = need_nothing();
	uint64_t v = value < 0 ? 0 : (uint64_t)value;

	if (value < 0)
		return op == COND_GT || op == COND_GE || op == COND_NE ? n : need_never();
	switch (op) {
	case COND_EQ:
		n.t.min_size = n.t.max_size = v;
		break;
	case COND_LT:
		if (v == 0)
			return need_never();
		n.t.max_size = v - 1;
		break;
	case COND_LE:
		n.t.max_size = v;
		break;
	case COND_GT:
		n.t.min_size = v + 1;
		break;
	case COND_GE:
		n.t.min_size = v;
		break;
	default:
		break;
	}
	return n;
}

static struct need compare_need(struct analysis *x, unsigned op, uint32_t left, uint32_t right)
{
	static const uint8_t turned[] = {
		[COND_EQ] = COND_EQ, [COND_NE] = COND_NE, [COND_LT] = COND_GT,
		[COND_LE] = COND_GE, [COND_GT] = COND_LT, [COND_GE] = COND_LE
	};
	const struct cond_node *a = node(x, left);
	int64_t value, at;

	if (constant(x, left, &value)) {
		uint32_t t = left;
		left = right;
		right = t;
		op = turned[op];
		a = node(x, left);
	}
	if (a != NULL && a->op == COND_ELSE_ZERO)
		a = node(x, a->a);
	if (a == NULL || !constant(x, right, &value))
		return need_nothing();
	if (a->op == COND_FILESIZE)
		return size_need(op, value);
	if (a->op == COND_READ && op == COND_EQ && constant(x, a->a, &at))
		return header_need(a, at, value);
	if ((a->op == COND_COUNT || a->op == COND_COUNT_IN) &&
	    ((op == COND_GT && value >= 0) || (op == COND_GE && value >= 1) ||
	     (op == COND_EQ && value >= 1) || (op == COND_NE && value == 0)))
		return need_string(x, a->a);
	return need_nothing();
}

/* ---- modules */

static struct need module_need(const struct analysis *x, uint32_t number)
{
	const struct cond_node *n = node(x, number);
	struct need out = need_nothing();

	if (n != NULL && n->op == COND_MODULE && n->a < MODULE_COUNT)
		out.t.classes = modules_all[n->a]->classes;
	return out;
}

static bool everywhere(const struct analysis *x, const struct cond_node *field)
{
	const struct cond_node *owner = node(x, field->a);

	return owner != NULL && owner->op == COND_MODULE && owner->a < MODULE_COUNT &&
	       field->b < field_count(modules_all[owner->a]->fields) &&
	       modules_all[owner->a]->fields[field->b].everywhere;
}

/* ---- the two questions */

/* What must hold for the node to have a value at all. */
static struct need defined_node(struct analysis *x, uint32_t number, const struct cond_node *n)
{
	struct need out = need_nothing();

	switch (n->op) {
	case COND_OFFSET:
	case COND_LENGTH:
		out = need_string(x, n->a);
		return n->b == COND_NONE ? out : need_both(out, defined_need(x, n->b));
	case COND_FOUND_AT:
		return out; /* false where the offset is undefined */
	case COND_READ:
	case COND_NEG:
	case COND_BITNOT:
	case COND_NOT:
	case COND_TO_FLOAT:
	case COND_TO_BOOL:
		return defined_need(x, n->a);
	case COND_MODULE:
		return module_need(x, number);
	case COND_FIELD:
		return everywhere(x, n) ? need_nothing() : defined_need(x, n->a);
	case COND_INDEX:
	case COND_LOOKUP:
	case COND_RANGE:
		return need_both(defined_need(x, n->a), defined_need(x, n->b));
	case COND_CALL:
		out = defined_need(x, n->a);
		for (uint32_t i = 0; i < n->n && n->c + (uint64_t)i < x->code.n_pool; i++)
			out = need_both(out, defined_need(x, x->code.pool[n->c + i]));
		return out;
	default:
		/* `<` between floats is false where an operand is undefined */
		if (n->op == COND_LT && node(x, n->a) != NULL && node(x, n->a)->kind == VALUE_FLOAT)
			return out;
		if (n->op >= COND_ADD && n->op <= COND_MATCHES)
			return need_both(defined_need(x, n->a), defined_need(x, n->b));
		return out;
	}
}

static struct need true_node(struct analysis *x, uint32_t number, const struct cond_node *n)
{
	struct need out;

	switch (n->op) {
	case COND_FALSE:
		return need_never();
	case COND_FOUND:
	case COND_FOUND_IN:
		return need_string(x, n->a);
	case COND_FOUND_AT:
		return place_need(x, n);
	case COND_RULE:
		return rule_need(x, n->a);
	case COND_TO_BOOL: {
		const struct cond_node *a = node(x, n->a);
		if (a != NULL && (a->op == COND_COUNT || a->op == COND_COUNT_IN))
			return need_string(x, a->a);
		return defined_need(x, n->a);
	}
	case COND_DEFINED:
		return defined_need(x, n->a);
	case COND_AND:
	case COND_OR:
		out = n->op == COND_AND ? need_nothing() : need_never();
		for (uint32_t i = 0; i < n->b && n->a + (uint64_t)i < x->code.n_pool; i++) {
			struct need one = true_need(x, x->code.pool[n->a + i]);
			out = n->op == COND_AND ? need_both(out, one) : need_either(x, out, one);
		}
		return out;
	case COND_EQ:
	case COND_NE:
	case COND_LT:
	case COND_LE:
	case COND_GT:
	case COND_GE:
		return need_both(compare_need(x, n->op, n->a, n->b),
				 need_both(defined_need(x, n->a), defined_need(x, n->b)));
	case COND_OF:
		return of_need(x, n);
	case COND_FOR_OF:
		return for_of_need(x, n);
	case COND_FOR_IN:
		return for_in_need(x, n);
	default:
		return defined_need(x, number);
	}
}

static struct need ask(struct analysis *x, uint32_t number,
		       struct need (*of)(struct analysis *, uint32_t, const struct cond_node *))
{
	const struct cond_node *n = node(x, number);

	if (n == NULL || x->depth >= COND_MAX_DEPTH || x->failed)
		return need_nothing();
	if (x->rule_depth > 0 && ++x->referred > MAX_REFERRED)
		return need_nothing();
	x->depth++;
	struct need out = of(x, number, n);
	x->depth--;
	return (out.t.classes & x->classes) == 0 ? need_never() : out;
}

static struct need true_need(struct analysis *x, uint32_t number)
{
	return ask(x, number, true_node);
}
static struct need defined_need(struct analysis *x, uint32_t number)
{
	return ask(x, number, defined_node);
}

/*
 * A rule that prints is to be evaluated where YARA evaluates it, true or not: wherever one of its
 * strings occurs if its condition plainly asks for strings, everywhere if not (grammar.y, required
 * strings).
 */
static bool asks_for_strings(const struct analysis *x, uint32_t number, unsigned depth)
{
	const struct cond_node *n = node(x, number), *set;

	if (n == NULL || depth > COND_MAX_DEPTH)
		return false;
	switch (n->op) {
	case COND_FOUND:
	case COND_FOUND_AT:
	case COND_FOUND_IN:
		return true;
	case COND_OF:
		set = node(x, n->a);
		return set != NULL && set->op == COND_STRINGS && at_least(x, n->c, set->b) > 0;
	case COND_AND:
	case COND_OR:
		for (uint32_t i = 0; i < n->b && n->a + (uint64_t)i < x->code.n_pool; i++)
			if (asks_for_strings(x, x->code.pool[n->a + i], depth + 1) ==
			    (n->op == COND_AND))
				return n->op == COND_AND;
		return n->op == COND_OR;
	default:
		return false;
	}
}

static bool printing_rule(struct analysis *x, const struct ir_rule *r, struct trigger *out)
{
	*out = need_nothing().t;
	if (!asks_for_strings(x, r->root, 0))
		return true;
	out->always = false;
	out->n_strings = r->n_strings;
	out->string = arena_array(x->arena, r->n_strings, sizeof *out->string);
	for (uint32_t i = 0; out->string != NULL && i < r->n_strings; i++)
		out->string[i] = r->first_string + i;
	return out->string != NULL;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

bool trigger_analyse(const struct ruleset *set, uint32_t rule, uint32_t classes, const double *cost,
		     struct arena *a, struct trigger *out, struct error *e)
{
	struct analysis x = {
		.set = set, .code = ruleset_code(set), .cost = cost, .classes = classes, .arena = a
	};
	size_t n, k = 0;
	const struct ir_rule *r = ruleset_rules(set, &n);

	if ((r[rule].modules & 1u << MODULE_CONSOLE) != 0) {
		if (printing_rule(&x, &r[rule], out))
			return true;
		x.failed = true;
	}
	struct need need = true_need(&x, r[rule].root);
	if (x.failed)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to analyse a condition");
	*out = need.t;
	if (out->n_strings > 1)
		qsort(out->string, out->n_strings, sizeof *out->string, ascending);
	for (size_t i = 0; i < out->n_strings; i++)
		if (i == 0 || out->string[i] != out->string[k - 1])
			out->string[k++] = out->string[i];
	out->n_strings = k;
	return true;
}
