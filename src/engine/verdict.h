/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_VERDICT_H
#define PEL_ENGINE_VERDICT_H

/*
 * What the engine says of one object, with its evidence.
 *
 * A verdict is a plain value; everything it points to lies in the arena or the
 * database that its maker was given.  Rules and strings go by their numbers in the
 * database; names are looked up there by whoever prints.
 */

#include "base/error.h"
#include "format/module.h"
#include "rules/db/db.h"

enum verdict_kind {
	VERDICT_CLEAN,
	VERDICT_SUSPICIOUS,
	VERDICT_MALICIOUS,
	VERDICT_BANNED,
	VERDICT_INCOMPLETE, /* nothing found, but not all was examined: reason and detail say why */
};

enum {
	VERDICT_EXCERPT = 512,     /* bytes of a match that are kept, YARA's max_match_data */
	VERDICT_MAX_RULES = 10000, /* matched rules that are kept */
	VERDICT_MAX_VALUES = 64,   /* values of one condition that are kept */
};

/* One occurrence of a string. */
struct verdict_string {
	uint32_t string; /* number in the database */
	uint64_t at;
	uint32_t n; /* bytes of the match */
	uint8_t xor_key;
	struct span excerpt; /* its first bytes, at most VERDICT_EXCERPT */
};

/* Something that a condition read: "filesize", "pe.number_of_sections", "uint16(0)", "#a" ... */
struct verdict_value {
	struct span name;
	struct value value; /* BOOL, INT, FLOAT, STRING or UNDEFINED */
};

struct verdict_match {
	uint32_t rule; /* number in the database */
	struct verdict_string *string;
	size_t n_strings;       /* kept here, in order of string and place */
	uint64_t n_strings_all; /* found, which may be more */
	struct verdict_value *value;
	size_t n_values;
};

/* A limit or fault that left something unexamined.  rule is COND_NONE where no one rule is to
 * blame. */
struct verdict_gap {
	enum reason why;
	uint32_t rule;
	struct span detail; /* "limit:steps", "limit:matches", ... or the error's text */
};

struct verdict {
	enum verdict_kind kind; /* the gravest; INCOMPLETE only where nothing was found */
	uint64_t size;          /* of the object, bytes */
	enum type_class class;
	bool has_sha256;
	uint8_t sha256[32];
	struct verdict_match *match; /* in order of rule number; private rules left out */
	size_t n_matches;
	struct verdict_gap *gap; /* empty: the object was examined whole */
	size_t n_gaps;
	struct span log; /* lines that the console module printed, each ended by LF */
};

/* How grave a match of this rule is: meta `severity` ("suspicious" or "malicious"), else meta
 * `score` (below 75: suspicious, as THOR's scale has it), else malicious. */
enum verdict_kind verdict_of_rule(const struct db *db, const struct db_rule *rule);

/* "clean", "suspicious", "malicious", "banned", "incomplete".  Static. */
const char *verdict_word(enum verdict_kind k);

#endif
