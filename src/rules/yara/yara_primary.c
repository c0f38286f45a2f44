/* SPDX-License-Identifier: Apache-2.0 */
#include "format/modules.h"
#include "rules/yara/yara_parse.h"

#include <stdio.h>

/* ---- constants */

static void integer(struct parser *p, int64_t v, struct expr *out)
{
	out->node =
		yara_node(p, COND_INT, VALUE_INT, 0, (uint32_t)v, (uint32_t)((uint64_t)v >> 32), 0);
	out->kind = VALUE_INT;
	out->constant = true;
	out->number = v;
}

static void real(struct parser *p, double v, struct expr *out)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	out->node =
		yara_node(p, COND_FLOAT, VALUE_FLOAT, 0, (uint32_t)bits, (uint32_t)(bits >> 32), 0);
	out->kind = VALUE_FLOAT;
}

static void text(struct parser *p, struct span s, struct expr *out)
{
	uint32_t at = (uint32_t)p->set->text.n;

	buf_put_span(&p->set->text, s);
	out->node = yara_node(p, COND_STRING, VALUE_STRING, 0, at, (uint32_t)s.n, 0);
	out->kind = VALUE_STRING;
}

bool yara_regex(struct parser *p, struct expr *out)
{
	struct token t = p->now;
	struct ir_regex x = { .rule = p->rule };

	t = lex_regex(&p->lex, &t);
	if (t.kind == TOKEN_BAD)
		return yara_error(p, &t, NULL, "%s", t.message);
	x.pattern = (struct pattern_source){ .kind = PATTERN_REGEX,
					     .text = t.value,
					     .flags = PATTERN_ASCII |
						      (t.regex_nocase ? PATTERN_NOCASE : 0u) |
						      (t.regex_dotall ? PATTERN_DOTALL : 0u),
					     .yarax = p->y->options.yarax,
					     .tested = true };
	x.place = yara_place(p, &t);
	x.place.at++;
	x.place.column++;
	out->at = t;
	out->kind = VALUE_REGEX;
	out->node = yara_node(p, COND_REGEX, VALUE_REGEX, 0,
			      (uint32_t)(p->set->regexes.n / sizeof x), 0, 0);
	buf_put(&p->set->regexes, &x, sizeof x);
	yara_advance(p);
	return !p->panic;
}

/* ---- strings: $a, #a, @a, !a */

static bool position(struct parser *p, struct expr *e)
{
	return yara_arithmetic(p, e) && yara_integer(p, e, "a place");
}

/* What a loop asks of its own string is asked of every string of the rule, as YARA has it. */
static void more_than_presence(struct parser *p, uint32_t s)
{
	struct ir_string *all = (struct ir_string *)(void *)p->set->strings.p;

	if (s != COND_NONE) {
		all[s].fixed = false;
		return;
	}
	for (uint32_t i = 0; i < p->n_strings && !p->loop_reads; i++)
		all[p->first_string + i].fixed = false;
	p->loop_reads = true;
}

static bool found(struct parser *p, struct expr *out)
{
	struct token t = p->now;
	uint32_t s, range;
	struct expr at;

	if (t.raw.p[t.raw.n - 1] == '*')
		return yara_error(p, &t, "write `any of (%s)` or the like",
				  "a wildcard has its place in a set of strings alone");
	if (!yara_string(p, &t, &s))
		return false;
	yara_advance(p);
	out->kind = VALUE_BOOL;
	if (yara_take_word(p, "at")) {
		more_than_presence(p, s);
		if (!position(p, &at))
			return false;
		yara_named(p, s,
			   !at.constant     ? IR_NOT_FIXED_AT
			   : at.number >= 0 ? (uint64_t)at.number
					    : IR_FIXED_NOWHERE);
		out->node = yara_node(p, COND_FOUND_AT, VALUE_BOOL, 0, s, at.node, 0);
	} else if (yara_take_word(p, "in")) {
		more_than_presence(p, s);
		if (!yara_range(p, &range))
			return false;
		yara_named(p, s, IR_NOT_FIXED_AT);
		out->node = yara_node(p, COND_FOUND_IN, VALUE_BOOL, 0, s, range, 0);
	} else {
		yara_named(p, s, IR_NOT_FIXED_AT);
		out->node = yara_node(p, COND_FOUND, VALUE_BOOL, 0, s, 0, 0);
	}
	return !p->panic;
}

static bool count(struct parser *p, struct expr *out)
{
	struct token t = p->now;
	uint32_t s, range;

	if (!yara_string(p, &t, &s))
		return false;
	more_than_presence(p, s);
	yara_named(p, s, IR_NOT_FIXED_AT);
	yara_advance(p);
	out->kind = VALUE_INT;
	if (yara_take_word(p, "in")) {
		if (!yara_range(p, &range))
			return false;
		out->node = yara_node(p, COND_COUNT_IN, VALUE_INT, 0, s, range, 0);
	} else {
		out->node = yara_node(p, COND_COUNT, VALUE_INT, 0, s, 0, 0);
	}
	return !p->panic;
}

/* In YARA 4 an index may be of any kind: one that is no integer is that of no match, as 0 is. */
static bool string_index(struct parser *p, uint32_t *out)
{
	struct expr e;

	if (!yara_arithmetic(p, &e))
		return false;
	if (e.kind == VALUE_FLOAT || e.kind == VALUE_STRING) {
		yara_warn(p, &e.at, NULL, "an index that is %s: no match has it, YARA-X refuses it",
			  yara_a_kind(e.kind));
		e.node = yara_node(p, COND_INT, VALUE_INT, 0, 0, 0, 0);
		e.kind = VALUE_INT;
	}
	*out = e.node;
	return yara_integer(p, &e, "an index");
}

static bool offset_or_length(struct parser *p, struct expr *out)
{
	struct token t = p->now;
	enum cond_op op = t.kind == TOKEN_OFFSET_ID ? COND_OFFSET : COND_LENGTH;
	uint32_t s, index = COND_NONE;

	if (!yara_string(p, &t, &s))
		return false;
	more_than_presence(p, s);
	yara_named(p, s, IR_NOT_FIXED_AT);
	yara_advance(p);
	if (yara_take(p, '[')) {
		if (!string_index(p, &index) || !yara_expect(p, ']', "`]`"))
			return false;
	}
	out->kind = VALUE_INT;
	out->node = yara_node(p, op, VALUE_INT, 0, s, index, 0);
	return !p->panic;
}

/* ---- names */

/* uint16be(expr) and its kin; false where the word is another. */
static bool read_function(struct span s, unsigned *n)
{
	static const struct {
		const char *name;
		unsigned n;
	} all[] = {
		{ "int8", 1 | COND_READ_SIGNED },
		{ "int16", 2 | COND_READ_SIGNED },
		{ "int32", 4 | COND_READ_SIGNED },
		{ "uint8", 1 },
		{ "uint16", 2 },
		{ "uint32", 4 },
		{ "int8be", 1 | COND_READ_SIGNED },
		{ "int16be", 2 | COND_READ_SIGNED | COND_READ_BIG },
		{ "int32be", 4 | COND_READ_SIGNED | COND_READ_BIG },
		{ "uint8be", 1 },
		{ "uint16be", 2 | COND_READ_BIG },
		{ "uint32be", 4 | COND_READ_BIG },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (span_is(s, all[i].name)) {
			*n = all[i].n;
			return true;
		}
	return false;
}

static bool keyword(struct parser *p, struct expr *out)
{
	struct token t = p->now;
	unsigned n;

	yara_advance(p);
	if (span_is(t.raw, "true") || span_is(t.raw, "false")) {
		out->kind = VALUE_BOOL;
		out->node = yara_node(p, span_is(t.raw, "true") ? COND_TRUE : COND_FALSE,
				      VALUE_BOOL, 0, 0, 0, 0);
	} else if (span_is(t.raw, "filesize")) {
		out->kind = VALUE_INT;
		out->node = yara_node(p, COND_FILESIZE, VALUE_INT, 0, 0, 0, 0);
	} else if (span_is(t.raw, "entrypoint")) {
		yara_warn(p, &t, "use pe.entry_point or elf.entry_point",
			  "`entrypoint` is deprecated");
		out->kind = VALUE_INT;
		out->node = yara_node(p, COND_ENTRYPOINT, VALUE_INT, 0, 0, 0, 0);
	} else if (read_function(t.raw, &n)) {
		struct expr at;
		if (!yara_expect(p, '(', "`(`") || !position(p, &at) || !yara_expect(p, ')', "`)`"))
			return false;
		out->kind = VALUE_INT;
		out->node = yara_node(p, COND_READ, VALUE_INT, n, at.node, 0, 0);
	} else {
		return yara_error(p, &t, NULL, "expected an expression, found `%.*s`", (int)t.raw.n,
				  (const char *)t.raw.p);
	}
	return !p->panic;
}

static bool unknown_name(struct parser *p, const struct token *t)
{
	static const char *const words[] = { "filesize",   "true",    "false", "any",    "all",
					     "none",       "them",    "uint8", "uint16", "uint32",
					     "int8",       "int16",   "int32", "not",    "for",
					     "entrypoint", "defined", "pe",    "elf",    "math",
					     "hash" };
	char hint[100] = "";
	const char *near = yara_nearest(t->raw, words, sizeof words / sizeof *words);

	if (modules_find(t->raw) != MODULE_COUNT)
		snprintf(hint, sizeof hint, "add `import \"%.*s\"` above the rule", (int)t->raw.n,
			 (const char *)t->raw.p);
	else if (near != NULL)
		snprintf(hint, sizeof hint, "did you mean `%s`?", near);
	return yara_error(p, t, hint[0] != '\0' ? hint : NULL, "undefined identifier \"%.*s\"",
			  (int)t->raw.n, (const char *)t->raw.p);
}

static bool variable(struct parser *p, const struct token *t, struct expr *out)
{
	for (unsigned i = p->n_vars; i-- > 0;)
		if (span_equal(p->var[i].name, t->raw)) {
			const struct yara_var *v = &p->var[i];
			out->node = yara_node(p, COND_VAR, v->kind, 0, i, 0, 0);
			out->kind = v->kind;
			out->field = v->field;
			out->members = v->field != NULL ? v->field->members : NULL;
			return true;
		}
	return false;
}

static bool name(struct parser *p, struct expr *out)
{
	struct token t = p->now;
	size_t n;

	yara_advance(p);
	if (variable(p, &t, out))
		return true;
	uint32_t m = names_find(&p->y->imports, p->scope, t.raw);
	if (m != NAMES_UNKNOWN) {
		ruleset_rules(p->set, &n)[p->rule].modules |= 1u << m;
		out->node = yara_node(p, COND_MODULE, VALUE_STRUCT, 0, m, 0, 0);
		out->kind = VALUE_STRUCT;
		out->members = modules_all[m]->fields;
		return true;
	}
	uint32_t x = names_find(&p->y->externs, 0, t.raw);
	if (x != NAMES_UNKNOWN) {
		out->kind =
			((const struct ir_extern *)(const void *)p->set->externs.p)[x].value.kind;
		out->node = yara_node(p, COND_EXTERN, out->kind, 0, x, 0, 0);
		return true;
	}
	uint32_t r = names_find(&p->y->rules, p->scope, t.raw);
	if (r == NAMES_UNKNOWN)
		return unknown_name(p, &t);
	out->kind = VALUE_BOOL;
	if (r == p->rule) { /* YARA 4: not matched as yet */
		yara_warn(p, &t, NULL, "a rule that names itself is false there");
		out->node = yara_node(p, COND_FALSE, VALUE_BOOL, 0, 0, 0, 0);
		return true;
	}
	const struct ir_rule *rule = &ruleset_rules(p->set, &n)[r];
	if ((rule->flags & IR_RULE_BROKEN) != 0)
		return yara_error(p, &t, NULL, "rule `%.*s` has an error, and so this one too",
				  (int)t.raw.n, (const char *)t.raw.p);
	out->node = yara_node(p, COND_RULE, VALUE_BOOL, 0, r, 0, 0);
	return true;
}

/* ---- what follows a name: .field, [index], (arguments) */

static void become(struct expr *e, const struct field *f)
{
	e->field = f;
	e->kind = f->kind;
	e->members = f->members;
}

static bool constant(struct parser *p, const struct field *f, struct expr *out)
{
	out->field = NULL;
	out->members = NULL;
	if (f->kind == VALUE_STRING)
		text(p, span_of(f->text), out);
	else
		integer(p, f->number, out);
	return true;
}

static bool member(struct parser *p, struct expr *e)
{
	struct token t = p->now;

	if (t.kind != TOKEN_NAME)
		return yara_error(p, &t, NULL, "expected a field's name");
	if (e->kind != VALUE_STRUCT || e->members == NULL)
		return yara_error(p, &t, NULL, "%s has no fields", yara_a_kind(e->kind));
	const struct field *f = field_find(e->members, t.raw);
	if (f == NULL) {
		const char *names[512];
		char hint[100] = "";
		size_t n = 0;
		for (const struct field *k = e->members; k->name != NULL && n < 512; k++)
			names[n++] = k->name;
		const char *near = yara_nearest(t.raw, names, n);
		if (near != NULL)
			snprintf(hint, sizeof hint, "did you mean `%s`?", near);
		return yara_error(p, &t, near != NULL ? hint : NULL, "invalid field name \"%.*s\"",
				  (int)t.raw.n, (const char *)t.raw.p);
	}
	yara_advance(p);
	if (f->constant)
		return constant(p, f, e);
	uint32_t number = (uint32_t)(f - e->members);
	if (f->kind == VALUE_FUNCTION) {
		e->self = e->node;
		e->field = f;
		e->kind = VALUE_FUNCTION;
		return true;
	}
	e->node = yara_node(p, COND_FIELD, f->kind, 0, e->node, number, 0);
	become(e, f);
	return true;
}

static bool element(struct parser *p, struct expr *e)
{
	struct expr index;
	struct token t = p->now;

	if (!yara_arithmetic(p, &index))
		return false;
	if (e->kind == VALUE_ARRAY) {
		if (!yara_integer(p, &index, "an array's index"))
			return false;
		e->node = yara_node(p, COND_INDEX, e->field->of, 0, e->node, index.node, 0);
	} else if (e->kind == VALUE_DICT) {
		if (index.kind != VALUE_STRING)
			return yara_error(p, &t, NULL,
					  "wrong type: a dictionary's key is a string");
		e->node = yara_node(p, COND_LOOKUP, e->field->of, 0, e->node, index.node, 0);
	} else {
		return yara_error(p, &t, NULL, "%s has no elements", yara_a_kind(e->kind));
	}
	e->kind = e->field->of;
	e->members = e->field->members;
	return yara_expect(p, ']', "`]`");
}

static char letter(enum value_kind k)
{
	return k == VALUE_INT      ? 'i'
	       : k == VALUE_FLOAT  ? 'f'
	       : k == VALUE_STRING ? 's'
	       : k == VALUE_REGEX  ? 'r'
	       : k == VALUE_BOOL   ? 'b'
				   : '?';
}

/* How well arguments fit: 0 not, 1 after a promotion, 2 exactly. */
static int fits(const struct parser *p, const char *wanted, const struct expr *args, size_t n)
{
	int how = 2;

	if (strlen(wanted) != n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		char c = letter(args[i].kind);
		if (c == wanted[i])
			continue;
		bool number = c == 'i' || c == 'f' || (c == 'b' && !yara_is_truth(p, &args[i]));
		if (!number || (wanted[i] != 'f' && (c != 'b' || wanted[i] != 'i')))
			return 0;
		how = 1;
	}
	return how;
}

enum { MAX_ARGUMENTS = 16 };

static bool arguments(struct parser *p, struct expr *arg, size_t *n)
{
	*n = 0;
	if (yara_take(p, ')'))
		return !p->panic;
	do {
		if (*n == MAX_ARGUMENTS)
			return yara_error(p, &p->now, NULL, "more than %d arguments",
					  MAX_ARGUMENTS);
		struct expr *a = &arg[(*n)++];
		*a = (struct expr){ .at = p->now };
		if (!(yara_is(p, '/') ? yara_regex(p, a) : yara_boolean(p, a)))
			return false;
	} while (yara_take(p, ','));
	return yara_expect(p, ')', "`,` or `)`");
}

static void put_word(char *list, size_t size, const char *word)
{
	size_t n = strlen(list);
	snprintf(list + n, size - n, "%s%s", n == 0 ? "" : ", ", word);
}

/* Says what was given, and how the function can be called. */
static bool wrong_arguments(struct parser *p, const struct expr *e, const struct expr *arg,
			    size_t n)
{
	static const enum value_kind kinds[] = { VALUE_INT, VALUE_FLOAT, VALUE_STRING, VALUE_REGEX,
						 VALUE_BOOL };
	char given[200] = "", hint[200] = "";

	for (size_t i = 0; i < n; i++)
		put_word(given, sizeof given, yara_kind(arg[i].kind));
	for (const struct field *f = e->field;
	     f->name != NULL && strcmp(f->name, e->field->name) == 0; f++) {
		char takes[100] = "", call[130];
		for (const char *c = f->args; *c != '\0'; c++)
			for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
				if (letter(kinds[k]) == *c)
					put_word(takes, sizeof takes, yara_kind(kinds[k]));
		snprintf(call, sizeof call, "%s(%s)", hint[0] == '\0' ? "it takes " : "", takes);
		put_word(hint, sizeof hint, call);
	}
	return yara_error(p, &e->at, hint, "wrong arguments for function \"%s\": (%s)",
			  e->field->name, given);
}

static bool call(struct parser *p, struct expr *e)
{
	struct expr arg[MAX_ARGUMENTS];
	uint32_t number[MAX_ARGUMENTS];
	const struct field *best = NULL;
	struct token at = p->now;
	size_t n;

	if (e->kind != VALUE_FUNCTION)
		return yara_error(p, &at, NULL, "%s cannot be called", yara_a_kind(e->kind));
	if (!arguments(p, arg, &n))
		return false;
	for (int want = 2; want > 0 && best == NULL; want--)
		for (const struct field *f = e->field;
		     f->name != NULL && strcmp(f->name, e->field->name) == 0; f++)
			if (best == NULL && fits(p, f->args, arg, n) == want)
				best = f;
	if (best == NULL)
		return wrong_arguments(p, e, arg, n);
	for (size_t i = 0; i < n; i++) {
		if (best->args[i] == 'f' && arg[i].kind != VALUE_FLOAT)
			arg[i].node =
				yara_node(p, COND_TO_FLOAT, VALUE_FLOAT, 0, arg[i].node, 0, 0);
		number[i] = arg[i].node;
	}
	e->node = yara_node(p, COND_CALL, best->of, (unsigned)n, e->self,
			    (uint32_t)(best - e->members), yara_pool(p, number, n));
	e->kind = best->of;
	e->field = NULL;
	e->members = NULL;
	return true;
}

static bool postfix(struct parser *p, struct expr *e)
{
	for (;;) {
		bool ok = true;
		if (yara_take(p, '.'))
			ok = member(p, e);
		else if ((e->kind == VALUE_ARRAY || e->kind == VALUE_DICT) && yara_take(p, '['))
			ok = element(p, e);
		else if (e->kind == VALUE_FUNCTION && yara_take(p, '('))
			ok = call(p, e);
		else
			break;
		if (!ok || p->panic)
			return false;
	}
	if (e->kind == VALUE_FUNCTION)
		return yara_error(p, &p->now, NULL, "expected `(` after the function \"%s\"",
				  e->field->name);
	return !p->panic;
}

bool yara_primary(struct parser *p, struct expr *out)
{
	struct token t = p->now;

	*out = (struct expr){ .at = t };
	switch (t.kind) {
	case TOKEN_INT:
		integer(p, t.number, out);
		yara_advance(p);
		return !p->panic;
	case TOKEN_FLOAT:
		real(p, t.real, out);
		yara_advance(p);
		return !p->panic;
	case TOKEN_TEXT:
		text(p, t.value, out);
		yara_advance(p);
		return !p->panic;
	case TOKEN_STRING_ID:
		return found(p, out);
	case TOKEN_COUNT_ID:
		return count(p, out);
	case TOKEN_OFFSET_ID:
	case TOKEN_LENGTH_ID:
		return offset_or_length(p, out);
	case TOKEN_NAME:
		return yara_keyword(t.raw) ? keyword(p, out) : name(p, out) && postfix(p, out);
	case TOKEN_MARK:
		if (t.mark == '/')
			return yara_regex(p, out);
		if (t.mark == '(') {
			yara_advance(p);
			return yara_boolean(p, out) && yara_expect(p, ')', "`)` or an operator");
		}
		break;
	case TOKEN_END:
	case TOKEN_HEX:
	case TOKEN_REGEX:
	case TOKEN_BAD:
		break;
	}
	if (t.kind == TOKEN_END)
		return yara_error(p, &t, NULL, "expected an expression, but the text ends here");
	return yara_error(p, &t, t.kind == TOKEN_MARK && t.mark == '=' ? "equality is `==`" : NULL,
			  "expected an expression, found `%.*s`",
			  (int)(t.raw.n < 40 ? t.raw.n : 40), (const char *)t.raw.p);
}
