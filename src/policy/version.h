/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_VERSION_H
#define PEL_POLICY_VERSION_H

#include "policy/policy_words.h"

/* Which of two versions is newer: below 0, 0, above 0.  The order of deb-version(7): an epoch
 * before a colon, then runs of letters (`~` before all, even the end) and numbers, then a revision.
 */
int version_compare(struct span a, struct span b);

/*
 * The same in the order of a kind of package.  Of npm, cargo and go (semver.org 2.0, 11) what
 * follows a `-` comes before the version without it, and what follows a `+` says nothing; of pip
 * (PEP 440) so do a, b, c, rc, dev and their long forms.  All else has Debian's order.
 */
int version_compare_of(enum policy_atom_type type, struct span a, struct span b);

#endif
