/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/libmagic_calls.h"

#include <dlfcn.h>
#include <string.h>

/* The way that POSIX gives from an object's address to a function's. */
static bool find(void *library, const char *name, void *to)
{
	void *at = dlsym(library, name);

	memcpy(to, &at, sizeof at);
	return at != NULL;
}

bool libmagic_calls_find(struct libmagic_calls *c)
{
	*c = (struct libmagic_calls){ .library = dlopen("libmagic.so.1", RTLD_NOW | RTLD_LOCAL) };
	return c->library != NULL && find(c->library, "magic_open", &c->open) &&
	       find(c->library, "magic_close", &c->close) &&
	       find(c->library, "magic_load", &c->load) &&
	       find(c->library, "magic_setflags", &c->set_flags) &&
	       find(c->library, "magic_buffer", &c->buffer);
}

void libmagic_calls_drop(struct libmagic_calls *c)
{
	if (c->library != NULL)
		(void)dlclose(c->library);
	c->library = NULL;
}
