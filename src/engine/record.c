/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

enum { MAX_VALUE_BYTES = 4096, MAX_DETAIL = 1024, MAX_LOG = 32 << 10, RECORD_MAGIC = 0x31434552 };

/* ---- writing */

static void put_bytes(struct buf *b, struct span s, size_t max)
{
	s = span_cut(s, 0, max);
	buf_put_le16(b, (uint16_t)s.n);
	buf_put_span(b, s);
}

static void put_value(struct buf *b, const struct verdict_value *v)
{
	uint64_t bits = 0;

	put_bytes(b, v->name, MAX_VALUE_BYTES);
	buf_put_u8(b, (uint8_t)v->value.kind);
	if (v->value.kind == VALUE_STRING) {
		put_bytes(b, v->value.s, MAX_VALUE_BYTES);
		return;
	}
	memcpy(&bits, &v->value.i, sizeof bits);
	buf_put_le64(b, bits);
}

static size_t string_size(const struct verdict_string *s)
{
	return 4 + 8 + 4 + 1 + 2 + s->excerpt.n;
}

/* False where strings had to be left out. */
static bool put_match(struct buf *b, const struct verdict_match *m, size_t room)
{
	size_t n = 0, used = 0;

	while (n < m->n_strings && used + string_size(&m->string[n]) <= room)
		used += string_size(&m->string[n++]);
	buf_put_le32(b, m->rule);
	buf_put_le64(b, m->n_strings_all);
	buf_put_le32(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		const struct verdict_string *s = &m->string[i];
		buf_put_le32(b, s->string);
		buf_put_le64(b, s->at);
		buf_put_le32(b, s->n);
		buf_put_u8(b, s->xor_key);
		put_bytes(b, s->excerpt, VERDICT_EXCERPT);
	}
	buf_put_le16(b, (uint16_t)m->n_values);
	for (size_t i = 0; i < m->n_values; i++)
		put_value(b, &m->value[i]);
	return n == m->n_strings;
}

void record_write(const struct verdict *v, struct buf *out)
{
	size_t start = out->n, n_matches = v->n_matches < 2000 ? v->n_matches : 2000;
	bool all = n_matches == v->n_matches;
	size_t share = (RECORD_MAX / 2) / (n_matches != 0 ? n_matches : 1);

	buf_put_le32(out, RECORD_MAGIC);
	buf_put_u8(out, (uint8_t)v->kind);
	buf_put_u8(out, (uint8_t)v->class);
	buf_put_u8(out, v->has_sha256);
	buf_put(out, v->sha256, sizeof v->sha256);
	buf_put_le32(out, (uint32_t)n_matches);
	for (size_t i = 0; i < n_matches; i++)
		all = put_match(out, &v->match[i], share) && all;
	size_t n_gaps = v->n_gaps < 200 ? v->n_gaps : 200;
	buf_put_le32(out, (uint32_t)n_gaps + !all);
	for (size_t i = 0; i < n_gaps; i++) {
		buf_put_u8(out, (uint8_t)v->gap[i].why);
		buf_put_le32(out, v->gap[i].rule);
		put_bytes(out, v->gap[i].detail, 200);
	}
	if (!all) {
		buf_put_u8(out, REASON_LIMIT);
		buf_put_le32(out, COND_NONE);
		put_bytes(out, span_of("limit:record: not all occurrences are listed"), MAX_DETAIL);
	}
	put_bytes(out, v->log, MAX_LOG);
	if (out->n - start > RECORD_MAX)
		out->failed = true;
}

/* ---- reading */

static struct span take_bytes(struct cursor *c, size_t max)
{
	uint16_t n = cursor_le16(c);

	if (n > max)
		cursor_fail(c);
	return cursor_take(c, n);
}

static bool read_strings(struct cursor *c, const struct db *db, uint64_t size, struct arena *a,
			 struct verdict_match *m)
{
	uint32_t n = cursor_le32(c);

	if (n > cursor_left(c) / 19)
		return false;
	m->string = arena_array(a, n, sizeof *m->string);
	if (m->string == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct verdict_string *s = &m->string[i];
		s->string = cursor_le32(c);
		s->at = cursor_le64(c);
		s->n = cursor_le32(c);
		s->xor_key = cursor_u8(c);
		s->excerpt = take_bytes(c, VERDICT_EXCERPT);
		if (!cursor_ok(c) || s->string >= db_n_strings(db) || s->at > size ||
		    s->n > size - s->at || s->excerpt.n > s->n)
			return false;
	}
	m->n_strings = n;
	return true;
}

static bool read_values(struct cursor *c, struct arena *a, struct verdict_match *m)
{
	uint16_t n = cursor_le16(c);

	if (n > VERDICT_MAX_VALUES)
		return false;
	m->value = arena_array(a, n, sizeof *m->value);
	for (uint16_t i = 0; m->value != NULL && i < n; i++) {
		struct verdict_value *v = &m->value[i];
		v->name = take_bytes(c, MAX_VALUE_BYTES);
		v->value.kind = (enum value_kind)cursor_u8(c);
		if (v->value.kind > VALUE_STRING)
			return false;
		if (v->value.kind == VALUE_STRING) {
			v->value.s = take_bytes(c, MAX_VALUE_BYTES);
		} else {
			uint64_t bits = cursor_le64(c);
			memcpy(&v->value.i, &bits, sizeof bits);
		}
	}
	m->n_values = n;
	return m->value != NULL && cursor_ok(c);
}

static bool read_matches(struct cursor *c, const struct db *db, uint64_t size, struct arena *a,
			 struct verdict *out)
{
	uint32_t n = cursor_le32(c);

	if (n > VERDICT_MAX_RULES || n > cursor_left(c) / 18)
		return false;
	out->match = arena_array(a, n, sizeof *out->match);
	if (out->match == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct verdict_match *m = &out->match[i];
		m->rule = cursor_le32(c);
		m->n_strings_all = cursor_le64(c);
		if (!cursor_ok(c) || m->rule >= db_n_rules(db) ||
		    !read_strings(c, db, size, a, m) || !read_values(c, a, m))
			return false;
	}
	out->n_matches = n;
	return true;
}

static bool read_gaps(struct cursor *c, struct arena *a, struct verdict *out)
{
	uint32_t n = cursor_le32(c);

	if (n > cursor_left(c) / 7)
		return false;
	out->gap = arena_array(a, n, sizeof *out->gap);
	for (uint32_t i = 0; out->gap != NULL && i < n; i++) {
		out->gap[i].why = (enum reason)cursor_u8(c);
		out->gap[i].rule = cursor_le32(c);
		out->gap[i].detail = take_bytes(c, MAX_DETAIL);
		if (out->gap[i].why == REASON_NONE || out->gap[i].why >= REASON_COUNT)
			return false;
	}
	out->n_gaps = n;
	return out->gap != NULL && cursor_ok(c);
}

/* The kind must follow from the rest: a liar cannot call an object clean and list a match. */
static bool consistent(const struct db *db, const struct verdict *v)
{
	enum verdict_kind kind = v->n_gaps != 0 ? VERDICT_INCOMPLETE : VERDICT_CLEAN;

	for (size_t i = 0; i < v->n_matches; i++) {
		struct db_rule rule;
		if (!db_rule(db, v->match[i].rule, &rule))
			return false;
		enum verdict_kind k = verdict_of_rule(db, &rule);
		if (kind == VERDICT_INCOMPLETE || k > kind)
			kind = k;
	}
	return kind == v->kind;
}

bool record_read(struct span bytes, const struct db *db, uint64_t size, struct arena *a,
		 struct verdict *out, struct error *e)
{
	struct cursor c = cursor_of(bytes);

	*out = (struct verdict){ .size = size };
	bool ok = cursor_le32(&c) == RECORD_MAGIC;
	out->kind = (enum verdict_kind)cursor_u8(&c);
	out->class = (enum type_class)cursor_u8(&c);
	uint8_t has = cursor_u8(&c);
	out->has_sha256 = has == 1;
	struct span digest = cursor_take(&c, sizeof out->sha256);
	ok = ok && cursor_ok(&c) && out->kind <= VERDICT_INCOMPLETE && out->class < CLASS_COUNT &&
	     has <= 1;
	if (ok)
		memcpy(out->sha256, digest.p, digest.n);
	ok = ok && read_matches(&c, db, size, a, out) && read_gaps(&c, a, out);
	if (ok)
		out->log = take_bytes(&c, MAX_LOG);
	if (!ok || !cursor_ok(&c) || cursor_left(&c) != 0 || !consistent(db, out))
		return error_set(e, REASON_INTERNAL, cursor_place(&c),
				 "a worker's answer that cannot be");
	return true;
}
