/* SPDX-License-Identifier: Apache-2.0 */
#include "format/mod_magic.h"
#include "sandbox/worker.h"

#include <magic.h>
#include <stdlib.h>

/*
 * pellucid-worker: started by a broker with a socket, a database and its set-up,
 * and of no use otherwise.  What links a library for the sake of one module is
 * here: libmagic.
 */

static bool describe(void *ctx, struct span object, bool mime, struct span *text)
{
	magic_t cookie = ctx;

	if (magic_setflags(cookie, mime ? MAGIC_MIME_TYPE : MAGIC_NONE) != 0)
		return false;
	const char *said =
		magic_buffer(cookie, object.n != 0 ? (const void *)object.p : "", object.n);
	if (said == NULL)
		return false;
	*text = span_of(said);
	return true;
}

/* Reads the compiled magic file now; behind the walls there is no file. */
static const void *open_magic(void)
{
	struct magic_host *host = malloc(sizeof *host);
	magic_t cookie = magic_open(MAGIC_NONE);
	struct span text;

	if (host == NULL || cookie == NULL || magic_load(cookie, NULL) != 0) {
		if (cookie != NULL)
			magic_close(cookie);
		free(host);
		return NULL;
	}
	*host = (struct magic_host){ .describe = describe, .ctx = cookie };
	(void)describe(cookie, span_of("#!/bin/sh\n"), false, &text); /* what it allocates once */
	return host;
}

#ifdef PELLUCID_SANITIZED
/* The sanitizers' own: a worker without rights cannot look for leaks, and a mapped file that
 * shrinks is to end it by SIGBUS as it does in release. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:handle_sigbus=0"; }
#endif

int main(void) { return worker_run(&(struct worker_host){ .open_magic = open_magic }); }
