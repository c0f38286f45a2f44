/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_HASH_LIST_H
#define PEL_RULES_HASH_LIST_H

/*
 * Plain lists of digests: one a line, MD5, SHA-1 or SHA-256 by its length, then
 * white space and a name, as sha256sum writes them; or comma-separated values as
 * the common feeds publish them, whose first line (a comment too) names columns.
 */

#include "rules/ir.h"

/* Does the text begin as such a list does? */
bool hash_list_is(struct span text);

/* Appends the list's digests to set->hashes; lines that hold none are diagnostics.  The text must
 * outlive the set. */
void hash_list_read(struct ruleset *set, uint32_t source, struct span text);

#endif
