/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_DB_DB_PLAN_H
#define PEL_RULES_DB_DB_PLAN_H

/*
 * What is looked for, where, and what a find sets off.
 *
 * A rule needs to be looked at only where one of its trigger strings occurs, and
 * its gates hold.  So only triggers go into the filters, only into those of the
 * groups of objects in which the rule can be true, and everything else of a rule
 * is searched when the rule asks for it.
 */

#include "rules/db/db_format.h"
#include "rules/ir.h"

/* The patterns of a set: strings that are the same share one. */
struct db_patterns {
	struct buf record;   /* struct db_pattern_record */
	struct buf blobs;    /* bytes */
	uint32_t *of_string; /* pattern of each string; COND_NONE: its rule is broken */
	double *cost;        /* of each string, as trigger_analyse() wants it */
	bool *sampled;       /* of each string: all its anchors are of the cheap kind */
};

struct db_plan {
	struct buf gates;    /* struct db_gate, one a rule that is kept */
	struct buf triggers; /* uint32_t */
	struct buf always;   /* uint32_t */
	struct buf globals;  /* uint32_t */
	struct buf filters;  /* bytes */
	struct db_head head; /* group[] alone is filled in */
};

/*
 * Analyses the rules that are kept (`kept[i]` is the new number of rule i, or COND_NONE) and fills
 * the plan; sets groups and triggers in the patterns' records.
 */
NODISCARD bool db_plan_make(const struct ruleset *set, const uint32_t *kept, struct db_patterns *p,
			    struct arena *a, struct db_plan *out, struct error *e);
void db_plan_init(struct db_plan *p);
void db_plan_release(struct db_plan *p);

#endif
