/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_UPX_H
#define PEL_UNPACK_UPX_H

/*
 * What UPX packed, by the structures that its own `upx -d` goes by (those for ELF and for 64-bit
 * PE; what is packed for 32-bit Windows is run, see packed_read.c): the methods, and the filters
 * that make code pack better.  Facts from UPX's sources, checked against UPX 3.96, 4.2.2 and 4.2.4.
 */

#include "unpack/decode.h"

enum {
	UPX_MAX_LOADS = 128,   /* pieces of a program in the ELF header */
	UPX_MAX_BLOCKS = 2048, /* that were packed one by one */
	UPX_MAX_HEADER = 64 << 10,
	UPX_MAX_IMAGE = 48 << 20, /* bytes of a PE in memory */
	UPX_BYTE_STEPS = 4,       /* nanoseconds for one that is made */
};

/* Is it a method that is read here? */
bool upx_method_known(unsigned method);

/* Decodes `in` to the `size` bytes at `to`; *made becomes how many there were. */
enum decode_end upx_decode(unsigned method, struct span in, uint8_t *to, size_t size, size_t *made);

/* Undoes a filter in n bytes of code.  cto: the filter's parameter; add: what was added to each
 * address besides.  False: no filter of this number is known. */
NODISCARD bool upx_unfilter(unsigned filter, uint8_t cto, uint32_t add, uint8_t *p, size_t n);

#endif
