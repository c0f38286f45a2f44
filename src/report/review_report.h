/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_REVIEW_REPORT_H
#define PEL_REPORT_REVIEW_REPORT_H

/* What every form of a review's report is made from. */

#include "base/json_write.h"
#include "report/pseudonym.h"
#include "review/review.h"

struct review_report {
	const struct review *review;
	const char *root; /* as the user named it; hostile */
	bool live;
	const char *date; /* YYYY-MM-DD */
	struct pseudonym hide;
};

#endif
