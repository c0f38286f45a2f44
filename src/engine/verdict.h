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

#include "base/buf.h"
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
	VERDICT_EXCERPT = 512,      /* bytes of a match that are kept, YARA's max_match_data */
	VERDICT_SHARED = 64,        /* bytes of a match that a verdict shows to others: a document's
				     * text is not carried away as evidence */
	VERDICT_MAX_RULES = 10000,  /* matched rules that are kept */
	VERDICT_MAX_VALUES = 64,    /* values of one condition that are kept */
	VERDICT_MAX_DEPTH = 65,     /* steps of a way */
	VERDICT_MAX_SEGMENT = 1101, /* bytes of one, with its '/' */
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
	/* the gravest of the object and all that lies in it; INCOMPLETE only where nothing was
	 * found */
	enum verdict_kind kind;
	uint64_t size; /* of the object, bytes */
	enum type_class class;
	bool has_sha256;
	uint8_t sha256[32];
	struct verdict_match *match; /* in order of rule number; private rules left out */
	size_t n_matches;
	struct verdict_gap *gap; /* empty: the object was examined whole */
	size_t n_gaps;
	uint64_t handlers;  /* bit i: a rule says that the object is of ClamAV's type number i */
	struct span log;    /* lines that the console module printed, each ended by LF */
	struct span format; /* as what it was taken apart: "zip"; empty: it was not */
	/* of the file itself alone, not of what lies in it: */
	uint64_t n_inside, inside_bytes; /* objects examined in it, in all levels */
	struct verdict_child *child;     /* of them, those that are listed */
	size_t n_children;
};

/* An object in an object.  They stand in the order in which they were met, each behind what it
 * lies in. */
struct verdict_child {
	struct span segment;    /* its name there: "invoice.exe", "2:invoice.zip" */
	uint32_t parent;        /* number in child[], + 1; 0: the file itself */
	struct verdict verdict; /* without children of its own */
};

/* How grave a match of this rule is: of ClamAV's those named PUA.* or Heuristics.* are suspicious
 * and the others malicious; else meta `severity` ("suspicious" or "malicious"), else meta `score`
 * (below 75: suspicious, as THOR's scale has it), else malicious. */
enum verdict_kind verdict_of_rule(const struct db *db, const struct db_rule *rule);

/* Sets the kind of the object and of each in it from their matches and gaps. */
void verdict_settle(const struct db *db, struct verdict *v);

/* Appends the way of child i to what is there (the file's path), each step behind a '/':
 * "/2:invoice.zip/invoice.exe".  At most VERDICT_MAX_DEPTH * VERDICT_MAX_SEGMENT bytes. */
void verdict_way(const struct verdict *v, size_t i, struct buf *out);

/* "clean", "suspicious", "malicious", "banned", "incomplete".  Static. */
const char *verdict_word(enum verdict_kind k);

#endif
