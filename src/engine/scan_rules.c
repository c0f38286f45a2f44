/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner.h"

/*
 * Which rules are looked at: those that a found pattern triggers, and those that
 * could be true without one.  Each has its gate first, then its condition, once.
 */

void scan_gap(struct scanner *s, enum reason why, uint32_t rule, const char *detail)
{
	struct verdict_gap g = { .why = why, .rule = rule };
	const struct verdict_gap *all = (const struct verdict_gap *)(const void *)s->gaps.p;

	for (size_t i = 0; i < s->gaps.n / sizeof g; i++)
		if (all[i].why == why && all[i].rule == rule)
			return;
	char *text = arena_text(&s->arena, detail, strlen(detail));
	g.detail = text != NULL ? span_of(text) : span_of("memory");
	buf_put(&s->gaps, &g, sizeof g);
}

bool scan_gate_open(const struct scanner *s, uint32_t rule)
{
	const struct db_gate *g = &s->db->gate[rule];

	if (s->options.process)
		return true;
	if ((g->classes & 1u << s->class) == 0 || s->file.n < g->min_size ||
	    s->file.n > g->max_size)
		return false;
	for (uint32_t i = 0; i < g->n_tests && i < 4; i++) {
		uint32_t at = g->test[i].at, n = g->test[i].n;
		if (n > 8 || at > s->file.n || n > s->file.n - at ||
		    memcmp(s->file.p + at, g->test[i].bytes, n) != 0)
			return false;
	}
	return true;
}

static bool evaluate(struct scanner *s, uint32_t rule)
{
	s->rule_now = rule;
	s->steps = scan_budget(s);
	s->eval.logs = (s->db->rule[rule].modules & 1u << MODULE_CONSOLE) != 0;
	bool yes = eval_condition(&s->eval, s->db->rule[rule].root);
	if (UNLIKELY(s->eval.error.why != REASON_NONE))
		scan_gap(s, s->eval.error.why, rule, s->eval.error.text);
	return yes;
}

/* A rule that another one asks for works on its own account. */
static bool evaluate_within(struct scanner *s, uint32_t rule)
{
	struct eval outer = s->eval;
	uint64_t outer_steps = s->steps;
	uint32_t outer_rule = s->rule_now;

	bool yes = evaluate(s, rule);
	s->eval = outer;
	s->steps = outer_steps;
	s->rule_now = outer_rule;
	return yes;
}

static bool condition(struct scanner *s, uint32_t rule)
{
	return s->eval.depth == 0 ? evaluate(s, rule) : evaluate_within(s, rule);
}

bool scan_rule(void *ctx, uint32_t rule)
{
	struct scanner *s = ctx;

	if (rule >= s->db->n_rules || s->rule[rule] == RULE_RUNNING)
		return false;
	if (s->rule[rule] == RULE_UNKNOWN) {
		s->asked[s->n_asked++] = rule;
		s->rule[rule] = RULE_RUNNING;
		bool yes = scan_gate_open(s, rule) && condition(s, rule);
		s->rule[rule] = yes ? RULE_TRUE : RULE_FALSE;
	}
	return s->rule[rule] == RULE_TRUE;
}

static void globals(struct scanner *s)
{
	for (uint32_t i = 0; i < s->db->n_globals; i++) {
		uint32_t rule = s->db->global[i];
		if (rule < s->db->n_rules && !scan_rule(s, rule) &&
		    s->db->rule[rule].space_number < s->db->n_rules)
			s->space_failed[s->db->rule[rule].space_number] = true;
	}
}

static void ask(struct scanner *s, uint32_t rule)
{
	if (rule >= s->db->n_rules || s->rule[rule] != RULE_UNKNOWN)
		return;
	if ((s->db->rule[rule].flags & IR_RULE_ALLOW) != 0) {
		s->may_be_allowed = true; /* asked where something is found */
		return;
	}
	uint32_t space = s->db->rule[rule].space_number;
	if (s->member != NULL && s->member->absent &&
	    (s->db->rule[rule].flags & IR_RULE_MEMBER) == 0)
		return;
	if (s->member != NULL && s->member->view && (s->db->rule[rule].flags & IR_RULE_TEXT) == 0)
		return;
	if (s->db->n_globals != 0 && space < s->db->n_rules && s->space_failed[space])
		return;
	(void)scan_rule(s, rule);
}

bool scan_rules_allow(struct scanner *s)
{
	const struct db *db = s->db;

	for (uint32_t i = 0; s->may_be_allowed && i < db->n_always; i++)
		if (db->always[i] < db->n_rules &&
		    (db->rule[db->always[i]].flags & IR_RULE_ALLOW) != 0 &&
		    scan_rule(s, db->always[i]))
			return true;
	return false;
}

void scan_rules(struct scanner *s)
{
	const struct db *db = s->db;
	size_t n_found = s->n_touched; /* conditions touch more */

	s->may_be_allowed = false;
	if (s->member == NULL || (!s->member->absent && !s->member->view))
		globals(s);
	for (unsigned g = 0; g < DB_GROUP_COUNT; g++) {
		uint32_t first = db->head.group[g].always_first, n = db->head.group[g].always_n;
		if ((s->groups & 1u << g) == 0 || first > db->n_always || n > db->n_always - first)
			continue;
		for (uint32_t i = 0; i < n; i++)
			ask(s, db->always[first + i]);
	}
	for (size_t i = 0; i < n_found; i++) {
		const struct db_pattern_record *p = &db->pattern[s->touched[i]];
		if (s->state[s->touched[i]] == STATE_UNSEEN || p->first_trigger > db->n_triggers ||
		    p->n_triggers > db->n_triggers - p->first_trigger)
			continue;
		for (uint32_t k = 0; k < p->n_triggers; k++)
			ask(s, db->trigger[p->first_trigger + k]);
	}
}

void scan_forget_rules(struct scanner *s)
{
	for (size_t i = 0; i < s->n_asked; i++)
		s->rule[s->asked[i]] = RULE_UNKNOWN;
	s->n_asked = 0;
	if (s->db->n_globals != 0)
		memset(s->space_failed, 0, s->db->n_rules * sizeof *s->space_failed);
}
