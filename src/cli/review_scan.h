/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_REVIEW_SCAN_H
#define PEL_CLI_REVIEW_SCAN_H

/*
 * The engine, and digests, over what may be executed on the root under review: every regular file
 * with a bit of execution on the root's own file system, what cron, units and the like name or are,
 * and running programs whose file is gone.
 */

#include "review/review.h"

struct review_scan_options {
	const struct root *root;
	const char *path; /* of the root, as the user named it */
	bool scan; /* in workers as for `scan`, by the rules of this machine's trust policy */
		   /* or, where it has none, by the starter rules */
	const char *trust; /* as proven_choose() takes it */
	bool hash;         /* a fact with the SHA-256 of each */
	bool homes;
};

/* Adds facts of FACT_OBJECT to the review (all with `hash`, else those with a finding) and tells
 * the coverage of the collectors `engine` and `digests`.  Fails where no worker can be run. */
NODISCARD bool review_scan(const struct review_scan_options *o, struct review *r, struct error *e);

#endif
