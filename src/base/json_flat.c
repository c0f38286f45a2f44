/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_flat.h"

enum { RECORD = 1 + 4 + 4 + 8 /* bytes */ };

/* ---- writing: level by level, so that what one holds stands together */

struct waiting {
	const struct json_item *item;
	struct span key;
};

struct writer {
	struct buf records, texts;
	struct buf queue; /* struct waiting: those that were met, in order */
};

static void meet(struct writer *w, const struct json_item *item, struct span key)
{
	struct waiting one = { item, key };
	buf_put(&w->queue, &one, sizeof one);
}

static uint64_t meet_all(struct writer *w, const struct json_item *item)
{
	size_t n = json_read_count(item);
	void *place = NULL;
	struct span key;

	if (json_read_is_array(item))
		for (size_t i = 0; i < n; i++)
			meet(w, json_read_element(item, i), (struct span){ 0 });
	else
		for (const struct json_item *m; (m = json_read_next(item, &place, &key)) != NULL;)
			meet(w, m, key);
	return n;
}

static void put(struct writer *w, const struct waiting *one)
{
	enum json_flat_kind kind = FLAT_NULL;
	struct span text = { 0 };
	uint64_t number = 0;
	int64_t i;
	double f;
	bool b;

	if (json_read_text(one->item, &text)) {
		kind = FLAT_TEXT;
	} else if (json_read_int(one->item, &i)) {
		kind = FLAT_INT;
		number = (uint64_t)i;
	} else if (json_read_float(one->item, &f)) {
		kind = FLAT_FLOAT;
		memcpy(&number, &f, sizeof number);
	} else if (json_read_bool(one->item, &b)) {
		kind = b ? FLAT_TRUE : FLAT_FALSE;
	} else if (!json_read_is_null(one->item)) {
		kind = json_read_is_array(one->item) ? FLAT_ARRAY : FLAT_OBJECT;
		number = meet_all(w, one->item);
	}
	buf_put_u8(&w->records, (uint8_t)kind);
	buf_put_le32(&w->records, (uint32_t)one->key.n);
	buf_put_le32(&w->records, (uint32_t)text.n);
	buf_put_le64(&w->records, number);
	buf_put_span(&w->texts, one->key);
	buf_put_span(&w->texts, text);
}

bool json_flat_write(const struct json_item *root, struct buf *out)
{
	struct writer w;
	uint32_t n = 0;

	buf_init(&w.records, (size_t)RECORD * JSON_READ_MAX_VALUES);
	buf_init(&w.texts, JSON_READ_MAX_SIZE);
	buf_init(&w.queue, sizeof(struct waiting) * JSON_READ_MAX_VALUES);
	meet(&w, root, (struct span){ 0 });
	for (; buf_ok(&w.queue) && n < w.queue.n / sizeof(struct waiting); n++) {
		struct waiting one; /* a copy: the queue may move */
		memcpy(&one, w.queue.p + n * sizeof one, sizeof one);
		put(&w, &one);
	}
	buf_put_le32(out, n);
	buf_put_span(out, buf_span(&w.records));
	buf_put_span(out, buf_span(&w.texts));
	bool ok = buf_ok(&w.queue) && buf_ok(&w.records) && buf_ok(&w.texts) && buf_ok(out);
	buf_release(&w.records);
	buf_release(&w.texts);
	buf_release(&w.queue);
	return ok;
}

/* ---- reading */

/* One record, and of `texts` what belongs to it. */
static void take(struct cursor *records, struct cursor *texts, struct flat_item *item)
{
	unsigned kind = cursor_u8(records);
	uint32_t key = cursor_le32(records), text = cursor_le32(records);
	uint64_t number = cursor_le64(records);

	item->kind = kind < FLAT_KINDS ? (enum json_flat_kind)kind : FLAT_KINDS;
	item->key = cursor_take(texts, key);
	item->text = cursor_take(texts, text);
	memcpy(&item->number, &number, sizeof number);
	memcpy(&item->real, &number, sizeof number);
}

bool json_flat_read(struct span bytes, struct arena *a, const struct flat_item **root,
		    struct error *e)
{
	struct cursor c = cursor_of(bytes);
	uint32_t n = cursor_le32(&c), next = 1;

	if (!cursor_ok(&c) || n == 0 || n > cursor_left(&c) / RECORD)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "a table of values is cut off");
	if (n > JSON_READ_MAX_VALUES)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "limit:values: at most %d",
				 JSON_READ_MAX_VALUES);
	struct flat_item *item = arena_array(a, n, sizeof *item);
	if (item == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a table of values");
	struct cursor texts = cursor_of(span_cut(bytes, 4 + (size_t)n * RECORD, bytes.n));
	for (uint32_t i = 0; i < n; i++) {
		item[i] = (struct flat_item){ 0 };
		take(&c, &texts, &item[i]);
		bool holds = item[i].kind == FLAT_ARRAY || item[i].kind == FLAT_OBJECT;
		if (!cursor_ok(&texts) || item[i].kind == FLAT_KINDS ||
		    (holds && (uint64_t)item[i].number > n - next))
			return error_set(e, REASON_DAMAGED, PLACE_NONE,
					 "a value of a table cannot be");
		if (!holds)
			continue;
		item[i].first = item + next;
		item[i].count = (size_t)item[i].number;
		next += (uint32_t)item[i].number;
	}
	if (next != n || cursor_left(&texts) != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "a table has values of nobody");
	*root = item;
	return true;
}

/* ---- items */

const struct flat_item *flat_member(const struct flat_item *item, const char *name)
{
	if (item == NULL || item->kind != FLAT_OBJECT)
		return NULL;
	for (size_t i = 0; i < item->count; i++)
		if (span_is(item->first[i].key, name))
			return &item->first[i];
	return NULL;
}

const struct flat_item *flat_element(const struct flat_item *item, size_t index)
{
	return item != NULL && item->kind == FLAT_ARRAY && index < item->count ? item->first + index
									       : NULL;
}

size_t flat_count(const struct flat_item *item) { return item != NULL ? item->count : 0; }

bool flat_text(const struct flat_item *item, struct span *out)
{
	if (item == NULL || item->kind != FLAT_TEXT)
		return false;
	*out = item->text;
	return true;
}

bool flat_int(const struct flat_item *item, int64_t *out)
{
	if (item == NULL || item->kind != FLAT_INT)
		return false;
	*out = item->number;
	return true;
}

bool flat_float(const struct flat_item *item, double *out)
{
	if (item == NULL || (item->kind != FLAT_FLOAT && item->kind != FLAT_INT))
		return false;
	*out = item->kind == FLAT_FLOAT ? item->real : (double)item->number;
	return true;
}

bool flat_bool(const struct flat_item *item, bool *out)
{
	if (item == NULL || (item->kind != FLAT_FALSE && item->kind != FLAT_TRUE))
		return false;
	*out = item->kind == FLAT_TRUE;
	return true;
}
