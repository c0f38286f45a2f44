/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_REVIEW_REPORT_H
#define PEL_REPORT_REVIEW_REPORT_H

/* What every form of a review's report is made from. */

#include "base/json_write.h"
#include "policy/policy_match.h"
#include "report/pseudonym.h"
#include "review/review.h"

struct review_report {
	const struct review *review;
	const char *root; /* as the user named it; hostile */
	bool live;
	const char *date; /* YYYY-MM-DD */
	struct pseudonym hide;
	const struct findings *findings;
	const struct profile *profile;
	const struct policy *const *policies; /* that were held against the facts */
	size_t n_policies;
};

/* The review and its judgement: no collector was cut short, and no atom is left unanswered. */
bool review_report_is_complete(const struct review_report *r);

/* A profile was chosen: somebody's decisions may count here. */
bool review_report_has_profile(const struct review_report *r);

/* How many findings ask for something (finding_counts()). */
size_t review_report_counting(const struct review_report *r);

/* What the engine found (--scan): objects with a match. */
size_t review_report_hits(const struct review_report *r);
bool review_report_is_hit(const struct fact *f);

/* Appends what a fact is, on one line: "dpkg kesl 11.2.0 (removed)".  Not escaped. */
void review_report_fact(const struct review_report *r, const struct fact *f, struct buf *out);

/* A fact that asks for a look whatever anybody decided: a program that runs from memory or from a
 * file that is gone, a library that is loaded into every program.  The first of a kind alone. */
bool review_report_is_odd(const struct review_report *r, size_t i);

/* Something that applies was not looked at, or not whole. */
bool review_report_is_gap(const struct coverage *c);

/* What a reader wants to know first: findings that count, by what was decided; files that the
 * engine names; oddities; parts of the machine that were not looked at whole; kinds of identifiers
 * that policies name and nothing looked for. */
struct review_short {
	size_t banned, excluded, advised, hits, odd, gaps, unasked;
	size_t expired; /* decisions that met something and no longer stand */
};

void review_report_count(const struct review_report *r, struct review_short *s);

enum { REVIEW_ACTIONS = 5 };

/* The day by which the decision was to be reviewed, where that is past; else empty. */
struct span review_report_overdue(const struct review_report *r, const struct finding *f);

/* What to do, and about what: one line each, not escaped.  The buffers are the caller's. */
struct review_action {
	struct buf what, on;
};

/* The i-th thing to do first; false where there is none.  The buffers are empty before.  i <
 * REVIEW_ACTIONS. */
bool review_report_action(const struct review_report *r, size_t i, struct review_action *a);

#endif
