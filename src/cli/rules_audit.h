/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_RULES_AUDIT_H
#define PEL_CLI_RULES_AUDIT_H

/* What `pellucid rules audit` and `pellucid rules diff` print; in a worker. */

#include "rules/ir.h"

/* Appends what each rule of the set looks for, for people or as lines of JSON.  *worry: a rule has
 * a mark that is a concern. */
NODISCARD bool rules_audit(const struct ruleset *set, bool json, struct buf *out, bool *worry,
			   struct error *e);

/* Appends what changed from one set of rules to the other, with the marks of what is new.  *worry:
 * something new is a concern, or something was removed. */
NODISCARD bool rules_diff(const struct ruleset *before, const struct ruleset *after, bool json,
			  struct buf *out, bool *worry, struct error *e);

#endif
