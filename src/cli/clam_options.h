/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_CLAM_OPTIONS_H
#define PEL_CLI_CLAM_OPTIONS_H

/*
 * clamscan's options.  Each of its names is known; what it does here is one of:
 *
 *   done     as clamscan does it
 *   nothing  it tunes something that is not there, or that needs no tuning
 *   warned   it asks for a finding that is not made here: a warning says so, the scan goes on
 *   refused  it would change the user's files, or what is found could not be trusted
 */

#include "unpack/unpack.h"

#include <regex.h>

enum { CLAM_MAX_LIST = 64 };

struct clam_regexes {
	regex_t re[CLAM_MAX_LIST];
	bool slash[CLAM_MAX_LIST]; /* it ends in one, and so is the path to */
	size_t n;
};

struct clam_options {
	const char *database[CLAM_MAX_LIST];
	size_t n_databases;
	const char *log, *file_list;
	const char *trust; /* as proven_choose() takes it */
	const char *certs; /* as struct sources has it */
	bool recursive, all_match, no_summary, quiet, infected, no_ok, bell, to_stdout, verbose;
	bool archive_verbose, detect_pua, cross_fs, heuristics, phishing_urls;
	bool alert_archive, alert_doc, alert_macros, alert_limits;
	uint64_t follow_dir, follow_file; /* 0: links are left alone; else those that are named */
	uint64_t max_filesize;            /* bytes; 0: no limit */
	uint64_t max_dir;                 /* levels of directories; 0: those of walk.h */
	uint64_t max_time_ms;             /* for one file; 0: no limit */
	struct clam_regexes exclude, include, exclude_dir, include_dir;
	struct unpack_options unpack;
	/* for the table alone; see clam_options_read() */
	bool alert_both, help, version;
	uint64_t max_scansize, max_files, max_recursion;
};

/*
 * Reads the arguments; *first is the number of the first that is no option.  -1: go on; else the
 * status to end with: what there was to say has been said, to standard output or error.
 */
int clam_options_read(struct clam_options *o, int argc, char **argv, int *first);
void clam_options_release(struct clam_options *o);

/* Is the path kept from the scan?  clamscan's rule: an exclusion that matches anywhere in it, or
 * inclusions of which none does.  `path` is of n bytes, with room for two more, and comes back as
 * it was. */
bool clam_options_excluded(const struct clam_options *o, char *path, size_t n, bool directory);

#endif
