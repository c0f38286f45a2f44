/* SPDX-License-Identifier: Apache-2.0 */
#include <pellucid/pellucid.h>

#include "base/io.h"
#include "engine/scan.h"
#include "engine/verdict_json.h"
#include "rules/yara/yara.h"
#include "trust/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * The public face: the engine's structures made into plain ones with NUL-ended
 * texts.  Nothing is decided here.
 */

struct pel_db {
	struct db *db;
	struct buf file;    /* compiled here */
	struct span mapped; /* or a file */
	char proof[TRUSTED_SAID];
};

struct pel_scanner {
	const struct db *db;
	struct scanner *scanner;
	struct verdict last;
	bool scanned;
	struct span mapped; /* the file of the last verdict, which points into it */
	struct arena arena; /* the public verdict's */
	struct arena kept;  /* what it shows of an object that is not ours */
	struct buf json;
};

enum { PUBLIC_MEMORY = 256 << 20, JSON_MEMORY = 256 << 20 };

static bool pass_on(struct pel_error *to, const struct error *e)
{
	to->reason = reason_word(e->why);
	memcpy(to->text, e->text, sizeof e->text);
	return false;
}

static bool fail(struct pel_error *to, enum reason why, const char *text)
{
	struct error e;

	error_set(&e, why, PLACE_NONE, "%s", text);
	return pass_on(to, &e);
}

const char *pel_version(void) { return PELLUCID_VERSION; }

const char *pel_verdict_word(enum pel_verdict_kind kind)
{
	return verdict_word((enum verdict_kind)kind);
}

/* ---- databases */

static struct pel_db *new_db(void)
{
	struct pel_db *d = calloc(1, sizeof *d);

	if (d != NULL)
		snprintf(d->proof, sizeof d->proof, "not proven (no trust policy)");
	return d;
}

bool pel_db_open(const char *path, struct pel_db **out, struct pel_error *e)
{
	struct pel_db *d = new_db();
	struct error why;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = false;

	if (d == NULL)
		fail(e, REASON_MEMORY, "no memory for a database");
	else if (fd < 0)
		fail(e, REASON_IO, strerror(errno));
	else if (!io_map(fd, &d->mapped, &why) || !db_open(d->mapped, &d->db, &why))
		pass_on(e, &why);
	else
		ok = true;
	if (fd >= 0)
		close(fd);
	if (ok)
		*out = d;
	else
		pel_db_free(d);
	return ok;
}

bool pel_db_open_proven(const char *trust, struct pel_db **out, struct pel_error *e)
{
	struct trusted_release r = { .left = 0 };
	struct trusted *t = NULL;
	char path[TRUSTED_PATH];
	struct error why;
	bool ok = trusted_open(trust, &(const struct proofs){ .ask = NULL }, &t, &why);

	if (ok && !t->configured)
		ok = error_set(&why, REASON_IO, PLACE_NONE, "no trust policy in %s", trust);
	ok = ok && trusted_rules(t, path, &r, &why);
	if (!ok)
		pass_on(e, &why);
	ok = ok && pel_db_open(path, out, e);
	if (ok)
		trusted_say(t, &r, (uint64_t)time(NULL), (*out)->proof);
	trusted_release_free(&r);
	trusted_free(t);
	return ok;
}

const char *pel_db_proof(const struct pel_db *db) { return db->proof; }

static void tell(const struct ruleset *set, void (*told)(void *ctx, const char *message), void *ctx)
{
	size_t n;
	const struct ir_diagnostic *d = ruleset_diagnostics(set, &n);

	for (size_t i = 0; told != NULL && i < n; i++) {
		struct buf line;
		buf_init(&line, 1 << 20);
		ruleset_print(set, &d[i], &line);
		buf_put_u8(&line, 0);
		if (buf_ok(&line))
			told(ctx, (const char *)line.p);
		buf_release(&line);
	}
}

static bool compile(struct ruleset *set, const char *name, struct span source, struct buf *file,
		    struct error *e)
{
	struct yara_options o = { 0 };
	struct yara *y = yara_new(set, &o);
	size_t n_rules;

	if (y == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the rules");
	bool ok =
		yara_add(y, span_of(name), source, span_of("default"), e) && db_build(set, file, e);
	yara_free(y);
	if (!ok)
		return false;
	const struct ir_rule *rule = ruleset_rules(set, &n_rules);
	for (size_t i = 0; i < n_rules; i++)
		if ((rule[i].flags & IR_RULE_BROKEN) == 0)
			return true;
	return set->n_errors == 0 ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: %zu errors", name, set->n_errors);
}

bool pel_db_compile(const char *name, const char *source, size_t n,
		    void (*told)(void *ctx, const char *message), void *ctx, struct pel_db **out,
		    struct pel_error *e)
{
	struct pel_db *d = new_db();
	struct ruleset set;
	struct error why;

	if (d == NULL)
		return fail(e, REASON_MEMORY, "no memory for a database");
	buf_init(&d->file, SIZE_MAX);
	ruleset_init(&set);
	bool ok =
		compile(&set, name, (struct span){ (const uint8_t *)source, n }, &d->file, &why) &&
		db_open(buf_span(&d->file), &d->db, &why);
	tell(&set, told, ctx);
	ruleset_release(&set);
	if (!ok) {
		pel_db_free(d);
		return pass_on(e, &why);
	}
	*out = d;
	return true;
}

void pel_db_free(struct pel_db *db)
{
	if (db == NULL)
		return;
	db_free(db->db);
	buf_release(&db->file);
	io_unmap(db->mapped);
	free(db);
}

bool pel_db_verify(const struct pel_db *db, struct pel_error *e)
{
	struct error why;
	return db_verify(db->db, &why) || pass_on(e, &why);
}

uint32_t pel_db_n_rules(const struct pel_db *db) { return db_n_rules(db->db); }
const uint8_t *pel_db_digest(const struct pel_db *db) { return db_digest(db->db); }

/* ---- scanning */

bool pel_scanner_new(const struct pel_db *db, const struct pel_scan_options *options,
		     struct pel_scanner **out, struct pel_error *e)
{
	struct pel_scanner *s = calloc(1, sizeof *s);
	struct scan_options o = { 0 };
	struct error why;

	if (s == NULL)
		return fail(e, REASON_MEMORY, "no memory for a scanner");
	if (options != NULL)
		o = (struct scan_options){ .max_steps = options->max_steps,
					   .hash = options->hash,
					   .strings = options->evidence,
					   .now = options->now };
	if (!scanner_new(db->db, &o, &s->scanner, &why)) {
		free(s);
		return pass_on(e, &why);
	}
	s->db = db->db;
	arena_init(&s->arena, PUBLIC_MEMORY);
	arena_init(&s->kept, PUBLIC_MEMORY);
	buf_init(&s->json, JSON_MEMORY);
	*out = s;
	return true;
}

void pel_scanner_free(struct pel_scanner *s)
{
	if (s == NULL)
		return;
	scanner_free(s->scanner);
	io_unmap(s->mapped);
	arena_release(&s->arena);
	arena_release(&s->kept);
	buf_release(&s->json);
	free(s);
}

/* A text of the database as a NUL-ended one; "" where memory is spent, which is told at the end. */
static const char *text_of(struct pel_scanner *s, struct span t, bool *ok)
{
	const char *copy = arena_text(&s->arena, t.p, t.n);

	*ok = *ok && copy != NULL;
	return copy != NULL ? copy : "";
}

static const char *meta_of(struct pel_scanner *s, const struct db_rule *rule, const char *name,
			   bool *ok)
{
	struct span t;
	return db_meta_text(s->db, rule, name, &t) ? text_of(s, t, ok) : "";
}

static void put_match(struct pel_scanner *s, const struct verdict_match *m, struct pel_match *to,
		      bool *ok)
{
	struct db_rule rule = { 0 };
	struct db_source source = { 0 };
	struct pel_string *string = arena_array(&s->arena, m->n_strings, sizeof *string);

	*ok = *ok && string != NULL && db_rule(s->db, m->rule, &rule) &&
	      db_source(s->db, rule.source, &source);
	if (!*ok)
		return;
	*to = (struct pel_match){ .rule = text_of(s, rule.name, ok),
				  .space = text_of(s, rule.space, ok),
				  .source = text_of(s, source.name, ok),
				  .line = rule.line,
				  .author = meta_of(s, &rule, "author", ok),
				  .description = meta_of(s, &rule, "description", ok),
				  .reference = meta_of(s, &rule, "reference", ok),
				  .kind = (enum pel_verdict_kind)verdict_of_rule(s->db, &rule),
				  .string = string,
				  .n_strings = m->n_strings };
	for (size_t i = 0; i < m->n_strings; i++) {
		const struct verdict_string *v = &m->string[i];
		struct db_string d = { 0 };
		*ok = *ok && db_string(s->db, v->string, &d);
		string[i] = (struct pel_string){ .name = text_of(s, d.name, ok),
						 .offset = v->at,
						 .length = v->n,
						 .bytes = v->excerpt.p,
						 .n_bytes = v->excerpt.n };
	}
}

static const struct pel_verdict *publish(struct pel_scanner *s)
{
	const struct verdict *v = &s->last;
	struct pel_verdict *p = arena_alloc(&s->arena, sizeof *p);
	struct pel_match *match = arena_array(&s->arena, v->n_matches, sizeof *match);
	struct pel_gap *gap = arena_array(&s->arena, v->n_gaps, sizeof *gap);
	bool ok = p != NULL && match != NULL && gap != NULL;

	for (size_t i = 0; ok && i < v->n_matches; i++)
		put_match(s, &v->match[i], &match[i], &ok);
	for (size_t i = 0; ok && i < v->n_gaps; i++) {
		struct db_rule rule = { 0 };
		bool named = v->gap[i].rule != COND_NONE && db_rule(s->db, v->gap[i].rule, &rule);
		gap[i] = (struct pel_gap){ .reason = reason_word(v->gap[i].why),
					   .detail = text_of(s, v->gap[i].detail, &ok),
					   .rule = named ? text_of(s, rule.name, &ok) : "" };
	}
	if (!ok)
		return NULL;
	*p = (struct pel_verdict){ .kind = (enum pel_verdict_kind)v->kind,
				   .size = v->size,
				   .sha256 = v->has_sha256 ? v->sha256 : NULL,
				   .match = match,
				   .n_matches = v->n_matches,
				   .gap = gap,
				   .n_gaps = v->n_gaps };
	return p;
}

/* A copy; nothing where there is no room for it. */
static void keep_span(struct pel_scanner *s, struct span *p)
{
	const uint8_t *copy = p->n != 0 ? arena_copy(&s->kept, p->p, p->n) : NULL;

	*p = (struct span){ copy, copy != NULL ? p->n : 0 };
}

/* What a verdict shows of the object outlives it: the caller's bytes may be gone after the scan. */
static void keep_evidence(struct pel_scanner *s, struct verdict *v)
{
	for (size_t i = 0; i < v->n_matches; i++) {
		struct verdict_match *m = &v->match[i];
		for (size_t k = 0; k < m->n_strings; k++)
			keep_span(s, &m->string[k].excerpt);
		for (size_t k = 0; k < m->n_values; k++)
			if (m->value[k].value.kind == VALUE_STRING)
				keep_span(s, &m->value[k].value.s);
	}
}

static const struct pel_verdict *scan(struct pel_scanner *s, struct span bytes, bool ours)
{
	arena_reset(&s->arena);
	arena_reset(&s->kept);
	scanner_object(s->scanner, bytes, &s->last);
	if (!ours)
		keep_evidence(s, &s->last);
	s->scanned = true;
	return publish(s);
}

const struct pel_verdict *pel_scan_bytes(struct pel_scanner *s, const void *bytes, size_t n)
{
	io_unmap(s->mapped);
	s->mapped = (struct span){ 0 };
	return scan(s, (struct span){ bytes, n }, false);
}

bool pel_scan_file(struct pel_scanner *s, const char *path, const struct pel_verdict **out,
		   struct pel_error *e)
{
	struct error why;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return fail(e, errno == EACCES ? REASON_DENIED : REASON_IO, strerror(errno));
	io_unmap(s->mapped);
	s->mapped = (struct span){ 0 };
	s->scanned = false;
	bool ok = io_map(fd, &s->mapped, &why);
	close(fd);
	if (!ok)
		return pass_on(e, &why);
	const struct pel_verdict *v = scan(s, s->mapped, true);
	if (v == NULL)
		return fail(e, REASON_MEMORY, "no memory for a verdict");
	*out = v;
	return true;
}

const char *pel_scan_json(struct pel_scanner *s, const char *path)
{
	struct json_writer j;

	if (!s->scanned)
		return NULL;
	buf_reset(&s->json);
	json_write_init(&j, &s->json);
	verdict_json(&j, s->db, span_of(path), &s->last);
	buf_put_u8(&s->json, 0);
	return buf_ok(&s->json) ? (const char *)s->json.p : NULL;
}
