/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_YARA_PRINT_H
#define PEL_CLI_YARA_PRINT_H

/* Matches as yara(1) prints them. */

#include "engine/scan.h"

struct yara_print {
	bool count_only, negate, meta, space, strings, lengths, xor_keys, tags, quiet;
	bool single;                  /* one file was named: a count stands without its name */
	const char *identifier, *tag; /* only these; NULL: all */
	uint64_t max_rules;           /* 0: no limit */
	uint64_t n_printed;
	bool done; /* the limit was reached */
};

void yara_print_object(struct yara_print *p, const struct db *db, const char *path,
		       const struct verdict *v);

#endif
