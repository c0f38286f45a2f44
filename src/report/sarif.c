/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sarif.h"
#include "base/text.h"

#include <stdlib.h>

enum { MAX_REGIONS = 100 }; /* places that one result names */

/* ---- pieces */

static void put_member(struct json_writer *j, const char *name, const char *text)
{
	json_write_key(j, name);
	json_write_text(j, text);
}

/* RFC 3986: what is not unreserved is percent-encoded, byte for byte; an absolute path is a file
 * URI. */
static void put_uri(struct json_writer *j, struct span path)
{
	struct buf b;

	buf_init(&b, 3 * path.n + 16);
	if (path.n > 0 && path.p[0] == '/')
		buf_put_text(&b, "file://");
	for (size_t i = 0; i < path.n; i++) {
		uint8_t c = path.p[i];
		if (text_is_alnum(c) || c == '/' || c == '-' || c == '.' || c == '_' || c == '~')
			buf_put_u8(&b, c);
		else
			buf_printf(&b, "%%%02X", c);
	}
	json_write_key(j, "uri");
	(void)json_write_bytes(j, buf_span(&b));
	buf_release(&b);
}

static void put_location(struct json_writer *j, struct span path, const struct verdict_string *s)
{
	json_write_object(j);
	json_write_key(j, "physicalLocation");
	json_write_object(j);
	json_write_key(j, "artifactLocation");
	json_write_object(j);
	put_uri(j, path);
	json_write_object_end(j);
	if (s != NULL) {
		json_write_key(j, "region");
		json_write_object(j);
		json_write_key(j, "byteOffset");
		json_write_uint(j, s->at);
		json_write_key(j, "byteLength");
		json_write_uint(j, s->n);
		json_write_object_end(j);
	}
	json_write_object_end(j);
	json_write_object_end(j);
}

/* Is an earlier string's place the same?  A list of locations names each once. */
static bool is_named(const struct verdict_match *m, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (m->string[k].at == m->string[i].at && m->string[k].n == m->string[i].n)
			return true;
	return false;
}

static void put_message(struct json_writer *j, struct span text)
{
	json_write_key(j, "message");
	json_write_object(j);
	json_write_key(j, "text");
	(void)json_write_bytes(j, text);
	json_write_object_end(j);
}

/* ---- results */

static void put_match(struct sarif *s, struct span path, const struct verdict *v,
		      const struct verdict_match *m)
{
	struct json_writer *j = &s->j;
	struct db_rule rule;
	struct span text;

	if (!db_rule(s->db, m->rule, &rule))
		return;
	s->seen[m->rule / 8] |= (uint8_t)(1u << m->rule % 8);
	json_write_object(j);
	json_write_key(j, "ruleId");
	(void)json_write_bytes(j, rule.name);
	put_member(j, "level",
		   verdict_of_rule(s->db, &rule) == VERDICT_SUSPICIOUS ? "warning" : "error");
	put_message(j, db_meta_text(s->db, &rule, "description", &text) ? text : rule.name);
	json_write_key(j, "locations");
	json_write_array(j);
	put_location(j, path, m->n_strings != 0 ? &m->string[0] : NULL);
	json_write_array_end(j);
	if (m->n_strings > 1) {
		json_write_key(j, "relatedLocations");
		json_write_array(j);
		for (size_t i = 1; i < m->n_strings && i < MAX_REGIONS; i++)
			if (!is_named(m, i))
				put_location(j, path, &m->string[i]);
		json_write_array_end(j);
	}
	if (v->has_sha256) {
		json_write_key(j, "partialFingerprints");
		json_write_object(j);
		json_write_key(j, "objectSha256/v1");
		json_write_hex(j, (struct span){ v->sha256, sizeof v->sha256 });
		json_write_object_end(j);
	}
	json_write_object_end(j);
}

static void put_gap(struct sarif *s, struct span path, enum reason why, struct span rule,
		    struct span detail)
{
	struct json_writer *j = &s->j;
	struct buf text;

	buf_init(&text, 4096);
	buf_printf(&text, "not examined: %s", reason_word(why));
	if (!span_is(detail, reason_word(why))) {
		buf_put_text(&text, ": ");
		text_escape(&text, span_cut(detail, 0, 1000));
	}
	if (rule.n != 0) {
		buf_put_text(&text, ", rule ");
		text_escape(&text, span_cut(rule, 0, 1000));
	}
	s->n_gaps++;
	json_write_object(j);
	put_member(j, "ruleId", "pellucid/incomplete");
	put_member(j, "level", "note");
	put_message(j, buf_span(&text));
	json_write_key(j, "locations");
	json_write_array(j);
	put_location(j, path, NULL);
	json_write_array_end(j);
	json_write_object_end(j);
	buf_release(&text);
}

/* ---- the rules that results name */

static void put_rule(struct sarif *s, uint32_t number)
{
	struct json_writer *j = &s->j;
	struct db_rule rule;
	struct span text;

	if (!db_rule(s->db, number, &rule))
		return;
	json_write_object(j);
	json_write_key(j, "id");
	(void)json_write_bytes(j, rule.name);
	if (db_meta_text(s->db, &rule, "description", &text)) {
		json_write_key(j, "shortDescription");
		json_write_object(j);
		json_write_key(j, "text");
		(void)json_write_bytes(j, text);
		json_write_object_end(j);
	}
	if (db_meta_text(s->db, &rule, "reference", &text) && text.n > 8 &&
	    memcmp(text.p, "https://", 8) == 0) {
		json_write_key(j, "helpUri");
		(void)json_write_bytes(j, text);
	}
	json_write_object_end(j);
}

/* By their names, and one of those with the same by their numbers. */
static int by_name(const void *a, const void *b, void *db)
{
	const uint32_t *x = a, *y = b;
	struct db_rule p = { 0 }, q = { 0 };

	if (!db_rule(db, *x, &p) || !db_rule(db, *y, &q))
		return (*x > *y) - (*x < *y);
	size_t n = p.name.n < q.name.n ? p.name.n : q.name.n;
	int c = n == 0 ? 0 : memcmp(p.name.p, q.name.p, n);
	if (c == 0)
		c = (p.name.n > q.name.n) - (p.name.n < q.name.n);
	return c != 0 ? c : (*x > *y) - (*x < *y);
}

/* Of rules with one name (two digests of a list, a name in two namespaces) the first is listed. */
static void drop_doubles(struct sarif *s)
{
	uint32_t n_all = db_n_rules(s->db) + db_n_hashes(s->db), *seen;
	struct db_rule rule, before;
	size_t n = 0;

	for (uint32_t i = 0; i < n_all; i++)
		n += s->seen[i / 8] >> i % 8 & 1;
	seen = n > 1 ? malloc(n * sizeof *seen) : NULL;
	if (seen == NULL) /* none can be twice; or the list is longer than it need be */
		return;
	n = 0;
	for (uint32_t i = 0; i < n_all; i++)
		if ((s->seen[i / 8] >> i % 8 & 1) != 0)
			seen[n++] = i;
	qsort_r(seen, n, sizeof *seen, by_name, (void *)(uintptr_t)s->db);
	for (size_t i = 1; i < n; i++)
		if (db_rule(s->db, seen[i - 1], &before) && db_rule(s->db, seen[i], &rule) &&
		    span_equal(before.name, rule.name))
			s->seen[seen[i] / 8] &= (uint8_t) ~(1u << seen[i] % 8);
	free(seen);
}

static void put_tool(struct sarif *s)
{
	struct json_writer *j = &s->j;

	drop_doubles(s);
	json_write_key(j, "tool");
	json_write_object(j);
	json_write_key(j, "driver");
	json_write_object(j);
	put_member(j, "name", "Pellucid");
	put_member(j, "version", PELLUCID_VERSION);
	json_write_key(j, "rules");
	json_write_array(j);
	for (uint32_t i = 0; i < db_n_rules(s->db) + db_n_hashes(s->db); i++)
		if ((s->seen[i / 8] >> i % 8 & 1) != 0)
			put_rule(s, i);
	if (s->n_gaps != 0) {
		json_write_object(j);
		put_member(j, "id", "pellucid/incomplete");
		json_write_object_end(j);
	}
	json_write_array_end(j);
	json_write_key(j, "properties");
	json_write_object(j);
	json_write_key(j, "databaseSha256");
	json_write_hex(j, (struct span){ db_digest(s->db), 32 });
	json_write_object_end(j);
	json_write_object_end(j);
	json_write_object_end(j);
}

/* ---- public */

bool sarif_begin(struct sarif *s, const struct db *db, struct buf *out, struct error *e)
{
	*s = (struct sarif){
		.db = db, .seen = calloc(((size_t)db_n_rules(db) + db_n_hashes(db)) / 8 + 1, 1)
	};
	if (s->seen == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a report");
	json_write_init(&s->j, out);
	json_write_object(&s->j);
	put_member(&s->j, "version", "2.1.0");
	put_member(&s->j, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_write_key(&s->j, "runs");
	json_write_array(&s->j);
	json_write_object(&s->j);
	json_write_key(&s->j, "results");
	json_write_array(&s->j);
	return true;
}

void sarif_object(struct sarif *s, struct span path, const struct verdict *v)
{
	for (size_t i = 0; i < v->n_matches; i++)
		put_match(s, path, v, &v->match[i]);
	for (size_t i = 0; i < v->n_gaps; i++) {
		struct db_rule rule = { .name = { 0 } };
		if (v->gap[i].rule != COND_NONE && !db_rule(s->db, v->gap[i].rule, &rule))
			rule.name.n = 0;
		put_gap(s, path, v->gap[i].why, rule.name, v->gap[i].detail);
	}
}

void sarif_skipped(struct sarif *s, struct span path, struct span rule, const struct error *e)
{
	put_gap(s, path, e->why, rule, span_of(e->text));
}

void sarif_end(struct sarif *s)
{
	struct json_writer *j = &s->j;

	json_write_array_end(j);
	put_tool(s);
	json_write_key(j, "columnKind");
	json_write_text(j, "utf16CodeUnits");
	json_write_object_end(j);
	json_write_array_end(j);
	json_write_object_end(j);
	buf_put_u8(j->to, '\n');
	free(s->seen);
	s->seen = NULL;
}
