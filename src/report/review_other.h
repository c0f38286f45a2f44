/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_REVIEW_OTHER_H
#define PEL_REPORT_REVIEW_OTHER_H

/* A review in the formats of others. */

#include "report/review_report.h"

/* CycloneDX 1.6: the inventory as components, findings as annotations of theirs.  ECMA-424. */
void review_cyclonedx(const struct review_report *r, struct buf *out);

/* SARIF 2.1.0: a result for each finding, a notification for each collector that was cut short. */
void review_sarif(const struct review_report *r, struct buf *out);

/* RFC 4180: a line for each fact, after a line of names. A cell that a spreadsheet would take for a
 * formula begins with an apostrophe. */
void review_csv(const struct review_report *r, struct buf *out);

#endif
