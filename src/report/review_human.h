/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_REVIEW_HUMAN_H
#define PEL_REPORT_REVIEW_HUMAN_H

/* A review for people, as plain text.  Names from the machine are escaped. */

#include "report/review_report.h"

/* Appends it to `out`; buf_ok() tells whether it had room. */
void review_human(const struct review_report *r, struct buf *out);

#endif
