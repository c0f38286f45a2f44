/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_GIVE_H
#define PEL_UNPACK_GIVE_H

/* Whole members in one call, for readers that have them at hand. */

#include "unpack/decode_text.h"
#include "unpack/unpack.h"

/* A member whose bytes are there as they are.  False: the budget is spent. */
NODISCARD bool give_whole(struct unpack *u, struct span name, const char *type, struct span bytes);

/* A member that `text` is decoded to.  False: the budget is spent. */
NODISCARD bool give_decoded(struct unpack *u, struct span name, const char *type,
			    decode_text *decode, struct span text);

/* Decodes `text` into the member that is begun. */
void give_into(struct unpack *u, decode_text *decode, struct span text);

/* Where s, a part of the object, begins in it; PLACE_NONE where it is no part. */
uint64_t give_place(const struct unpack *u, struct span s);

#endif
