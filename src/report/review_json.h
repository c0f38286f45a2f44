/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_REVIEW_JSON_H
#define PEL_REPORT_REVIEW_JSON_H

/* The whole of a review as one JSON document: docs/formats/review.md. */

#include "report/review_report.h"

/* Appends it to `out`, keys in the order of their letters, with a line break at its end; buf_ok()
 * tells whether it had room. */
void review_json(const struct review_report *r, struct buf *out);

/* The values of a fact as members of an object that is open. */
void review_json_fact(const struct review_report *r, const struct fact *f, struct json_writer *j);

#endif
