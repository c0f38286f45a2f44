/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_COND_PRINT_H
#define PEL_RULES_COND_PRINT_H

/* A condition as text, for tests and for looking into a database. */

#include "base/buf.h"
#include "rules/condition.h"

/*
 * Appends the tree below `root` as an S-expression, such as (and ($0) (< (filesize) 10)): strings,
 * rules, variables and regular expressions by their numbers.  Any code is safe; what is damaged or
 * deeper than COND_MAX_DEPTH is written as (?), and all ends where the buffer is full.
 */
void cond_print(const struct cond_code *code, uint32_t root, struct buf *out);

#endif
