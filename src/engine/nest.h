/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_NEST_H
#define PEL_ENGINE_NEST_H

/*
 * The way of one file with all that is in it: the scanner looks at the file, readers take
 * it apart, and each object that comes out goes the same way, under one budget.
 */

#include "engine/scan.h"
#include "unpack/unpack.h"

struct nest;

/* Heap.  Scanner, its database and options must outlive it. */
NODISCARD bool nest_new(struct scanner *s, const struct db *db, const struct scan_options *o,
			struct nest **out, struct error *e);
void nest_free(struct nest *t); /* NULL is nothing */

/* Examines a file and all in it.  *out is always filled, as by scanner_object(), and lasts until
 * the next call for this tree or its scanner. */
void nest_object(struct nest *t, struct span file, struct verdict *out);

#endif
