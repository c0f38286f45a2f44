#ifndef PEL_TESTS_TORTURE_H
#define PEL_TESTS_TORTURE_H

/* What the programs of `make torture` share: the files of a corpus, and which allocations fail. */

#include "base/cursor.h"

#include <stdbool.h>

/* How often a program makes memory fail: of each file's allocations every `step`-th, of the
 * corpus's files every `file_step`-th; 1 and 1 is all. */
struct torture {
	unsigned step, file_step;
	unsigned n_files, n_runs, n_faults; /* faults: broken promises, which were printed */
	uint64_t n_undecided;               /* runs that a target broke off */
};

/* Does the work on s once, while memory may fail.  False: a promise was broken, and printed. */
typedef bool torture_work(void *ctx, const char *path, struct span s, bool failing);

/* Runs the work on every file of the directories: once as it is, then with each allocation failing
 * once, and that and all after it. */
void torture_files(struct torture *t, char **directories, int n, torture_work *work, void *ctx);

/* For main(): options --step N, --file-step N before the directories; how many arguments those
 * are.  */
int torture_options(struct torture *t, int argc, char **argv);

/* Prints the counts; the program's status. */
int torture_end(const struct torture *t, const char *what);

#endif
