/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_RECORD_H
#define PEL_ENGINE_RECORD_H

/* A verdict as bytes, from the worker to the broker, which believes none of it. */

#include "base/buf.h"
#include "engine/verdict.h"

enum { RECORD_MAX = 160 << 10 /* bytes; occurrences beyond are counted and left out */ };

/* Appends the verdict; what does not fit is left out and becomes a gap "limit:record". */
void record_write(const struct verdict *v, struct buf *out);

/* Reads a record about an object of `size` bytes into *out, in the arena.  DAMAGED where anything
 * in it cannot be: a rule or string that the database does not have, a place outside the object. */
NODISCARD bool record_read(struct span bytes, const struct db *db, uint64_t size, struct arena *a,
			   struct verdict *out, struct error *e);

#endif
