/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_REGEX_TREE_H
#define PEL_MATCH_REGEX_TREE_H

/* The syntax tree that regular expressions and hexadecimal strings are read into. */

#include "base/arena.h"
#include "base/error.h"
#include "match/pattern.h"

enum tree_kind {
	TREE_EMPTY,
	TREE_SET,      /* one byte of a set */
	TREE_CAT,      /* children one after the other */
	TREE_ALT,      /* one of the children */
	TREE_REPEAT,   /* the child min to max times */
	TREE_START,    /* ^ */
	TREE_END,      /* $ */
	TREE_WORD,     /* \b */
	TREE_NOT_WORD, /* \B */
};

#define TREE_UNBOUNDED UINT32_MAX

enum { TREE_MAX_DEPTH = 200, TREE_MAX_REPEAT = 32767 /* YARA's RE_MAX_RANGE */ };

struct tree {
	enum tree_kind kind;
	bool lazy;                  /* REPEAT */
	bool gap;                   /* REPEAT: written as `.{n,m}?` */
	bool parts;                 /* REPEAT: YARA cuts a regular expression here */
	bool narrow;                /* bytes that stay as they are in wide text */
	bool exact;                 /* SET: stays as it is where case does not count */
	uint32_t min, max;          /* REPEAT */
	uint64_t set[4];            /* SET: bit b % 64 of word b / 64 */
	struct tree *child;         /* first; the others by next */
	struct tree *next, *before; /* siblings */
	struct tree *last;          /* of the children, while the tree is built */
};

struct tree *tree_new(struct arena *a, enum tree_kind kind); /* NULL: no memory */
void tree_append(struct tree *parent, struct tree *child);
struct tree *tree_byte(struct arena *a, uint8_t byte);
bool tree_has(const struct tree *t, uint8_t byte);
void tree_put(struct tree *t, uint8_t byte);
/* A copy, children and all. */
struct tree *tree_copy(struct arena *a, const struct tree *t);
/* The byte of a set of one, or of a letter in both cases with *fold; -1 for other sets. */
int tree_single(const struct tree *t, bool *fold);
/* The most bytes that it may take, and the least; TREE_UNBOUNDED where it is that or more. */
uint32_t tree_most(const struct tree *t);
uint32_t tree_least(const struct tree *t);
/* ASCII letters in either case, everywhere in the tree but in exact sets. */
void tree_fold_case(struct tree *t);
/* Each byte followed by a NUL, but for what is narrow. */
struct tree *tree_widen(struct arena *a, struct tree *t);

/* What a reader found besides the tree. */
struct tree_facts {
	bool greedy, lazy; /* which kinds of repetition occur */
	uint32_t notes;    /* enum pattern_note */
};

NODISCARD bool regex_parse(const struct pattern_source *s, struct arena *a, struct tree **out,
			   struct tree_facts *facts, struct error *e);
NODISCARD bool hex_parse(const struct pattern_source *s, struct arena *a, struct tree **out,
			 struct error *e);

#endif
