/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_CLAM_LINK_H
#define PEL_FORMAT_CLAM_LINK_H

/*
 * Links in mail that lead elsewhere than they say, by ClamAV's lists (.pdb, .wdb, .gdb), as
 * clamscan 1.4 looks for them.
 */

#include "base/cursor.h"

enum clam_link_finding {
	CLAM_LINK_SPOOFED,  /* shows a host that is listed, and leads to another domain */
	CLAM_LINK_SSL,      /* shows such a host with https:, and leads there without */
	CLAM_LINK_CLOAKED,  /* the address holds a byte of 0 */
	CLAM_LINK_MALWARE,  /* the address is listed: S: */
	CLAM_LINK_BLOCKED,  /* S1: */
	CLAM_LINK_PHISHING, /* S2: */
	CLAM_LINK_FINDINGS,
	CLAM_LINK_NONE = CLAM_LINK_FINDINGS
};

enum { CLAM_LINK_DIGEST = 33 /* bytes: a SHA-256 and a kind: 'W', '0', '1' or '2' */ };

struct clam_link_lists {
	/* One a line: R a regular expression for "real:shown/", H a host that is shown, with a
	 * slash; X and Y such expressions, and M "real:shown/" of hosts, that are good. */
	struct span lines;
	struct span digests; /* sorted */
	/* Is there a match of the expression in the text? */
	bool (*matches)(void *ctx, struct span expression, struct span text);
	void *ctx;
};

/* Of one link, as clam_html_links() gives it. */
enum clam_link_finding clam_link_check(const struct clam_link_lists *l, struct span real,
				       struct span shown, bool image);

#endif
