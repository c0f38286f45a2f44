/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/libmagic_calls.h"

bool libmagic_calls_find(struct libmagic_calls *c)
{
	*c = (struct libmagic_calls){ .open = magic_open,
				      .close = magic_close,
				      .load = magic_load,
				      .set_flags = magic_setflags,
				      .buffer = magic_buffer };
	return true;
}

void libmagic_calls_drop(struct libmagic_calls *c) { (void)c; }
