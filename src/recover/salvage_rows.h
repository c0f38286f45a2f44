/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SALVAGE_ROWS_H
#define PEL_RECOVER_SALVAGE_ROWS_H

/* What salvage_sqlite.c reads and salvage_rows.c writes as SQL, for `sqlite3 NEW < dump.sql`. */

#include "recover/salvage.h"

enum { ROWS_MAX_TABLES = 4096, ROWS_MAX_FIELDS = 2048 };

struct rows_table {
	struct span name, sql; /* in the arena */
	uint32_t root;
	int alias; /* the column that is the rowid, and stands empty in the record; -1: none */
};

struct rows {
	struct salvage *s;
	struct region *w;
	uint32_t page_size, reserved, n_pages;
	uint8_t *kind;   /* of each page, from 1 */
	uint32_t *owner; /* of each page: table + 2; 1: the schema; 0: nobody's */
	struct rows_table *table;
	uint32_t n_tables, max_tables;
	struct buf payload; /* of the row at hand */
	struct buf dump, orphans;
	uint8_t *copy; /* of a page */
	uint64_t n_rows, n_orphans, n_lost, n_leaves, n_random;
	unsigned most; /* fields of an orphan */
};

/* A row of the schema: type, name, tbl_name, rootpage, sql. */
void rows_schema(struct rows *d, uint32_t page, int64_t rowid);

/* The statements that make the tables; then each row; then the piece is given. */
void rows_begin(struct rows *d);
void rows_add(struct rows *d, uint32_t page, int64_t rowid);
void rows_end(struct rows *d, struct span name);

#endif
