/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/yara/yara_parse.h"

/* Quantifiers, sets of strings and of rules, ranges, and the loops over them. */

enum { MAX_SET = YARA_MAX_STRINGS };

bool yara_quantifier_word(struct parser *p, uint32_t *out)
{
	enum cond_op op = yara_is_word(p, "all")    ? COND_ALL
			  : yara_is_word(p, "any")  ? COND_ANY
			  : yara_is_word(p, "none") ? COND_NONE_OF
						    : COND_ERROR;

	if (op == COND_ERROR)
		return false;
	yara_advance(p);
	*out = yara_node(p, op, VALUE_INT, 0, 0, 0, 0);
	return true;
}

/* ---- ranges */

static bool range_end(struct parser *p, struct expr *low, uint32_t *out)
{
	struct expr high;
	struct token at = p->now;

	if (!yara_expect(p, MARK_DOTS, "`..`") || !yara_arithmetic(p, &high) ||
	    !yara_integer(p, low, "a range's lower end") ||
	    !yara_integer(p, &high, "a range's upper end"))
		return false;
	if (low->constant && high.constant && low->number > high.number)
		yara_warn(p, &at, NULL,
			  "a range whose lower end is above its upper end is empty: "
			  "YARA 4.5 and YARA-X refuse this");
	else if (low->constant && low->number < 0)
		yara_warn(p, &at, NULL,
			  "a range that begins below 0: YARA 4.5 and YARA-X refuse this");
	*out = yara_node(p, COND_RANGE, VALUE_INT, 0, low->node, high.node, 0);
	return yara_expect(p, ')', "`)`");
}

bool yara_range(struct parser *p, uint32_t *out)
{
	struct expr low;

	return yara_expect(p, '(', "`(` of a range") && yara_arithmetic(p, &low) &&
	       range_end(p, &low, out);
}

/* ---- sets */

static bool add_number(struct parser *p, struct buf *set, uint32_t number)
{
	buf_put_le32(set, number);
	if (!buf_ok(set))
		return yara_error(p, &p->now, NULL, "a set of more than %d members", MAX_SET);
	return true;
}

static bool add_strings(struct parser *p, struct buf *set)
{
	struct token t = p->now;
	size_t n;
	const struct ir_string *s = ruleset_strings(p->set, &n);

	if (t.raw.p[t.raw.n - 1] != '*' && t.raw.n > 1) {
		uint32_t one;
		if (!yara_string(p, &t, &one) || !add_number(p, set, one))
			return false;
		yara_named(p, one, IR_NOT_FIXED_AT);
	} else {
		/* a wildcard; `$` alone names the strings without a name */
		bool wild = t.raw.p[t.raw.n - 1] == '*', any = false;
		size_t k = wild ? t.raw.n - 1 : t.raw.n;
		for (uint32_t i = 0; i < p->n_strings; i++) {
			if (wild ? s[p->first_string + i].name.n < k ||
					    memcmp(s[p->first_string + i].name.p, t.raw.p, k) != 0
				 : s[p->first_string + i].name.n != 1)
				continue;
			any = true;
			p->used.p[i] = 1;
			yara_named(p, p->first_string + i, IR_NOT_FIXED_AT);
			if (!add_number(p, set, p->first_string + i))
				return false;
		}
		if (!any)
			return yara_error(p, &t, NULL, "undefined string \"%.*s\"", (int)t.raw.n,
					  (const char *)t.raw.p);
	}
	yara_advance(p);
	return !p->panic;
}

static bool add_rules(struct parser *p, struct buf *set)
{
	struct token t = p->now;
	size_t n, n_rules;
	const struct ir_rule *r = ruleset_rules(p->set, &n_rules);
	bool any = false;

	yara_advance(p);
	if (!yara_take(p, '*')) {
		n = names_find(&p->y->rules, p->scope, t.raw);
		if (n == NAMES_UNKNOWN)
			return yara_error(p, &t, NULL, "undefined rule \"%.*s\"", (int)t.raw.n,
					  (const char *)t.raw.p);
		if (n == p->rule) {
			p->set_names_self = true;
			return true;
		}
		if ((r[n].flags & IR_RULE_BROKEN) != 0)
			return yara_error(p, &t, NULL,
					  "rule `%.*s` has an error, and so this one too",
					  (int)t.raw.n, (const char *)t.raw.p);
		return add_number(p, set, (uint32_t)n);
	}
	for (uint32_t i = 0; i <= p->rule; i++) {
		if (!span_equal(r[i].space, p->space) || r[i].name.n < t.raw.n ||
		    memcmp(r[i].name.p, t.raw.p, t.raw.n) != 0)
			continue;
		any = true;
		if (i == p->rule)
			p->set_names_self = true;
		else if ((r[i].flags & IR_RULE_BROKEN) != 0)
			return yara_error(
				p, &t, NULL,
				"rule `%.*s`, which this names, has an error, and so this one too",
				(int)r[i].name.n, (const char *)r[i].name.p);
		else if (!add_number(p, set, i))
			return false;
	}
	if (!any)
		return yara_error(p, &t, NULL, "no rule before this one matches \"%.*s*\"",
				  (int)t.raw.n, (const char *)t.raw.p);
	struct yara_wildcard w = { .space = p->space, .prefix = t.raw, .rule = p->rule };
	buf_put(&p->y->wildcards, &w, sizeof w);
	return true;
}

static bool add_boolean(struct parser *p, struct buf *set)
{
	struct expr e;

	return yara_boolean(p, &e) && yara_to_bool(p, &e) && add_number(p, set, e.node);
}

/* What stands first between the brackets says what the set is of. */
static enum cond_op kind_of_set(const struct parser *p)
{
	struct lexer ahead = p->lex;
	struct token next = lex_next(&ahead);
	bool ends = next.kind == TOKEN_MARK && (next.mark == ',' || next.mark == ')');

	if (p->now.kind == TOKEN_STRING_ID && ends)
		return COND_STRINGS;
	if (p->now.kind == TOKEN_NAME && !yara_keyword(p->now.raw) &&
	    (ends || (next.kind == TOKEN_MARK && next.mark == '*')))
		return COND_RULES;
	return COND_LIST;
}

/*
 * A set that names the rule it stands in: YARA takes that rule as one that did not match.  So it
 * counts where the size of the set does, and nowhere else.
 */
static bool add_self(struct parser *p, uint32_t quantifier, struct buf *members)
{
	const struct cond_code code = ruleset_code(p->set);
	enum cond_op op = quantifier < code.n_nodes ? code.node[quantifier].op : COND_ERROR;

	if (op != COND_ALL && op != COND_PERCENT && members->n != 0)
		return true;
	return add_number(p, members, p->rule);
}

static bool set(struct parser *p, uint32_t quantifier, bool strings_only, uint32_t *out,
		enum cond_op *kind)
{
	struct token at = p->now;
	struct buf members;
	bool ok = true;

	buf_init(&members, MAX_SET * sizeof(uint32_t));
	*kind = COND_STRINGS;
	p->set_names_self = false;
	if (yara_take_word(p, "them")) {
		if (p->n_strings == 0)
			ok = yara_error(p, &at, NULL, "`them`, but the rule has no strings");
		for (uint32_t i = 0; ok && i < p->n_strings; i++) {
			p->used.p[i] = 1;
			yara_named(p, p->first_string + i, IR_NOT_FIXED_AT);
			ok = add_number(p, &members, p->first_string + i);
		}
	} else if ((ok = yara_expect(p, '(', "`them` or `(`"))) {
		*kind = kind_of_set(p);
		if (strings_only && *kind != COND_STRINGS)
			ok = yara_error(p, &p->now, NULL, "expected a set of strings");
		do
			ok = ok && (*kind == COND_STRINGS && p->now.kind != TOKEN_STRING_ID
					    ? yara_error(p, &p->now, NULL,
							 "expected a string such as `$a`")
				    : *kind == COND_RULES && p->now.kind != TOKEN_NAME
					    ? yara_error(p, &p->now, NULL, "expected a rule's name")
				    : *kind == COND_STRINGS ? add_strings(p, &members)
				    : *kind == COND_RULES   ? add_rules(p, &members)
							    : add_boolean(p, &members));
		while (ok && yara_take(p, ','));
		ok = ok && yara_expect(p, ')', "`,` or `)`") &&
		     (!p->set_names_self || add_self(p, quantifier, &members));
	}
	size_t n = members.n / sizeof(uint32_t);
	if (ok)
		*out = yara_node(p, *kind, VALUE_INT, 0,
				 yara_pool(p, (const uint32_t *)(const void *)members.p, n),
				 (uint32_t)n, 0);
	buf_release(&members);
	return ok && !p->panic && buf_ok(&p->set->nodes) && buf_ok(&p->set->pool);
}

static void read_more(struct parser *p, uint32_t set_node)
{
	struct cond_code code = ruleset_code(p->set);
	const struct cond_node *s = &code.node[set_node];

	for (uint32_t i = 0; buf_ok(&p->set->pool) && i < s->b; i++)
		((struct ir_string *)(void *)p->set->strings.p)[code.pool[s->a + i]].fixed = false;
}

bool yara_of(struct parser *p, uint32_t quantifier, const struct token *at, struct expr *out)
{
	uint32_t members, limit = COND_NONE;
	enum cond_op kind;

	if (!yara_take_word(p, "of"))
		return yara_error(p, &p->now, NULL, "expected `of`");
	if (!set(p, quantifier, false, &members, &kind))
		return false;
	if (kind == COND_STRINGS && yara_take_word(p, "in")) {
		read_more(p, members);
		if (!yara_range(p, &limit))
			return false;
	} else if (kind == COND_STRINGS && yara_take_word(p, "at")) {
		struct expr e;
		read_more(p, members);
		if (!yara_arithmetic(p, &e) || !yara_integer(p, &e, "a place"))
			return false;
		limit = e.node;
	}
	*out = (struct expr){ .kind = VALUE_BOOL, .at = *at };
	out->node = yara_node(p, COND_OF, VALUE_BOOL, 0, members, limit, quantifier);
	return !p->panic;
}

/* ---- for */

static bool body(struct parser *p, struct expr *out)
{
	return yara_expect(p, ':', "`:`") && yara_expect(p, '(', "`(`") && yara_boolean(p, out) &&
	       yara_to_bool(p, out) && yara_expect(p, ')', "`)` or an operator");
}

static bool for_of(struct parser *p, uint32_t quantifier, struct expr *out)
{
	bool outer = p->in_for_of;
	uint32_t members;
	enum cond_op kind;
	struct expr b;

	if (!set(p, quantifier, true, &members, &kind))
		return false;
	p->in_for_of = true;
	bool ok = body(p, &b);
	p->in_for_of = outer;
	if (!ok)
		return false;
	out->node = yara_node(p, COND_FOR_OF, VALUE_BOOL, 0, members, b.node, quantifier);
	return true;
}

/* Of what kind a loop's variable is that takes this value: what is an integer in YARA 4 stays one.
 */
static enum value_kind kind_in_loop(const struct parser *p, const struct expr *e)
{
	return e->kind == VALUE_BOOL && !yara_is_truth(p, e) ? VALUE_INT : e->kind;
}

/* (a..b) or (e, e, ...): the node, and of what kind the variable is. */
static bool brackets(struct parser *p, uint32_t *out, struct yara_var *v)
{
	struct buf members;
	struct expr e;
	bool ok;

	if (!yara_expect(p, '(', "`(`") || !yara_arithmetic(p, &e))
		return false;
	v->kind = VALUE_INT;
	if (yara_is(p, MARK_DOTS))
		return range_end(p, &e, out);
	v->kind = kind_in_loop(p, &e);
	if (v->kind < VALUE_BOOL || v->kind > VALUE_STRING)
		return yara_error(p, &e.at, NULL, "wrong type: a loop over %s",
				  yara_a_kind(e.kind));
	buf_init(&members, MAX_SET * sizeof(uint32_t));
	ok = add_number(p, &members, e.node);
	while (ok && yara_take(p, ',')) {
		ok = yara_arithmetic(p, &e);
		if (ok && kind_in_loop(p, &e) != v->kind)
			ok = yara_error(p, &e.at, NULL,
					"wrong type: the loop goes over %ss, this is %s",
					yara_kind(v->kind), yara_a_kind(e.kind));
		ok = ok && add_number(p, &members, e.node);
	}
	size_t n = members.n / sizeof(uint32_t);
	if (ok)
		*out = yara_node(p, COND_LIST, v->kind, 0,
				 yara_pool(p, (const uint32_t *)(const void *)members.p, n),
				 (uint32_t)n, 0);
	buf_release(&members);
	return ok && yara_expect(p, ')', "`,` or `)`");
}

static bool iterable(struct parser *p, unsigned n_names, uint32_t *out, struct yara_var *v)
{
	struct expr e;

	if (yara_is(p, '(')) {
		if (n_names != 1)
			return yara_error(p, &p->now, NULL,
					  "two variables go over a dictionary alone");
		return brackets(p, out, &v[0]);
	}
	if (!yara_primary(p, &e))
		return false;
	if (e.kind == VALUE_ARRAY && n_names == 1) {
		v[0].kind = e.field->of;
		v[0].field = e.field;
	} else if (e.kind == VALUE_DICT && n_names == 2) {
		v[0].kind = VALUE_STRING;
		v[1].kind = e.field->of;
		v[1].field = e.field;
	} else if (e.kind == VALUE_ARRAY || e.kind == VALUE_DICT) {
		return yara_error(p, &e.at, NULL, "%s gives %s", yara_a_kind(e.kind),
				  e.kind == VALUE_ARRAY ? "one value: name one variable"
							: "keys and values: name two variables");
	} else {
		return yara_error(p, &e.at, NULL, "wrong type: a loop over %s",
				  yara_a_kind(e.kind));
	}
	*out = e.node;
	return true;
}

static bool for_in(struct parser *p, uint32_t quantifier, struct expr *out)
{
	struct yara_var v[2] = { 0 };
	unsigned n = 0, first = p->n_vars;
	struct token t = p->now;
	uint32_t over;
	struct expr b;

	do {
		if (n == 2)
			return yara_error(p, &p->now, NULL, "at most two loop variables");
		if (!yara_name(p, "a loop variable", &t))
			return false;
		for (unsigned i = 0; i < p->n_vars; i++)
			if (span_equal(p->var[i].name, t.raw))
				return yara_error(p, &t, NULL,
						  "duplicated loop identifier \"%.*s\"",
						  (int)t.raw.n, (const char *)t.raw.p);
		if (n == 1 && span_equal(v[0].name, t.raw))
			return yara_error(p, &t, NULL, "duplicated loop identifier \"%.*s\"",
					  (int)t.raw.n, (const char *)t.raw.p);
		v[n++].name = t.raw;
	} while (yara_take(p, ','));
	if (!yara_take_word(p, "in"))
		return yara_error(p, &p->now, NULL, "expected `in`");
	if (!iterable(p, n, &over, v))
		return false;
	if (p->n_vars + n > COND_MAX_VARS)
		return yara_error(p, &t, NULL, "more than %d loop variables in scope",
				  COND_MAX_VARS);
	for (unsigned i = 0; i < n; i++)
		p->var[p->n_vars++] = v[i];
	bool ok = body(p, &b);
	p->n_vars = first;
	if (!ok)
		return false;
	out->node = yara_node(p, COND_FOR_IN, VALUE_BOOL, first, over, b.node, quantifier);
	return true;
}

bool yara_for(struct parser *p, struct expr *out)
{
	struct token at = p->now;
	uint32_t q;

	yara_advance(p);
	if (!yara_quantifier_word(p, &q)) {
		struct expr e;
		if (!yara_arithmetic(p, &e) || !yara_integer(p, &e, "a quantifier"))
			return false;
		if (e.constant && e.number < 0)
			yara_warn_negative(p, &e.at);
		q = e.node;
		if (yara_take(p, '%')) {
			if (e.constant && (e.number < 1 || e.number > 100))
				return yara_error(
					p, &e.at, NULL,
					"percentage must be between 1 and 100 (inclusive)");
			q = yara_node(p, COND_PERCENT, VALUE_INT, 0, e.node, 0, 0);
		}
	}
	*out = (struct expr){ .kind = VALUE_BOOL, .at = at };
	if (++p->n_loops == YARA_MAX_LOOPS + 1)
		yara_warn(p, &at, NULL, "loops nested deeper than %d: YARA refuses this",
			  YARA_MAX_LOOPS);
	bool ok = yara_take_word(p, "of") ? for_of(p, q, out) : for_in(p, q, out);
	p->n_loops--;
	return ok;
}

/* ---- with, YARA-X's local names */

/* `with` is no keyword in YARA 4: it is one here where a name and `=` follow. */
bool yara_is_with(const struct parser *p)
{
	struct lexer ahead = p->lex;

	if (!yara_is_word(p, "with"))
		return false;
	struct token name = lex_next(&ahead), mark = lex_next(&ahead);
	return name.kind == TOKEN_NAME && !yara_keyword(name.raw) && mark.kind == TOKEN_MARK &&
	       mark.mark == '=';
}

static bool local(struct parser *p, uint32_t *value)
{
	struct token name;
	struct expr e;

	if (!yara_name(p, "a name", &name) || !yara_expect(p, '=', "`=`") || !yara_boolean(p, &e))
		return false;
	if (p->n_vars == COND_MAX_VARS)
		return yara_error(p, &name, NULL, "more than %d variables in scope", COND_MAX_VARS);
	if (e.kind == VALUE_REGEX || (e.kind == VALUE_STRUCT && e.field == NULL))
		return yara_error(p, &e.at, NULL, "wrong type: a %s cannot be given a name",
				  e.kind == VALUE_REGEX ? "regexp" : "module");
	p->var[p->n_vars++] =
		(struct yara_var){ .name = name.raw, .kind = e.kind, .field = e.field };
	*value = e.node;
	return true;
}

bool yara_with(struct parser *p, struct expr *out)
{
	uint32_t value[COND_MAX_VARS];
	unsigned first = p->n_vars;
	struct token at = p->now;
	struct expr b;

	yara_advance(p);
	do
		if (!local(p, &value[p->n_vars - first]))
			return false;
	while (yara_take(p, ','));
	if (!body(p, &b))
		return false;
	*out = (struct expr){ .kind = VALUE_BOOL, .at = at, .node = b.node };
	while (p->n_vars > first) {
		p->n_vars--;
		out->node = yara_node(p, COND_WITH, VALUE_BOOL, p->n_vars, value[p->n_vars - first],
				      out->node, 0);
	}
	return true;
}
