/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_INSIDE_H
#define PEL_CLI_INSIDE_H

/* The options that say how far to look into what lies in a file; `scan` and `verify` share them. */

#include "engine/scan.h"

enum { INSIDE_FIRST = 512, INSIDE_LAST = INSIDE_FIRST + 7 }; /* numbers for getopt_long(3) */

/* Rows for a table of options. */
#define INSIDE_OPTIONS                                                                             \
	{ "no-unpack", 0, NULL, INSIDE_FIRST }, { "max-depth", 1, NULL, INSIDE_FIRST + 1 },        \
		{ "max-objects", 1, NULL, INSIDE_FIRST + 2 },                                      \
		{ "max-bytes", 1, NULL, INSIDE_FIRST + 3 },                                        \
		{ "max-ratio", 1, NULL, INSIDE_FIRST + 4 },                                        \
		{ "max-memory", 1, NULL, INSIDE_FIRST + 5 },                                       \
		{ "max-steps", 1, NULL, INSIDE_FIRST + 6 },                                        \
	{                                                                                          \
		"passwords", 1, NULL, INSIDE_FIRST + 7                                             \
	}

/* The same for the help, a line each. */
extern const char inside_help[];

/* Passwords, and the text that they lie in. */
struct inside {
	struct buf text, list;
};

/* Takes an option whose number is one of the above. */
NODISCARD bool inside_option(struct inside *i, int option, const char *value,
			     struct scan_options *o, struct error *e);

/* Passwords that people give to what they send to those who look for malware, in place of a list;
 * called when all options have been taken. */
void inside_finish(struct inside *i, struct scan_options *o);
void inside_release(struct inside *i);

#endif
