/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_STUB_LIBRARY_H
#define PEL_UNPACK_STUB_LIBRARY_H

/*
 * The libraries that a process finds in its memory, each with the headers of a PE and an export
 * table that can be gone through by hand, as stubs do that want to name no function: they hash
 * each name.  What a function does, stub_system.c knows by its name.
 */

#include "unpack/stub.h"

enum {
	STUB_N_LIBRARIES = 3,
	STUB_LIBRARY_SIZE = STUB_SYSTEM_SIZE / STUB_N_LIBRARIES, /* bytes of each */
};

/* Names, each with a space behind it, in the order of their bytes: stub_names.c. */
extern const char stub_names_kernel32[], stub_names_user32[], stub_names_ntdll[];

/* In the order in which Windows has them; KERNEL32 comes first in memory. */
struct stub_library {
	const char *name;  /* of the file, in small letters */
	const char *names; /* of its functions */
	uint32_t base;
};

extern const struct stub_library stub_libraries[STUB_N_LIBRARIES];

/* Writes all of them into the region at STUB_SYSTEM. */
void stub_library_write(struct x86_region *r);

/* The address of the function of this name, in whichever library has it; 0: none has. */
uint32_t stub_library_find(struct span name);

/* The name of the function that begins at `at`; empty: it is none. */
struct span stub_library_name(uint32_t at);

/* An address that is no function's, the i-th of those; 0: there are no more. */
uint32_t stub_library_spare(uint32_t i);

#endif
