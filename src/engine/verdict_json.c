/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/verdict_json.h"

/* A text member, and `name_hex` beside it where the text cannot say it exactly. */
static void put_text(struct json_writer *j, const char *name, const char *name_hex, struct span s)
{
	json_write_key(j, name);
	if (!json_write_bytes(j, s)) {
		json_write_key(j, name_hex);
		json_write_hex(j, s);
	}
}

static void put_value(struct json_writer *j, const struct value *v)
{
	switch (v->kind) {
	case VALUE_BOOL:
		json_write_bool(j, v->i != 0);
		break;
	case VALUE_INT:
		json_write_int(j, v->i);
		break;
	case VALUE_FLOAT:
		json_write_float(j, v->f);
		break;
	case VALUE_STRING:
		(void)json_write_bytes(j, v->s);
		break;
	default:
		json_write_null(j);
		break;
	}
}

static void put_strings(struct json_writer *j, const struct db *db, const struct verdict_match *m)
{
	json_write_key(j, "strings");
	json_write_array(j);
	for (size_t i = 0; i < m->n_strings; i++) {
		const struct verdict_string *s = &m->string[i];
		struct db_string string;
		json_write_object(j);
		if (db_string(db, s->string, &string))
			put_text(j, "name", "name_hex", string.name);
		json_write_key(j, "offset");
		json_write_uint(j, s->at);
		json_write_key(j, "length");
		json_write_uint(j, s->n);
		if (s->xor_key != 0) {
			json_write_key(j, "xor_key");
			json_write_uint(j, s->xor_key);
		}
		json_write_key(j, "bytes");
		json_write_hex(
			j, span_cut(s->excerpt, 0,
				    s->excerpt.n < VERDICT_SHARED ? s->excerpt.n : VERDICT_SHARED));
		json_write_object_end(j);
	}
	json_write_array_end(j);
	json_write_key(j, "strings_found");
	json_write_uint(j, m->n_strings_all);
}

static void put_match(struct json_writer *j, const struct db *db, const struct verdict_match *m)
{
	static const char *const shown[] = { "author", "description", "reference" };
	struct db_rule rule;
	struct db_source source;
	struct span text;

	json_write_object(j);
	if (db_rule(db, m->rule, &rule)) {
		put_text(j, "rule", "rule_hex", rule.name);
		put_text(j, "namespace", "namespace_hex", rule.space);
		json_write_key(j, "verdict");
		json_write_text(j, verdict_word(verdict_of_rule(db, &rule)));
		if (db_source(db, rule.source, &source)) {
			put_text(j, "source", "source_hex", source.name);
			json_write_key(j, "source_sha256");
			json_write_hex(j, (struct span){ source.sha256, 32 });
		}
		json_write_key(j, "line");
		json_write_uint(j, rule.line);
		for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
			if (db_meta_text(db, &rule, shown[i], &text)) {
				json_write_key(j, shown[i]);
				(void)json_write_bytes(j, text);
			}
	}
	put_strings(j, db, m);
	json_write_key(j, "values");
	json_write_array(j);
	for (size_t i = 0; i < m->n_values; i++) {
		json_write_object(j);
		json_write_key(j, "name");
		(void)json_write_bytes(j, m->value[i].name);
		json_write_key(j, "value");
		put_value(j, &m->value[i].value);
		json_write_object_end(j);
	}
	json_write_array_end(j);
	json_write_object_end(j);
}

static void put_gap(struct json_writer *j, const struct db *db, const struct verdict_gap *g)
{
	struct db_rule rule;

	json_write_object(j);
	json_write_key(j, "reason");
	json_write_text(j, reason_word(g->why));
	json_write_key(j, "detail");
	(void)json_write_bytes(j, g->detail);
	if (g->rule != COND_NONE && db_rule(db, g->rule, &rule))
		put_text(j, "rule", "rule_hex", rule.name);
	json_write_object_end(j);
}

/* What is said of a file and of what lies in it alike, behind its path. */
static void put_verdict(struct json_writer *j, const struct db *db, const struct verdict *v)
{
	json_write_key(j, "size");
	json_write_uint(j, v->size);
	json_write_key(j, "type");
	json_write_text(j, type_class_name(v->class));
	if (v->format.n != 0) {
		json_write_key(j, "format");
		(void)json_write_bytes(j, v->format);
	}
	if (v->has_sha256) {
		json_write_key(j, "sha256");
		json_write_hex(j, (struct span){ v->sha256, sizeof v->sha256 });
	}
	json_write_key(j, "database");
	json_write_hex(j, (struct span){ db_digest(db), 32 });
	json_write_key(j, "matches");
	json_write_array(j);
	for (size_t i = 0; i < v->n_matches; i++)
		put_match(j, db, &v->match[i]);
	json_write_array_end(j);
	json_write_key(j, "incomplete");
	json_write_array(j);
	for (size_t i = 0; i < v->n_gaps; i++)
		put_gap(j, db, &v->gap[i]);
	json_write_array_end(j);
}

void verdict_json(struct json_writer *j, const struct db *db, struct span path,
		  const struct verdict *v)
{
	json_write_object(j);
	json_write_key(j, "verdict");
	json_write_text(j, verdict_word(v->kind));
	put_text(j, "path", "path_hex", path);
	put_verdict(j, db, v);
	if (v->format.n != 0) {
		json_write_key(j, "inside");
		json_write_object(j);
		json_write_key(j, "objects");
		json_write_uint(j, v->n_inside);
		json_write_key(j, "bytes");
		json_write_uint(j, v->inside_bytes);
		json_write_key(j, "listed");
		json_write_uint(j, v->n_children);
		json_write_object_end(j);
	}
	json_write_object_end(j);
}

/* The steps from the file to child i, outermost first, each as text and exactly. */
static void put_way(struct json_writer *j, const struct verdict *v, size_t i)
{
	size_t step[VERDICT_MAX_DEPTH], n = 0;

	for (size_t k = i + 1; k != 0 && n < VERDICT_MAX_DEPTH; k = v->child[k - 1].parent)
		step[n++] = k - 1;
	json_write_key(j, "way");
	json_write_array(j);
	for (size_t k = n; k-- > 0;)
		(void)json_write_bytes(j, v->child[step[k]].segment);
	json_write_array_end(j);
	json_write_key(j, "way_hex");
	json_write_array(j);
	for (size_t k = n; k-- > 0;)
		json_write_hex(j, v->child[step[k]].segment);
	json_write_array_end(j);
}

void verdict_json_child(struct json_writer *j, const struct db *db, struct span file,
			const struct verdict *v, size_t i)
{
	const struct verdict *child = &v->child[i].verdict;
	struct buf path;

	buf_init(&path, file.n + (size_t)VERDICT_MAX_DEPTH * VERDICT_MAX_SEGMENT);
	buf_put_span(&path, file);
	verdict_way(v, i, &path);
	json_write_object(j);
	json_write_key(j, "verdict");
	json_write_text(j, verdict_word(child->kind));
	put_text(j, "path", "path_hex", buf_span(&path));
	put_text(j, "file", "file_hex", file);
	put_way(j, v, i);
	put_verdict(j, db, child);
	json_write_object_end(j);
	buf_release(&path);
}

void verdict_json_skipped(struct json_writer *j, const struct db *db, struct span path,
			  struct span rule, const struct error *e)
{
	json_write_object(j);
	json_write_key(j, "verdict");
	json_write_text(j, verdict_word(VERDICT_INCOMPLETE));
	put_text(j, "path", "path_hex", path);
	json_write_key(j, "database");
	json_write_hex(j, (struct span){ db_digest(db), 32 });
	json_write_key(j, "matches");
	json_write_array(j);
	json_write_array_end(j);
	json_write_key(j, "incomplete");
	json_write_array(j);
	json_write_object(j);
	json_write_key(j, "reason");
	json_write_text(j, reason_word(e->why));
	json_write_key(j, "detail");
	json_write_text(j, e->text);
	if (rule.n != 0)
		put_text(j, "rule", "rule_hex", rule);
	json_write_object_end(j);
	json_write_array_end(j);
	json_write_object_end(j);
}
