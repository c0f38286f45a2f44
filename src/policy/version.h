/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_VERSION_H
#define PEL_POLICY_VERSION_H

#include "base/cursor.h"

/* Which of two versions is newer: below 0, 0, above 0.  The order of deb-version(7): an epoch
 * before a colon, then runs of letters (`~` before all, even the end) and numbers, then a revision.
 */
int version_compare(struct span a, struct span b);

#endif
