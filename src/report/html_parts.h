/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_HTML_PARTS_H
#define PEL_REPORT_HTML_PARTS_H

/*
 * The parts of the page that review_html() puts together.  Each appends to *out; whatever comes
 * from the machine or a policy goes through markup_put().
 */

#include "report/review_report.h"

/* All up to and with <main>. */
void html_put_head(struct buf *out);

/* `open`, the escaped text, `close`; nothing where the text is empty. */
void html_put_element(struct buf *out, const char *open, struct span s, const char *close);

/* What decisions of policies were met: those that count as cards, the others folded. */
void html_put_findings(const struct review_report *r, struct buf *out);

/* What could not be looked at, what was looked at whole, what does not apply. */
void html_put_coverage(const struct review_report *r, struct buf *out);

/* Everything that was seen, a line with a bar for each kind. */
void html_put_inventory(const struct review_report *r, struct buf *out);

#endif
