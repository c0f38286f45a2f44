/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify_words.h"
#include "base/hash.h"
#include "base/json_write.h"

enum { MAX_TEXT = 1 << 24 };

/* As the JSON of these bytes has them; what stands there for a byte that is no UTF-8 (`\ufffd`) is
 * written as the character that a reader of it has. */
static void encode(struct span s, struct buf *out)
{
	static const char stands[] = "\\ufffd";
	struct json_writer j;
	struct buf json;

	buf_init(&json, MAX_TEXT);
	buf_init(out, MAX_TEXT);
	json_write_init(&j, &json);
	(void)json_write_bytes(&j, s);
	struct span all = buf_span(&json);
	for (size_t i = 0, n; i < all.n; i += n) {
		bool escape = span_is(span_cut(all, i, 1), "\\");
		n = escape ? 2 : 1;
		if (escape && span_is(span_cut(all, i, sizeof stands - 1), stands)) {
			n = sizeof stands - 1;
			buf_put_text(out, "\xef\xbf\xbd");
		} else {
			buf_put_span(out, span_cut(all, i, n));
		}
	}
	out->failed = out->failed || !buf_ok(&json);
	buf_release(&json);
}

bool verify_same_text(struct span bytes, struct span claimed)
{
	struct buf a, b;

	if (span_equal(bytes, claimed))
		return true;
	encode(bytes, &a);
	encode(claimed, &b);
	bool same = buf_ok(&a) && buf_ok(&b) && span_equal(buf_span(&a), buf_span(&b));
	buf_release(&a);
	buf_release(&b);
	return same;
}

bool verify_value_equal(const struct flat_item *claim, const struct value *v)
{
	struct span text;
	int64_t i;
	double f;
	bool b;

	switch (v->kind) {
	case VALUE_BOOL:
		return flat_bool(claim, &b) && b == (v->i != 0);
	case VALUE_INT:
		return flat_int(claim, &i) && i == v->i;
	case VALUE_FLOAT:
		return flat_float(claim, &f) && f == v->f;
	case VALUE_STRING:
		return flat_text(claim, &text) && verify_same_text(v->s, text);
	default:
		return claim != NULL && claim->kind == FLAT_NULL;
	}
}

/* Where the claim has such a member it must be this. */
static bool is(const struct flat_item *claim, const char *name, struct span text)
{
	const struct flat_item *item = flat_member(claim, name);
	struct span claimed;

	return item == NULL || (flat_text(item, &claimed) && verify_same_text(text, claimed));
}

const char *verify_match_words(const struct db *db, const struct verdict_match *m,
			       const struct flat_item *claim)
{
	static const char *const shown[] = { "author", "description", "reference" };
	const struct flat_item *found = flat_member(claim, "strings_found");
	struct db_rule rule;
	int64_t n = -1;

	if (!db_rule(db, m->rule, &rule) ||
	    !is(claim, "verdict", span_of(verdict_word(verdict_of_rule(db, &rule)))))
		return "verdict";
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		struct span text = { .n = 0 };
		bool there = db_meta_text(db, &rule, shown[i], &text);
		if (!(there ? is(claim, shown[i], text) : flat_member(claim, shown[i]) == NULL))
			return shown[i];
	}
	if (found != NULL && (!flat_int(found, &n) || n < 0 || (uint64_t)n != m->n_strings_all))
		return "strings_found";
	return NULL;
}

static bool lasts(enum reason why)
{
	return why != REASON_TIME && why != REASON_MEMORY && why != REASON_CRASH &&
	       why != REASON_IO && why != REASON_DENIED && why != REASON_CHANGED &&
	       why != REASON_INTERNAL && why != REASON_STOPPED;
}

/* The reason that a gap of the claim names, in *word too; COUNT: none that there is. */
static enum reason gap_reason(const struct flat_item *claim, struct span *word)
{
	enum reason why = REASON_NONE;

	*word = (struct span){ .n = 0 };
	if (!flat_text(flat_member(claim, "reason"), word))
		return REASON_COUNT;
	while (why < REASON_COUNT && !span_is(*word, reason_word(why)))
		why++;
	return why;
}

/* Is it still not examined, or may that have gone with the minute? */
static bool gap_holds(const struct verdict *v, const struct flat_item *claim)
{
	struct span word;
	enum reason why = gap_reason(claim, &word);

	if (why == REASON_COUNT)
		return false;
	if (!lasts(why))
		return true;
	for (size_t i = 0; i < v->n_gaps; i++)
		if (span_is(word, reason_word(v->gap[i].why)) &&
		    is(claim, "detail", v->gap[i].detail))
			return true;
	return false;
}

const char *verify_object_words(const struct verdict *v, const struct flat_item *claim, bool whole)
{
	const struct flat_item *gaps = flat_member(claim, "incomplete");

	if (!is(claim, "type", span_of(type_class_name(v->class))))
		return "type";
	if (!whole && !is(claim, "format", v->format))
		return "format";
	for (size_t i = 0; i < flat_count(gaps); i++)
		if (!gap_holds(v, flat_element(gaps, i)))
			return "incomplete";
	return NULL;
}

/* ---- where the object lies */

bool verify_is_inside(const struct flat_item *claim)
{
	return flat_member(claim, "way") != NULL || flat_member(claim, "way_hex") != NULL;
}

static void put_hex(struct buf *b, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_printf(b, "%02x", s.p[i]);
}

/* The steps from the file to child i: exactly, and as texts where the claim has them. */
static bool steps_are(const struct verdict *v, size_t i, const struct flat_item *claim)
{
	const struct flat_item *hex = flat_member(claim, "way_hex");
	const struct flat_item *way = flat_member(claim, "way");
	size_t n = flat_count(hex), k = i + 1;

	if (way != NULL && flat_count(way) != n)
		return false;
	for (; n != 0 && k != 0; k = v->child[k - 1].parent) {
		const struct span s = v->child[k - 1].segment;
		char exact[2 * VERDICT_MAX_SEGMENT + 1];
		struct span claimed = { 0 };
		hex_text(s.p, s.n < VERDICT_MAX_SEGMENT ? s.n : VERDICT_MAX_SEGMENT, exact);
		n--;
		if (!flat_text(flat_element(hex, n), &claimed) || !span_is(claimed, exact))
			return false;
		if (way != NULL &&
		    (!flat_text(flat_element(way, n), &claimed) || !verify_same_text(s, claimed)))
			return false;
	}
	return n == 0 && k == 0;
}

/* `file` and the way of child i behind it: the path, and the same exactly where it is no text. */
static bool path_is(const struct verdict *v, size_t i, const struct flat_item *claim)
{
	struct span file = { .n = 0 }, file_hex = { .n = 0 };
	struct buf path, hex;

	(void)flat_text(flat_member(claim, "file"), &file);
	bool exact = flat_text(flat_member(claim, "file_hex"), &file_hex);
	buf_init(&path, MAX_TEXT);
	buf_init(&hex, MAX_TEXT);
	verdict_way(v, i, &path);
	if (exact)
		buf_put_span(&hex, file_hex);
	else
		put_hex(&hex, file);
	put_hex(&hex, buf_span(&path));
	buf_reset(&path);
	buf_put_span(&path, file);
	verdict_way(v, i, &path);
	bool same = buf_ok(&path) && buf_ok(&hex) && is(claim, "path", buf_span(&path)) &&
		    is(claim, "path_hex", buf_span(&hex));
	buf_release(&path);
	buf_release(&hex);
	return same;
}

bool verify_way(const struct verdict *v, size_t i, const struct flat_item *claim)
{
	return steps_are(v, i, claim) && path_is(v, i, claim);
}

/* ---- what is left out */

static bool reads_the_time(const struct verdict_match *m)
{
	for (size_t i = 0; i < m->n_values; i++)
		if (span_is(m->value[i].name, "time.now()"))
			return true;
	return false;
}

enum verify_left verify_left_out(const struct db *db, const struct verdict_match *m,
				 const struct flat_item *claim)
{
	const struct flat_item *all = flat_member(claim, "matches");
	const struct flat_item *gaps = flat_member(claim, "incomplete");
	struct span name, space, word;
	struct db_rule rule;

	if (!db_rule(db, m->rule, &rule))
		return VERIFY_NAMED;
	for (size_t i = 0; i < flat_count(all); i++) {
		const struct flat_item *one = flat_element(all, i);
		if (flat_text(flat_member(one, "rule"), &name) &&
		    flat_text(flat_member(one, "namespace"), &space) &&
		    span_equal(name, rule.name) && span_equal(space, rule.space))
			return VERIFY_NAMED;
	}
	for (size_t i = 0; i < flat_count(gaps); i++)
		if (!lasts(gap_reason(flat_element(gaps, i), &word)))
			return VERIFY_MAY_LACK;
	return reads_the_time(m) ? VERIFY_MAY_LACK : VERIFY_LEFT_OUT;
}
