/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_NAMES_H
#define PEL_RULES_NAMES_H

/* A hash table from (scope, name) to a number; grows; names are not copied. */

#include "base/buf.h"

struct names {
	struct buf slots; /* struct names_slot, a power of two of them */
	size_t n;
};

#define NAMES_UNKNOWN UINT32_MAX

void names_init(struct names *t);
void names_release(struct names *t);
/* No name is there any more; the table keeps its room where that is little. */
void names_forget(struct names *t);
/* The number of a name, or NAMES_UNKNOWN. */
uint32_t names_find(const struct names *t, uint64_t scope, struct span name);
/* Adds a name that is not there yet; `name` must outlive the table.  False where memory is spent.
 */
NODISCARD bool names_add(struct names *t, uint64_t scope, struct span name, uint32_t number);

#endif
