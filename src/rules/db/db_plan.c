/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/db/db_plan.h"
#include "match/filter.h"
#include "rules/db/db_view.h"
#include "rules/trigger.h"

#include <math.h>

enum { MAX_PART = 1 << 30 };

void db_plan_init(struct db_plan *p)
{
	*p = (struct db_plan){ 0 };
	buf_init(&p->gates, MAX_PART);
	buf_init(&p->triggers, MAX_PART);
	buf_init(&p->always, MAX_PART);
	buf_init(&p->globals, MAX_PART);
	buf_init(&p->filters, MAX_PART);
}

void db_plan_release(struct db_plan *p)
{
	buf_release(&p->gates);
	buf_release(&p->triggers);
	buf_release(&p->always);
	buf_release(&p->globals);
	buf_release(&p->filters);
}

static struct db_pattern_record *records(struct db_patterns *p, size_t *n)
{
	*n = p->record.n / sizeof(struct db_pattern_record);
	return (struct db_pattern_record *)(void *)p->record.p;
}

static void put_gate(struct buf *out, const struct trigger *t)
{
	struct db_gate g = { .min_size = t->min_size,
			     .max_size = t->max_size,
			     .classes = t->classes,
			     .n_tests = (uint32_t)t->n_tests };

	for (size_t i = 0; i < t->n_tests; i++) {
		g.test[i].at = t->test[i].at;
		g.test[i].n = t->test[i].n;
		memcpy(g.test[i].bytes, t->test[i].bytes, sizeof g.test[i].bytes);
	}
	buf_put(out, &g, sizeof g);
}

/* One find of a pattern sets off one rule. */
struct edge {
	uint32_t pattern, rule;
};

struct analysis {
	struct buf edges;        /* struct edge, in order of rules */
	uint32_t *always_groups; /* of each kept rule: groups in which it is always looked at */
};

/* The classes that a group holds. */
static uint32_t classes_of(unsigned group)
{
	uint32_t classes = 0;

	for (unsigned c = 0; c < CLASS_COUNT; c++)
		if (db_group_of((enum type_class)c) == group)
			classes |= 1u << c;
	return classes;
}

/* A rule that is looked at in every object asks for its strings every time: the one pass looks for
 * all of them that it can. */
static void watch_all(const struct ruleset *set, struct db_patterns *p, uint32_t number,
		      uint32_t rule, unsigned group, struct analysis *x)
{
	struct db_pattern_record *record = (struct db_pattern_record *)(void *)p->record.p;
	size_t n;
	const struct ir_rule *r = &ruleset_rules(set, &n)[number];

	x->always_groups[rule] |= 1u << group;
	for (uint32_t s = r->first_string; s < r->first_string + r->n_strings; s++)
		if (isfinite(p->cost[s])) {
			record[p->of_string[s]].groups |= 1u << group;
			record[p->of_string[s]].asked |= 1u << group;
		}
}

/* Anchors that the filter stops at so rarely that looking for them costs next to nothing, while a
 * search of the whole object for one of them, when its rule asks, would. */
enum { CHEAP = 2 /* candidates for each MB */ };

static void watch_cheap(const struct ruleset *set, struct db_patterns *p, uint32_t number,
			unsigned group)
{
	struct db_pattern_record *record = (struct db_pattern_record *)(void *)p->record.p;
	size_t n;
	const struct ir_rule *r = &ruleset_rules(set, &n)[number];

	for (uint32_t s = r->first_string; s < r->first_string + r->n_strings; s++)
		if (p->sampled[s] && p->cost[s] < CHEAP)
			record[p->of_string[s]].groups |= 1u << group;
}

/* What sets a rule off is one short string, which many objects hold.  If no other string of the
 * rule is watched, another one is: a rule that wants both would search every such object for it. */
static void watch_second(const struct ruleset *set, struct db_patterns *p, uint32_t trigger,
			 uint32_t number, unsigned group)
{
	struct db_pattern_record *record = (struct db_pattern_record *)(void *)p->record.p;
	size_t n;
	const struct ir_rule *r = &ruleset_rules(set, &n)[number];
	uint32_t best = trigger;

	for (uint32_t s = r->first_string; s < r->first_string + r->n_strings; s++) {
		if (s == trigger)
			continue;
		if ((record[p->of_string[s]].groups & 1u << group) != 0)
			return;
		if (p->cost[s] < CHEAP && (best == trigger || p->cost[s] < p->cost[best]))
			best = s;
	}
	record[p->of_string[best]].groups |= 1u << group;
}

/* One rule in one group of objects: what sets it off there. */
static void plan_rule(const struct ruleset *set, struct db_patterns *p, const struct trigger *t,
		      uint32_t number, uint32_t rule, unsigned group, struct analysis *x)
{
	struct db_pattern_record *record = (struct db_pattern_record *)(void *)p->record.p;
	bool always = t->always;

	for (size_t k = 0; !always && k < t->n_strings; k++)
		always = !isfinite(p->cost[t->string[k]]);
	if (always && (t->classes & classes_of(group)) != 0)
		watch_all(set, p, number, rule, group, x);
	if (!always && t->n_strings != 0)
		watch_cheap(set, p, number, group);
	if (!always && t->n_strings == 1 && !p->sampled[t->string[0]])
		watch_second(set, p, t->string[0], number, group);
	for (size_t k = 0; !always && k < t->n_strings; k++) {
		struct edge one = { p->of_string[t->string[k]], rule };
		buf_put(&x->edges, &one, sizeof one);
		record[one.pattern].groups |= 1u << group;
	}
}

static bool analyse(const struct ruleset *set, const uint32_t *kept, struct db_patterns *p,
		    struct arena *a, struct db_plan *out, struct analysis *x, struct error *e)
{
	size_t n;
	const struct ir_rule *rule = ruleset_rules(set, &n);
	struct arena work; /* of one rule */
	struct trigger t;
	bool ok = true;

	x->always_groups = arena_array(a, n, sizeof *x->always_groups);
	if (x->always_groups == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to plan a database");
	arena_init(&work, SIZE_MAX);
	for (uint32_t i = 0; ok && i < n; i++) {
		if (kept[i] == COND_NONE)
			continue;
		arena_reset(&work);
		ok = trigger_analyse(set, i, CLASS_ALL, p->cost, &work, &t, e);
		if (!ok)
			break;
		put_gate(&out->gates, &t);
		if ((rule[i].flags & IR_RULE_GLOBAL) != 0)
			buf_put_le32(&out->globals, kept[i]);
		for (unsigned g = 0; ok && g < DB_GROUP_COUNT; g++) {
			arena_reset(&work);
			ok = trigger_analyse(set, i, classes_of(g), p->cost, &work, &t, e);
			if (ok)
				plan_rule(set, p, &t, i, kept[i], g, x);
		}
	}
	arena_release(&work);
	if (!ok)
		return false;
	if (!buf_ok(&x->edges) || !buf_ok(&out->gates) || !buf_ok(&out->globals))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to plan a database");
	return true;
}

/* Edges by pattern, a counting sort that keeps the rules' order. */
static bool put_triggers(struct db_patterns *p, const struct analysis *x, struct arena *a,
			 struct buf *out)
{
	size_t n_patterns;
	struct db_pattern_record *record = records(p, &n_patterns);
	const struct edge *edge = (const struct edge *)(const void *)x->edges.p;
	size_t n = x->edges.n / sizeof *edge;
	uint32_t *rule = arena_array(a, n, sizeof *rule), at = 0;

	if (rule == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		record[edge[i].pattern].n_triggers++;
	for (size_t i = 0; i < n_patterns; i++) {
		record[i].first_trigger = at;
		at += record[i].n_triggers;
		record[i].n_triggers = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct db_pattern_record *r = &record[edge[i].pattern];
		if (r->n_triggers == 0 ||
		    rule[r->first_trigger + r->n_triggers - 1] != edge[i].rule)
			rule[r->first_trigger + r->n_triggers++] = edge[i].rule;
	}
	buf_put(out, rule, n * sizeof *rule);
	return buf_ok(out);
}

static void put_always(const struct analysis *x, size_t n_rules, struct db_plan *out)
{
	for (unsigned g = 0; g < DB_GROUP_COUNT; g++) {
		out->head.group[g].always_first = (uint32_t)(out->always.n / sizeof(uint32_t));
		for (uint32_t i = 0; i < n_rules; i++)
			if ((x->always_groups[i] & 1u << g) != 0)
				buf_put_le32(&out->always, i);
		out->head.group[g].always_n = (uint32_t)(out->always.n / sizeof(uint32_t)) -
					      out->head.group[g].always_first;
	}
}

static bool put_filter(const struct db_patterns *p, unsigned group, struct arena *a,
		       struct db_plan *out, struct error *e)
{
	const struct db_pattern_record *record =
		(const struct db_pattern_record *)(const void *)p->record.p;
	size_t n_patterns = p->record.n / sizeof *record, n = 0, k = 0;

	for (size_t i = 0; i < n_patterns; i++)
		if ((record[i].groups & 1u << group) != 0)
			n += record[i].n_anchors;
	struct filter_anchor *anchor = arena_array(a, n, sizeof *anchor);
	if (anchor == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for %zu anchors", n);
	for (uint32_t i = 0; i < n_patterns; i++) {
		struct span blob = { p->blobs.p + record[i].blob_at, record[i].blob_n };
		if ((record[i].groups & 1u << group) == 0)
			continue;
		for (uint32_t j = 0; j < record[i].n_anchors; j++) {
			struct pattern_anchor pa;
			if (!pattern_anchor(blob, j, &pa))
				return error_set(e, REASON_INTERNAL, PLACE_NONE,
						 "a pattern's anchor %u", j);
			anchor[k++] = (struct filter_anchor){ .bytes = pa.bytes,
							      .mask = pa.mask,
							      .fold = pa.fold,
							      .xored = pa.xored,
							      .xor_min = pa.xor_min,
							      .xor_max = pa.xor_max,
							      .group = i,
							      .index = (uint16_t)j };
		}
	}
	buf_align(&out->filters, 64);
	out->head.group[group].filter_at = out->filters.n;
	if (!filter_build(anchor, k, &out->filters, e))
		return false;
	out->head.group[group].filter_n = out->filters.n - out->head.group[group].filter_at;
	return true;
}

/* Groups that look for the same patterns, as they do where no condition asks for a type, have one
 * filter: of a set with very many strings it is the larger part of the database. */
static bool share_filter(const struct db_patterns *p, unsigned group, struct db_plan *out)
{
	const struct db_pattern_record *record =
		(const struct db_pattern_record *)(const void *)p->record.p;
	size_t n = p->record.n / sizeof *record;

	for (unsigned g = 0; g < group; g++) {
		size_t i = 0;
		while (i < n && (record[i].groups >> g & 1) == (record[i].groups >> group & 1))
			i++;
		if (i < n)
			continue;
		out->head.group[group].filter_at = out->head.group[g].filter_at;
		out->head.group[group].filter_n = out->head.group[g].filter_n;
		return true;
	}
	return false;
}

static bool put_filters(const struct db_patterns *p, struct db_plan *out, struct error *e)
{
	struct arena a;
	bool ok = true;

	for (unsigned g = 0; ok && g < DB_GROUP_COUNT; g++) {
		if (share_filter(p, g, out))
			continue;
		arena_init(&a, SIZE_MAX);
		ok = put_filter(p, g, &a, out, e);
		arena_release(&a);
	}
	return ok;
}

bool db_plan_make(const struct ruleset *set, const uint32_t *kept, struct db_patterns *p,
		  struct arena *a, struct db_plan *out, struct error *e)
{
	struct analysis x = { 0 };
	bool ok = false;

	buf_init(&x.edges, MAX_PART);
	if (!analyse(set, kept, p, a, out, &x, e))
		goto out;
	if (!put_triggers(p, &x, a, &out->triggers)) {
		error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to plan a database");
		goto out;
	}
	put_always(&x, out->gates.n / sizeof(struct db_gate), out);
	buf_release(&x.edges);
	ok = put_filters(p, out, e);
out:
	buf_release(&x.edges);
	return ok;
}
