/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/operands.h"
#include "rules/yara/yara_parse.h"

/*
 * Operators by precedence, loosest first: or; and; not, defined; == != and the string operators;
 * < <= > >=; |; ^; &; << >>; + -; * \ %; unary - ~.  (YARA 4, grammar.y; unlike C, | & ^ bind
 * tighter than comparisons.)
 */

enum { MAX_OPERANDS = 1 << 20 };

uint32_t yara_node(struct parser *p, enum cond_op op, enum value_kind kind, unsigned n, uint32_t a,
		   uint32_t b, uint32_t c)
{
	struct cond_node node = {
		.op = (uint8_t)op, .kind = (uint8_t)kind, .n = (uint16_t)n, .a = a, .b = b, .c = c
	};
	uint32_t number = (uint32_t)(p->set->nodes.n / sizeof node);

	buf_put(&p->set->nodes, &node, sizeof node);
	return number;
}

uint32_t yara_pool(struct parser *p, const uint32_t *number, size_t n)
{
	uint32_t at = (uint32_t)(p->set->pool.n / sizeof *number);

	buf_put(&p->set->pool, number, n * sizeof *number);
	return at;
}

const char *yara_a_kind(enum value_kind k)
{
	static const char *const name[] = {
		[VALUE_UNDEFINED] = "an undefined", [VALUE_BOOL] = "a boolean",
		[VALUE_INT] = "an integer",         [VALUE_FLOAT] = "a float",
		[VALUE_STRING] = "a string",        [VALUE_REGEX] = "a regexp",
		[VALUE_STRUCT] = "a structure",     [VALUE_ARRAY] = "an array",
		[VALUE_DICT] = "a dictionary",      [VALUE_FUNCTION] = "a function",
	};
	return name[k];
}

const char *yara_kind(enum value_kind k) { return strchr(yara_a_kind(k), ' ') + 1; }

bool yara_is_number(const struct expr *e)
{
	return e->kind == VALUE_INT || e->kind == VALUE_FLOAT || e->kind == VALUE_BOOL;
}

bool yara_is_truth(const struct parser *p, const struct expr *e)
{
	const struct cond_code code = ruleset_code(p->set);

	if (e->kind != VALUE_BOOL || e->node >= code.n_nodes)
		return false;
	switch ((enum cond_op)code.node[e->node].op) {
	case COND_FIELD:
	case COND_INDEX:
	case COND_LOOKUP:
	case COND_CALL:
	case COND_EXTERN:
	case COND_VAR:
		return false;
	default:
		return true;
	}
}

bool yara_no_truth(struct parser *p, const struct expr *e)
{
	const struct cond_code code = ruleset_code(p->set);

	if (!yara_is_truth(p, e))
		return true;
	if (code.node[e->node].op == COND_FOUND)
		return yara_error(p, &e->at, "`#` in place of `$` gives the number of its matches",
				  "wrong type: whether a string is there is no number");
	return yara_error(p, &e->at, NULL, "wrong type: true or false is no number");
}

bool yara_integer(struct parser *p, struct expr *e, const char *what)
{
	if (!yara_no_truth(p, e))
		return false;
	if (e->kind == VALUE_INT || e->kind == VALUE_BOOL)
		return true;
	return yara_error(p, &e->at, NULL, "wrong type: %s must be an integer, this is %s", what,
			  yara_a_kind(e->kind));
}

bool yara_to_bool(struct parser *p, struct expr *e)
{
	if (e->kind == VALUE_BOOL)
		return true;
	if (e->kind == VALUE_REGEX) { /* as YARA 4 does */
		yara_warn(p, &e->at, "use `matches`, or a string with a name",
			  "a regular expression alone is always true");
		e->node = yara_node(p, COND_TRUE, VALUE_BOOL, 0, 0, 0, 0);
		e->kind = VALUE_BOOL;
		return true;
	}
	if (e->kind != VALUE_INT && e->kind != VALUE_FLOAT && e->kind != VALUE_STRING)
		return yara_error(p, &e->at, NULL, "wrong type: %s cannot be true or false",
				  yara_a_kind(e->kind));
	e->node = yara_node(p, COND_TO_BOOL, VALUE_BOOL, 0, e->node, 0, 0);
	e->kind = VALUE_BOOL;
	e->constant = false;
	return true;
}

/* ---- unary, and arithmetic by levels */

static bool unary(struct parser *p, struct expr *out)
{
	struct token at = p->now;

	if (!yara_is(p, '-') && !yara_is(p, '~'))
		return yara_primary(p, out);
	bool minus = yara_is(p, '-');
	yara_advance(p);
	if (++p->depth > COND_MAX_DEPTH / 2)
		return yara_error(p, &at, NULL, "an expression nested too deep");
	if (!unary(p, out))
		return false;
	p->depth--;
	if (!yara_no_truth(p, out))
		return false;
	if (minus ? !yara_is_number(out) : out->kind != VALUE_INT && out->kind != VALUE_BOOL)
		return yara_error(p, &at, NULL, "wrong type: `%c` does not take %s",
				  minus ? '-' : '~', yara_a_kind(out->kind));
	enum value_kind kind = out->kind == VALUE_FLOAT ? VALUE_FLOAT : VALUE_INT;
	out->node = yara_node(p, minus ? COND_NEG : COND_BITNOT, kind, 0, out->node, 0, 0);
	out->kind = kind;
	out->number = minus ? (int64_t)(0 - (uint64_t)out->number) : ~out->number;
	out->at = at;
	out->constant = out->constant && kind == VALUE_INT;
	return true;
}

struct operator
{
	int mark;
	unsigned level; /* 0 loosest */
	enum cond_op op;
	bool floats; /* takes floats too */
};

static const struct operator arithmetic[] = {
	{ '|', 0, COND_BITOR, false },    { '^', 1, COND_BITXOR, false },
	{ '&', 2, COND_BITAND, false },   { MARK_SHL, 3, COND_SHL, false },
	{ MARK_SHR, 3, COND_SHR, false }, { '+', 4, COND_ADD, true },
	{ '-', 4, COND_SUB, true },       { '*', 5, COND_MUL, true },
	{ '\\', 5, COND_DIV, true },      { '%', 5, COND_MOD, false },
};

enum { N_ARITHMETIC = sizeof arithmetic / sizeof *arithmetic, TIGHTEST = 5 };

/* Is this `%` the one of a percentage: `50% of them`, `for 50% of` ? */
static bool is_percentage(const struct parser *p)
{
	struct lexer ahead = p->lex;

	if (!yara_is(p, '%'))
		return false;
	struct token next = lex_next(&ahead);
	return next.kind == TOKEN_NAME && span_is(next.raw, "of");
}

static const struct operator* at_level(const struct parser *p, unsigned level)
{
	if (p->now.kind != TOKEN_MARK || is_percentage(p))
		return NULL;
	for (size_t i = 0; i < N_ARITHMETIC; i++)
		if (arithmetic[i].mark == p->now.mark && arithmetic[i].level == level)
			return &arithmetic[i];
	return NULL;
}

static void to_float(struct parser *p, struct expr *e)
{
	if (e->kind != VALUE_FLOAT)
		e->node = yara_node(p, COND_TO_FLOAT, VALUE_FLOAT, 0, e->node, 0, 0);
	e->kind = VALUE_FLOAT;
}

/* What two constants give; false where a number does not fit. */
static bool apply(enum cond_op op, int64_t a, int64_t b, int64_t *r)
{
	switch (op) {
	case COND_ADD:
		return !__builtin_add_overflow(a, b, r);
	case COND_SUB:
		return !__builtin_sub_overflow(a, b, r);
	case COND_MUL:
		return !__builtin_mul_overflow(a, b, r);
	case COND_DIV:
		*r = a / b;
		return true;
	case COND_MOD:
		*r = a % b;
		return true;
	case COND_BITAND:
		*r = a & b;
		return true;
	case COND_BITOR:
		*r = a | b;
		return true;
	case COND_BITXOR:
		*r = a ^ b;
		return true;
	case COND_SHL:
		*r = b < 64 ? (int64_t)((uint64_t)a << b) : 0;
		return true;
	default: /* COND_SHR */
		*r = b < 64 ? a >> b : 0;
		return true;
	}
}

/* Constants are counted through, as in YARA, since a place that is constant is looked at alone. */
static bool fold(struct parser *p, const struct operator* o, const struct token *at,
		 struct expr *left, const struct expr *right)
{
	int64_t a = left->number, b = right->number;
	bool divides = o->op == COND_DIV || o->op == COND_MOD;

	left->constant = left->constant && right->constant;
	if (right->constant && b == 0 && divides)
		return yara_error(p, at, NULL, "division by zero");
	if (right->constant && b < 0 && (o->op == COND_SHL || o->op == COND_SHR))
		return yara_error(p, at, NULL, "a shift by a negative number");
	if (divides && a == INT64_MIN && b == -1)
		left->constant = false; /* undefined */
	if (!left->constant)
		return true;
	return apply(o->op, a, b, &left->number) ||
	       yara_error(p, at, NULL, "integer overflow in a constant expression");
}

static bool level(struct parser *p, unsigned at, struct expr *left)
{
	const struct operator* o;

	if (at > TIGHTEST)
		return unary(p, left);
	if (!level(p, at + 1, left))
		return false;
	while (!p->panic && (o = at_level(p, at)) != NULL) {
		struct token mark = p->now;
		struct expr right;
		yara_advance(p);
		if (!level(p, at + 1, &right))
			return false;
		if (!yara_no_truth(p, left) || !yara_no_truth(p, &right))
			return false;
		if (!yara_is_number(left) || !yara_is_number(&right) ||
		    (!o->floats && (left->kind == VALUE_FLOAT || right.kind == VALUE_FLOAT)))
			return yara_error(p, &mark, NULL, "wrong type: `%.*s` between %s and %s",
					  (int)mark.raw.n, (const char *)mark.raw.p,
					  yara_kind(left->kind), yara_kind(right.kind));
		enum value_kind kind = VALUE_INT;
		if (left->kind == VALUE_FLOAT || right.kind == VALUE_FLOAT) {
			kind = VALUE_FLOAT;
			to_float(p, left);
			to_float(p, &right);
			left->constant = false;
		}
		if (kind == VALUE_INT && !fold(p, o, &mark, left, &right))
			return false;
		left->node = yara_node(p, o->op, kind, 0, left->node, right.node, 0);
		left->kind = kind;
		left->field = NULL;
	}
	return !p->panic;
}

bool yara_arithmetic(struct parser *p, struct expr *out)
{
	if (++p->depth > COND_MAX_DEPTH / 2)
		return yara_error(p, &p->now, NULL, "an expression nested too deep");
	bool ok = level(p, 0, out);
	p->depth--;
	return ok;
}

/* ---- comparisons and string operators */

static const struct {
	const char *word;
	enum cond_op op;
} string_operators[] = {
	{ "contains", COND_CONTAINS },     { "icontains", COND_ICONTAINS },
	{ "startswith", COND_STARTSWITH }, { "istartswith", COND_ISTARTSWITH },
	{ "endswith", COND_ENDSWITH },     { "iendswith", COND_IENDSWITH },
	{ "iequals", COND_IEQUALS },       { "matches", COND_MATCHES },
};

static enum cond_op string_operator(const struct parser *p)
{
	for (size_t i = 0;
	     p->now.kind == TOKEN_NAME && i < sizeof string_operators / sizeof *string_operators;
	     i++)
		if (span_is(p->now.raw, string_operators[i].word))
			return string_operators[i].op;
	return COND_ERROR;
}

static enum cond_op comparison(const struct parser *p, bool equality)
{
	if (p->now.kind != TOKEN_MARK)
		return COND_ERROR;
	switch (p->now.mark) {
	case MARK_EQ:
		return equality ? COND_EQ : COND_ERROR;
	case MARK_NE:
		return equality ? COND_NE : COND_ERROR;
	case '<':
		return equality ? COND_ERROR : COND_LT;
	case MARK_LE:
		return equality ? COND_ERROR : COND_LE;
	case '>':
		return equality ? COND_ERROR : COND_GT;
	case MARK_GE:
		return equality ? COND_ERROR : COND_GE;
	default:
		return COND_ERROR;
	}
}

/* Whether a string is there, where the other side is a number: its count was meant. */
static bool mistaken(const struct parser *p, const struct expr *a, const struct expr *b)
{
	return yara_is_truth(p, a) && !yara_is_truth(p, b) &&
	       ruleset_code(p->set).node[a->node].op == COND_FOUND;
}

static bool join(struct parser *p, enum cond_op op, const struct token *mark, struct expr *left,
		 struct expr *right)
{
	bool numbers = yara_is_number(left) && yara_is_number(right);
	bool texts = left->kind == VALUE_STRING && right->kind == VALUE_STRING;
	bool is_string_op = op >= COND_CONTAINS && op <= COND_IEQUALS;

	bool truths = op == COND_EQ && !mistaken(p, left, right) && !mistaken(p, right, left);
	if (!truths && (!yara_no_truth(p, left) || !yara_no_truth(p, right)))
		return false;
	if (yara_is_truth(p, left) || yara_is_truth(p, right))
		yara_warn(p, mark, NULL,
			  "`==` with true or false: YARA refuses this, YARA-X does not");
	if (op != COND_MATCHES && !texts && (is_string_op || !numbers))
		return yara_error(p, mark, NULL, "wrong type: `%.*s` between %s and %s",
				  (int)mark->raw.n, (const char *)mark->raw.p,
				  yara_kind(left->kind), yara_kind(right->kind));
	if (numbers && (left->kind == VALUE_FLOAT || right->kind == VALUE_FLOAT)) {
		to_float(p, left);
		to_float(p, right);
	}
	left->node = yara_node(p, op, VALUE_BOOL, 0, left->node, right->node, 0);
	left->kind = VALUE_BOOL;
	left->constant = false;
	left->field = NULL;
	return true;
}

static bool relation(struct parser *p, struct expr *out)
{
	enum cond_op op;

	if (!yara_arithmetic(p, out))
		return false;
	while ((op = comparison(p, false)) != COND_ERROR) {
		struct token mark = p->now;
		struct expr right;
		yara_advance(p);
		if (!yara_arithmetic(p, &right) || !join(p, op, &mark, out, &right))
			return false;
	}
	return !p->panic;
}

static bool equality(struct parser *p, struct expr *out)
{
	if (!relation(p, out))
		return false;
	for (;;) {
		struct token mark = p->now;
		enum cond_op op = comparison(p, true);
		struct expr right;
		if (op == COND_ERROR)
			op = string_operator(p);
		if (op == COND_ERROR)
			return !p->panic;
		yara_advance(p);
		if (op == COND_MATCHES) {
			if (out->kind != VALUE_STRING)
				return yara_error(
					p, &mark, NULL,
					"wrong type: `matches` takes a string, this is %s",
					yara_a_kind(out->kind));
			if (!yara_is(p, '/'))
				return yara_error(p, &p->now, NULL,
						  "expected a regular expression after `matches`");
			if (!yara_regex(p, &right))
				return false;
		} else if (!relation(p, &right)) {
			return false;
		}
		if (!join(p, op, &mark, out, &right))
			return false;
	}
}

/* ---- quantifiers in front of `of` */

void yara_warn_negative(struct parser *p, const struct token *at)
{
	yara_warn(p, at, "use `none` where none is meant",
		  "a number below 0 is always reached: YARA 4.5 and YARA-X refuse this");
}

static bool quantified(struct parser *p, struct expr *out)
{
	struct token at = p->now;
	uint32_t q;

	if (yara_quantifier_word(p, &q))
		return yara_of(p, q, &at, out);
	if (!equality(p, out))
		return false;
	bool percent = is_percentage(p);
	if (!percent && !yara_is_word(p, "of"))
		return true;
	if (!yara_integer(p, out, "what stands before `of`"))
		return false;
	if (percent) {
		if (out->constant && (out->number < 1 || out->number > 100))
			return yara_error(p, &at, NULL,
					  "percentage must be between 1 and 100 (inclusive)");
		yara_advance(p);
		out->node = yara_node(p, COND_PERCENT, VALUE_INT, 0, out->node, 0, 0);
	} else if (out->constant && out->number < 0) {
		yara_warn_negative(p, &at);
	}
	return yara_of(p, out->node, &at, out);
}

/* ---- not, and, or */

static bool negation(struct parser *p, struct expr *out)
{
	struct token at = p->now;
	bool is_not = yara_is_word(p, "not");

	if (!is_not && !yara_is_word(p, "defined"))
		return yara_is_word(p, "for") ? yara_for(p, out)
		       : yara_is_with(p)      ? yara_with(p, out)
					      : quantified(p, out);
	yara_advance(p);
	if (++p->depth > COND_MAX_DEPTH / 2)
		return yara_error(p, &at, NULL, "an expression nested too deep");
	if (!negation(p, out))
		return false;
	p->depth--;
	if (is_not && !yara_to_bool(p, out))
		return false;
	out->node = yara_node(p, is_not ? COND_NOT : COND_DEFINED, VALUE_BOOL, 0, out->node, 0, 0);
	out->kind = VALUE_BOOL;
	out->constant = false;
	out->at = at;
	return true;
}

/* A chain of operands under one word; its node names them in the pool. */
static bool chain(struct parser *p, const char *word, enum cond_op op,
		  bool (*operand)(struct parser *p, struct expr *out), struct expr *out)
{
	struct buf operands;
	bool ok = false;

	if (!operand(p, out))
		return false;
	if (!yara_is_word(p, word))
		return true;
	buf_init(&operands, MAX_OPERANDS * sizeof(uint32_t));
	if (!yara_to_bool(p, out))
		goto out;
	buf_put_le32(&operands, out->node);
	while (yara_take_word(p, word)) {
		struct expr right;
		if (!operand(p, &right) || !yara_to_bool(p, &right))
			goto out;
		buf_put_le32(&operands, right.node);
	}
	if (!buf_ok(&operands)) {
		yara_error(p, &out->at, NULL, "more than %d operands of `%s`", MAX_OPERANDS, word);
		goto out;
	}
	size_t n = operands.n / sizeof(uint32_t);
	out->node = yara_node(p, op, VALUE_BOOL, 0,
			      yara_pool(p, (const uint32_t *)(const void *)operands.p, n),
			      (uint32_t)n, 0);
	out->constant = false;
	ok = !p->panic;
out:
	buf_release(&operands);
	return ok;
}

static bool conjunction(struct parser *p, struct expr *out)
{
	return chain(p, "and", COND_AND, negation, out);
}

bool yara_boolean(struct parser *p, struct expr *out)
{
	if (++p->depth > COND_MAX_DEPTH / 2)
		return yara_error(p, &p->now, NULL, "an expression nested too deep");
	bool ok = chain(p, "or", COND_OR, conjunction, out);
	p->depth--;
	return ok;
}

bool yara_condition(struct parser *p, uint32_t *root)
{
	struct expr e;

	p->depth = 0;
	p->n_loops = 0;
	uint32_t first = (uint32_t)(p->set->nodes.n / sizeof(struct cond_node));
	if (!yara_boolean(p, &e) || !yara_to_bool(p, &e))
		return false;
	const struct cond_code code = ruleset_code(p->set);
	if (operands_depth(&code, first, e.node) >= COND_MAX_DEPTH)
		return yara_error(p, &e.at, "split the rule", "a condition nested deeper than %d",
				  COND_MAX_DEPTH);
	*root = e.node;
	return true;
}
