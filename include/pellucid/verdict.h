/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELLUCID_VERDICT_H
#define PELLUCID_VERDICT_H

/*
 * A verdict and its evidence: plain structs that are read and never freed.  Texts end with a NUL;
 * those that come from rules or objects may hold any bytes.  New members are added at the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pel_verdict_kind {
	PEL_CLEAN,
	PEL_SUSPICIOUS,
	PEL_MALICIOUS,
	PEL_BANNED,
	PEL_INCOMPLETE /* nothing found, but not all was examined */
};

/* One occurrence of one of a rule's strings. */
struct pel_string {
	const char *name; /* "$a" */
	uint64_t offset;  /* bytes from the object's start */
	uint32_t length;  /* bytes */
	const uint8_t *bytes;
	size_t n_bytes; /* of the match that are kept, at most 512 */
};

struct pel_match {
	const char *rule, *space;
	const char *source; /* the rule's file */
	uint32_t line;
	const char *author, *description, *reference; /* of its meta; "" where it says nothing */
	enum pel_verdict_kind kind;
	const struct pel_string *string;
	size_t n_strings;
};

/* What was not examined. */
struct pel_gap {
	const char *reason; /* "limit", "damaged", ... */
	const char *detail; /* "limit:steps", ... */
	const char *rule;   /* "" where no one rule is to blame */
};

struct pel_verdict {
	enum pel_verdict_kind kind;
	uint64_t size;
	const uint8_t *sha256; /* 32 bytes, or NULL: not computed */
	const struct pel_match *match;
	size_t n_matches;
	const struct pel_gap *gap;
	size_t n_gaps;
};

/* "clean", "suspicious", "malicious", "banned", "incomplete".  Static. */
__attribute__((visibility("default"))) const char *pel_verdict_word(enum pel_verdict_kind kind);

#ifdef __cplusplus
}
#endif

#endif
