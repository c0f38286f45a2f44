/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"

#include <stdlib.h>

/* What can be read can be written, and is then read again. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_OUTPUT = 16 << 20 };

/* One level beneath what the writer allows. */
static void copy(struct json_writer *j, const struct json_item *item, unsigned depth)
{
	struct span s, key;
	int64_t i;
	double f;
	bool b;
	void *place = NULL;

	if (depth + 2 > JSON_WRITE_MAX_DEPTH) {
		json_write_null(j);
	} else if (json_read_text(item, &s)) {
		(void)json_write_bytes(j, s);
	} else if (json_read_int(item, &i)) {
		json_write_int(j, i);
	} else if (json_read_float(item, &f)) {
		json_write_float(j, f);
	} else if (json_read_bool(item, &b)) {
		json_write_bool(j, b);
	} else if (json_read_is_array(item)) {
		json_write_array(j);
		for (size_t k = 0; k < json_read_count(item); k++)
			copy(j, json_read_element(item, k), depth + 1);
		json_write_array_end(j);
	} else if (json_read_is_object(item)) {
		json_write_array(j); /* keys may be any text: pairs */
		for (const struct json_item *m; (m = json_read_next(item, &place, &key)) != NULL;) {
			(void)json_write_bytes(j, key);
			copy(j, m, depth + 1);
		}
		json_write_array_end(j);
	} else {
		json_write_null(j);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_document *d;
	struct error e;
	struct buf out;
	struct json_writer j;

	if (!json_read_open((struct span){ data, size }, size % 2 == 0 ? 0 : JSON_READ_STRICT, &d,
			    &e)) {
		if (e.why != REASON_DAMAGED && e.why != REASON_LIMIT)
			abort();
		return 0;
	}
	buf_init(&out, MAX_OUTPUT);
	json_write_init(&j, &out);
	copy(&j, json_read_root(d), 0);
	json_read_close(d);
	if (buf_ok(&out)) {
		if (!json_read_open(buf_span(&out), JSON_READ_STRICT, &d, &e))
			abort();
		json_read_close(d);
	}
	buf_release(&out);
	return 0;
}
