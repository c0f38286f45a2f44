/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/verdict.h"

enum { SCORE_MALICIOUS = 75 };

enum verdict_kind verdict_of_rule(const struct db *db, const struct db_rule *rule)
{
	int64_t score = SCORE_MALICIOUS;

	if ((rule->flags & IR_RULE_CLAMAV) != 0 &&
	    (span_is(span_cut(rule->name, 0, 4), "PUA.") ||
	     span_is(span_cut(rule->name, 0, 11), "Heuristics.")))
		return VERDICT_SUSPICIOUS;

	for (uint32_t i = 0; i < rule->n_metas; i++) {
		struct ir_meta m;
		if (!db_meta(db, rule->first_meta + i, &m))
			break;
		if (m.kind == IR_META_TEXT && span_is(m.name, "severity"))
			return span_is(m.text, "suspicious") ? VERDICT_SUSPICIOUS
							     : VERDICT_MALICIOUS;
		if (m.kind == IR_META_INT && span_is(m.name, "score"))
			score = m.number;
	}
	return score < SCORE_MALICIOUS ? VERDICT_SUSPICIOUS : VERDICT_MALICIOUS;
}

/* Suspicious is graver than incomplete, which is graver than clean. */
static enum verdict_kind graver(enum verdict_kind a, enum verdict_kind b)
{
	if (a == VERDICT_INCOMPLETE || a == VERDICT_CLEAN)
		return b == VERDICT_CLEAN ? a : b;
	return b != VERDICT_INCOMPLETE && b > a ? b : a;
}

static enum verdict_kind own_kind(const struct db *db, const struct verdict *v)
{
	enum verdict_kind kind = v->n_gaps != 0 ? VERDICT_INCOMPLETE : VERDICT_CLEAN;

	for (size_t i = 0; i < v->n_matches; i++) {
		struct db_rule rule;
		if (db_rule(db, v->match[i].rule, &rule))
			kind = graver(kind, verdict_of_rule(db, &rule));
	}
	return kind;
}

void verdict_settle(const struct db *db, struct verdict *v)
{
	v->kind = own_kind(db, v);
	for (size_t i = 0; i < v->n_children; i++)
		v->child[i].verdict.kind = own_kind(db, &v->child[i].verdict);
	for (size_t i = v->n_children; i-- > 0;) {
		const struct verdict_child *c = &v->child[i];
		enum verdict_kind *of =
			c->parent == 0 ? &v->kind : &v->child[c->parent - 1].verdict.kind;
		*of = graver(*of, c->verdict.kind);
	}
}

void verdict_way(const struct verdict *v, size_t i, struct buf *out)
{
	size_t at;

	/* from the innermost outwards: room for all, then filled from the end */
	for (size_t k = i + 1; k != 0; k = v->child[k - 1].parent)
		(void)buf_grow(out, v->child[k - 1].segment.n + 1);
	if (!buf_ok(out))
		return;
	at = out->n;
	for (size_t k = i + 1; k != 0; k = v->child[k - 1].parent) {
		struct span s = v->child[k - 1].segment;
		at -= s.n;
		if (s.n != 0)
			memcpy(out->p + at, s.p, s.n);
		out->p[--at] = '/';
	}
}

const char *verdict_word(enum verdict_kind k)
{
	static const char *const word[] = { [VERDICT_CLEAN] = "clean",
					    [VERDICT_SUSPICIOUS] = "suspicious",
					    [VERDICT_MALICIOUS] = "malicious",
					    [VERDICT_BANNED] = "banned",
					    [VERDICT_INCOMPLETE] = "incomplete" };
	return k <= VERDICT_INCOMPLETE ? word[k] : "incomplete";
}
