/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/libmagic.h"
#include "cli/libmagic_calls.h"

#include <stdlib.h>

/* The host is the first member, so that one pointer serves for both. */
struct libmagic {
	struct magic_host host;
	struct libmagic_calls calls;
	magic_t cookie;
};

bool libmagic_wanted(const struct db *db) { return (db_asked(db) >> MODULE_MAGIC & 1) != 0; }

static bool describe(void *ctx, struct span object, bool mime, struct span *text)
{
	struct libmagic *m = ctx;

	if (m->calls.set_flags(m->cookie, mime ? MAGIC_MIME_TYPE : MAGIC_NONE) != 0)
		return false;
	const char *said = m->calls.buffer(m->cookie, object.p, object.n);
	if (said == NULL)
		return false;
	*text = span_of(said);
	return true;
}

static bool load(struct libmagic *m)
{
	struct span text;

	if (!libmagic_calls_find(&m->calls))
		return false;
	m->cookie = m->calls.open(MAGIC_NONE);
	if (m->cookie == NULL || m->calls.load(m->cookie, NULL) != 0)
		return false;
	/* what it allocates once, while that is still allowed */
	return describe(m, span_of("#!/bin/sh\n"), false, &text);
}

struct magic_host *libmagic_open(void)
{
	struct libmagic *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->host = (struct magic_host){ .describe = describe, .ctx = m };
	if (load(m))
		return &m->host;
	libmagic_close(&m->host);
	return NULL;
}

void libmagic_close(struct magic_host *host)
{
	struct libmagic *m = host != NULL ? host->ctx : NULL;

	if (m == NULL)
		return;
	if (m->cookie != NULL)
		m->calls.close(m->cookie);
	libmagic_calls_drop(&m->calls);
	free(m);
}
