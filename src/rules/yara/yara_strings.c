/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/yara/yara_parse.h"

#include <stdio.h>

/* ---- modifiers */

static const struct {
	const char *name;
	uint32_t flag;
	bool text, hex, regex; /* kinds of string that take it */
} modifiers[] = {
	{ "nocase", PATTERN_NOCASE, true, false, true },
	{ "wide", PATTERN_WIDE, true, false, true },
	{ "ascii", PATTERN_ASCII, true, false, true },
	{ "fullword", PATTERN_FULLWORD, true, false, true },
	{ "private", PATTERN_PRIVATE, true, true, true },
	{ "xor", PATTERN_XOR, true, false, false },
	{ "base64", PATTERN_BASE64, true, false, false },
	{ "base64wide", PATTERN_BASE64WIDE, true, false, false },
};

enum { N_MODIFIERS = sizeof modifiers / sizeof *modifiers };

static bool xor_key(struct parser *p, uint8_t *out)
{
	if (p->now.kind != TOKEN_INT || p->now.number > 255)
		return yara_error(p, &p->now, NULL, "expected a key from 0 to 255");
	*out = (uint8_t)p->now.number;
	yara_advance(p);
	return !p->panic;
}

/* xor(a) or xor(a-b) */
static bool xor_range(struct parser *p, struct pattern_source *s)
{
	struct token at = p->now;

	s->xor_min = 0;
	s->xor_max = 255;
	if (!yara_take(p, '('))
		return !p->panic;
	if (!xor_key(p, &s->xor_min))
		return false;
	s->xor_max = s->xor_min;
	if (yara_take(p, '-') && !xor_key(p, &s->xor_max))
		return false;
	if (s->xor_min > s->xor_max)
		return yara_error(p, &at, "write the smaller key first", "xor range %u-%u is empty",
				  s->xor_min, s->xor_max);
	return yara_expect(p, ')', "`)`");
}

static bool alphabet(struct parser *p, struct span *out)
{
	if (!yara_take(p, '('))
		return !p->panic;
	if (p->now.kind != TOKEN_TEXT || p->now.value.n != 64)
		return yara_error(p, &p->now, NULL, "expected an alphabet of 64 bytes in quotes");
	*out = p->now.value;
	yara_advance(p);
	return yara_expect(p, ')', "`)`");
}

static bool takes(size_t m, enum pattern_kind kind)
{
	return kind == PATTERN_TEXT  ? modifiers[m].text
	       : kind == PATTERN_HEX ? modifiers[m].hex
				     : modifiers[m].regex;
}

static bool unknown_modifier(struct parser *p)
{
	const char *names[N_MODIFIERS];
	char hint[60] = "";

	for (size_t i = 0; i < N_MODIFIERS; i++)
		names[i] = modifiers[i].name;
	const char *near = yara_nearest(p->now.raw, names, N_MODIFIERS);
	if (near != NULL)
		snprintf(hint, sizeof hint, "did you mean `%s`?", near);
	return yara_error(p, &p->now, hint[0] != '\0' ? hint : NULL,
			  "expected a modifier, a string or `condition`");
}

static bool conflicts(struct parser *p, const struct token *at, const struct pattern_source *s)
{
	static const uint32_t never[][2] = {
		{ PATTERN_NOCASE, PATTERN_XOR },          { PATTERN_NOCASE, PATTERN_BASE64 },
		{ PATTERN_NOCASE, PATTERN_BASE64WIDE },   { PATTERN_XOR, PATTERN_BASE64 },
		{ PATTERN_XOR, PATTERN_BASE64WIDE },      { PATTERN_FULLWORD, PATTERN_BASE64 },
		{ PATTERN_FULLWORD, PATTERN_BASE64WIDE },
	};
	const char *name[2] = { "", "" };

	for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
		if ((s->flags & never[i][0]) == 0 || (s->flags & never[i][1]) == 0)
			continue;
		for (size_t m = 0; m < N_MODIFIERS; m++)
			for (size_t k = 0; k < 2; k++)
				if (modifiers[m].flag == never[i][k])
					name[k] = modifiers[m].name;
		yara_error(p, at, NULL, "invalid modifier combination: `%s` and `%s`", name[0],
			   name[1]);
		return true;
	}
	return false;
}

static bool read_modifiers(struct parser *p, struct pattern_source *s)
{
	struct token at = p->now;

	while (p->now.kind == TOKEN_NAME && !yara_is_word(p, "condition")) {
		size_t m = 0;
		while (m < N_MODIFIERS && !span_is(p->now.raw, modifiers[m].name))
			m++;
		if (m == N_MODIFIERS)
			return unknown_modifier(p);
		if (!takes(m, s->kind))
			return yara_error(p, &p->now, NULL, "`%s` is not for this kind of string",
					  modifiers[m].name);
		if ((s->flags & modifiers[m].flag) != 0 &&
		    !(s->kind == PATTERN_REGEX && modifiers[m].flag == PATTERN_NOCASE))
			return yara_error(p, &p->now, NULL, "duplicated modifier `%s`",
					  modifiers[m].name);
		s->flags |= modifiers[m].flag;
		yara_advance(p);
		if (modifiers[m].flag == PATTERN_XOR && !xor_range(p, s))
			return false;
		if (modifiers[m].flag == PATTERN_BASE64 && !alphabet(p, &s->alphabet))
			return false;
		if (modifiers[m].flag == PATTERN_BASE64WIDE && !alphabet(p, &s->alphabet_wide))
			return false;
	}
	if (p->panic || conflicts(p, &at, s))
		return false;
	if ((s->flags & PATTERN_BASE64) != 0 && (s->flags & PATTERN_BASE64WIDE) != 0 &&
	    !span_equal(s->alphabet, s->alphabet_wide))
		return yara_error(p, &at, NULL,
				  "base64 and base64wide must have the same alphabet");
	if ((s->flags & PATTERN_WIDE) == 0)
		s->flags |= PATTERN_ASCII;
	return true;
}

/* ---- strings */

static bool value(struct parser *p, struct ir_string *s)
{
	struct token t = p->now;

	if (t.kind == TOKEN_TEXT) {
		s->pattern.kind = PATTERN_TEXT;
		s->pattern.text = t.value;
		s->text_place = yara_place(p, &t);
		if (t.value.n == 0)
			return yara_error(p, &t, NULL, "empty string \"%.*s\"", (int)s->name.n,
					  (const char *)s->name.p);
		yara_advance(p);
		return !p->panic;
	}
	if (t.kind != TOKEN_MARK || (t.mark != '{' && t.mark != '/'))
		return yara_error(p, &t, NULL, "expected a text, `{` or `/`");
	t = t.mark == '{' ? lex_hex(&p->lex, &t) : lex_regex(&p->lex, &t);
	if (t.kind == TOKEN_BAD)
		return yara_error(p, &t, NULL, "%s", t.message);
	s->pattern.kind = t.kind == TOKEN_HEX ? PATTERN_HEX : PATTERN_REGEX;
	s->pattern.text = t.value;
	s->pattern.flags |=
		(t.regex_nocase ? PATTERN_NOCASE : 0u) | (t.regex_dotall ? PATTERN_DOTALL : 0u);
	s->text_place = yara_place(p, &t);
	s->text_place.at++;
	s->text_place.column++;
	s->text_place.n = (uint32_t)t.value.n;
	yara_advance(p);
	return !p->panic;
}

/* $a, #a, @a and !a are one name; empty where the sign stands alone. */
static struct span unsigned_name(const struct token *t) { return span_cut(t->raw, 1, t->raw.n); }

static bool one(struct parser *p)
{
	struct token id = p->now;
	struct ir_string s = {
		.name = id.raw, .rule = p->rule, .fixed = true, .fixed_at = IR_NOT_FIXED_AT
	};

	if (id.raw.p[id.raw.n - 1] == '*')
		return yara_error(p, &id, NULL, "a string's name has no `*`");
	s.pattern.yarax = p->y->options.yarax;
	yara_advance(p);
	if (!yara_expect(p, '=', "`=`"))
		return false;
	if (id.raw.n > 1 &&
	    names_find(&p->y->strings, p->rule, unsigned_name(&id)) != NAMES_UNKNOWN)
		return yara_error(p, &id, NULL, "duplicated string identifier \"%.*s\"",
				  (int)id.raw.n, (const char *)id.raw.p);
	if (!value(p, &s) || !read_modifiers(p, &s.pattern))
		return false;
	s.place = yara_place(p, &id);
	if (p->n_strings >= p->y->max_strings) {
		p->n_more++;
		return true;
	}
	buf_put(&p->set->strings, &s, sizeof s);
	buf_put_u8(&p->used, 0);
	if (!buf_ok(&p->set->strings) || !buf_ok(&p->used))
		return yara_error(p, &id, NULL, "too many strings");
	if (id.raw.n > 1 &&
	    !names_add(&p->y->strings, p->rule, unsigned_name(&id), p->first_string + p->n_strings))
		return yara_error(p, &id, NULL, "no memory for a string");
	p->n_strings++;
	return true;
}

/* The rule has more strings than a rule may have: of its condition nothing is known then. */
static bool too_many(struct parser *p)
{
	const struct ir_rule *r = (const struct ir_rule *)(const void *)p->set->rules.p + p->rule;

	ruleset_diagnose(p->set, IR_ERROR, r->place, p->rule,
			 "--max-strings-per-rule sets another limit",
			 "too many strings in rule \"%.*s\" (limit: %u): it has %llu",
			 (int)r->name.n, (const char *)r->name.p, p->y->max_strings,
			 (unsigned long long)(p->n_strings + p->n_more));
	return false;
}

bool yara_strings(struct parser *p)
{
	bool ok = true;

	if (p->now.kind != TOKEN_STRING_ID)
		return yara_error(p, &p->now, NULL, "expected a string such as `$a = \"text\"`");
	while (p->now.kind == TOKEN_STRING_ID || p->panic) {
		const uint8_t *from = p->now.raw.p;
		if (!p->panic && one(p))
			continue;
		/* go on at the next definition, so that all errors of the section are told */
		ok = false;
		p->panic = false;
		if (p->now.raw.p == from)
			p->now = lex_next(&p->lex);
		while (p->now.kind != TOKEN_END && !yara_is(p, '}') &&
		       !yara_is_word(p, "condition") && !yara_is_word(p, "rule") &&
		       p->now.kind != TOKEN_STRING_ID)
			p->now = lex_next(&p->lex);
	}
	if (p->n_more != 0)
		ok = too_many(p);
	p->panic = !ok; /* the condition would only complain of strings that were not read */
	return ok;
}

static void named(struct ir_string *s, uint64_t at)
{
	if (s->named && s->fixed_at != at)
		at = IR_NOT_FIXED_AT;
	s->fixed_at = at;
	s->named = true;
}

void yara_named(struct parser *p, uint32_t string, uint64_t at)
{
	struct ir_string *all = (struct ir_string *)(void *)p->set->strings.p;

	if (string != COND_NONE) {
		named(&all[string], at);
	} else if (!p->loop_names || (p->loop_at != at && p->loop_at != IR_NOT_FIXED_AT)) {
		for (uint32_t i = 0; i < p->n_strings; i++)
			named(&all[p->first_string + i], at);
		p->loop_at = p->loop_names ? IR_NOT_FIXED_AT : at;
		p->loop_names = true;
	}
}

/* What the rule does have, as a hint. */
static void list_names(const struct parser *p, char *out, size_t size)
{
	size_t n, at;
	const struct ir_string *s = ruleset_strings(p->set, &n);

	at = (size_t)snprintf(
		out, size, p->n_strings == 0 ? "the rule has no strings" : "the rule's strings:");
	for (uint32_t i = 0; i < p->n_strings; i++) {
		struct span name = s[p->first_string + i].name;
		if (size - at < name.n + sizeof " ..." + 1) {
			snprintf(out + at, size - at, " ...");
			return;
		}
		at += (size_t)snprintf(out + at, size - at, " %.*s", (int)name.n,
				       (const char *)name.p);
	}
}

/* The rule is broken, but reading goes on as if any of its strings had been named: there may be
 * more to tell. */
static bool undefined_string(struct parser *p, const struct token *t, struct span name,
			     uint32_t *out)
{
	char hint[120];

	list_names(p, hint, sizeof hint);
	if (p->n_strings == 0)
		return yara_error(p, t, hint, "undefined string \"$%.*s\"", (int)name.n,
				  (const char *)name.p);
	ruleset_diagnose(p->set, IR_ERROR, yara_place(p, t), p->rule, hint,
			 "undefined string \"$%.*s\"", (int)name.n, (const char *)name.p);
	p->misnamed = true;
	*out = p->first_string;
	return true;
}

bool yara_string(struct parser *p, const struct token *t, uint32_t *out)
{
	struct span name = unsigned_name(t);

	if (name.n == 0) {
		if (!p->in_for_of)
			return yara_error(p, t, NULL,
					  "`%.*s` alone stands for the string of a `for .. of`", 1,
					  (const char *)t->raw.p);
		*out = COND_NONE;
		return true;
	}
	uint32_t s = names_find(&p->y->strings, p->rule, name);
	if (s == NAMES_UNKNOWN)
		return undefined_string(p, t, name, out);
	p->used.p[s - p->first_string] = 1;
	*out = s;
	return true;
}
