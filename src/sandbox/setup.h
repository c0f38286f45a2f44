/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_SETUP_H
#define PEL_SANDBOX_SETUP_H

/*
 * Scan options as bytes: written once by the broker into a file of memory that
 * nobody can change, and read by every worker once it has shut itself in.
 */

#include "engine/scan.h"

enum {
	SETUP_MAX = 256 << 20,
	SETUP_MAX_EXTERNS = 65536,
	SETUP_MAX_DATA = 256,
	SETUP_MAX_PASSWORDS = 100000
};

/* Appends the options, but for `magic` (SETUP_LIBMAGIC of protocol.h). */
void setup_write(const struct scan_options *s, struct buf *out);

/* The reverse.  Spans point into `bytes`, arrays lie in the arena. */
NODISCARD bool setup_read(struct span bytes, struct arena *a, struct scan_options *out,
			  struct error *e);

#endif
