/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_OPERANDS_H
#define PEL_RULES_OPERANDS_H

/* Which nodes a node of a condition names: what each operation's a, b and c are. */

#include "rules/condition.h"

struct operands {
	uint32_t one[3]; /* named by a, b, c */
	size_t n_one;
	const uint32_t *list; /* named through the pool */
	size_t n_list;
};

/*
 * The nodes that node `number` takes; *out points into the code's pool.  Numbers of strings, rules,
 * regular expressions and modules are no operands.  False where the pool is left or an operand does
 * not stand before its node; then *out is not written.
 */
NODISCARD bool operands_of(const struct cond_code *code, uint32_t number, struct operands *out);

/* Nodes on the longest path down from `root`, which with all below it stands at `first` or later. 0
 * where the code is damaged or memory is spent.  O(root - first + operands). */
NODISCARD size_t operands_depth(const struct cond_code *code, uint32_t first, uint32_t root);

#endif
