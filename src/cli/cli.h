/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_CLI_H
#define PEL_CLI_CLI_H

/* What the verbs share.  Only src/cli prints, exits, and reads the environment. */

#include "base/buf.h"
#include "base/error.h"

/* Exit statuses, the same for all verbs. */
enum {
	EXIT_CLEAN = 0, /* finished, complete, nothing found */
	EXIT_FOUND = 1,
	EXIT_CANNOT = 2,     /* could not run */
	EXIT_INCOMPLETE = 3, /* nothing found, but incomplete */
	EXIT_FALSE = 4,      /* verification failed */
};

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	bool signatures; /* it may read signatures in this process or a child, and not in a worker
			  */
};

int verb_scan(int argc, char **argv);
int verb_rules(int argc, char **argv);
int verb_inspect(int argc, char **argv);
int verb_verify(int argc, char **argv);
int verb_self_test(int argc, char **argv);
int verb_yara(int argc, char **argv);
int verb_clamscan(int argc, char **argv);
int verb_review(int argc, char **argv);
int verb_release(int argc, char **argv);
int verb_update(int argc, char **argv); /* becomes pellucid-update */
int verb_log(int argc, char **argv);    /* becomes pellucid-log */
int verb_submit(int argc, char **argv); /* becomes pellucid-submit */
int verb_disclose(int argc, char **argv);
int verb_policy(int argc, char **argv);
int verb_recover(int argc, char **argv);

/* "pellucid VERB: message" on standard error; returns EXIT_CANNOT. */
int cli_fail(const char *verb, const char *format, ...) PRINTF(2, 3);

#endif
