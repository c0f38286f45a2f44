/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_POLICY_TEXT_H
#define PEL_REPORT_POLICY_TEXT_H

/* Entries of policies for people, as plain text. */

#include "policy/policy.h"

/* One line: id, statuses, who, what. */
void policy_text_line(const struct policy_entry *e, struct buf *out);
/* All of it, evidence for and against with the same prominence. */
void policy_text_entry(const struct policy *p, const struct policy_entry *e, struct buf *out);
/* Legal and technical status, the latter as claimed by whom and as held: two lines with that
 * indent. */
void policy_text_status(const struct policy_entry *e, const char *indent, struct buf *out);
/* The evidence that supports, or else what stands against it or explains; with that indent. */
void policy_text_evidence(const struct policy_entry *e, bool supports, const char *indent,
			  struct buf *out);

#endif
