/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_SQLITE_TABLE_H
#define PEL_REVIEW_SQLITE_TABLE_H

#include "base/buf.h"
#include "base/error.h"

/*
 * Reads one table of a database file of SQLite 3 that lies in memory (sqlite.org/fileformat2.html);
 * what its write-ahead log holds is not seen.
 *
 * row() receives each row's record, which lasts until it returns; false ends the reading.  DAMAGED
 * where a page or a cell is none, LIMIT beyond SQLITE_MAX_DEPTH, SQLITE_MAX_PAGES or
 * SQLITE_MAX_ROW.  What came before was given.
 */
enum { SQLITE_MAX_DEPTH = 16, SQLITE_MAX_PAGES = 1 << 20, SQLITE_MAX_ROW = 64 << 20 };

/* The table `name` of the database `file`, in the order of its row numbers; `ctx` is row()'s.  True
 * also where row() ended it. */
NODISCARD bool sqlite_table(struct span file, const char *name,
			    bool (*row)(void *ctx, struct span record), void *ctx, struct error *e);

/* The bytes of a column that is a text or a blob; empty where it is neither.  Column 0 is the
 * first. */
struct span sqlite_column(struct span record, unsigned column);
/* The value of a column that is an integer; false where it is none. */
bool sqlite_integer(struct span record, unsigned column, int64_t *out);

#endif
