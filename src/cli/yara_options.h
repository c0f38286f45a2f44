/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_YARA_OPTIONS_H
#define PEL_CLI_YARA_OPTIONS_H

/*
 * The command line as yara(1) reads it, which is not how getopt does: an argument stands behind a
 * letter that ends its word (`-p 4`), or behind an equals sign (`--threads=4`), and nowhere else;
 * a flag is given once; numbers may be octal or hexadecimal; `-` and `--` are operands.
 */

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	YARA_MANY = 32 /* texts of one option */,
	YARA_MAX_THREADS = 32,
	YARA_MAX_STRINGS_PER_RULE = 10000
};

/* An option is known by its letter, or by one of these. */
enum {
	YARA_OPT_FAIL_ON_WARNINGS = 256,
	YARA_OPT_SCAN_LIST,
	YARA_OPT_ATOMS,
	YARA_OPT_STRINGS,    /* of one rule */
	YARA_OPT_TRUST,      /* which yara does not have */
	YARA_OPT_NO_MEANING, /* limits that are not needed here */
};

struct yara_argument {
	int code;         /* the option */
	const char *text; /* of a TEXT, in argv; else NULL */
	int64_t number;   /* of a NUMBER */
};

/*
 * Calls take() for each option of argv[1..argc-1], in order, and moves the operands to the front of
 * argv.
 * Returns how many operands there are, or -1 where take() refused or after an error, which is told
 * on standard error with yara's words.
 */
NODISCARD int yara_options_read(int argc, char **argv,
				bool (*take)(void *ctx, const struct yara_argument *a), void *ctx);

extern const char yara_help[];    /* the options, for people */
extern const char yara_version[]; /* of the language first, which is what scripts ask for */

#endif
