/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_RULES_AUDIT_H
#define PEL_CLI_RULES_AUDIT_H

/* `pellucid rules audit` and `pellucid rules diff`. */

#include "cli/sources.h"

/* What each rule of the built sources looks for, for people or as lines of JSON.  Returns the exit
 * status: FOUND where a rule has a mark that is a concern. */
int rules_audit(const struct sources *s, bool json);

/* What changed from one set of rules to the other, with the marks of what is new.  The exit status:
 * FOUND where something new is a concern or something was removed. */
int rules_diff(const struct sources *before, const struct sources *after, bool json);

#endif
