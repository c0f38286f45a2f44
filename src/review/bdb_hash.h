/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_BDB_HASH_H
#define PEL_REVIEW_BDB_HASH_H

#include "base/buf.h"
#include "base/error.h"

/*
 * Reads every pair of a hash database of Berkeley DB, versions 7 to 10, that lies in memory, in
 * either order of bytes (libdb's dbinc/db_page.h).
 *
 * value() receives what is stored under each key but duplicates; it lasts until value() returns,
 * and false ends the reading.  DAMAGED where a page or an item is none, UNSUPPORTED where it is
 * encrypted or no hash, LIMIT beyond BDB_MAX_PAGES or BDB_MAX_VALUE.  What came before was given.
 */
enum { BDB_MAX_PAGES = 1 << 22, BDB_MAX_VALUE = 64 << 20 };

/* All of `file`, a page after the other; `ctx` is value()'s.  True also where value() ended it. */
NODISCARD bool bdb_hash(struct span file, bool (*value)(void *ctx, struct span bytes), void *ctx,
			struct error *e);

#endif
