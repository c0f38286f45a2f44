/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_RECORD_H
#define PEL_ENGINE_RECORD_H

/*
 * A verdict as bytes, from the worker to the broker, which believes none of it.
 *
 * What is written and read back is equal, the size apart (which the reader
 * knows), as long as it fits.  Which rules matched always fits; evidence beyond
 * RECORD_MAX is left out and becomes a gap "limit:record".
 */

#include "base/buf.h"
#include "engine/verdict.h"

enum {
	RECORD_OWN = 32 << 20,    /* bytes of a record about the object itself */
	RECORD_INSIDE = 12 << 20, /* about what lies in it ... */
	RECORD_LIST = 8 << 20,    /* ... without the evidence */
	RECORD_MAX = RECORD_OWN + RECORD_INSIDE,
	RECORD_CHILDREN = 1 << 16, /* objects in it that are listed */
	RECORD_CHILD = 160,        /* bytes of one, without its name, matches and gaps, at most */
	RECORD_MATCH = 18,         /* of one of its matches, without evidence */
	RECORD_GAPS = 200,         /* gaps that are kept, of each object */
	RECORD_SEGMENT = 1100,     /* bytes of a name */
	RECORD_DETAIL = 1024,      /* bytes of a gap's detail that are kept */
	RECORD_VALUE = 4096,       /* bytes of a value or its name that are kept */
	RECORD_LOG = 1 << 20,      /* bytes of the console's lines that are kept */
	RECORD_MEMORY = 256 << 20, /* an arena of this budget holds any record that is read */
};

/* Bytes that a child takes of RECORD_LIST. */
size_t record_child_size(const struct verdict_child *c);

/* Appends the verdict to `out`, which must have room for RECORD_MAX more.  No more children may be
 * listed than RECORD_CHILDREN and RECORD_LIST have room for.  True where the record has no gaps of
 * the object itself. */
bool record_write(const struct verdict *v, struct buf *out);

/*
 * Reads a record about an object of `size` bytes (UINT64_MAX where places are addresses) into *out;
 * what it points to lies in the arena or in `bytes`.  INTERNAL where anything in it cannot be: a
 * rule or string that the database does not have, a string of another rule, a place outside the
 * object, rules out of order, a kind that does not follow from the matches and gaps.
 */
NODISCARD bool record_read(struct span bytes, const struct db *db, uint64_t size, struct arena *a,
			   struct verdict *out, struct error *e);

#endif
