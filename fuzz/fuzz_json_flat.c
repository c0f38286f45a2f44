/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_flat.h"

#include <stdlib.h>
#include <string.h>

/* A table of values as a worker may send it: all that can be reached lies in it, in order.  What is
 * a document is written as one, and then says what the document says. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_DEPTH = 64, MAX_TABLE = 16 << 20 };

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* What has no value of a kind says so, and leaves what is there. */
static void compare_value(const struct json_item *was, const struct flat_item *is)
{
	struct span s = { 0 }, t = { 0 };
	int64_t i = 0, j = 0;
	double f = 0, g = 0;
	bool b = false, c = false;

	check(json_read_text(was, &s) == flat_text(is, &t) && span_equal(s, t));
	check(json_read_int(was, &i) == flat_int(is, &j) && i == j);
	check(json_read_float(was, &f) == flat_float(is, &g) && memcmp(&f, &g, sizeof f) == 0);
	check(json_read_bool(was, &b) == flat_bool(is, &c) && b == c);
	check(json_read_is_null(was) == (is->kind == FLAT_NULL));
}

static void compare(const struct json_item *was, const struct flat_item *is, unsigned depth)
{
	size_t n = json_read_count(was);
	void *place = NULL;
	struct span key;

	check(is != NULL && n == flat_count(is));
	compare_value(was, is);
	if (depth == MAX_DEPTH)
		return;
	if (json_read_is_array(was)) {
		for (size_t i = 0; i < n; i++)
			compare(json_read_element(was, i), flat_element(is, i), depth + 1);
		check(flat_element(is, n) == NULL && flat_member(is, "a") == NULL);
		return;
	}
	for (size_t i = 0; i < n; i++)
		check(json_read_next(was, &place, &key) != NULL &&
		      span_equal(key, is->first[i].key));
	const struct json_item *member = json_read_member(was, "a");
	check((member != NULL) == (flat_member(is, "a") != NULL));
	if (member != NULL)
		compare(member, flat_member(is, "a"), depth + 1);
}

static void write_document(struct span text)
{
	const struct flat_item *root;
	struct json_document *d;
	struct error e;
	struct arena a;
	struct buf table;

	if (!json_read_open(text, 0, &d, &e))
		return;
	buf_init(&table, MAX_TABLE);
	arena_init(&a, JSON_READ_MAX_VALUES * sizeof(struct flat_item));
	if (json_flat_write(json_read_root(d), &table)) {
		check(json_flat_read(buf_span(&table), &a, &root, &e));
		compare(json_read_root(d), root, 0);
	}
	arena_release(&a);
	buf_release(&table);
	json_read_close(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct flat_item *root;
	struct arena a;
	struct error e;
	size_t n = 1;

	write_document((struct span){ data, size });
	arena_init(&a, JSON_READ_MAX_VALUES * sizeof(struct flat_item));
	if (json_flat_read((struct span){ data, size }, &a, &root, &e)) {
		const uint8_t *at = data;
		for (size_t i = 0; i < n; i++) {
			const struct flat_item *item = root + i;
			if (item->count != 0 && item->first != root + n)
				abort();
			n += item->count;
			if (item->text.p < at || item->key.p < at ||
			    item->text.p + item->text.n > data + size)
				abort();
			at = item->text.p;
		}
	} else if (e.why != REASON_DAMAGED && e.why != REASON_LIMIT) {
		abort();
	}
	arena_release(&a);
	return 0;
}
