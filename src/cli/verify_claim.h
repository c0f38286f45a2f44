/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_VERIFY_CLAIM_H
#define PEL_CLI_VERIFY_CLAIM_H

/* What a verdict that is verified claims.  It is a stranger's: what is not there, or is of another
 * kind, is empty, or a number that nothing has. */

#include "base/json_flat.h"

/* The member of that name: its text, whether that is `text`, its number (-1: none). */
struct span claim_text(const struct flat_item *o, const char *name);
bool claim_says(const struct flat_item *o, const char *name, const char *text);
int64_t claim_number(const struct flat_item *o, const char *name);

/* A text of the claim as it can be shown: hostile bytes escaped, and cut. */
struct claim_shown {
	char text[400];
};

struct claim_shown claim_escaped(struct span text);
struct claim_shown claim_show(const struct flat_item *o, const char *name);

#endif
