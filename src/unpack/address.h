/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_ADDRESS_H
#define PEL_UNPACK_ADDRESS_H

/* The files that stand in "data:" addresses of a text (RFC 2397), as browsers read them. */

#include "unpack/unpack.h"

/* Gives what stands in each address of the text.  False: the budget is spent. */
NODISCARD bool address_give_all(struct unpack *u, struct span text);
/* May an address stand in it? */
bool address_is_in(struct span text);

/* Does c end an address that stands in no quotes, in whatever text? */
bool address_ends(uint8_t c);
/* What browsers take out of an address (URL Living Standard, 4.4). */
bool address_break(uint8_t c);

#endif
