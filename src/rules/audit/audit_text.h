/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_TEXT_H
#define PEL_RULES_AUDIT_TEXT_H

/*
 * Could a string of a rule stand in an ordinary document, and would it there be
 * content?  A string of any kind is first rendered: one or more examples of the
 * bytes that it matches, in which classes stay marked as classes.  Bytes are then
 * read as characters in every way that documents write them, and what is read is
 * looked at.
 */

#include "match/pattern.h"

enum audit_text {
	AUDIT_TEXT_CODE,     /* no document's text */
	AUDIT_TEXT_COMMON,   /* documents may hold it without meaning anything by it */
	AUDIT_TEXT_FREQUENT, /* practically every file holds it many times */
	AUDIT_TEXT_CONTENT   /* words, markings, names, identifiers */
};

enum audit_unit_kind { UNIT_LITERAL, UNIT_DIGIT, UNIT_UPPER, UNIT_LETTER, UNIT_MIXED, UNIT_GAP };

enum { AUDIT_MAX_BYTES = 384, AUDIT_MAX_UNITS = 192, AUDIT_MAX_EXAMPLES = 16 };

/* Bytes that a string matches; of a class, a member of it. */
struct audit_bytes {
	uint8_t byte[AUDIT_MAX_BYTES];
	uint8_t kind[AUDIT_MAX_BYTES]; /* enum audit_unit_kind */
	size_t n;
};

/* One character of a text. */
struct audit_unit {
	uint32_t code; /* Unicode; of a class, a member of it */
	enum audit_unit_kind kind;
};

struct audit_example {
	struct audit_unit unit[AUDIT_MAX_UNITS];
	size_t n;
};

/* Example number k (each chooses other alternatives); false where there is none, or the string
 * cannot be read. */
bool audit_render(const struct pattern_source *s, struct arena *a, unsigned k,
		  struct audit_bytes *out);

/* Bytes of which each is one of a set, as one example. */
void audit_render_sets(const uint64_t (*set)[4], size_t n, struct audit_bytes *out);

/* What those bytes are in a document, read as characters in every way that is known here. */
enum audit_text audit_classify(const struct audit_bytes *b);

/* The same of characters. */
enum audit_text audit_classify_text(const struct audit_example *x);

/* Do the characters read like a natural language, and not only like something that could be one?
 * For what was decoded in a way that nothing but this speaks for. */
bool audit_reads_well(const struct audit_example *x);

/* Is the whole text a part of the forms of documents, mail, calendars, keys and the like: what such
 * files hold whatever they say? */
bool audit_is_form(const char *text);
/* Is it one of the parts of computers that programs speak of and letters and contracts do not? */
bool audit_is_machinery(const char *word);
/* Does a name, made of several words, name a datum about people: first_name, account-number? */
bool audit_is_datum(const char *text);

/* The most telling class of all examples of a string. */
enum audit_text audit_classify_string(const struct pattern_source *s, struct arena *a);

#endif
