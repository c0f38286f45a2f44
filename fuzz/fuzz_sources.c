/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sources_archive.h"

#include <stdlib.h>

/*
 * An archive of rules, as the worker that compiles takes it apart; and what its members include,
 * of which each line is taken for the name.  Input: the archive.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From the archive itself nothing leads out of it. */
static void include(struct span path)
{
	char to[512];

	if (!sources_archive_include(span_of("a/b"), path, to, sizeof to))
		return;
	if (strlen(to) >= sizeof to || strncmp(to, "../", 3) == 0 || strstr(to, "/../") != NULL)
		abort();
}

static bool add(void *ctx, struct span name, struct span text, bool rules, struct error *e)
{
	(void)ctx;
	(void)rules;
	(void)e;
	if (name.n == 0 || name.p[0] != 'a')
		abort();
	for (size_t at = 0; at < text.n && at < 4096;) {
		struct span rest = span_cut(text, at, text.n);
		const uint8_t *end = memchr(rest.p, '\n', rest.n);
		size_t n = end != NULL ? (size_t)(end - rest.p) : rest.n;
		include(span_cut(rest, 0, n));
		at += n + 1;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset set;
	struct error e;

	ruleset_init(&set);
	(void)!sources_archive_read(&set, "a", (struct span){ data, size }, add, NULL, &e);
	ruleset_release(&set);
	return 0;
}
