/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clamav/clam_logic.h"
#include "rules/clamav/clam_pcre.h"

/*
 * Subsignatures that are regular expressions: [Offset:]Trigger/regex/[flags].
 * The trigger, an expression over earlier subsignatures, comes first.
 */

enum {
	TRY_MEMORY = 4 << 20, /* to see whether an expression can be compiled */
	MAX_DEPTH = 8         /* triggers that ask for expressions with triggers ... */
};

/* It must be one that PCRE2 takes: what is wrong with it is told now. */
bool clam_regex_check(struct clam *c, struct span pattern, struct span flags)
{
	struct arena a;
	struct clam_pcre *p;
	struct error e;

	arena_init(&a, TRY_MEMORY);
	bool ok = clam_pcre_new(&a, pattern, flags, &p, &e);
	arena_release(&a);
	if (ok)
		return true;
	uint64_t at = e.at != PLACE_NONE && e.at < pattern.n ? e.at : 0;
	return clam_error(c, span_cut(pattern, at, 1), "%s", e.text);
}

bool clam_regex_read(struct clam_logic *l, size_t i, struct span s)
{
	struct clam_sub *sub = &l->sub[i];
	const uint8_t *open = memchr(s.p, '/', s.n), *close = memrchr(s.p, '/', s.n);

	sub->kind = CLAM_SUB_PCRE;
	if (open == close)
		return clam_error(l->c, s, "expected trigger/regex/flags");
	sub->trigger = (struct span){ s.p, (size_t)(open - s.p) };
	sub->regex = (struct span){ open + 1, (size_t)(close - open) - 1 };
	sub->flags = span_cut(s, (uint64_t)(close - s.p) + 1, s.n);
	const uint8_t *colon = memchr(sub->trigger.p, ':', sub->trigger.n);
	if (colon != NULL) {
		struct span where = { s.p, (size_t)(colon - s.p) };
		if (!clam_offset(l->c, where, &sub->at) ||
		    !clam_offset_fits(l->c, where, &sub->at, l->target))
			return false;
		sub->trigger = span_cut(sub->trigger, where.n + 1, sub->trigger.n);
	}
	if (sub->at.base == CLAM_GROUP || sub->at.base == CLAM_VI)
		return clam_error(l->c, s, "a regular expression cannot stand at that offset");
	if (sub->regex.n == 0 || sub->trigger.n == 0)
		return clam_error(l->c, s, "a regular expression must have a text and a trigger");
	return clam_regex_check(l->c, sub->regex, sub->flags);
}

/* How often the expression matches: clamav.pcre("...", "flags"[, place, shift]). */
static uint32_t matches(struct clam_logic *l, size_t i)
{
	struct clam *c = l->c;
	const struct clam_sub *sub = &l->sub[i];
	uint32_t argument[4];

	argument[0] = clam_text(c, sub->regex);
	argument[1] = clam_text(c, sub->flags);
	if (sub->at.base == CLAM_ANYWHERE)
		return clam_call(c, CLAM_PCRE, argument, 2);
	argument[2] = clam_low_end(c, &sub->at);
	argument[3] = clam_shift(c, &sub->at);
	return clam_call(c, CLAM_PCRE_AT, argument, 4);
}

static uint32_t trigger(struct clam_logic *l, size_t i)
{
	uint32_t root;

	if (l->pcre_depth == MAX_DEPTH || l->n_triggers == CLAM_MAX_TRIGGERS) {
		(void)clam_error(l->c, l->sub[i].trigger,
				 "triggers of regular expressions ask for one another too often");
		return COND_NONE;
	}
	l->pcre_depth++;
	l->n_triggers++;
	bool ok = clam_expression(l, l->sub[i].trigger, i, &root);
	l->pcre_depth--;
	return ok ? root : COND_NONE;
}

uint32_t clam_regex_found(struct clam_logic *l, size_t i)
{
	struct clam *c = l->c;
	uint32_t both[2];

	both[0] = trigger(l, i);
	if (both[0] == COND_NONE)
		return COND_NONE;
	uint32_t n = matches(l, i), none = clam_int(c, 0);
	both[1] = clam_node(c, COND_GT, VALUE_BOOL, n, none, 0);
	return clam_all(c, COND_AND, both, 2);
}

uint32_t clam_regex_count(struct clam_logic *l, size_t i)
{
	uint32_t yes = trigger(l, i);

	if (yes == COND_NONE)
		return COND_NONE;
	yes = clam_as_number(l->c, yes);
	if (yes == COND_NONE)
		return COND_NONE;
	uint32_t n = clam_else_zero(l->c, matches(l, i));
	return clam_node(l->c, COND_MUL, VALUE_INT, yes, n, 0);
}
