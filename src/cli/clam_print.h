/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_CLAM_PRINT_H
#define PEL_CLI_CLAM_PRINT_H

/* What clamscan prints: a line for each file, names for each finding, the summary, and the log. */

#include "cli/clam_options.h"
#include "engine/verdict.h"

#include <stdio.h>
#include <time.h>

struct clam_print {
	const struct clam_options *o;
	const struct db *db; /* NULL: none could be had */
	FILE *log;           /* NULL: none */
	const char *proof;   /* what proves the signatures; NULL: nothing is said of it */
	uint64_t directories, files, found, errors, left_out;
	bool warned;            /* something that was named could not be had: an error of no file */
	uint64_t read, scanned; /* bytes */
	struct timespec begun;
	time_t start;
	struct buf line;
	struct buf names; /* uint32_t: rules whose names were printed of the file at hand */
};

NODISCARD bool clam_print_begin(struct clam_print *p);
void clam_print_end(struct clam_print *p); /* the summary too, where it is wanted */

/* A file that was examined, whole or not. */
void clam_print_object(struct clam_print *p, const char *path, const struct verdict *v);

/*
 * One that was not: UNSUPPORTED: "PATH: text", and no error; DENIED: "PATH: Access denied"; IO: a
 * warning; any other: "PATH: text ERROR".
 */
void clam_print_skipped(struct clam_print *p, const char *path, const struct error *e);

/* "WARNING: text": to standard error, or output with --stdout; and to the log. */
void clam_print_warning(struct clam_print *p, const char *format, ...) PRINTF(2, 3);

#endif
