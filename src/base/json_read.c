/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"

#include <jansson.h>

/* The document and its items are jansson's own; the types here only keep them apart. */

static json_t *json_of(const struct json_item *item) { return (json_t *)(uintptr_t)item; }
static const struct json_item *item_of(const json_t *j) { return (const struct json_item *)j; }

void json_read_prepare(void) { json_object_seed(0); }

/* Depth and number of values, by brackets and commas outside strings.  What is no JSON at all gets
 * past here and is refused by the library.  *end is where the first array or object ends. */
static bool within_limits(struct span text, unsigned flags, size_t *end, struct error *e)
{
	size_t depth = 0, values = 1;
	bool quoted = false;

	*end = text.n;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
			continue;
		}
		quoted = c == '"';
		if (c == '[' || c == '{') {
			if (++depth > JSON_READ_MAX_DEPTH)
				return error_set(e, REASON_LIMIT, i, "JSON: more than %d levels",
						 JSON_READ_MAX_DEPTH);
			values++;
		} else if ((c == ']' || c == '}') && depth > 0) {
			if (--depth == 0 && (flags & JSON_READ_FIRST) != 0) {
				*end = i + 1;
				return true;
			}
		} else if (c == ',') {
			values++;
		}
		if (values > JSON_READ_MAX_VALUES)
			return error_set(e, REASON_LIMIT, i, "JSON: more than %d values",
					 JSON_READ_MAX_VALUES);
	}
	return true;
}

bool json_read_open(struct span text, unsigned flags, struct json_document **out, struct error *e)
{
	json_error_t fault = { 0 };
	size_t end;

	if (text.n > JSON_READ_MAX_SIZE)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "JSON: %zu bytes, at most %d", text.n,
				 JSON_READ_MAX_SIZE);
	if (!within_limits(text, flags, &end, e))
		return false;
	text.n = end;
	size_t how = JSON_ALLOW_NUL | JSON_DECODE_ANY;
	if ((flags & JSON_READ_STRICT) != 0)
		how |= JSON_REJECT_DUPLICATES;
	json_t *j = json_loadb(text.n != 0 ? (const char *)text.p : "", text.n, how, &fault);
	if (j == NULL)
		return error_set(
			e, REASON_DAMAGED, fault.position >= 0 ? (uint64_t)fault.position : 0,
			"JSON: line %d, column %d: %.100s", fault.line, fault.column, fault.text);
	*out = (struct json_document *)j;
	return true;
}

void json_read_close(struct json_document *d) { json_decref((json_t *)d); }

const struct json_item *json_read_root(const struct json_document *d)
{
	return (const struct json_item *)d;
}

const struct json_item *json_read_member(const struct json_item *item, const char *name)
{
	return item_of(json_object_get(json_of(item), name));
}

const struct json_item *json_read_element(const struct json_item *item, size_t index)
{
	return item_of(json_array_get(json_of(item), index));
}

size_t json_read_count(const struct json_item *item)
{
	return json_is_object(json_of(item)) ? json_object_size(json_of(item))
					     : json_array_size(json_of(item));
}

const struct json_item *json_read_next(const struct json_item *item, void **place, struct span *key)
{
	json_t *j = json_of(item);

	if (!json_is_object(j))
		return NULL;
	*place = *place == NULL ? json_object_iter(j) : json_object_iter_next(j, *place);
	if (*place == NULL)
		return NULL;
	*key = span_of(json_object_iter_key(*place));
	return item_of(json_object_iter_value(*place));
}

bool json_read_text(const struct json_item *item, struct span *out)
{
	json_t *j = json_of(item);

	if (!json_is_string(j))
		return false;
	*out = (struct span){ (const uint8_t *)json_string_value(j), json_string_length(j) };
	return true;
}

bool json_read_int(const struct json_item *item, int64_t *out)
{
	if (!json_is_integer(json_of(item)))
		return false;
	*out = json_integer_value(json_of(item));
	return true;
}

bool json_read_float(const struct json_item *item, double *out)
{
	if (!json_is_number(json_of(item)))
		return false;
	*out = json_number_value(json_of(item));
	return true;
}

bool json_read_bool(const struct json_item *item, bool *out)
{
	if (!json_is_boolean(json_of(item)))
		return false;
	*out = json_is_true(json_of(item));
	return true;
}

bool json_read_is_object(const struct json_item *item) { return json_is_object(json_of(item)); }
bool json_read_is_array(const struct json_item *item) { return json_is_array(json_of(item)); }
bool json_read_is_null(const struct json_item *item) { return json_is_null(json_of(item)); }
