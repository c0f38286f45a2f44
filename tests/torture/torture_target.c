/* SPDX-License-Identifier: Apache-2.0 */

/* Usage: torture_NAME [--step N] [--file-step N] CORPUS...   A fuzz target on each file of its
 * corpus while memory fails: nothing crashes, and all is given back. */

#include "tests/torture/torture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool work(void *ctx, const char *path, struct span s, bool failing)
{
	(void)ctx, (void)path, (void)failing;
	(void)LLVMFuzzerTestOneInput(s.p, s.n);
	return true;
}

int main(int argc, char **argv)
{
	struct torture t;
	int first = torture_options(&t, argc, argv);

	torture_files(&t, argv + first, argc - first, work, NULL);
	return torture_end(&t, argv[0]);
}
