/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_ASSUME_H
#define PEL_RULES_AUDIT_ASSUME_H

/*
 * Can a condition be true of a kind of file, and can it be false?
 *
 * A `struct audit_world` says what is known of the file: how often each string
 * may occur, its size, its first bytes, which modules apply.  audit_assume()
 * supposes that the condition is true (or false) and narrows the world to what
 * follows from that; where nothing is left, it cannot be.  What is not understood
 * narrows nothing.
 */

#include "rules/audit/audit.h"

enum { AUDIT_HEAD = 64, AUDIT_MAX_STRINGS = 1 << 14, AUDIT_MAX_DEPTH = 200 };

struct audit_interval {
	double lo, hi;
};

struct audit_world {
	struct audit_interval
		*count;             /* of each string of the rule, in the order of audit_strings */
	struct audit_interval size; /* bytes of the file */
	uint8_t head[AUDIT_HEAD];   /* its first bytes ... */
	bool known[AUDIT_HEAD];     /* ... where they are known */
	uint32_t modules;           /* bit i: module i may apply */
	bool dead;                  /* there is no such file */
};

struct audit_strings {
	const uint32_t *number; /* ascending; those of the rule and of the rules that it names */
	size_t n;
};

struct audit_assume {
	const struct ruleset *set;
	struct cond_code code;
	struct audit_strings strings;
	struct arena *arena;
	struct audit_world *w; /* the world that is narrowed */
	uint32_t loop[8];      /* strings that for..of goes through, innermost last */
	unsigned n_loops;
	unsigned depth, rule_depth;
	uint64_t steps; /* left; at 0 nothing is narrowed any more */
	bool failed;    /* no memory */
};

/* A copy of *from whose counts are its own; NULL: no memory. */
struct audit_world *audit_world_copy(const struct audit_world *from, size_t n_strings,
				     struct arena *a);

/* Narrows x->w to the files for which node `root` is true (or not true). */
void audit_assume(struct audit_assume *x, uint32_t root, bool truth);

/* What a number may be. */
struct audit_range {
	double lo, hi;
	bool undefined; /* may be */
	bool never;     /* it is never defined */
};
struct audit_range audit_range_of(struct audit_assume *x, uint32_t node);

/* The first byte of a literal that the string begins with, and how many are known (at most max). */
size_t audit_first_bytes(const struct ir_string *s, uint8_t *bytes, size_t max);

/* The module that a node of its tree belongs to; MODULE_COUNT: none. */
uint32_t audit_module_of(const struct cond_code *code, uint32_t node);
/* The name of the member that a FIELD or CALL node names; NULL where it cannot be found. */
const struct field *audit_field_of(const struct cond_code *code, uint32_t node);

/* The index of a string in x->strings, or SIZE_MAX. */
size_t audit_string_index(const struct audit_strings *s, uint32_t number);

#endif
