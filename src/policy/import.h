/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_IMPORT_H
#define PEL_POLICY_IMPORT_H

/*
 * Feeds of others as policies: their records become entries under their own authority, with the
 * grade that a record of theirs is worth, and never part of anybody else's policy.
 *
 * What is written is text of the policy language.  A record that names no package by which a
 * machine could be asked is counted as left out, and a comment says why.
 */

#include "base/buf.h"
#include "base/error.h"
#include "base/json_read.h"
#include "policy/policy_words.h"

enum { IMPORT_MAX_ENTRIES = 2000, IMPORT_MAX_DETAIL = 400 /* bytes of a record's own words */ };

struct import {
	struct buf *out;
	const char *today, *next_year; /* YYYY-MM-DD */
	struct span ecosystem; /* "Debian:12": whose packages are wanted too; may be empty */
	unsigned n_records, n_entries, n_withdrawn, n_left_out;
	uint64_t seen[IMPORT_MAX_ENTRIES]; /* digests of the names of records that became entries */
	unsigned n_seen;
};

/* Begins the policy: a name for it, its title and whose feed it is. */
void import_begin(struct import *im, const char *id, const char *title, struct span version,
		  const char *publisher, const char *contact, const char *licence);

/* Adds the records of a file of the OSV schema (one record, an array of them, or the `vulns` of an
 * answer): those that say that a package is malicious (ids that begin with MAL-). */
void import_osv(struct import *im, const struct json_item *file);

/*
 * Adds the entries of CISA's catalogue of vulnerabilities that are known to be exploited.  It names
 * products by free text, which nothing can be asked for; the packages come from records of OSV,
 * `osv`, that name the same CVE.
 */
void import_kev(struct import *im, const struct json_item *catalog,
		const struct json_item *const *osv, size_t n_osv);

/* ---- what both write with */

/* Appends a string of the language, at most `max` bytes of it, on one line. */
void import_string(struct buf *out, struct span s, size_t max);
/* `	NAME "TEXT"` and a newline; nothing for an empty text. */
void import_field(struct buf *out, const char *name, struct span s);
/* The first ten characters of a time (RFC 3339), where they are a date; else `other`. */
struct span import_date(const struct json_item *item, const char *member, const char *other);
struct span import_member(const struct json_item *item, const char *name);
/* Counts a record as left out, and says so. */
void import_left_out(struct import *im, struct span id, const char *why);

/* The first record of that name, which is remembered; there is room for IMPORT_MAX_ENTRIES. */
NODISCARD bool import_is_new(struct import *im, struct span id);

/* Each record of a file: *at is 0 at first.  NULL at the end. */
const struct json_item *import_next_record(const struct json_item *file, size_t *at);
/* Appends an atom for each package that a record names; how many.  *why says what was not used. */
unsigned import_atoms(const struct import *im, const struct json_item *record, struct buf *out,
		      const char **why);

#endif
