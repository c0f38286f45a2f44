/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "base/hash.h"
#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

void json_write_init(struct json_writer *j, struct buf *to)
{
	*j = (struct json_writer){ .to = to };
}

static void before_value(struct json_writer *j)
{
	if (j->after_key)
		j->after_key = false;
	else if (j->filled[j->depth])
		buf_put_u8(j->to, ',');
	j->filled[j->depth] = true;
}

static void open_level(struct json_writer *j, char c)
{
	before_value(j);
	assert(j->depth + 1 < JSON_WRITE_MAX_DEPTH);
	buf_put_u8(j->to, (uint8_t)c);
	j->filled[++j->depth] = false;
}

static void close_level(struct json_writer *j, char c)
{
	assert(j->depth > 0);
	j->depth--;
	buf_put_u8(j->to, (uint8_t)c);
}

void json_write_object(struct json_writer *j) { open_level(j, '{'); }
void json_write_object_end(struct json_writer *j) { close_level(j, '}'); }
void json_write_array(struct json_writer *j) { open_level(j, '['); }
void json_write_array_end(struct json_writer *j) { close_level(j, ']'); }

static bool quote(struct buf *b, struct span s)
{
	bool exact = true;

	buf_put_u8(b, '"');
	for (size_t i = 0; i < s.n;) {
		uint32_t c = 0;
		size_t n = text_utf8((struct span){ s.p + i, s.n - i }, &c);

		if (n == 0) {
			buf_put_text(b, "\\ufffd");
			exact = false;
			i++;
			continue;
		}
		if (c == '"' || c == '\\') {
			buf_put_u8(b, '\\');
			buf_put_u8(b, (uint8_t)c);
		} else if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
			buf_printf(b, "\\u%04x", (unsigned)c);
		} else {
			buf_put(b, s.p + i, n);
		}
		i += n;
	}
	buf_put_u8(b, '"');
	return exact;
}

void json_write_key(struct json_writer *j, const char *name)
{
	before_value(j);
	(void)quote(j->to, span_of(name));
	buf_put_u8(j->to, ':');
	j->after_key = true;
}

bool json_write_bytes(struct json_writer *j, struct span s)
{
	before_value(j);
	return quote(j->to, s);
}

void json_write_text(struct json_writer *j, const char *s)
{
	if (s == NULL)
		json_write_null(j);
	else
		(void)json_write_bytes(j, span_of(s));
}

void json_write_hex(struct json_writer *j, struct span s)
{
	before_value(j);
	buf_put_u8(j->to, '"');
	for (size_t i = 0; i < s.n; i++) {
		char hex[3];
		hex_text(s.p + i, 1, hex);
		buf_put(j->to, hex, 2);
	}
	buf_put_u8(j->to, '"');
}

void json_write_int(struct json_writer *j, int64_t v)
{
	before_value(j);
	buf_printf(j->to, "%" PRId64, v);
}

void json_write_uint(struct json_writer *j, uint64_t v)
{
	before_value(j);
	buf_printf(j->to, "%" PRIu64, v);
}

void json_write_float(struct json_writer *j, double v)
{
	if (!isfinite(v)) {
		json_write_null(j);
		return;
	}
	before_value(j);
	buf_printf(j->to, "%.17g", v);
}

void json_write_bool(struct json_writer *j, bool v)
{
	before_value(j);
	buf_put_text(j->to, v ? "true" : "false");
}

void json_write_null(struct json_writer *j)
{
	before_value(j);
	buf_put_text(j->to, "null");
}
