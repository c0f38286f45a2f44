/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_REVIEW_HTML_H
#define PEL_REPORT_REVIEW_HTML_H

/*
 * A review as one file of HTML that needs nothing else: no script, no picture, font or address that
 * a browser would fetch (its Content-Security-Policy says so too); light and dark, for screens from
 * 320 pixels and for paper; usable by keyboard and screen reader (WCAG 2.2 AA is what it is written
 * for).
 */

#include "report/review_report.h"

/* Appends it to `out`; buf_ok() tells whether it had room. */
void review_html(const struct review_report *r, struct buf *out);

#endif
