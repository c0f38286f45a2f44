/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PACKED_H
#define PEL_UNPACK_PACKED_H

#include "base/cursor.h"

/* The packer that gives a section this name (8 bytes of a PE's table, padded with zeros); NULL:
 * none that is known.  A constant text. */
const char *packed_section(struct span name);

/* The same for an ELF program, by the mark behind its headers. */
const char *packed_elf(struct span program);

#endif
