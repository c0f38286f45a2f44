/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/release_items.h"
#include "rules/yara/yara_lex.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * A YARA source taken apart into its rules.  Only the lexis is needed: where a rule begins, which
 * brace ends it, and which names stand in it.  What a rule refers to must stand before it in YARA;
 * an item's level keeps that order when items are sorted by name.
 */

enum { MAX_RULES = 1 << 20, MAX_IMPORTS = 64 };

struct rule_part {
	struct span name;
	unsigned level;
};

struct splitter {
	struct lexer lexer;
	struct arena arena;
	struct token t; /* the next token */
	struct span import[MAX_IMPORTS];
	size_t n_imports;
	struct rule_part *rule; /* owned */
	size_t n, room;
	struct error *e;
};

static bool damaged(struct splitter *s, const char *what)
{
	return error_set(s->e, REASON_DAMAGED, s->lexer.at, "line %u: %s", s->t.line, what);
}

static void next(struct splitter *s) { s->t = lex_next(&s->lexer); }

static bool is_name(const struct token *t, const char *name)
{
	return t->kind == TOKEN_NAME && span_is(t->raw, name);
}

static bool is_mark(const struct token *t, int mark)
{
	return t->kind == TOKEN_MARK && t->mark == mark;
}

/* ---- one rule's body */

/* The level above every rule that `name`, or whose name begins so, stands for. */
static void refer(const struct splitter *s, struct span name, bool prefix, unsigned *level)
{
	for (size_t i = 0; i < s->n; i++) {
		struct span rule = s->rule[i].name;
		if ((span_equal(rule, name) ||
		     (prefix && span_equal(span_cut(rule, 0, name.n), name))) &&
		    s->rule[i].level >= *level)
			*level = s->rule[i].level + 1;
	}
}

/* From the opening brace to the closing one, which is read too. */
static bool read_body(struct splitter *s, unsigned *level)
{
	struct token before = s->t;
	unsigned depth = 0;

	for (;; before = s->t, next(s)) {
		if (s->t.kind == TOKEN_END || s->t.kind == TOKEN_BAD)
			return damaged(s, s->t.kind == TOKEN_BAD ? s->t.message
								 : "a rule does not end");
		if (is_mark(&s->t, '{') && is_mark(&before, '='))
			s->t = lex_hex(&s->lexer, &s->t);
		else if (is_mark(&s->t, '/')) /* YARA divides with a backslash */
			s->t = lex_regex(&s->lexer, &s->t);
		else if (is_mark(&s->t, '{'))
			depth++;
		else if (is_mark(&s->t, '}') && --depth == 0)
			return true;
		if (s->t.kind == TOKEN_BAD)
			return damaged(s, s->t.message);
		if (s->t.kind == TOKEN_NAME)
			refer(s, s->t.raw, false, level);
		else if (is_mark(&s->t, '*') && before.kind == TOKEN_NAME)
			refer(s, before.raw, true, level);
	}
}

/* ---- a source */

static bool remember(struct splitter *s, struct span name, unsigned level)
{
	if (s->n == s->room) {
		size_t room = s->room != 0 ? 2 * s->room : 64;
		struct rule_part *more =
			room <= MAX_RULES ? reallocarray(s->rule, room, sizeof *more) : NULL;
		if (more == NULL)
			return error_set(s->e, REASON_MEMORY, PLACE_NONE, "too many rules");
		s->rule = more;
		s->room = room;
	}
	s->rule[s->n++] = (struct rule_part){ name, level };
	return true;
}

static bool read_rule(struct splitter *s, struct release_items *out, const char *space)
{
	size_t start = s->lexer.at - s->t.raw.n;
	char id[RELEASE_MAX_ID + 2];
	unsigned level = 0;
	struct buf text;

	while (is_name(&s->t, "private") || is_name(&s->t, "global"))
		next(s);
	if (!is_name(&s->t, "rule"))
		return damaged(s, "no rule, import or include");
	next(s);
	struct span name = s->t.raw;
	if (s->t.kind != TOKEN_NAME)
		return damaged(s, "a rule without a name");
	while (s->t.kind != TOKEN_END && s->t.kind != TOKEN_BAD && !is_mark(&s->t, '{'))
		next(s);
	if (!read_body(s, &level))
		return false;
	if (snprintf(id, sizeof id, "%s/%.*s", space, (int)name.n, (const char *)name.p) >
	    RELEASE_MAX_ID)
		return damaged(s, "a rule's name is too long");
	buf_init(&text, ITEMS_MAX_ITEM);
	for (size_t i = 0; i < s->n_imports; i++) {
		buf_put_text(&text, "import ");
		buf_put_span(&text, s->import[i]);
		buf_put_text(&text, "\n");
	}
	buf_put_span(&text, span_cut(s->lexer.text, start, s->lexer.at - start));
	buf_put_text(&text, "\n");
	bool ok = buf_ok(&text) ? release_items_put(out, id, level, buf_span(&text), s->e)
				: damaged(s, "a rule over 4 MiB");
	buf_release(&text);
	return ok && remember(s, name, level);
}

static bool read_import(struct splitter *s)
{
	next(s);
	if (s->t.kind != TOKEN_TEXT)
		return damaged(s, "an import without a name");
	for (size_t i = 0; i < s->n_imports; i++)
		if (span_equal(s->import[i], s->t.raw))
			return true;
	if (s->n_imports == MAX_IMPORTS)
		return damaged(s, "too many imports");
	s->import[s->n_imports++] = s->t.raw;
	return true;
}

bool release_rules_add(struct release_items *r, struct span source, const char *space,
		       struct error *e)
{
	struct splitter s = { .lexer = { .text = source, .line = 1 }, .e = e };
	bool ok = true;

	arena_init(&s.arena, (size_t)1 << 30);
	s.lexer.arena = &s.arena;
	for (next(&s); ok && s.t.kind != TOKEN_END; next(&s)) {
		if (is_name(&s.t, "import"))
			ok = read_import(&s);
		else if (is_name(&s.t, "include"))
			ok = damaged(&s, "an include: name the included files themselves");
		else
			ok = read_rule(&s, r, space);
	}
	arena_release(&s.arena);
	free(s.rule);
	return ok;
}
