/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_NESTED_H
#define PEL_REVIEW_NESTED_H

#include "review/review.h"

enum { NESTED_MAX = 64 };

/*
 * Reviews each root that the collector of containers named, as a root of its own that is never
 * left, and adds its facts, each with the root's name as `parent`; what it could not look at
 * becomes gaps of the same collectors.  Roots beyond NESTED_MAX, and roots in them, are gaps.
 */
void review_nested(const struct review_options *o, struct review *r);

#endif
