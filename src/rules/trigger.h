/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_TRIGGER_H
#define PEL_RULES_TRIGGER_H

/*
 * What must be there before a rule can be true: a static analysis of its condition.
 *
 * It is sound, not exact: where a condition is true, one of the trigger strings
 * occurs (unless `always`), the object is of one of the classes, its size lies
 * within the bounds, and the header tests hold.
 */

#include "rules/ir.h"

enum { TRIGGER_MAX_TESTS = 4, TRIGGER_MAX_BYTES = 8 /* of one test */ };

struct trigger {
	bool always;      /* no set of strings is necessary */
	uint32_t *string; /* one of these must occur; in the arena, without doubles, ascending */
	size_t n_strings; /* 0 and not always: the rule is never true */
	uint32_t classes; /* bit set of type_class */
	uint64_t min_size, max_size;
	struct {
		uint32_t at;
		uint32_t n; /* bytes, 1 to 8 */
		uint8_t bytes[TRIGGER_MAX_BYTES];
	} test[TRIGGER_MAX_TESTS];
	size_t n_tests;
};

/*
 * Analyses rule number `rule`.  cost[i] is what looking for string i costs (candidates for each MB;
 * INFINITY: it cannot be looked for); the cheapest necessary set is chosen.  Only objects of
 * `classes` are thought of: what cannot be true of them asks for nothing.  MEMORY is the only
 * error.
 */
NODISCARD bool trigger_analyse(const struct ruleset *set, uint32_t rule, uint32_t classes,
			       const double *cost, struct arena *a, struct trigger *out,
			       struct error *e);

#endif
