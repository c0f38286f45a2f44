/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/libmagic.h"

#include <dlfcn.h>
#include <magic.h>
#include <stdlib.h>

/* The library's functions that are used, and its cookie.  The host is the first member, so that one
 * pointer serves for both. */
struct libmagic {
	struct magic_host host;
	void *library;
	magic_t cookie;
	magic_t (*open)(int flags);
	void (*close)(magic_t cookie);
	int (*load)(magic_t cookie, const char *file);
	int (*set_flags)(magic_t cookie, int flags);
	const char *(*buffer)(magic_t cookie, const void *bytes, size_t n);
};

bool libmagic_wanted(const struct db *db)
{
	struct db_rule rule;

	for (uint32_t i = 0; i < db_n_rules(db); i++)
		if (db_rule(db, i, &rule) && (rule.modules >> MODULE_MAGIC & 1) != 0)
			return true;
	return false;
}

static bool describe(void *ctx, struct span object, bool mime, struct span *text)
{
	struct libmagic *m = ctx;

	if (m->set_flags(m->cookie, mime ? MAGIC_MIME_TYPE : MAGIC_NONE) != 0)
		return false;
	const char *said = m->buffer(m->cookie, object.p, object.n);
	if (said == NULL)
		return false;
	*text = span_of(said);
	return true;
}

/* The way that POSIX gives from an object's address to a function's. */
static bool find(void *library, const char *name, void *to)
{
	void *at = dlsym(library, name);

	memcpy(to, &at, sizeof at);
	return at != NULL;
}

static bool load(struct libmagic *m)
{
	struct span text;

	m->library = dlopen("libmagic.so.1", RTLD_NOW | RTLD_LOCAL);
	if (m->library == NULL || !find(m->library, "magic_open", &m->open) ||
	    !find(m->library, "magic_close", &m->close) ||
	    !find(m->library, "magic_load", &m->load) ||
	    !find(m->library, "magic_setflags", &m->set_flags) ||
	    !find(m->library, "magic_buffer", &m->buffer))
		return false;
	m->cookie = m->open(MAGIC_NONE);
	if (m->cookie == NULL || m->load(m->cookie, NULL) != 0)
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
		m->close(m->cookie);
	if (m->library != NULL)
		(void)dlclose(m->library);
	free(m);
}
