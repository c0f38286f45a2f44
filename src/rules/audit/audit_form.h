/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_FORM_H
#define PEL_RULES_AUDIT_FORM_H

/* What a text is by its form: a part of a format, a field's name, a tag, a line of a protocol. */

#include "rules/audit/audit_text.h"

/* Does the text begin with that? */
bool audit_form_begins(const struct audit_example *x, const char *with);

/* Are units [from, to) a form of audit_is_form()? */
bool audit_form_is(const struct audit_example *x, size_t from, size_t to);

/* Drops the longest form that the text begins with, and the brackets around the rest; false where
 * there is none. */
bool audit_form_drop(struct audit_example *x);

/* first_name, "date of birth": */
bool audit_form_datum(const struct audit_example *x);

/* "diagnosis": the name of a field, of one word. */
bool audit_form_key(const struct audit_example *x);

/* <w:rsid w:val="00A2"/>, <trkpt lat="50.4...: one tag of a document of data, and nothing else. */
bool audit_form_tag(const struct audit_example *x);

/* "type": "personal_chat", "birthDate": quoted names of a document of data, with no more than a
 * quoted or plain value behind. */
bool audit_form_pair(const struct audit_example *x);

/* polling_station;surname; - the first line of a table, or a part of it: names that are joined of
 * words, one of them at least. */
bool audit_form_row(const struct audit_example *x);

/* Letterhead_2027.docx: a name of a document. */
bool audit_form_document(const struct audit_example *x);

/* Accept-Encoding: a line of what browsers and servers say to each other (RFC 9110). */
bool audit_form_header(const struct audit_example *x);

#endif
