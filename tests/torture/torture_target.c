/* SPDX-License-Identifier: Apache-2.0 */

/* Usage: torture_target TARGET [--step N] [--file-step N] CORPUS...   A fuzz target on each file of
 * its corpus while memory fails: nothing crashes, and all is given back. */

#include "fuzz/targets.h"
#include "tests/torture/torture.h"

#include <stdio.h>

static bool work(void *ctx, const char *path, struct span s, bool failing)
{
	fuzz_target **target = ctx;

	(void)path, (void)failing;
	(void)(*target)(s.p, s.n);
	return true;
}

int main(int argc, char **argv)
{
	fuzz_target *target = argc > 1 ? fuzz_target_named(argv[1]) : NULL;
	struct torture t;

	if (target == NULL) {
		fprintf(stderr, "torture_target: no fuzz target %s\n", argc > 1 ? argv[1] : "");
		return 2;
	}
	int first = 1 + torture_options(&t, argc - 1, argv + 1);
	torture_files(&t, argv + first, argc - first, work, &target);
	return torture_end(&t, argv[1]);
}
