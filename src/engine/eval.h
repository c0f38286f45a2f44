/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_EVAL_H
#define PEL_ENGINE_EVAL_H

/*
 * Evaluates the condition of a rule (rules/condition.h) with YARA 4's semantics.
 *
 * The code may be any bytes: an operand must have a smaller number than the node
 * that uses it, every index is bounded, kinds are looked at as values come, and
 * each node takes a step from the budget, so evaluation ends and stays in memory.
 */

#include "base/arena.h"
#include "base/error.h"
#include "format/module.h"
#include "match/pattern.h"
#include "rules/condition.h"

struct eval;

/* What a condition asks of the object; answers come from engine/scan.c. */
struct eval_source {
	bool (*present)(void *ctx, uint32_t string);
	/* What is known of a string without a search: 1 present, 0 absent, -1 not known.  NULL:
	 * nothing is. */
	int (*known)(void *ctx, uint32_t string);
	/* Does it match at this place?  The same, where that costs next to nothing.  NULL: -1. */
	int (*known_at)(void *ctx, uint32_t string, int64_t at);
	/* All matches in order of their starts; valid until the object is done. */
	void (*matches)(void *ctx, uint32_t string, const struct match **list, size_t *n);
	/* Does a match start in [low, high]?  NULL: `matches` is asked. */
	bool (*found_in)(void *ctx, uint32_t string, int64_t low, int64_t high);
	bool (*rule)(void *ctx, uint32_t rule);
	/* A module as a STRUCT; *out stays undefined where the module does not apply. */
	void (*module)(void *ctx, uint32_t module, struct value *out);
	void *(*module_state)(void *ctx, uint32_t module);
	const void *(*module_host)(void *ctx, uint32_t module);
	void (*external)(void *ctx, uint32_t external, struct value *out);
	bool (*regex)(void *ctx, int64_t regex, struct span text);
	void (*log)(void *ctx, struct span line);
	void (*entry_point)(void *ctx, struct value *out);
	/* Told of each value that was read, for evidence; NULL: nobody asks. */
	void (*note)(void *ctx, struct eval *v, uint32_t node, const struct value *value);
};

/* Where a loop variable comes from: what it is declared as, and its place in what is gone over. */
struct eval_scope {
	const struct field *table; /* STRUCT: its fields; NULL: none */
	uint32_t module;           /* MODULE_COUNT: of none */
	uint32_t over;             /* the array, dictionary or value; COND_NONE: a plain value */
	uint64_t index;
};

struct eval {
	struct cond_code code;
	struct span file;
	bool process; /* filesize is undefined */
	/* Where intN reads n bytes at an address; NULL where there are none.  No function: from
	 * `file`. */
	const uint8_t *(*bytes)(void *ctx, uint64_t address, uint64_t n);
	bool logs; /* the rule may print: `and` goes on after an undefined operand, as YARA's does
		    */
	int64_t now;
	struct arena *arena; /* for what functions build */
	uint64_t *steps;     /* work left */
	const struct eval_source *source;
	void *ctx;

	/* How deep the call stack is; 0 at first.  It counts on through rules that ask for rules.
	 */
	unsigned depth;

	/* state of one evaluation */
	struct value var[COND_MAX_VARS + 1];
	struct eval_scope scope[COND_MAX_VARS + 1];
	unsigned n_vars;      /* that were set */
	uint32_t loop_string; /* COND_NONE outside of for..of */
	struct error error;   /* why is REASON_NONE while all goes well */
};

/*
 * Is the condition at `root` true?  An undefined one is not.  False with v->error set where steps
 * are spent (LIMIT) or the code is malformed (DAMAGED).
 */
bool eval_condition(struct eval *v, uint32_t root);

/* One node; *out is UNDEFINED where it has no value.  For explanations. */
void eval_node(struct eval *v, uint32_t node, struct value *out);

/* ---- within the evaluator */

/* The node, if `number` lies below `below`; else the code is damaged and NULL. */
const struct cond_node *eval_operand(struct eval *v, uint32_t number, uint32_t below);
/* Ends the evaluation: v->error is DAMAGED at that node, unless there was an error before. */
void eval_damaged(struct eval *v, uint32_t node, const char *what);
/* Takes n steps from *v->steps.  False: there is an error, or they are spent, which is LIMIT. */
bool eval_step(struct eval *v, uint64_t n);
void eval_spent(struct eval *v); /* after work that others counted: LIMIT where nothing is left */
/* The i-th number of the list that begins at `at` in the pool.  False, and damaged, beyond it. */
bool eval_pool(struct eval *v, uint32_t at, uint32_t i, uint32_t *out);
/* A string operand: its number, or the loop's.  False, and damaged, where there is none. */
bool eval_string(struct eval *v, uint32_t a, uint32_t *out);
/* Both ends of the range node; false where an end is undefined. */
bool eval_range(struct eval *v, uint32_t node, uint32_t below, int64_t *low, int64_t *high);
/* As YARA has it: true, a number other than 0, or a text that is not empty. */
bool eval_is_true(const struct value *x);
/* COND_OF, COND_FOR_OF, COND_FOR_IN, COND_WITH (eval_loop.c).  As the two below: `number` is the
 * node's own, above those of its operands, and *out, UNDEFINED at first, its value. */
void eval_loop(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out);
/* Does a match of the string start in [low, high]? */
bool eval_found_in(struct eval *v, uint32_t string, int64_t low, int64_t high);
/* The matches whose starts lie in [low, high]: the number of the first, and how many. */
size_t eval_between(const struct match *list, size_t n, int64_t low, int64_t high, size_t *first);
/* The fields of the struct (or of the elements) that a node yields, and the module that it belongs
 * to; NULL where it is none. */
const struct field *eval_table(const struct eval *v, uint32_t node, uint32_t *module);
/* COND_CALL (eval_call.c). */
void eval_call(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out);
/* 1, 0 or -1: as struct eval_source's known(). */
int eval_known(struct eval *v, uint32_t string);
/* What the condition at `root` comes to, as far as that is known without a search: 1 true, 0 not,
 * -1 not known (eval_foresee.c). */
int eval_foresee(struct eval *v, uint32_t root);
/* Operators on two values (eval_binary.c). */
void eval_binary(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out);

#endif
