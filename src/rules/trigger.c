/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/trigger.h"
#include "format/modules.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_RULE_DEPTH = 8 };

/* What must hold for a node to be true (or to be defined). */
struct need {
	struct trigger t;
	double cost;    /* of the trigger set; INFINITY with `always` */
	bool loop;      /* the string of the surrounding for..of must occur */
};

struct analysis {
	const struct ruleset *set;
	struct cond_code code;
	const double *cost;
	uint32_t classes; /* of the objects that are thought of */
	struct arena *arena;
	unsigned depth, rule_depth;
	bool failed; /* no memory */
};

static struct need nothing(void)
{
	return (struct need){ .t = { .always = true, .classes = CLASS_ALL, .max_size = UINT64_MAX },
			      .cost = INFINITY };
}

static struct need never(void)
{
	return (struct need){ .t = { .max_size = UINT64_MAX } };
}

static struct need one_string(struct analysis *x, uint32_t s)
{
	struct need n = nothing();

	if (s == COND_NONE) {
		n.loop = true;
		return n;
	}
	n.t.string = arena_alloc(x->arena, sizeof *n.t.string);
	if (n.t.string == NULL) {
		x->failed = true;
		return n;
	}
	n.t.string[0] = s;
	n.t.n_strings = 1;
	n.t.always = false;
	n.cost = x->cost[s];
	return n;
}

/* Both must hold. */
static struct need both(struct need a, struct need b)
{
	struct need n = a;

	if (!b.t.always && (a.t.always || b.cost < a.cost)) {
		n.t.always = false;
		n.t.string = b.t.string;
		n.t.n_strings = b.t.n_strings;
		n.cost = b.cost;
	}
	n.loop = a.loop || b.loop;
	n.t.classes &= b.t.classes;
	n.t.min_size = a.t.min_size > b.t.min_size ? a.t.min_size : b.t.min_size;
	n.t.max_size = a.t.max_size < b.t.max_size ? a.t.max_size : b.t.max_size;
	for (size_t i = 0; i < b.t.n_tests && n.t.n_tests < TRIGGER_MAX_TESTS; i++)
		n.t.test[n.t.n_tests++] = b.t.test[i];
	return n;
}

/* One of them must hold. */
static struct need either(struct analysis *x, struct need a, struct need b)
{
	struct need n = nothing();

	if (!a.t.always && a.t.n_strings == 0 && a.t.classes == 0)
		return b;
	if (!b.t.always && b.t.n_strings == 0 && b.t.classes == 0)
		return a;
	n.loop = a.loop && b.loop;
	n.t.classes = a.t.classes | b.t.classes;
	n.t.min_size = a.t.min_size < b.t.min_size ? a.t.min_size : b.t.min_size;
	n.t.max_size = a.t.max_size > b.t.max_size ? a.t.max_size : b.t.max_size;
	if (a.t.always || b.t.always)
		return n;
	size_t k = a.t.n_strings + b.t.n_strings;
	n.t.string = arena_array(x->arena, k, sizeof *n.t.string);
	if (n.t.string == NULL) {
		x->failed = true;
		return nothing();
	}
	memcpy(n.t.string, a.t.string, a.t.n_strings * sizeof *n.t.string);
	memcpy(n.t.string + a.t.n_strings, b.t.string, b.t.n_strings * sizeof *n.t.string);
	n.t.n_strings = k;
	n.t.always = false;
	n.cost = a.cost + b.cost;
	return n;
}

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

/* Of n strings at least k occur, so one of any n - k + 1 does: the cheapest. */
static struct need some_strings(struct analysis *x, const uint32_t *s, size_t n, size_t k)
{
	struct need out = nothing();
	uint32_t *order;

	if (k == 0 || n == 0)
		return out;
	order = arena_copy(x->arena, s, n * sizeof *s);
	if (order == NULL) {
		x->failed = true;
		return out;
	}
	size_t wanted = n - k + 1;
	/* selection by a heap would be O(n log n); wanted is mostly n or 1, so insertion does */
	if (wanted < n)
		for (size_t i = 0; i < wanted; i++) {
			size_t least = i;
			for (size_t j = i + 1; j < n; j++)
				if (x->cost[order[j]] < x->cost[order[least]])
					least = j;
			uint32_t t = order[i];
			order[i] = order[least];
			order[least] = t;
			if (n > 1000 && i > 50)
				return out; /* a set that large is not worth the search */
		}
	out.t.always = false;
	out.t.string = order;
	out.t.n_strings = wanted;
	out.cost = 0;
	for (size_t i = 0; i < wanted; i++)
		out.cost += x->cost[order[i]];
	return out;
}

static struct need rule_need(struct analysis *x, uint32_t rule)
{
	size_t n;
	const struct ir_rule *r = ruleset_rules(x->set, &n);

	if (rule >= n || x->rule_depth >= MAX_RULE_DEPTH)
		return nothing();
	x->rule_depth++;
	struct need out = true_need(x, r[rule].root);
	x->rule_depth--;
	return out;
}

static struct need of_need(struct analysis *x, const struct cond_node *n)
{
	const struct cond_node *set = node(x, n->a);
	struct need out = nothing(), limit = nothing();

	if (set == NULL || set->a > x->code.n_pool || set->n > x->code.n_pool - set->a)
		return out;
	size_t k = at_least(x, n->c, set->n);
	const uint32_t *member = x->code.pool + set->a;
	if (n->b != COND_NONE)
		limit = defined_need(x, n->b);
	if (set->op == COND_STRINGS)
		return both(some_strings(x, member, set->n, k), limit);
	if (k == 0)
		return limit;
	/* rules and booleans: each of them where all are wanted, else any one */
	out = k == set->n ? nothing() : never();
	for (uint32_t i = 0; i < set->n; i++) {
		struct need one = set->op == COND_RULES ? rule_need(x, member[i])
							: true_need(x, member[i]);
		out = k == set->n ? both(out, one) : either(x, out, one);
	}
	return out;
}

static struct need for_of_need(struct analysis *x, const struct cond_node *n)
{
	const struct cond_node *set = node(x, n->a);
	struct need body;

	if (set == NULL || set->op != COND_STRINGS || set->a > x->code.n_pool ||
	    set->n > x->code.n_pool - set->a)
		return nothing();
	size_t k = at_least(x, n->c, set->n);
	if (k == 0)
		return nothing();
	body = true_need(x, n->b);
	bool loop = body.loop;
	body.loop = false;
	return loop ? both(body, some_strings(x, x->code.pool + set->a, set->n, k)) : body;
}

static struct need for_in_need(struct analysis *x, const struct cond_node *n)
{
	struct need over = defined_need(x, n->a);
	const struct cond_node *q = node(x, n->c);

	/* an undefined or empty iterable is false for every quantifier */
	if (q != NULL && (q->op == COND_ALL || at_least(x, n->c, 1) != 0))
		return both(over, true_need(x, n->b));
	return over;
}

/* ---- comparisons */

static bool constant(const struct analysis *x, uint32_t number, int64_t *out)
{
	const struct cond_node *n = node(x, number);

	if (n == NULL || n->op != COND_INT)
		return false;
	*out = cond_int(n);
	return true;
}

/* uintN(at) == value: which bytes of the object are known then. */
static struct need header_need(const struct cond_node *read, int64_t at, int64_t value)
{
	struct need n = nothing();
	unsigned size = read->n & COND_READ_BYTES;

	if (at < 0 || at > UINT32_MAX || size > 8)
		return n;
	if (size < 8 && (read->n & COND_READ_SIGNED) == 0 && (uint64_t)value >> (8 * size) != 0)
		return never();
	n.t.n_tests = 1;
	n.t.test[0].at = (uint32_t)at;
	n.t.test[0].n = size;
	for (unsigned i = 0; i < size; i++)
		n.t.test[0].bytes[(read->n & COND_READ_BIG) != 0 ? size - 1 - i : i] =
			(uint8_t)((uint64_t)value >> (8 * i));
	n.t.classes = type_classes_with((uint64_t)at, n.t.test[0].bytes, size);
	n.t.min_size = (uint64_t)at + size;
	return n;
}

static struct need size_need(unsigned op, int64_t value)
{
	struct need n = nothing();
	uint64_t v = value < 0 ? 0 : (uint64_t)value;

	if (value < 0)
		return op == COND_GT || op == COND_GE || op == COND_NE ? n : never();
	switch (op) {
	case COND_EQ:
		n.t.min_size = n.t.max_size = v;
		break;
	case COND_LT:
		if (v == 0)
			return never();
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
	static const uint8_t turned[] = { [COND_EQ] = COND_EQ, [COND_NE] = COND_NE, [COND_LT] = COND_GT,
					  [COND_LE] = COND_GE, [COND_GT] = COND_LT, [COND_GE] = COND_LE };
	const struct cond_node *a = node(x, left);
	int64_t value, at;

	if (constant(x, left, &value)) {
		uint32_t t = left;
		left = right;
		right = t;
		op = turned[op];
		a = node(x, left);
	}
	if (a == NULL || !constant(x, right, &value))
		return nothing();
	if (a->op == COND_FILESIZE)
		return size_need(op, value);
	if (a->op == COND_READ && op == COND_EQ && constant(x, a->a, &at))
		return header_need(a, at, value);
	if ((a->op == COND_COUNT || a->op == COND_COUNT_IN) &&
	    ((op == COND_GT && value >= 0) || (op == COND_GE && value >= 1) ||
	     (op == COND_EQ && value >= 1) || (op == COND_NE && value == 0)))
		return one_string(x, a->a);
	return nothing();
}

/* ---- modules */

static struct need module_need(const struct analysis *x, uint32_t number)
{
	const struct cond_node *n = node(x, number);
	struct need out = nothing();

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
	struct need out = nothing();

	switch (n->op) {
	case COND_OFFSET:
	case COND_LENGTH:
		out = one_string(x, n->a);
		return n->b == COND_NONE ? out : both(out, defined_need(x, n->b));
	case COND_FOUND_AT:
		return defined_need(x, n->b);
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
		return everywhere(x, n) ? nothing() : defined_need(x, n->a);
	case COND_INDEX:
	case COND_LOOKUP:
	case COND_RANGE:
		return both(defined_need(x, n->a), defined_need(x, n->b));
	case COND_CALL:
		out = defined_need(x, n->a);
		for (uint32_t i = 0; i < n->n && n->c + (uint64_t)i < x->code.n_pool; i++)
			out = both(out, defined_need(x, x->code.pool[n->c + i]));
		return out;
	default:
		if (n->op >= COND_ADD && n->op <= COND_MATCHES)
			return both(defined_need(x, n->a), defined_need(x, n->b));
		return out;
	}
}

static struct need true_node(struct analysis *x, uint32_t number, const struct cond_node *n)
{
	struct need out;

	switch (n->op) {
	case COND_FALSE:
		return never();
	case COND_FOUND:
	case COND_FOUND_IN:
		return one_string(x, n->a);
	case COND_FOUND_AT:
		return both(one_string(x, n->a), defined_need(x, n->b));
	case COND_RULE:
		return rule_need(x, n->a);
	case COND_TO_BOOL: {
		const struct cond_node *a = node(x, n->a);
		if (a != NULL && (a->op == COND_COUNT || a->op == COND_COUNT_IN))
			return one_string(x, a->a);
		return defined_need(x, n->a);
	}
	case COND_DEFINED:
		return defined_need(x, n->a);
	case COND_AND:
	case COND_OR:
		out = n->op == COND_AND ? nothing() : never();
		for (uint32_t i = 0; i < n->n && n->a + (uint64_t)i < x->code.n_pool; i++) {
			struct need one = true_need(x, x->code.pool[n->a + i]);
			out = n->op == COND_AND ? both(out, one) : either(x, out, one);
		}
		return out;
	case COND_EQ:
	case COND_NE:
	case COND_LT:
	case COND_LE:
	case COND_GT:
	case COND_GE:
		return both(compare_need(x, n->op, n->a, n->b), defined_need(x, number));
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
		return nothing();
	x->depth++;
	struct need out = of(x, number, n);
	x->depth--;
	return (out.t.classes & x->classes) == 0 ? never() : out;
}

static struct need true_need(struct analysis *x, uint32_t number) { return ask(x, number, true_node); }
static struct need defined_need(struct analysis *x, uint32_t number)
{
	return ask(x, number, defined_node);
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

bool trigger_analyse(const struct ruleset *set, uint32_t rule, uint32_t classes, const double *cost,
		     struct arena *a, struct trigger *out, struct error *e)
{
	struct analysis x = { .set = set, .code = ruleset_code(set), .cost = cost, .classes = classes,
			       .arena = a };
	size_t n, k = 0;
	const struct ir_rule *r = ruleset_rules(set, &n);
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
