/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_REVIEW_COMPARE_H
#define PEL_REPORT_REVIEW_COMPARE_H

#include "base/buf.h"
#include "base/error.h"

/*
 * What came (+), went (-) and changed (~) from one review to a later one, both as review_json() has
 * them; a line each for people, escaped, findings first.  DAMAGED where a text is no review.
 */
NODISCARD bool review_compare(struct span before, struct span now, struct buf *out,
			      struct error *e);

#endif
