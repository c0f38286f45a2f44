/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_FACTS_H
#define PEL_RULES_AUDIT_FACTS_H

/*
 * What a condition has said so far of things that a world has no place of its own
 * for: fields of modules, offsets of matches, bytes at places that a loop goes
 * through.  A thing is an expression, known again by its form.
 *
 * Facts are a list that only grows at its end, so that worlds share what came
 * before they parted; what several of them know is the part that they share.
 */

#include "rules/condition.h"

struct audit_assume;

enum audit_fact_kind {
	FACT_RANGE, /* node is in [lo, hi] */
	FACT_ORDER, /* node - other <= hi */
	FACT_TEXT,  /* node is the text `other`, a COND_STRING */
	FACT_BYTE   /* the byte at node + at is one of `set` */
};

struct audit_fact {
	const struct audit_fact *older;
	unsigned n; /* of facts, with this one */
	enum audit_fact_kind kind;
	uint32_t node; /* of a byte: what of its place is not constant, or COND_NONE */
	uint32_t other;
	double lo, hi;
	int64_t at;
	uint64_t set[4];
};

enum { AUDIT_MAX_FACTS = 96 /* more are not kept */ };

/* Do two nodes say the same, word by word? */
bool audit_same(const struct cond_code *code, uint32_t a, uint32_t b);

/* Each adds one fact to x->w, which dies where it contradicts those that it has. */
void audit_fact_range(struct audit_assume *x, uint32_t node, double lo, double hi);
void audit_fact_order(struct audit_assume *x, uint32_t node, uint32_t other, double most);
void audit_fact_text(struct audit_assume *x, uint32_t node, uint32_t text);
void audit_fact_byte(struct audit_assume *x, uint32_t base, int64_t at, const uint64_t set[4]);

/* Narrows [*lo, *hi] to what is known of an expression. */
void audit_fact_known(const struct audit_assume *x, uint32_t node, double *lo, double *hi);

/* The facts that both lists begin with. */
const struct audit_fact *audit_facts_common(const struct audit_fact *a, const struct audit_fact *b);

#endif
