/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_RULES_AUDIT_H
#define PEL_CLI_RULES_AUDIT_H

/* What `pellucid rules audit` and `pellucid rules diff` print; in a worker. */

#include "cli/compile.h"

/* Appends what each rule of the set looks for, for people or as lines of JSON; `o` says how often
 * it found ordinary files.  *worry: a rule has a mark that is a concern. */
NODISCARD bool rules_audit(const struct ruleset *set, const struct compile_ordinary *o, bool json,
			   struct buf *out, bool *worry, struct error *e);

/* Appends what changed from one set of rules to the other, with the marks of what is new.  *worry:
 * something new is a concern, or something was removed. */
NODISCARD bool rules_diff(const struct ruleset *before, const struct ruleset *after, bool json,
			  struct buf *out, bool *worry, struct error *e);

#endif
