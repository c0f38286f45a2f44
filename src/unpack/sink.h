/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_SINK_H
#define PEL_UNPACK_SINK_H

/* Decoded bytes into memory of a fixed size: tables that a reader needs itself. */

#include "unpack/decode.h"

struct sink {
	uint8_t *p; /* not owned */
	size_t n, max;
};

/* What no longer fits is not wanted: the decoder then says DECODE_STOPPED. */
static inline bool sink_put(void *ctx, struct span bytes)
{
	struct sink *s = (struct sink *)ctx;
	size_t n = bytes.n < s->max - s->n ? bytes.n : s->max - s->n;

	if (n != 0)
		memcpy(s->p + s->n, bytes.p, n);
	s->n += n;
	return n == bytes.n;
}

#endif
