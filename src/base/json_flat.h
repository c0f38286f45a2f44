/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_JSON_FLAT_H
#define PEL_BASE_JSON_FLAT_H

/*
 * A JSON document as a table of its values, to go from the process that parses to one that must
 * not: reading the table is a loop over records of one size, whatever wrote it.
 *
 *   u32 n       values; the first is the document's
 *   n times     u8 kind, u32 bytes of its key, u32 bytes of its text, u64 number
 *   bytes       keys and texts in that order, each key before the text
 *
 * The number is a text's nothing, an integer, the bits of a float, or of an array or object how
 * many values it holds.  These stand together: those of the first array or object from record 1
 * on, those of the next behind them.  So none can lie within itself.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json_read.h"

enum json_flat_kind {
	FLAT_NULL,
	FLAT_FALSE,
	FLAT_TRUE,
	FLAT_INT,
	FLAT_FLOAT,
	FLAT_TEXT,
	FLAT_ARRAY,
	FLAT_OBJECT,
	FLAT_KINDS
};

struct flat_item {
	enum json_flat_kind kind;
	struct span key, text;
	int64_t number;
	double real;
	const struct flat_item *first; /* of those that it holds ... */
	size_t count;                  /* ... which stand one behind the other */
};

/* Appends the table of a document.  False: no room, or no memory. */
NODISCARD bool json_flat_write(const struct json_item *root, struct buf *out);

/* Reads a table; the items lie in the arena, their texts in `bytes`.  Fails with DAMAGED where it
 * cannot be one, LIMIT beyond JSON_READ_MAX_VALUES, and MEMORY. */
NODISCARD bool json_flat_read(struct span bytes, struct arena *a, const struct flat_item **root,
			      struct error *e);

/* As json_read.h has them: NULL is an item that is not there, and a value of another kind leaves
 * *out as it was. */
const struct flat_item *flat_member(const struct flat_item *item, const char *name);
const struct flat_item *flat_element(const struct flat_item *item, size_t index);
size_t flat_count(const struct flat_item *item);
bool flat_text(const struct flat_item *item, struct span *out);
bool flat_int(const struct flat_item *item, int64_t *out);
bool flat_float(const struct flat_item *item, double *out); /* integers too */
bool flat_bool(const struct flat_item *item, bool *out);

#endif
