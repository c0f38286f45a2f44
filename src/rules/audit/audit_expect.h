/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_EXPECT_H
#define PEL_RULES_AUDIT_EXPECT_H

/*
 * How many of a million ordinary files a rule is expected to find, without any files at hand.
 *
 * Of each kind of file (audit_ordinary.h) a fifth of the million is supposed.  Strings stand in a
 * file or not without regard to each other; what is not understood of a condition is taken for
 * false, so that the number is rather too small: strings of one program come together.
 */

#include "rules/audit/audit_ordinary.h"
#include "rules/ir.h"

/* Of rule number `rule`.  Where memory is spent the number is too small. */
double audit_expect(const struct ruleset *set, uint32_t rule, const struct ordinary *o);

#endif
