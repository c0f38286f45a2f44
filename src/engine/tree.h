/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_TREE_H
#define PEL_ENGINE_TREE_H

/*
 * The way of one file with all that is in it: the scanner looks at the file, readers take
 * it apart, and each object that comes out goes the same way, under one budget.
 */

#include "engine/scan.h"
#include "unpack/unpack.h"

struct tree;

/* Heap.  Scanner, its database and options must outlive it. */
NODISCARD bool tree_new(struct scanner *s, const struct db *db, const struct scan_options *o,
			struct tree **out, struct error *e);
void tree_free(struct tree *t); /* NULL is nothing */

/* Examines a file and all in it.  *out is always filled, as by scanner_object(), and lasts until
 * the next call for this tree or its scanner. */
void tree_object(struct tree *t, struct span file, struct verdict *out);

#endif
