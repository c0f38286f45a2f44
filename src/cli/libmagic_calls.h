/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_LIBMAGIC_CALLS_H
#define PEL_CLI_LIBMAGIC_CALLS_H

/*
 * libmagic's functions that are used.  A program that is linked statically holds them
 * (libmagic_linked.c); any other loads the library when rules ask for it (libmagic_loaded.c), since
 * to link it would cost every start, of which few need it.
 */

#include "base/compiler.h"

#include <magic.h>
#include <stdbool.h>
#include <stddef.h>

struct libmagic_calls {
	void *library; /* NULL: nothing was loaded */
	magic_t (*open)(int flags);
	void (*close)(magic_t cookie);
	int (*load)(magic_t cookie, const char *file);
	int (*set_flags)(magic_t cookie, int flags);
	const char *(*buffer)(magic_t cookie, const void *bytes, size_t n);
};

/* False where there is no such library; to be dropped in any case. */
NODISCARD bool libmagic_calls_find(struct libmagic_calls *c);
void libmagic_calls_drop(struct libmagic_calls *c);

#endif
