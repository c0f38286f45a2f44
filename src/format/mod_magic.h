/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_MOD_MAGIC_H
#define PEL_FORMAT_MOD_MAGIC_H

#include "format/modules.h"

/* What the engine's user offers the module `magic` (struct scan_options, magic). */
struct magic_host {
	/* *text lasts until the next call.  False: no answer. */
	bool (*describe)(void *ctx, struct span object, bool mime, struct span *text);
	void *ctx;
};

#endif
