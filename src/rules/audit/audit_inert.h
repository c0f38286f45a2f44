/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_INERT_H
#define PEL_RULES_AUDIT_INERT_H

/*
 * Forms of files that carry no programs: pictures, sounds, databases, cards, measurements,
 * drawings, keys.  Whatever a rule looks for in one of them, people (or their instruments) have put
 * there; so a name that would be a program's elsewhere is a name of their data.  In a PDF, which
 * can act, that holds of all names but those by which it does.
 */

#include "rules/audit/audit_text.h"

enum inert { INERT_NOT, INERT_PDF, INERT_DATA };

/* Do those bytes, from the first on, mark such a form?  At least four of them. */
enum inert audit_inert_mark(const uint8_t *p, size_t n);

/* The same of a file's first bytes, as far as they are known (AUDIT_HEAD of them). */
enum inert audit_inert_head(const uint8_t *head, const bool *known);

/* The same of a string that must be there, or of a tag of such a form. */
enum inert audit_inert_form(const struct pattern_source *s, struct arena *a);

/* What a string is in a file of such a form, that would be code in another. */
enum audit_text audit_inert_text(const struct pattern_source *s, enum inert form, struct arena *a);

#endif
