/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_YARA_YARA_PARSE_H
#define PEL_RULES_YARA_YARA_PARSE_H

/* What the parts of the parser share.  Only src/rules/yara includes this. */

#include "rules/names.h"
#include "rules/yara/yara.h"
#include "rules/yara/yara_lex.h"

enum { YARA_MAX_INCLUDES = 16, YARA_MAX_LOOPS = 4 /* of YARA 4 */, YARA_MAX_STRINGS = 1 << 24 };

struct yara {
	struct ruleset *set;
	struct yara_options options;
	struct names rules;   /* (namespace, name) -> rule */
	struct names externs; /* name -> external variable */
	struct names strings; /* (rule, "a") -> string */
	struct names imports; /* (namespace, module's name) -> number of the module */
	struct buf wildcards; /* struct yara_wildcard: prefixes used in sets of rules */
	uint32_t imported;    /* bit i: module number i, anywhere */
	uint32_t max_strings; /* of a rule */
};

struct yara_wildcard {
	struct span space, prefix;
	uint32_t rule; /* that uses it */
};

/* A loop variable in scope. */
struct yara_var {
	struct span name;
	enum value_kind kind;
	const struct field *field; /* for STRUCT and what lies in it */
};

struct parser {
	struct yara *y;
	struct ruleset *set;
	struct lexer lex;
	struct token now; /* the token to be looked at */
	uint32_t source;
	struct span space;
	uint64_t scope;      /* of the namespace, in the tables of names */
	uint32_t rule;       /* being read; COND_NONE outside */
	bool set_names_self; /* the set of rules being read names its own rule */
	bool panic;          /* an error was reported; unwind to where reading can go on */
	bool misnamed;  /* a string was named that the rule has not: nobody knows which was meant */
	unsigned depth; /* of nested expressions */
	struct yara_var var[COND_MAX_VARS];
	unsigned n_vars;
	unsigned n_loops; /* that are open */
	bool in_for_of;   /* $ # @ ! stand for the loop's string */
	bool loop_reads;  /* a loop of the rule asked its own string for more than its presence */
	bool loop_names;  /* or for its presence ... */
	uint64_t loop_at; /* ... at this place alone, or IR_NOT_FIXED_AT */
	uint32_t first_string, n_strings;
	uint64_t n_more;     /* strings above the limit, which were read and are not kept */
	struct buf used;     /* a byte for each string of the rule: named in the condition */
	unsigned n_includes; /* sources that are open */
};

/* An expression: the node that yields it, and what the checker knows of it. */
struct expr {
	uint32_t node;
	enum value_kind kind;
	const struct field *field; /* STRUCT, ARRAY, DICT, FUNCTION: its declaration (STRUCT of a
				      module: NULL, and members says what is in it) */
	const struct field *members;
	uint32_t self; /* FUNCTION: the struct that it is a member of */
	bool constant; /* number is its value (INT) */
	int64_t number;
	struct token at; /* its first token */
};

/* ---- yara.c */
struct ir_place yara_place(const struct parser *p, const struct token *t);
/* Reports an error once for each panic.  Returns false. */
bool yara_error(struct parser *p, const struct token *t, const char *hint, const char *format, ...)
	PRINTF(4, 5);
void yara_warn(struct parser *p, const struct token *t, const char *hint, const char *format, ...)
	PRINTF(4, 5);
void yara_advance(struct parser *p);
bool yara_is(const struct parser *p, int mark);
bool yara_is_word(const struct parser *p, const char *word);
bool yara_take(struct parser *p, int mark); /* reads it where it is there */
bool yara_take_word(struct parser *p, const char *word);
NODISCARD bool yara_expect(struct parser *p, int mark, const char *what);
NODISCARD bool yara_name(struct parser *p, const char *what, struct token *out); /* no keyword */
bool yara_keyword(struct span s);
/* The one of n names nearest to s, or NULL where none is near. */
const char *yara_nearest(struct span s, const char *const *names, size_t n);

/* ---- yara_strings.c */
NODISCARD bool yara_strings(struct parser *p);
/* The string `$a` of the rule, marked as used; reports where there is none. */
NODISCARD bool yara_string(struct parser *p, const struct token *t, uint32_t *out);

/* The string is named in the condition: at a constant place, or IR_NOT_FIXED_AT.  COND_NONE is the
 * loop's own, which YARA takes for every string of the rule. */
void yara_named(struct parser *p, uint32_t string, uint64_t at);

/* ---- yara_expr.c */
NODISCARD bool yara_condition(struct parser *p, uint32_t *root);
NODISCARD bool yara_boolean(struct parser *p, struct expr *out);    /* with and, or, not */
NODISCARD bool yara_arithmetic(struct parser *p, struct expr *out); /* | and tighter */
NODISCARD bool yara_to_bool(struct parser *p, struct expr *e);
uint32_t yara_node(struct parser *p, enum cond_op op, enum value_kind kind, unsigned n, uint32_t a,
		   uint32_t b, uint32_t c);
uint32_t yara_pool(struct parser *p, const uint32_t *number, size_t n);
bool yara_is_number(const struct expr *e); /* BOOL counts */
/* Is it a boolean in YARA 4 too, where some of our booleans are integers? */
bool yara_is_truth(const struct parser *p, const struct expr *e);
/* The expression is used as a number: reports where it is a truth value. */
NODISCARD bool yara_no_truth(struct parser *p, const struct expr *e);
/* A constant quantifier is below 0. */
void yara_warn_negative(struct parser *p, const struct token *at);
NODISCARD bool yara_integer(struct parser *p, struct expr *e, const char *what);
const char *yara_kind(enum value_kind k);
const char *yara_a_kind(enum value_kind k); /* with its article: "an integer" */

/* ---- yara_primary.c */
NODISCARD bool yara_primary(struct parser *p, struct expr *out);
NODISCARD bool yara_regex(struct parser *p, struct expr *out); /* at a mark `/` */

/* ---- yara_sets.c */
NODISCARD bool yara_for(struct parser *p, struct expr *out);
/* At the word `with` before a name and `=`. */
bool yara_is_with(const struct parser *p);
NODISCARD bool yara_with(struct parser *p, struct expr *out);
/* `of ...` after its quantifier. */
NODISCARD bool yara_of(struct parser *p, uint32_t quantifier, const struct token *at,
		       struct expr *out);
/* all, any, none as a node; false where the word is another. */
bool yara_quantifier_word(struct parser *p, uint32_t *out);
NODISCARD bool yara_range(struct parser *p, uint32_t *out); /* (a..b) */

#endif
