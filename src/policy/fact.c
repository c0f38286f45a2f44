/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/fact.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { HEAD = 4, VALUE_HEAD = 3, ROOM_FOR_LAST = 4096 };

static const char *const kind_words[FACT_KINDS] = {
	[FACT_PACKAGE] = "package",
	[FACT_PROGRAM] = "program",
	[FACT_PROCESS] = "process",
	[FACT_MODULE] = "module",
	[FACT_UNIT] = "unit",
	[FACT_AUTOSTART] = "autostart",
	[FACT_PRIVILEGE] = "privilege",
	[FACT_EXTENSION] = "extension",
	[FACT_CONTAINER] = "container",
	[FACT_DEVICE] = "device",
	[FACT_FIRMWARE] = "firmware",
	[FACT_INTERFACE] = "interface",
	[FACT_SOCKET] = "socket",
	[FACT_NEIGHBOUR] = "neighbour",
	[FACT_ROUTE] = "route",
	[FACT_RESOLVER] = "resolver",
	[FACT_HOST] = "host",
	[FACT_CERTIFICATE] = "certificate",
	[FACT_KEY] = "key",
	[FACT_PATH] = "path",
	[FACT_SYSTEM] = "system",
	[FACT_OBJECT] = "object",
	[FACT_GAP] = "gap",
	[FACT_OWNED] = "owned",
};

static const char *const key_words[FACT_KEYS] = {
	[FACT_NAME] = "name",           [FACT_TYPE] = "type",
	[FACT_VERSION] = "version",     [FACT_ARCH] = "arch",
	[FACT_STATE] = "state",         [FACT_VENDOR] = "vendor",
	[FACT_SOURCE] = "source",       [FACT_SIGNER] = "signer",
	[FACT_LOCATION] = "location",   [FACT_TARGET] = "target",
	[FACT_SHA256] = "sha256",       [FACT_PID] = "pid",
	[FACT_USER] = "user",           [FACT_OWNED_BY] = "owned_by",
	[FACT_LIBRARY] = "library",     [FACT_ID] = "id",
	[FACT_SUBSYSTEM] = "subsystem", [FACT_CLASS] = "class",
	[FACT_DRIVER] = "driver",       [FACT_REVISION] = "revision",
	[FACT_SERIAL] = "serial",       [FACT_ADDRESS] = "address",
	[FACT_LOCAL] = "local",         [FACT_REMOTE] = "remote",
	[FACT_PROTOCOL] = "protocol",   [FACT_SCHEDULE] = "schedule",
	[FACT_MODE] = "mode",           [FACT_CAPABILITIES] = "capabilities",
	[FACT_PARENT] = "parent",       [FACT_NOT_AFTER] = "not_after",
	[FACT_RULE] = "rule",           [FACT_NOTE] = "note",
	[FACT_REASON] = "reason",       [FACT_DATA] = "data",
};

const char *fact_kind_word(enum fact_kind kind) { return kind_words[kind]; }
const char *fact_key_word(enum fact_key key) { return key_words[key]; }

/* ---- writing */

void fact_writer_init(struct fact_writer *w, struct buf *to)
{
	*w = (struct fact_writer){ .to = to, .keep = ROOM_FOR_LAST };
}

void fact_begin(struct fact_writer *w, enum fact_kind kind)
{
	w->at = w->to->n;
	w->n = 0;
	if (w->full)
		return;
	buf_put_u8(w->to, (uint8_t)kind);
	buf_put_u8(w->to, 0);
	buf_put_le16(w->to, 0);
}

static bool has_room(struct fact_writer *w, size_t n)
{
	if (w->full)
		return false;
	if (buf_ok(w->to) && w->to->max - w->to->n >= n + w->keep)
		return true;
	w->full = true;
	w->to->n = w->at;
	return false;
}

void fact_put(struct fact_writer *w, enum fact_key key, struct span value)
{
	value = span_cut(value, 0, FACT_MAX_VALUE);
	if (value.n == 0 || w->n == FACT_MAX_VALUES || !has_room(w, VALUE_HEAD + value.n))
		return;
	buf_put_u8(w->to, (uint8_t)key);
	buf_put_le16(w->to, (uint16_t)value.n);
	buf_put_span(w->to, value);
	w->n++;
}

void fact_put_text(struct fact_writer *w, enum fact_key key, const char *value)
{
	fact_put(w, key, span_of(value));
}

void fact_printf(struct fact_writer *w, enum fact_key key, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n > 0)
		fact_put(w, key, span_cut(span_of(text), 0, (uint64_t)n));
}

void fact_end(struct fact_writer *w)
{
	if (has_room(w, 0)) {
		w->to->p[w->at + 2] = (uint8_t)w->n;
		w->to->p[w->at + 3] = (uint8_t)(w->n >> 8);
	} else {
		w->left++;
	}
}

void fact_gap(struct fact_writer *w, const char *where, enum reason why, const char *what)
{
	fact_begin(w, FACT_GAP);
	fact_put_text(w, FACT_LOCATION, where);
	fact_put_text(w, FACT_REASON, reason_word(why));
	fact_put_text(w, FACT_NOTE, what);
	fact_end(w);
}

/* ---- a store */

void facts_init(struct facts *f)
{
	buf_init(&f->bytes, FACT_MAX_BYTES);
	buf_init(&f->at, FACT_MAX_BYTES / HEAD * sizeof(uint32_t));
}

void facts_release(struct facts *f)
{
	buf_release(&f->bytes);
	buf_release(&f->at);
}

/* The record at the cursor, which is left behind it. */
static struct fact read_fact(struct cursor *c)
{
	struct fact f = { 0 };

	f.kind = (enum fact_kind)cursor_u8(c);
	f.collector = cursor_u8(c);
	f.n = cursor_le16(c);
	size_t begin = c->at;
	for (unsigned i = 0; i < f.n && cursor_ok(c); i++) {
		if (cursor_u8(c) >= FACT_KEYS)
			cursor_fail(c);
		cursor_skip(c, cursor_le16(c));
	}
	if (f.kind >= FACT_KINDS || f.n > FACT_MAX_VALUES)
		cursor_fail(c);
	if (cursor_ok(c))
		f.values = (struct span){ c->p + begin, c->at - begin };
	return f;
}

struct fact facts_get(const struct facts *f, size_t i)
{
	uint32_t at;

	assert(i < facts_count(f));
	memcpy(&at, f->at.p + i * sizeof at, sizeof at);
	struct cursor c = cursor_of(span_cut(buf_span(&f->bytes), at, SIZE_MAX));
	return read_fact(&c);
}

enum fact_kind facts_kind(const struct facts *f, size_t i)
{
	uint32_t at;

	assert(i < facts_count(f));
	memcpy(&at, f->at.p + i * sizeof at, sizeof at);
	return (enum fact_kind)f->bytes.p[at];
}

static bool add(struct facts *f, struct span record, unsigned collector, struct error *e)
{
	uint32_t at = (uint32_t)f->bytes.n;

	buf_put_span(&f->bytes, record);
	if (buf_ok(&f->bytes)) {
		f->bytes.p[at + 1] = (uint8_t)collector;
		buf_put(&f->at, &at, sizeof at);
	}
	return (buf_ok(&f->bytes) && buf_ok(&f->at)) ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "limit: over %d MiB of facts",
			 FACT_MAX_BYTES >> 20);
}

bool facts_adopt(struct facts *f, struct span stream, unsigned collector,
		 void (*other)(void *ctx, const struct fact *fact), void *ctx, struct error *e)
{
	struct cursor c = cursor_of(stream);

	while (cursor_left(&c) > 0) {
		size_t begin = c.at;
		struct fact fact = read_fact(&c);
		if (!cursor_ok(&c))
			return error_set(e, REASON_DAMAGED, begin, "no fact at byte %zu", begin);
		if (fact.kind == FACT_GAP || fact.kind == FACT_OWNED) {
			if (other != NULL)
				other(ctx, &fact);
			continue;
		}
		struct span record = { stream.p + begin, c.at - begin };
		if (!add(f, record, collector, e))
			return false;
	}
	return true;
}

bool fact_next(const struct fact *f, size_t *place, enum fact_key *key, struct span *value)
{
	struct cursor c = cursor_of(span_cut(f->values, *place, SIZE_MAX));

	if (cursor_left(&c) == 0)
		return false;
	*key = (enum fact_key)cursor_u8(&c);
	*value = cursor_take(&c, cursor_le16(&c));
	*place += c.at;
	return cursor_ok(&c);
}

struct span fact_value(const struct fact *f, enum fact_key key)
{
	struct span value;
	enum fact_key k;

	for (size_t place = 0; fact_next(f, &place, &k, &value);)
		if (k == key)
			return value;
	return (struct span){ NULL, 0 };
}

bool fact_has(const struct fact *f, enum fact_key key, struct span wanted)
{
	struct span value;
	enum fact_key k;

	for (size_t place = 0; fact_next(f, &place, &k, &value);)
		if (k == key && span_equal(value, wanted))
			return true;
	return false;
}
