/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "engine/eval.h"
#include "match/find.h"

#include <float.h>
#include <math.h>

/* ---- integers: 64 bits, wrapping; what C leaves undefined is undefined here in YARA's sense */

static void int_op(unsigned op, int64_t a, int64_t b, struct value *out)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	switch (op) {
	case COND_ADD:
		value_int(out, (int64_t)(x + y));
		break;
	case COND_SUB:
		value_int(out, (int64_t)(x - y));
		break;
	case COND_MUL:
		value_int(out, (int64_t)(x * y));
		break;
	case COND_DIV:
		if (b != 0 && !(a == INT64_MIN && b == -1))
			value_int(out, a / b);
		break;
	case COND_MOD:
		if (b != 0 && !(a == INT64_MIN && b == -1))
			value_int(out, a % b);
		break;
	case COND_BITAND:
		value_int(out, a & b);
		break;
	case COND_BITOR:
		value_int(out, a | b);
		break;
	case COND_BITXOR:
		value_int(out, a ^ b);
		break;
	case COND_SHL:
		if (b >= 0)
			value_int(out, b >= 64 ? 0 : (int64_t)(x << b));
		break;
	case COND_SHR:
		if (b >= 0)
			value_int(out, b >= 64 ? 0 : a >> b);
		break;
	default:
		value_bool(out, op == COND_EQ   ? a == b
				: op == COND_NE ? a != b
				: op == COND_LT ? a < b
				: op == COND_LE ? a <= b
				: op == COND_GT ? a > b
						: a >= b);
		break;
	}
}

static void float_op(unsigned op, double a, double b, struct value *out)
{
	switch (op) {
	case COND_ADD:
		value_float(out, a + b);
		break;
	case COND_SUB:
		value_float(out, a - b);
		break;
	case COND_MUL:
		value_float(out, a * b);
		break;
	case COND_DIV:
		value_float(out, a / b);
		break;
	case COND_EQ: /* as YARA has it: near enough is equal, and what is no number is neither */
		value_bool(out, fabs(a - b) < DBL_EPSILON);
		break;
	case COND_NE:
		value_bool(out, fabs(a - b) >= DBL_EPSILON);
		break;
	default:
		value_bool(out, op == COND_LT   ? a < b
				: op == COND_LE ? a <= b
				: op == COND_GT ? a > b
						: a >= b);
		break;
	}
}

/* ---- strings */

/* Bytes from 0x80 on stand before the others: YARA compares signed characters. */
static int compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++)
		if (a.p[i] != b.p[i])
			return (int8_t)a.p[i] < (int8_t)b.p[i] ? -1 : 1;
	return a.n < b.n ? -1 : a.n > b.n;
}

static bool equal_fold(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_lower(a[i]) != text_lower(b[i]))
			return false;
	return true;
}

static bool equal(const uint8_t *a, const uint8_t *b, size_t n, bool fold)
{
	return n == 0 || (fold ? equal_fold(a, b, n) : memcmp(a, b, n) == 0);
}

enum { SHORT_NEEDLE = 64 };

static bool contains(struct eval *v, struct span a, struct span b, bool fold)
{
	uint8_t few[SHORT_NEEDLE], *low = few;

	if (b.n == 0 || b.n > a.n)
		return b.n == 0;
	/* find_bytes() is at its worst a product */
	if (!eval_step(v, a.n * (1 + b.n / SHORT_NEEDLE)))
		return false;
	if (!fold)
		return find_bytes(a, b, false) != NULL;
	if (b.n > SHORT_NEEDLE)
		low = arena_alloc(v->arena, b.n);
	if (low == NULL) {
		error_set(&v->error, REASON_MEMORY, PLACE_NONE, "memory");
		return false;
	}
	for (size_t i = 0; i < b.n; i++)
		low[i] = text_lower(b.p[i]);
	return find_bytes(a, (struct span){ low, b.n }, true) != NULL;
}

static void string_op(struct eval *v, unsigned op, struct span a, struct span b, struct value *out)
{
	bool fits = b.n <= a.n;

	if (!eval_step(v, (fits ? b.n : a.n) / 16))
		return;
	switch (op) {
	case COND_CONTAINS:
	case COND_ICONTAINS:
		value_bool(out, contains(v, a, b, op == COND_ICONTAINS));
		break;
	case COND_STARTSWITH:
	case COND_ISTARTSWITH:
		value_bool(out, fits && equal(a.p, b.p, b.n, op == COND_ISTARTSWITH));
		break;
	case COND_ENDSWITH:
	case COND_IENDSWITH:
		value_bool(out, fits && equal(span_cut(a, a.n - b.n, b.n).p, b.p, b.n,
					      op == COND_IENDSWITH));
		break;
	case COND_IEQUALS:
		value_bool(out, a.n == b.n && equal(a.p, b.p, b.n, true));
		break;
	default:
		int_op(op, compare(a, b), 0, out);
		break;
	}
}

/* `<` between floats is false, not undefined, where an operand is undefined: so in YARA (exec.c,
 * OP_DBL_LT), alone of all comparisons. */
static void undefined_less(const struct eval *v, const struct cond_node *n, struct value *out)
{
	if (n->op == COND_LT && v->code.node[n->a].kind == VALUE_FLOAT)
		value_bool(out, false);
}

void eval_binary(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	struct value a, b;

	if (eval_operand(v, n->a, number) == NULL || eval_operand(v, n->b, number) == NULL)
		return;
	eval_node(v, n->a, &a);
	if (a.kind == VALUE_UNDEFINED && !v->logs) {
		undefined_less(v, n, out);
		return;
	}
	eval_node(v, n->b, &b);
	bool ints = (a.kind == VALUE_INT || a.kind == VALUE_BOOL) &&
		    (b.kind == VALUE_INT || b.kind == VALUE_BOOL);
	if (ints && (n->op <= COND_SHR || (n->op >= COND_EQ && n->op <= COND_GE))) {
		int_op(n->op, a.i, b.i, out);
	} else if (a.kind == VALUE_UNDEFINED || b.kind == VALUE_UNDEFINED) {
		undefined_less(v, n, out);
	} else if (n->op == COND_MATCHES && a.kind == VALUE_STRING && b.kind == VALUE_REGEX) {
		value_bool(out, v->source->regex(v->ctx, b.i, a.s));
		eval_spent(v);
	} else if (a.kind == VALUE_FLOAT && b.kind == VALUE_FLOAT &&
		   (n->op <= COND_DIV || (n->op >= COND_EQ && n->op <= COND_GE))) {
		float_op(n->op, a.f, b.f, out);
	} else if (a.kind == VALUE_STRING && b.kind == VALUE_STRING && n->op >= COND_EQ &&
		   n->op <= COND_IEQUALS) {
		string_op(v, n->op, a.s, b.s, out);
	}
}
