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
#include "rules/audit/audit_facts.h"

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
	const struct audit_fact *facts; /* what is known besides */
	bool dead;                      /* there is no such file */
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
	struct audit_interval var[COND_MAX_VARS]; /* of loops over ranges; lo > hi: not known */
	unsigned depth, rule_depth;
	uint64_t steps; /* left; at 0 nothing is narrowed any more */
	bool document;  /* the file is an ordinary document ... */
	bool content;   /* ... of which words may be looked for that no string shows */
	bool spelled;   /* such words were found, or may have been */
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

/* `node op [b.lo, b.hi]` and what follows for the world. */
void audit_narrow(struct audit_assume *x, uint32_t node, unsigned op, struct audit_range b);
/* A comparison is true, or not. */
void audit_compare(struct audit_assume *x, const struct cond_node *n, bool truth);

/* Narrows *i to [lo, hi]; the world dies where nothing is left. */
void audit_limit(struct audit_assume *x, struct audit_interval *i, double lo, double hi);
/* The n bytes stand at a place of the file. */
void audit_know_head(struct audit_assume *x, double at, const uint8_t *bytes, size_t n);

/* Can a module have anything to say of the file?  And: it has. */
bool audit_applies(const struct audit_assume *x, uint32_t module);
void audit_need_module(struct audit_assume *x, uint32_t module);

/* Is that place the file's end, or behind it? */
bool audit_is_behind(const struct audit_assume *x, uint32_t node);

/* The first byte of a literal that the string begins with, and how many are known (at most max). */
size_t audit_first_bytes(const struct ir_string *s, uint8_t *bytes, size_t max);

/* The module that a node of its tree belongs to; MODULE_COUNT: none. */
uint32_t audit_module_of(const struct cond_code *code, uint32_t node);
/* The name of the member that a FIELD or CALL node names; NULL where it cannot be found. */
const struct field *audit_field_of(const struct cond_code *code, uint32_t node);

/* The index of a string (COND_NONE: the loop's own) in x->strings, or SIZE_MAX. */
size_t audit_index_of(const struct audit_assume *x, uint32_t string);
/* The same of a number in a list. */
size_t audit_string_index(const struct audit_strings *s, uint32_t number);

#endif
