/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_CONDITION_H
#define PEL_RULES_CONDITION_H

/*
 * The code of a condition: typed nodes in postorder.
 *
 * A node names its operands by their numbers, and every operand stands before
 * the node that uses it.  So evaluation ends on any bytes whatever: each step
 * down goes to a smaller number.  The parser writes these nodes, the database
 * holds them as they are, the evaluator and the explanation of a verdict walk
 * them.  All nodes of a set of rules form one array; a rule names its root.
 *
 * Semantics are YARA 4's (reference engine C.3.5, C.3.6), *undefined* included.
 */

#include "base/cursor.h"

#define COND_NONE UINT32_MAX /* no operand; for a string: the loop's own ($ # @ ! in for..of) */

enum cond_op {
	COND_ERROR, /* what could not be parsed; never in a database */

	/* constants; kind says which */
	COND_INT,    /* a | b << 32: the value */
	COND_FLOAT,  /* a | b << 32: the bits of a double */
	COND_STRING, /* text pool [a, a + b) */
	COND_REGEX,  /* a: number of a regular expression of the set (argument, right of `matches`)
		      */
	COND_TRUE,
	COND_FALSE,

	COND_FILESIZE,
	COND_ENTRYPOINT,
	COND_EXTERN, /* a: number of an external variable */
	COND_RULE,   /* a: number of a rule: did it match */
	COND_VAR,    /* a: loop variable's slot */

	/* strings; a: number of the string, or COND_NONE */
	COND_FOUND,    /* $a */
	COND_FOUND_AT, /* $a at b */
	COND_FOUND_IN, /* $a in b, a COND_RANGE */
	COND_COUNT,    /* #a */
	COND_COUNT_IN, /* #a in b, a COND_RANGE */
	COND_OFFSET,   /* @a[b]; b COND_NONE means 1 */
	COND_LENGTH,   /* !a[b] */

	COND_READ, /* intN(a); n: bytes (1, 2, 4, 8) | COND_READ_SIGNED | COND_READ_BIG */

	/* modules */
	COND_MODULE, /* a: number of the module in modules_all(); kind STRUCT */
	COND_FIELD,  /* member number b of struct a */
	COND_INDEX,  /* element b (an integer) of array a */
	COND_LOOKUP, /* element b (a string) of dictionary a */
	COND_CALL,   /* member number b of struct a, called with the n nodes at pool[c] */

	/* one operand: a */
	COND_NEG,
	COND_BITNOT,
	COND_NOT,
	COND_DEFINED,
	COND_TO_FLOAT,  /* integer to float, put in by the checker */
	COND_TO_BOOL,   /* int, float or string as a boolean: != 0, != 0.0, length > 0 */
	COND_ELSE_ZERO, /* the integer, or 0 where it is undefined (ClamAV's counts) */

	/* two operands: a, b.  Arithmetic and comparison take both integers, both floats (kind of
	 * the operands says), or both strings */
	COND_ADD,
	COND_SUB,
	COND_MUL,
	COND_DIV,
	COND_MOD,
	COND_BITAND,
	COND_BITOR,
	COND_BITXOR,
	COND_SHL,
	COND_SHR,
	COND_EQ,
	COND_NE,
	COND_LT,
	COND_LE,
	COND_GT,
	COND_GE,
	COND_CONTAINS,
	COND_ICONTAINS,
	COND_STARTSWITH,
	COND_ISTARTSWITH,
	COND_ENDSWITH,
	COND_IENDSWITH,
	COND_IEQUALS,
	COND_MATCHES, /* b: a COND_REGEX */
	COND_AND,     /* b operands, the nodes at pool[a] */
	COND_OR,      /* likewise */

	/* sets and ranges: operands of what follows, no values of their own */
	COND_RANGE,   /* (a..b), both ends included */
	COND_STRINGS, /* b string numbers at pool[a] */
	COND_RULES,   /* b rule numbers at pool[a] */
	COND_LIST,    /* b nodes at pool[a]: integers or strings, or booleans (YARA-X's of) */

	/* quantifiers: a operand of what follows */
	COND_ALL,
	COND_ANY,
	COND_NONE_OF,
	COND_PERCENT, /* a: an integer expression */
	/* ... or any integer expression: at least so many; 0 means none */

	COND_OF,     /* c of a (STRINGS, RULES, LIST), b: COND_NONE, a RANGE (`in`), or an integer
			(`at`) */
	COND_FOR_OF, /* for c of a (STRINGS): (b) */
	COND_FOR_IN, /* for c x in a (RANGE, LIST, array, dictionary): (b); n: the first variable's
			slot; a dictionary fills slot n with the key and n + 1 with the value */
	COND_WITH,   /* YARA-X's with: slot n = a, then b */
	COND_OP_COUNT
};

enum { COND_READ_SIGNED = 16, COND_READ_BIG = 32, COND_READ_BYTES = 15 };
enum {
	COND_MAX_VARS = 16,    /* loop variables in scope at once (YARA 4: 4 loops of 2) */
	COND_MAX_DEPTH = 1000, /* nodes on one path down from the root */
};

/* 16 bytes, the same in memory and in a database (little-endian). */
struct cond_node {
	uint8_t op;   /* enum cond_op */
	uint8_t kind; /* enum value_kind of what it yields */
	uint16_t n;
	uint32_t a, b, c;
};

/* The nodes of a set of rules with what they point into.  Nothing is owned. */
struct cond_code {
	const struct cond_node *node;
	size_t n_nodes;
	const uint32_t *pool;
	size_t n_pool;
	struct span text;
};

static inline int64_t cond_int(const struct cond_node *n)
{
	return (int64_t)((uint64_t)n->a | (uint64_t)n->b << 32);
}

/* Of two integers, by an operation from COND_EQ to COND_GE. */
static inline bool cond_compares(unsigned op, int64_t a, int64_t b)
{
	switch (op) {
	case COND_EQ:
		return a == b;
	case COND_NE:
		return a != b;
	case COND_LT:
		return a < b;
	case COND_LE:
		return a <= b;
	case COND_GT:
		return a > b;
	default:
		return a >= b;
	}
}

static inline double cond_float(const struct cond_node *n)
{
	uint64_t bits = (uint64_t)n->a | (uint64_t)n->b << 32;
	double f;
	memcpy(&f, &bits, sizeof f);
	return f;
}

#endif
