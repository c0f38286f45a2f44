/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_RANGE_H
#define PEL_FORMAT_RANGE_H

/* What functions of modules share: the bytes that (offset, length) arguments name. */

#include "format/module.h"

/* A step for each of n bytes; false, and none is left, where there are not so many. */
static inline bool range_steps(struct call *c, uint64_t n)
{
	if (*c->steps < n) {
		*c->steps = 0;
		return false;
	}
	*c->steps -= n;
	return true;
}

/*
 * Bytes [offset, offset + length) of the file, cut at its end.  False where they are negative or
 * the range does not begin in the file (YARA: undefined).
 */
static inline bool range_cut(struct call *c, const struct value *offset, const struct value *length,
			     struct span *out)
{
	if (offset->i < 0 || length->i < 0 || (uint64_t)offset->i >= c->file.n)
		return false;
	*out = span_cut(c->file, (uint64_t)offset->i, (uint64_t)length->i);
	return true;
}

/* The same, with a step for each byte. */
static inline bool range_of(struct call *c, const struct value *offset, const struct value *length,
			    struct span *out)
{
	return range_cut(c, offset, length, out) && range_steps(c, out->n);
}

#endif
