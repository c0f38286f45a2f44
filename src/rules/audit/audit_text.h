/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_TEXT_H
#define PEL_RULES_AUDIT_TEXT_H

/*
 * Could a string of a rule stand in an ordinary document, and would it there be
 * content?  A string of any kind is first rendered: one or more examples of what
 * it matches, in characters, in which classes stay marked as classes.
 */

#include "match/pattern.h"

enum audit_text {
	AUDIT_TEXT_CODE,     /* no document's text */
	AUDIT_TEXT_COMMON,   /* documents may hold it without meaning anything by it */
	AUDIT_TEXT_FREQUENT, /* practically every file holds it many times */
	AUDIT_TEXT_CONTENT   /* words, markings, names, identifiers */
};

enum audit_unit_kind { UNIT_LITERAL, UNIT_DIGIT, UNIT_UPPER, UNIT_LETTER, UNIT_MIXED, UNIT_GAP };

/* One character of an example. */
struct audit_unit {
	uint32_t code; /* Unicode; of a class, a member of it */
	enum audit_unit_kind kind;
};

enum { AUDIT_MAX_UNITS = 192, AUDIT_MAX_EXAMPLES = 16 };

struct audit_example {
	struct audit_unit unit[AUDIT_MAX_UNITS];
	size_t n;
	bool text;  /* false: bytes that are no text in any encoding that is known here */
	bool magic; /* what documents begin with */
	bool zeros; /* nothing but NUL bytes and gaps */
};

/* Example number k (each chooses other alternatives); false where there is none, or the string
 * cannot be read. */
bool audit_render(const struct pattern_source *s, struct arena *a, unsigned k,
		  struct audit_example *out);

/* Bytes of which each is one of a set, as one example. */
void audit_render_sets(const uint64_t (*set)[4], size_t n, struct audit_example *out);

/* Bytes as one example. */
void audit_render_bytes(struct span bytes, struct audit_example *out);

enum audit_text audit_classify(const struct audit_example *x);

/* The most telling class of all examples of a string. */
enum audit_text audit_classify_string(const struct pattern_source *s, struct arena *a);

#endif
