/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_JSON_H
#define PEL_BASE_JSON_H

/*
 * JSON out (RFC 8259), written straight into a buffer on one line.
 *
 * Commas and nesting are kept by the writer.  A member is json_key() followed by
 * one value.  Strings may be any bytes: what is not UTF-8 would not be JSON, so
 * json_bytes() writes such a text with U+FFFD in place of the bad bytes and
 * returns false; a caller who must be exact adds a second member in hexadecimal.
 */

#include "base/buf.h"

enum { JSON_MAX_DEPTH = 64 };

struct json {
	struct buf *to;
	unsigned depth;
	bool after_key;              /* a key was written: the value comes without a comma */
	bool filled[JSON_MAX_DEPTH]; /* something stands already at this depth */
};

void json_init(struct json *j, struct buf *to);
void json_object(struct json *j); /* { */
void json_object_end(struct json *j);
void json_array(struct json *j); /* [ */
void json_array_end(struct json *j);
void json_key(struct json *j, const char *name);
void json_text(struct json *j, const char *s); /* NULL writes null */
bool json_bytes(struct json *j, struct span s);
void json_hex(struct json *j, struct span s); /* a string of lower-case hexadecimal */
void json_int(struct json *j, int64_t v);
void json_uint(struct json *j, uint64_t v);
void json_float(struct json *j, double v); /* null where it is not finite */
void json_bool(struct json *j, bool v);
void json_null(struct json *j);

#endif
