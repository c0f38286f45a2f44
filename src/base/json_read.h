/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_JSON_READ_H
#define PEL_BASE_JSON_READ_H

/*
 * JSON in (RFC 8259), by jansson behind limits of our own: the text is gone through once before the
 * library sees it, so that nesting and the number of values are bounded before anything is built.
 *
 * A document is a tree of items.  Every function accepts NULL for an item, and says that nothing is
 * there; so a path is walked without a test at each step.  Items and texts last as long as the
 * document.
 */

#include "base/cursor.h"
#include "base/error.h"

enum {
	JSON_READ_MAX_SIZE = 64 << 20, /* bytes of text */
	JSON_READ_MAX_DEPTH = 64,      /* arrays and objects within each other */
	JSON_READ_MAX_VALUES = 1 << 20 /* in the whole document */
};

enum json_read_flags {
	JSON_READ_STRICT = 1, /* a key that stands twice in an object is an error */
	JSON_READ_FIRST = 2,  /* what follows the first array or object is not looked at */
};

struct json_document; /* heap */
struct json_item;     /* a value of a document */

/* jansson seeds its hash from the kernel when it makes its first object; this does it now, for
 * programs that lock themselves down later. */
void json_read_prepare(void);

/* Reads the whole text.  DAMAGED where it is no JSON (*e names the place), LIMIT where it is more
 * than the limits allow. */
NODISCARD bool json_read_open(struct span text, unsigned flags, struct json_document **out,
			      struct error *e);
void json_read_close(struct json_document *d); /* NULL is nothing */

const struct json_item *json_read_root(const struct json_document *d);

/* The member of that name of an object; NULL where there is none. */
const struct json_item *json_read_member(const struct json_item *item, const char *name);
/* The element of an array; NULL beyond its end. */
const struct json_item *json_read_element(const struct json_item *item, size_t index);
/* Elements of an array or members of an object; 0 for anything else. */
size_t json_read_count(const struct json_item *item);

/* The members of an object one after the other: *place is NULL at first.  NULL at the end. */
const struct json_item *json_read_next(const struct json_item *item, void **place,
				       struct span *key);

/* The value, where the item is of that kind: false leaves *out as it was.  A number with a fraction
 * or an exponent is no integer. */
bool json_read_text(const struct json_item *item, struct span *out);
bool json_read_int(const struct json_item *item, int64_t *out);
bool json_read_float(const struct json_item *item, double *out); /* integers too */
bool json_read_bool(const struct json_item *item, bool *out);
bool json_read_is_object(const struct json_item *item);
bool json_read_is_array(const struct json_item *item);
bool json_read_is_null(const struct json_item *item);

#endif
