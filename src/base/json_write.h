/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_JSON_WRITE_H
#define PEL_BASE_JSON_WRITE_H

/*
 * JSON out (RFC 8259), written straight into a buffer on one line.
 *
 * Commas and nesting are kept by the writer.  A member is json_write_key() followed by
 * one value.  Strings may be any bytes: what is not UTF-8 would not be JSON, so
 * json_write_bytes() writes such a text with U+FFFD in place of the bad bytes and
 * returns false; a caller who must be exact adds a second member in hexadecimal.
 */

#include "base/buf.h"

enum { JSON_WRITE_MAX_DEPTH = 64 };

struct json_writer {
	struct buf *to;
	unsigned depth;
	bool after_key;                    /* a key was written: the value comes without a comma */
	bool filled[JSON_WRITE_MAX_DEPTH]; /* something stands already at this depth */
};

void json_write_init(struct json_writer *j, struct buf *to);
void json_write_object(struct json_writer *j); /* { */
void json_write_object_end(struct json_writer *j);
void json_write_array(struct json_writer *j); /* [ */
void json_write_array_end(struct json_writer *j);
void json_write_key(struct json_writer *j, const char *name);
void json_write_text(struct json_writer *j, const char *s); /* NULL writes null */
bool json_write_bytes(struct json_writer *j, struct span s);
void json_write_hex(struct json_writer *j, struct span s); /* a string of lower-case hexadecimal */
void json_write_int(struct json_writer *j, int64_t v);
void json_write_uint(struct json_writer *j, uint64_t v);
void json_write_float(struct json_writer *j, double v); /* null where it is not finite */
void json_write_bool(struct json_writer *j, bool v);
void json_write_null(struct json_writer *j);

#endif
