/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_CARVE_H
#define PEL_UNPACK_CARVE_H

/* Programs and zips that lie somewhere within a program, where no structure says so. */

#include "unpack/unpack.h"

/* The first PE program in bytes [from, to) of `object` that is not a copy of the object's own
 * headers: as long as its table of sections says, or the object has.  Empty: none. */
struct span carve_program(struct span object, uint64_t from, uint64_t to);

/* Gives each program in bytes [from, to) of the object.  False: the budget is spent. */
NODISCARD bool carve_programs(struct unpack *u, struct span object, uint64_t from, uint64_t to);

/* Gives what begins with the first zip in `object`, whose reader looks for all that follow. */
void carve_zip(struct unpack *u, struct span object);

#endif
