/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_TRIGGER_NEED_H
#define PEL_RULES_TRIGGER_NEED_H

/* What must hold for an expression to be true, or to be defined, and how such needs are put
 * together. */

#include "rules/trigger.h"

struct need {
	struct trigger t;
	size_t max;  /* strings that t.string has room for, if it is to grow */
	double cost; /* of the trigger set; INFINITY with `always` */
	bool loop;   /* the string of the surrounding for..of must occur */
};

struct analysis {
	const struct ruleset *set;
	struct cond_code code;
	const double *cost;
	uint32_t classes; /* of the objects that are thought of */
	struct arena *arena;
	unsigned depth, rule_depth;
	size_t referred; /* nodes of other rules that were looked at */
	bool failed;     /* no memory */
};

struct need need_nothing(void);
struct need need_never(void);
bool need_is_never(const struct need *n);
/* That string, or with COND_NONE the one of the loop around, occurs. */
struct need need_string(struct analysis *x, uint32_t string);
/* At least k of the n strings at s occur. */
struct need need_some(struct analysis *x, const uint32_t *s, size_t n, size_t k);
/* The object holds these n bytes (1 to TRIGGER_MAX_BYTES) at `at`. */
struct need need_bytes(uint32_t at, const uint8_t *bytes, size_t n);
/* Both must hold. */
struct need need_both(struct need a, struct need b);
/* One of them must hold.  a is used up. */
struct need need_either(struct analysis *x, struct need a, struct need b);

#endif
