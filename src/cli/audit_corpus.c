/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/audit_corpus.h"

#include "cli/workers.h"
#include "sandbox/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	SHOWN = 3,           /* files that are named of each rule */
	MAX_SHOWN = 512,     /* bytes of their names */
	MAX_NAMES = 1 << 30, /* of all rules */
};

/* One rule. */
struct tally {
	uint64_t files;
	uint64_t last; /* number of the file that was counted last, from 1 */
	char *first;   /* the arena's; grows with the first files */
};

struct counting {
	struct audit_corpus *c;
	struct workers workers;
	struct tally *rule;
	uint32_t n_rules;
	struct error error;
	bool failed;
};

static bool no_memory(struct error *e)
{
	return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for what rules find");
}

/* "a, b": the paths of the first files, as far as there is room. */
static void name_file(struct counting *k, struct tally *t, const char *path)
{
	size_t n = t->first != NULL ? strlen(t->first) : 0, all = n + strlen(path) + 3;

	if (n != 0 && all > MAX_SHOWN)
		return;
	char *text = arena_array(&k->c->names, all, 1);
	if (text == NULL) {
		k->failed = !no_memory(&k->error);
		return;
	}
	snprintf(text, all, "%s%s%s", n != 0 ? t->first : "", n != 0 ? ", " : "", path);
	t->first = text;
}

static void count(struct counting *k, const struct verdict *v, const char *path)
{
	for (size_t i = 0; i < v->n_matches; i++) {
		if (v->match[i].rule >= k->n_rules)
			continue;
		struct tally *t = &k->rule[v->match[i].rule];
		if (t->last == k->c->files)
			continue;
		t->last = k->c->files;
		if (t->files++ < SHOWN)
			name_file(k, t, path);
	}
}

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct counting *k = ctx;
	bool gap = v->n_gaps != 0;

	k->c->files++;
	count(k, v, path);
	for (size_t i = 0; i < v->n_children; i++) {
		gap |= v->child[i].verdict.n_gaps != 0;
		count(k, &v->child[i].verdict, path);
	}
	k->c->gaps += gap;
}

/* What holds no bytes of its own is nothing to look at; all else is. */
static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	struct counting *k = ctx;

	(void)path;
	k->c->gaps += e->why != REASON_UNSUPPORTED;
}

static bool on_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct counting *k = ctx;

	k->failed = k->failed || !broker_submit(k->workers.broker, fd, size, path, &k->error);
	return !k->failed;
}

static bool scan(struct counting *k, const struct sources *s, struct error *e)
{
	const struct walk_options walk = { .file = on_file, .skipped = on_skipped, .ctx = k };
	bool on = true;

	k->workers.options.n_workers = workers_usual();
	k->workers.options.scan.now = time(NULL);
	k->workers.options.done = on_done;
	k->workers.options.skipped = on_skipped;
	k->workers.options.ctx = k;
	if (!workers_start(&k->workers, s, e))
		return false;
	for (size_t i = 0; on && i < k->c->n_paths; i++)
		on = walk_path(&walk, k->c->path[i]);
	if (!k->failed && !broker_finish(k->workers.broker, &k->error))
		k->failed = true;
	workers_stop(&k->workers);
	if (k->failed)
		*e = k->error;
	return !k->failed;
}

/* The rules that found something. */
static bool put_hits(struct counting *k, const struct db *db, struct error *e)
{
	for (uint32_t i = 0; i < k->n_rules; i++) {
		struct tally *t = &k->rule[i];
		struct db_rule r;
		struct db_source s;
		if (t->files == 0 || !db_rule(db, i, &r) || !db_source(db, r.source, &s))
			continue;
		const struct compile_hit h = {
			.source = s.name,
			.name = r.name,
			.line = r.line,
			.files = t->files,
			.first = { (const uint8_t *)t->first, strlen(t->first) },
		};
		buf_put(&k->c->hits, &h, sizeof h);
	}
	return buf_ok(&k->c->hits) ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "more than %d rules find ordinary files",
			 COMPILE_MAX_HITS);
}

bool audit_corpus_count(struct audit_corpus *c, const struct sources *s, struct error *e)
{
	struct counting k = { .c = c, .n_rules = db_n_rules(s->db) };

	c->files = c->gaps = 0;
	arena_init(&c->names, MAX_NAMES);
	buf_init(&c->hits, COMPILE_MAX_HITS * sizeof(struct compile_hit));
	k.rule = calloc(k.n_rules + 1, sizeof *k.rule);
	bool ok = k.rule != NULL || no_memory(e);
	ok = ok && scan(&k, s, e) && put_hits(&k, s->db, e);
	free(k.rule);
	if (ok && c->files == 0)
		ok = error_set(e, REASON_IO, PLACE_NONE, "%s: no file could be looked at",
			       c->n_paths != 0 ? c->path[0] : "");
	if (!ok)
		audit_corpus_release(c);
	return ok;
}

void audit_corpus_release(struct audit_corpus *c)
{
	arena_release(&c->names);
	buf_release(&c->hits);
}
