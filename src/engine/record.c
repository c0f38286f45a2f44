/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/*
 * u32 magic, u8 kind, body, u32 n: log, and of what was taken apart u64 inside, u64 bytes inside,
 * u32 n: children { u32 parent, u16 n: segment, u64 size, body }.
 *
 * A body: u8 class, u8 flags (1: has a digest, 2: was taken apart), 32 bytes digest, where it was
 * u16 n: format, u32 n: matches { u32 rule, u64
 * strings found, u32 n: strings { u32 string, u64 at, u32 n, u8 xor key, u16 n: excerpt }, u16 n:
 * values { u16 n: name, u8 kind, u16 n: text or u64 bits } }, u32 n: gaps { u8 why, u32 rule, u16
 * n: detail }.
 */

enum {
	MAGIC = 0x32434552, /* "REC2" */
	STRING_SIZE = 19,   /* without the excerpt */
	VALUE_SIZE = 5,     /* without name and text, at least */
	MATCH_SIZE = RECORD_MATCH,
	GAP_SIZE = 7,    /* without the detail */
	MAX_FORMAT = 32, /* bytes of a format's name */
	REST_SIZE = 256, /* of a record: more than all that is counted nowhere else */
	CHILD_SIZE = 4 + 2 + 8 + 1 + 1 + 32 + 4 + 4, /* at least */
	HAS_DIGEST = 1,
	APART = 2,
};

/* A share of the evidence never falls below this, so that a sum of shares stays below RECORD_OWN.
 */
_Static_assert((int)VERDICT_MAX_RULES *(int)MATCH_SIZE +
			       (RECORD_GAPS + 1) * (GAP_SIZE + RECORD_DETAIL) + (int)RECORD_LOG +
			       (int)REST_SIZE <
		       (int)RECORD_OWN / 2,
	       "half a record is left for evidence");
_Static_assert((int)CHILD_SIZE + (int)MAX_FORMAT <= (int)RECORD_CHILD, "what record.h promises");

/* ---- writing */

static void put_bytes(struct buf *b, struct span s, size_t max)
{
	s = span_cut(s, 0, max);
	buf_put_le16(b, (uint16_t)s.n);
	buf_put_span(b, s);
}

static void put_string(struct buf *b, const struct verdict_string *s)
{
	buf_put_le32(b, s->string);
	buf_put_le64(b, s->at);
	buf_put_le32(b, s->n);
	buf_put_u8(b, s->xor_key);
	put_bytes(b, s->excerpt, VERDICT_EXCERPT);
}

static void put_value(struct buf *b, const struct verdict_value *v)
{
	enum value_kind kind = v->value.kind <= VALUE_STRING ? v->value.kind : VALUE_UNDEFINED;
	uint64_t bits = 0;

	put_bytes(b, v->name, RECORD_VALUE);
	buf_put_u8(b, (uint8_t)kind);
	if (v->value.kind == VALUE_STRING) {
		put_bytes(b, v->value.s, RECORD_VALUE);
		return;
	}
	if (kind != VALUE_UNDEFINED)
		memcpy(&bits, &v->value.i, sizeof bits);
	buf_put_le64(b, bits);
}

static size_t string_size(const struct verdict_string *s)
{
	return STRING_SIZE + (s->excerpt.n < VERDICT_EXCERPT ? s->excerpt.n : VERDICT_EXCERPT);
}

static size_t text_size(struct span s) { return s.n < RECORD_VALUE ? s.n : RECORD_VALUE; }

static size_t value_size(const struct verdict_value *v)
{
	return VALUE_SIZE + text_size(v->name) +
	       (v->value.kind == VALUE_STRING ? text_size(v->value.s) : 8);
}

/* Is any of it longer than a record keeps? */
static bool is_cut(const struct verdict_value *v)
{
	return v->name.n > RECORD_VALUE ||
	       (v->value.kind == VALUE_STRING && v->value.s.n > RECORD_VALUE);
}

/* False where evidence had to be left out.  Values come first: they are few, and say why it is
 * true. */
static bool put_match(struct buf *b, const struct verdict_match *m, size_t room)
{
	size_t n_strings = 0, n_values = 0, used = 0, max = m->n_values;
	bool whole = true;

	max = max < VERDICT_MAX_VALUES ? max : VERDICT_MAX_VALUES;
	while (n_values < max && value_size(&m->value[n_values]) <= room - used) {
		whole = whole && !is_cut(&m->value[n_values]);
		used += value_size(&m->value[n_values++]);
	}
	while (n_strings < m->n_strings && string_size(&m->string[n_strings]) <= room - used)
		used += string_size(&m->string[n_strings++]);
	buf_put_le32(b, m->rule);
	buf_put_le64(b, m->n_strings_all);
	buf_put_le32(b, (uint32_t)n_strings);
	for (size_t i = 0; i < n_strings; i++)
		put_string(b, &m->string[i]);
	buf_put_le16(b, (uint16_t)n_values);
	for (size_t i = 0; i < n_values; i++)
		put_value(b, &m->value[i]);
	return whole && n_strings == m->n_strings && n_values == m->n_values;
}

static void put_gap(struct buf *b, const struct verdict_gap *g)
{
	buf_put_u8(b, (uint8_t)g->why);
	buf_put_le32(b, g->rule);
	put_bytes(b, g->detail, RECORD_DETAIL);
}

/* False where something had to be left out.  `share` is the evidence of a match, in bytes. */
static bool put_body(struct buf *b, const struct verdict *v, size_t share, bool whole)
{
	static const char cut[] = "limit:record: not all of the evidence is listed";
	const struct verdict_gap more = { .why = REASON_LIMIT,
					  .rule = COND_NONE,
					  .detail = span_of(cut) };
	size_t n_matches = v->n_matches < VERDICT_MAX_RULES ? v->n_matches : VERDICT_MAX_RULES;
	size_t n_gaps = v->n_gaps < RECORD_GAPS ? v->n_gaps : RECORD_GAPS;

	whole = whole && n_matches == v->n_matches && n_gaps == v->n_gaps;
	buf_put_u8(b, (uint8_t)v->class);
	buf_put_u8(b, (uint8_t)(v->has_sha256 ? HAS_DIGEST : 0) |
			      (uint8_t)(v->format.n != 0 ? APART : 0));
	buf_put(b, v->sha256, sizeof v->sha256);
	if (v->format.n != 0)
		put_bytes(b, v->format, MAX_FORMAT);
	buf_put_le32(b, (uint32_t)n_matches);
	for (size_t i = 0; i < n_matches; i++)
		whole = put_match(b, &v->match[i], share) && whole;
	buf_put_le32(b, (uint32_t)n_gaps + !whole);
	for (size_t i = 0; i < n_gaps; i++)
		put_gap(b, &v->gap[i]);
	if (!whole)
		put_gap(b, &more);
	return whole;
}

static size_t kept(struct span s, size_t max) { return s.n < max ? s.n : max; }

size_t record_child_size(const struct verdict_child *c)
{
	size_t n_gaps = c->verdict.n_gaps < RECORD_GAPS ? c->verdict.n_gaps : RECORD_GAPS;
	size_t size = RECORD_CHILD + kept(c->segment, RECORD_SEGMENT);

	for (size_t i = 0; i < n_gaps; i++)
		size += GAP_SIZE + kept(c->verdict.gap[i].detail, RECORD_DETAIL);
	return size + MATCH_SIZE * c->verdict.n_matches;
}

/* How many of the children are written: as many as fit without their evidence, in their order, so
 * that what each lies in is there.  Their matches are counted. */
static size_t fitting(const struct verdict *v, size_t *n_matches)
{
	size_t room = RECORD_LIST, n = 0;

	*n_matches = 0;
	for (; n < v->n_children && n < RECORD_CHILDREN; n++) {
		size_t size = record_child_size(&v->child[n]);
		if (size > room)
			break;
		room -= size;
		*n_matches += v->child[n].verdict.n_matches;
	}
	return n;
}

/* What the evidence of the matches takes, up to `most` bytes and a little more. */
static size_t evidence_size(const struct verdict *v, size_t most)
{
	size_t size = 0;

	for (size_t i = 0; i < v->n_matches; i++) {
		const struct verdict_match *m = &v->match[i];
		for (size_t k = 0; k < m->n_values && size <= most; k++)
			size += value_size(&m->value[k]);
		for (size_t k = 0; k < m->n_strings && size <= most; k++)
			size += string_size(&m->string[k]);
	}
	return size;
}

bool record_write(const struct verdict *v, struct buf *out)
{
	size_t n_matches, n = fitting(v, &n_matches);
	size_t own = (size_t)(RECORD_OWN / 2) / (v->n_matches != 0 ? v->n_matches : 1);
	size_t share = (size_t)(RECORD_INSIDE - RECORD_LIST) / (n_matches != 0 ? n_matches : 1);
	struct span log = span_cut(v->log, 0, RECORD_LOG);
	bool whole = log.n == v->log.n && n == v->n_children;

	/* where all fits, no match is held to its share */
	if (evidence_size(v, RECORD_OWN / 2) <= RECORD_OWN / 2)
		own = RECORD_OWN / 2;
	else if (v->n_matches > VERDICT_MAX_RULES)
		own = (size_t)(RECORD_OWN / 2) / VERDICT_MAX_RULES;
	buf_put_le32(out, MAGIC);
	buf_put_u8(out, (uint8_t)v->kind);
	whole = put_body(out, v, own, whole);
	buf_put_le32(out, (uint32_t)log.n);
	buf_put_span(out, log);
	if (v->format.n == 0)
		return whole && v->n_gaps == 0;
	buf_put_le64(out, v->n_inside);
	buf_put_le64(out, v->inside_bytes);
	buf_put_le32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		buf_put_le32(out, v->child[i].parent);
		put_bytes(out, v->child[i].segment, RECORD_SEGMENT);
		buf_put_le64(out, v->child[i].verdict.size);
		(void)put_body(out, &v->child[i].verdict, share, true);
	}
	return whole && v->n_gaps == 0;
}

/* ---- reading */

static struct span take_bytes(struct cursor *c, size_t max)
{
	uint16_t n = cursor_le16(c);

	if (n > max)
		cursor_fail(c);
	return cursor_take(c, n);
}

static bool read_strings(struct cursor *c, const struct db_rule *rule, uint64_t size,
			 struct arena *a, struct verdict_match *m)
{
	uint32_t n = cursor_le32(c);

	if (n > cursor_left(c) / STRING_SIZE || n > m->n_strings_all)
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
		if (!cursor_ok(c) || s->string < rule->first_string ||
		    s->string - rule->first_string >= rule->n_strings || s->at > size ||
		    s->n > size - s->at || s->excerpt.n > s->n)
			return false;
	}
	m->n_strings = n;
	return true;
}

static bool read_value(struct cursor *c, struct verdict_value *v)
{
	uint64_t bits;

	v->name = take_bytes(c, RECORD_VALUE);
	v->value.kind = (enum value_kind)cursor_u8(c);
	if (v->value.kind > VALUE_STRING)
		return false;
	if (v->value.kind == VALUE_STRING) {
		v->value.s = take_bytes(c, RECORD_VALUE);
		return true;
	}
	bits = cursor_le64(c);
	memcpy(&v->value.i, &bits, sizeof bits);
	return (v->value.kind != VALUE_BOOL || bits <= 1) &&
	       (v->value.kind != VALUE_UNDEFINED || bits == 0);
}

static bool read_values(struct cursor *c, struct arena *a, struct verdict_match *m)
{
	uint16_t n = cursor_le16(c);

	if (n > VERDICT_MAX_VALUES)
		return false;
	m->value = arena_array(a, n, sizeof *m->value);
	for (uint16_t i = 0; m->value != NULL && i < n; i++)
		if (!read_value(c, &m->value[i]))
			return false;
	m->n_values = n;
	return m->value != NULL && cursor_ok(c);
}

static bool read_matches(struct cursor *c, const struct db *db, uint64_t size, struct arena *a,
			 struct verdict *out)
{
	uint32_t n = cursor_le32(c);

	if (n > VERDICT_MAX_RULES || n > cursor_left(c) / MATCH_SIZE)
		return false;
	out->match = arena_array(a, n, sizeof *out->match);
	if (out->match == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct verdict_match *m = &out->match[i];
		struct db_rule rule;
		m->rule = cursor_le32(c);
		m->n_strings_all = cursor_le64(c);
		if (!cursor_ok(c) || (i != 0 && m->rule <= m[-1].rule) ||
		    !db_rule(db, m->rule, &rule) || !read_strings(c, &rule, size, a, m) ||
		    !read_values(c, a, m))
			return false;
	}
	out->n_matches = n;
	return true;
}

static bool read_gaps(struct cursor *c, const struct db *db, struct arena *a, struct verdict *out)
{
	uint32_t n = cursor_le32(c);

	if (n > RECORD_GAPS + 1 || n > cursor_left(c) / GAP_SIZE)
		return false;
	out->gap = arena_array(a, n, sizeof *out->gap);
	for (uint32_t i = 0; out->gap != NULL && i < n; i++) {
		struct verdict_gap *g = &out->gap[i];
		g->why = (enum reason)cursor_u8(c);
		g->rule = cursor_le32(c);
		g->detail = take_bytes(c, RECORD_DETAIL);
		if (g->why == REASON_NONE || g->why >= REASON_COUNT ||
		    (g->rule != COND_NONE && g->rule >= db_n_rules(db)))
			return false;
	}
	out->n_gaps = n;
	return out->gap != NULL && cursor_ok(c);
}

static bool read_body(struct cursor *c, const struct db *db, struct arena *a, struct verdict *out)
{
	out->class = (enum type_class)cursor_u8(c);
	uint8_t flags = cursor_u8(c);
	out->has_sha256 = (flags & HAS_DIGEST) != 0;
	struct span digest = cursor_take(c, sizeof out->sha256);
	if ((flags & APART) != 0) {
		out->format = take_bytes(c, MAX_FORMAT);
		if (out->format.n == 0)
			return false;
	}
	if (!cursor_ok(c) || out->class >= CLASS_COUNT || flags > (HAS_DIGEST | APART))
		return false;
	memcpy(out->sha256, digest.p, digest.n);
	return read_matches(c, db, out->size, a, out) && read_gaps(c, db, a, out);
}

static bool read_children(struct cursor *c, const struct db *db, struct arena *a,
			  struct verdict *out)
{
	out->n_inside = cursor_le64(c);
	out->inside_bytes = cursor_le64(c);
	uint32_t n = cursor_le32(c);
	if (!cursor_ok(c) || n > RECORD_CHILDREN || n > cursor_left(c) / CHILD_SIZE ||
	    n > out->n_inside)
		return false;
	out->child = arena_array(a, n, sizeof *out->child);
	uint8_t *depth = arena_alloc(a, (size_t)n + 1);
	if (depth == NULL)
		return false;
	for (uint32_t i = 0; out->child != NULL && i < n; i++) {
		struct verdict_child *child = &out->child[i];
		child->parent = cursor_le32(c);
		child->segment = take_bytes(c, RECORD_SEGMENT);
		child->verdict.size = cursor_le64(c);
		if (!cursor_ok(c) || child->parent > i || child->segment.n == 0 ||
		    (depth[i + 1] = (uint8_t)(depth[child->parent] + 1)) > VERDICT_MAX_DEPTH ||
		    !read_body(c, db, a, &child->verdict) ||
		    (child->parent != 0 && out->child[child->parent - 1].verdict.format.n == 0))
			return false;
	}
	out->n_children = n;
	return out->child != NULL && cursor_ok(c);
}

bool record_read(struct span bytes, const struct db *db, uint64_t size, struct arena *a,
		 struct verdict *out, struct error *e)
{
	struct cursor c = cursor_of(bytes);
	struct verdict v = { .size = size };
	bool ok = bytes.n <= RECORD_MAX && cursor_le32(&c) == MAGIC;
	enum verdict_kind kind = (enum verdict_kind)cursor_u8(&c);

	ok = ok && read_body(&c, db, a, &v);
	uint32_t log_n = cursor_le32(&c);
	v.log = cursor_take(&c, log_n);
	ok = ok && log_n <= RECORD_LOG && (v.format.n == 0 || read_children(&c, db, a, &v));
	if (!ok || !cursor_ok(&c) || cursor_left(&c) != 0)
		return error_set(e, REASON_INTERNAL, cursor_place(&c),
				 "a worker's answer that cannot be");
	/* the kind must follow from the rest: a liar cannot call an object clean and list a match
	 */
	verdict_settle(db, &v);
	if (v.kind != kind)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "a worker's answer that contradicts itself");
	*out = v;
	return true;
}
