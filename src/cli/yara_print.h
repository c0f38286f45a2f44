/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_YARA_PRINT_H
#define PEL_CLI_YARA_PRINT_H

/* Matches as yara(1) prints them. */

#include "cli/yara_options.h"
#include "engine/scan.h"

struct yara_print {
	bool count_only, negate, meta, space, strings, lengths, xor_keys, tags, quiet, stats;
	bool single; /* one file was named: a count stands without its name */
	const char *identifier[YARA_MANY], *tag[YARA_MANY]; /* only rules with one of these */
	size_t n_identifiers, n_tags;                       /* 0: all */
	int64_t max_rules; /* that match in all objects, printed or not; 0: no limit */
	int64_t n_matches;
};

/* How many rules and strings there are.  (What yara tells of its automaton is of no meaning here.)
 */
void yara_print_stats(const struct db *db);

/* With -c and several objects: `PATH: N`.  Without, nothing. */
void yara_print_count(const struct yara_print *p, const char *path, int64_t n);

void yara_print_object(struct yara_print *p, const struct db *db, const char *path,
		       const struct verdict *v);

/* To standard error what was not examined.  True where it was an error, and no warning. */
bool yara_print_gaps(const char *path, const struct verdict *v, bool no_warnings);

#endif
