/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_POLICY_TREE_H
#define PEL_POLICY_POLICY_TREE_H

/*
 * The text of a policy or a profile as a tree, before anybody asks what it means.
 *
 *     statement = word { word | string } ( end-of-line | "{" { statement } "}" )
 *
 * A line that begins with a string goes on with the last string of the line above, with a space
 * between.  `#` begins a comment.  In strings \" and \\ stand for themselves.  docs/policy.md.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum {
	POLICY_MAX_TEXT = 4 << 20, /* bytes of a file */
	POLICY_MAX_STRING = 4000,  /* bytes of a string */
	POLICY_MAX_WORDS = 8,      /* after the first of a statement */
	POLICY_MAX_DEPTH = 4,      /* blocks within each other */
	POLICY_MAX_STATEMENTS = 1 << 18,
	POLICY_MAX_MEMORY = 128 << 20 /* of a tree */
};

struct policy_word {
	struct span text;
	uint32_t line, column; /* from 1 */
	bool quoted;
};

struct policy_node {
	struct policy_word name; /* the first word */
	struct policy_word word[POLICY_MAX_WORDS];
	unsigned n_words;
	bool block;                /* it has braces */
	struct policy_node *first; /* statements of the block */
	struct policy_node *next;
};

/* Diagnostics, as a compiler prints them: file, line, column, what, the line itself and a mark. */
struct policy_report {
	struct buf text;
	const char *file; /* hostile */
	struct span source;
	unsigned n_errors, n_warnings;
};

enum { POLICY_MAX_ERRORS = 50 }; /* that are printed; all are counted */

void policy_report_init(struct policy_report *r, const char *file, struct span source);
void policy_report_release(struct policy_report *r);
void policy_error(struct policy_report *r, const struct policy_word *at, const char *format, ...)
	PRINTF(3, 4);
void policy_warning(struct policy_report *r, const struct policy_word *at, const char *format, ...)
	PRINTF(3, 4);

/*
 * Reads the report's source.  All that the tree holds is in the arena, or points into the source.
 * NULL where there is nothing, or memory was spent (an error is reported then).  A tree with errors
 * is given as far as it came.
 */
struct policy_node *policy_tree(struct arena *a, struct policy_report *r);

/* The first statement of that name in a block; NULL where there is none. */
const struct policy_node *policy_child(const struct policy_node *block, const char *name);
/* The next statement of the same name. */
const struct policy_node *policy_sibling(const struct policy_node *node);
/* The i-th word after the name, of the first statement so named; empty where there is none. */
struct span policy_field(const struct policy_node *block, const char *name, unsigned i);

#endif
