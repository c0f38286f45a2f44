/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/verdict.h"

enum { SCORE_MALICIOUS = 75 };

enum verdict_kind verdict_of_rule(const struct db *db, const struct db_rule *rule)
{
	int64_t score = SCORE_MALICIOUS;

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

const char *verdict_word(enum verdict_kind k)
{
	static const char *const word[] = { [VERDICT_CLEAN] = "clean",
					    [VERDICT_SUSPICIOUS] = "suspicious",
					    [VERDICT_MALICIOUS] = "malicious",
					    [VERDICT_BANNED] = "banned",
					    [VERDICT_INCOMPLETE] = "incomplete" };
	return k <= VERDICT_INCOMPLETE ? word[k] : "incomplete";
}
