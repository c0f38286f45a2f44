/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_RECOVER_H
#define PEL_CLI_RECOVER_H

/* What the actions of `pellucid recover` share. */

#include "cli/cli.h"
#include "recover/identify.h"

struct recover_options {
	bool json;
	const char *html; /* where a page goes; NULL: none */
	char **path;
	int n_paths;
};

/* The families that the program carries (recovery/ of the source). */
NODISCARD bool recover_families(struct families *s);

/* Gathers the signs of all files beneath the paths; *gaps counts what could not be read, each
 * of which is told on standard error. */
NODISCARD bool recover_gather(struct identify *id, char *const *path, int n_paths, uint64_t *gaps);

/* The actions that have a file of their own; at least one path is there. */
int recover_assess(const struct recover_options *o);

/* Writes the buffer to standard output: EXIT_CANNOT where that fails, else `status`. */
int recover_print(struct buf *out, int status);

#endif
