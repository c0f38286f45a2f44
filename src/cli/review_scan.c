/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/review_scan.h"
#include "base/hash.h"
#include "base/io.h"
#include "cli/proven.h"
#include "cli/sources.h"
#include "cli/starter.h"
#include "cli/workers.h"
#include "review/lines.h"
#include "sandbox/walk.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_RULES = 64, /* of one object that a fact names */
	MAX_WORKERS = 64,
	MAX_EXTRA = 8 << 20, /* bytes of the paths that are named by units and the like */
	HASH_BLOCK = 1 << 18,
	MAX_EXCLUDED = 2 * 4096 + 16, /* a path, each character escaped */
};

struct scan {
	const struct review_scan_options *o;
	struct review *review;
	struct sources sources;
	struct workers workers;
	struct walk_options walk;
	struct buf engine, digests; /* streams of facts */
	struct fact_writer to_engine, to_digests;
	struct coverage *cover[2]; /* of the engine, of the digests; NULL: not asked for */
	struct hash *hash;
	uint8_t *block;
	struct proven_choice proven;
	size_t prefix; /* bytes of the root's path before the paths in it */
	struct error *error;
	bool failed;
};

static const char *in_root(const struct scan *s, const char *path)
{
	return strlen(path) > s->prefix ? path + s->prefix : "/";
}

static void gap(struct scan *s, const char *path, const char *why, const char *what)
{
	for (unsigned i = 0; i < 2; i++)
		if (s->cover[i] != NULL)
			coverage_gap(s->cover[i], path, why, what);
}

/* ---- what the engine says */

static void put_digest(struct fact_writer *w, const uint8_t *sha256)
{
	char hex[HASH_MAX_HEX + 1];

	hex_text(sha256, hash_size(HASH_SHA256), hex);
	fact_put_text(w, FACT_SHA256, hex);
}

static void put_hit(struct scan *s, const char *path, const struct verdict *v)
{
	struct fact_writer *w = &s->to_engine;
	struct db_rule rule;
	struct span text;

	fact_begin(w, FACT_OBJECT);
	fact_put(w, FACT_NAME, lines_base(span_of(path)));
	fact_put_text(w, FACT_LOCATION, path);
	fact_put_text(w, FACT_STATE, verdict_word(v->kind));
	if (v->has_sha256)
		put_digest(w, v->sha256);
	for (size_t i = 0; i < v->n_matches && i < MAX_RULES; i++)
		if (db_rule(s->sources.db, v->match[i].rule, &rule))
			fact_put(w, FACT_RULE, rule.name);
	if (v->n_matches != 0 && db_rule(s->sources.db, v->match[0].rule, &rule) &&
	    db_meta_text(s->sources.db, &rule, "description", &text))
		fact_put(w, FACT_NOTE, text);
	fact_end(w);
}

static void tell_gap(struct scan *s, const char *path, const struct verdict *v)
{
	char what[160];

	if (v->n_gaps == 0)
		return;
	(void)snprintf(what, sizeof what, "%.*s", (int)v->gap[0].detail.n,
		       (const char *)v->gap[0].detail.p);
	coverage_gap(s->cover[0], path, reason_word(v->gap[0].why),
		     what[0] != '\0' ? what : reason_word(v->gap[0].why));
}

static void put_object_digest(struct scan *s, const char *path, const uint8_t *sha256)
{
	struct fact_writer *w = &s->to_digests;

	fact_begin(w, FACT_OBJECT);
	fact_put(w, FACT_NAME, lines_base(span_of(path)));
	fact_put_text(w, FACT_LOCATION, path);
	put_digest(w, sha256);
	if (owned_has(&s->review->owned, span_of(path)))
		fact_put_text(w, FACT_OWNED_BY, "package");
	fact_end(w);
}

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct scan *s = ctx;
	struct buf way;

	if (s->o->hash && v->has_sha256)
		put_object_digest(s, path, v->sha256);
	else if (s->o->hash)
		coverage_gap(s->cover[1], path, reason_word(REASON_INTERNAL), "no digest");
	if (v->n_matches != 0)
		put_hit(s, path, v);
	tell_gap(s, path, v);
	buf_init(&way, GATHER_MAX_PATH + (size_t)VERDICT_MAX_DEPTH * VERDICT_MAX_SEGMENT + 1);
	for (size_t i = 0; i < v->n_children; i++) {
		const struct verdict *inner = &v->child[i].verdict;
		if (inner->n_matches == 0 && inner->n_gaps == 0)
			continue;
		buf_reset(&way);
		buf_put_text(&way, path);
		verdict_way(v, i, &way);
		buf_put_u8(&way, 0);
		if (buf_ok(&way) && inner->n_matches != 0)
			put_hit(s, (const char *)way.p, inner);
		if (buf_ok(&way))
			tell_gap(s, (const char *)way.p, inner);
	}
	buf_release(&way);
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	gap(ctx, path, reason_word(e->why), e->text);
}

/* ---- digests alone: the bytes are summed, not parsed */

static void hash_file(struct scan *s, int fd, const char *path)
{
	uint8_t sum[HASH_MAX_SIZE];
	struct error e;
	uint64_t at = 0;
	size_t got = HASH_BLOCK;

	while (got == HASH_BLOCK) {
		if (!io_pread(fd, s->block, HASH_BLOCK, at, &got, &e)) {
			gap(s, path, reason_word(e.why), e.text);
			if (!hash_end(s->hash, sum)) /* starts anew */
				gap(s, path, reason_word(REASON_INTERNAL), "no digest");
			return;
		}
		hash_add(s->hash, (struct span){ s->block, got });
		at += got;
	}
	if (hash_end(s->hash, sum))
		put_object_digest(s, path, sum);
}

/* ---- which files */

/* Takes the descriptor; `path` is in the root. */
static bool examine(struct scan *s, int fd, uint64_t size, const char *path)
{
	if (s->o->scan) {
		s->failed = !broker_submit(s->workers.broker, fd, size, path, s->error);
		return !s->failed;
	}
	hash_file(s, fd, path);
	close(fd);
	return true;
}

static bool on_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct scan *s = ctx;
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & 0111) != 0)
		return examine(s, fd, size, in_root(s, path));
	close(fd);
	return true;
}

/* What is not to be executed is no gap; a mount beneath and what holds no bytes are not either:
 * the collector `programs` tells of the first. */
static void on_passed(void *ctx, const char *path, const struct error *e)
{
	struct scan *s = ctx;
	struct stat st;

	if (e->why == REASON_UNSUPPORTED ||
	    (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) == 0))
		return;
	gap(s, in_root(s, path), reason_word(e->why), e->text);
}

static void escape(const char *path, char *to)
{
	for (; *path != '\0'; path++) {
		if (strchr("*?[]\\", *path) != NULL)
			*to++ = '\\';
		*to++ = *path;
	}
	*to = '\0';
}

static bool walk_root(struct scan *s, struct error *e)
{
	char path[GATHER_MAX_PATH], homes[2][MAX_EXCLUDED + 8];
	const char *exclude[2] = { homes[0], homes[1] };
	size_t n = strlen(s->o->path);

	while (n > 1 && s->o->path[n - 1] == '/')
		n--;
	if (n >= sizeof path)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "the root's path is too long");
	memcpy(path, s->o->path, n);
	path[n] = '\0';
	s->prefix = n == 1 && path[0] == '/' ? 0 : n;
	escape(s->prefix == 0 ? "" : path, homes[0]);
	memcpy(homes[1], homes[0], sizeof homes[0]);
	strcat(homes[0], "/home"); /* room for both was made */
	strcat(homes[1], "/root");
	s->walk = (struct walk_options){ .one_file_system = true,
					 .exclude = exclude,
					 .n_exclude = s->o->homes ? 0 : 2,
					 .file = on_file,
					 .skipped = on_passed,
					 .ctx = s };
	return walk_path(&s->walk, path) || !s->failed;
}

/* ---- what units, cron and the like are and name */

static void put_extra(struct buf *b, struct span path)
{
	/* quotes, and what systemd lets stand before a command */
	while (path.n > 1 && strchr("\"'-@:+!|", path.p[0]) != NULL && path.p[0] != '\0')
		path = span_cut(path, 1, SIZE_MAX);
	while (path.n > 1 && strchr("\"';", path.p[path.n - 1]) != NULL)
		path = span_cut(path, 0, path.n - 1);
	if (path.n < 2 || path.p[0] != '/' || path.n >= GATHER_MAX_PATH ||
	    memchr(path.p, 0, path.n) != NULL)
		return;
	buf_put_span(b, path);
	buf_put_u8(b, 0);
}

static void list_extra(const struct review *r, struct buf *b)
{
	for (size_t i = 0; i < facts_count(&r->facts); i++) {
		struct fact f = facts_get(&r->facts, i);
		if (f.kind != FACT_AUTOSTART && f.kind != FACT_UNIT)
			continue;
		struct span rest = fact_value(&f, FACT_TARGET), word;
		put_extra(b, fact_value(&f, FACT_LOCATION));
		while (lines_word(&rest, &word))
			put_extra(b, word);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The way of an open file, or of the root; false where it has none. */
static bool way_of(int fd, char *to, size_t max)
{
	char link[64];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, to, max - 1);
	if (n <= 0)
		return false;
	to[n] = '\0';
	return true;
}

/* Does the walk meet an executable file?  Not in homes that it leaves out, nor on another file
 * system. */
static bool is_walked(const struct scan *s, int fd, const struct stat *st)
{
	char way[GATHER_MAX_PATH], root[GATHER_MAX_PATH];
	struct stat top;

	if (fstat(s->o->root->fd, &top) != 0 || top.st_dev != st->st_dev ||
	    !way_of(fd, way, sizeof way) || !way_of(s->o->root->fd, root, sizeof root))
		return false;
	size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);
	return strncmp(way, root, n) == 0 && (s->o->homes || (strncmp(way + n, "/home/", 6) != 0 &&
							      strncmp(way + n, "/root/", 6) != 0));
}

static bool examine_extra(struct scan *s, const char *path)
{
	struct stat st;
	struct error e;
	int fd = root_file(s->o->root, path, &st, &e);

	if (fd < 0)
		return true; /* its collector tells where it could not be read */
	if ((st.st_mode & 0111) == 0 || !is_walked(s, fd, &st))
		return examine(s, fd, (uint64_t)st.st_size, path);
	close(fd);
	return true;
}

static bool examine_named(struct scan *s, struct error *e)
{
	struct buf text, list;
	bool on = true;

	buf_init(&text, MAX_EXTRA);
	buf_init(&list, MAX_EXTRA);
	list_extra(s->review, &text);
	for (size_t at = 0; at < text.n; at += strlen((const char *)text.p + at) + 1) {
		const char *path = (const char *)text.p + at;
		buf_put(&list, &path, sizeof path);
	}
	if (!buf_ok(&text) || !buf_ok(&list))
		on = error_set(e, REASON_LIMIT, PLACE_NONE,
			       "limit: too many paths of units and the like");
	const char **path = (const char **)(void *)list.p;
	size_t n = list.n / sizeof *path;
	if (n != 0)
		qsort(path, n, sizeof *path, by_text);
	for (size_t i = 0; on && i < n; i++)
		if (i == 0 || strcmp(path[i], path[i - 1]) != 0)
			on = examine_extra(s, path[i]);
	buf_release(&text);
	buf_release(&list);
	return on;
}

/* A program that runs from memory, or from a file that was removed, is to be had here alone. */
static bool examine_gone(struct scan *s)
{
	char path[64];
	struct stat st;
	bool on = true;

	for (size_t i = 0; on && s->o->root->live && i < facts_count(&s->review->facts); i++) {
		struct fact f = facts_get(&s->review->facts, i);
		struct span pid = fact_value(&f, FACT_PID), state = fact_value(&f, FACT_STATE);
		if (f.kind != FACT_PROCESS || pid.n == 0 || pid.n > 10 ||
		    !(span_is(state, "deleted") || span_is(state, "memory")))
			continue;
		(void)snprintf(path, sizeof path, "/proc/%.*s/exe", (int)pid.n,
			       (const char *)pid.p);
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
			on = examine(s, fd, (uint64_t)st.st_size, path);
			continue;
		}
		gap(s, path, reason_word(REASON_DENIED), "cannot be opened");
		if (fd >= 0)
			close(fd);
	}
	return on;
}

/* ---- set-up */

static unsigned usable_cores(void)
{
	cpu_set_t set;
	unsigned n = 1;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		n = (unsigned)CPU_COUNT(&set);
	return n < MAX_WORKERS ? n : MAX_WORKERS;
}

static bool add_rules(struct scan *s, struct error *e)
{
	if (!proven_choose(s->o->trust, &s->proven, e))
		return false;
	return s->proven.path[0] != '\0' ? sources_add(&s->sources, s->proven.path, NULL, e)
					 : sources_add_built(&s->sources, starter_rules(), e);
}

static bool start(struct scan *s, struct error *e)
{
	s->block = malloc(HASH_BLOCK);
	s->hash = hash_new(HASH_SHA256);
	if (s->block == NULL || s->hash == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a scan");
	if (!s->o->scan)
		return true;
	s->workers.options.n_workers = usable_cores();
	s->workers.options.scan.now = time(NULL);
	s->workers.options.scan.hash = s->o->hash;
	s->workers.options.done = on_done;
	s->workers.options.skipped = on_skipped;
	s->workers.options.ctx = s;
	return add_rules(s, e) && sources_build(&s->sources, e) &&
	       workers_start(&s->workers, &s->sources, e);
}

static struct coverage *cover_of(struct review *r, const char *name, size_t *number)
{
	for (*number = 0; strcmp(collectors[*number]->name, name) != 0;)
		++*number;
	struct coverage *c = &r->cover[*number];
	*c = (struct coverage){ .state = COVERAGE_COMPLETE };
	return c;
}

static void adopt(struct review *r, struct coverage *c, size_t number, struct buf *stream)
{
	size_t before = facts_count(&r->facts);
	struct error e;

	if (c == NULL)
		return;
	if (!facts_adopt(&r->facts, buf_span(stream), (unsigned)number, NULL, NULL, &e))
		coverage_gap(c, "", reason_word(e.why), e.text);
	c->n_facts = facts_count(&r->facts) - before;
}

/* By which rules, and what proves them: beside what else there is to say of the engine's coverage.
 */
static void say_rules(struct scan *s)
{
	struct coverage *c = s->cover[0];
	size_t n = c != NULL ? strlen(c->reason) : 0;

	if (c != NULL)
		(void)snprintf(c->reason + n, sizeof c->reason - n, "%srules: %s",
			       n != 0 ? "; " : "", s->proven.said);
}

bool review_scan(const struct review_scan_options *o, struct review *r, struct error *e)
{
	struct scan *s = calloc(1, sizeof *s);
	size_t engine = 0, digests = 0;

	if (s == NULL || !sources_open(&s->sources)) {
		free(s);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a scan");
	}
	*s = (struct scan){ .o = o, .review = r, .sources = s->sources, .error = e };
	buf_init(&s->engine, FACT_MAX_BYTES);
	buf_init(&s->digests, FACT_MAX_BYTES);
	fact_writer_init(&s->to_engine, &s->engine);
	fact_writer_init(&s->to_digests, &s->digests);
	s->cover[0] = o->scan ? cover_of(r, "engine", &engine) : NULL;
	s->cover[1] = o->hash ? cover_of(r, "digests", &digests) : NULL;
	bool ok = start(s, e) && walk_root(s, e) && examine_named(s, e) && examine_gone(s) &&
		  (!o->scan || broker_finish(s->workers.broker, e)) && !s->failed;
	if (s->to_engine.full || s->to_digests.full)
		gap(s, "", reason_word(REASON_LIMIT), "limit: more facts than a review keeps");
	if (ok) {
		adopt(r, s->cover[0], engine, &s->engine);
		say_rules(s);
		adopt(r, s->cover[1], digests, &s->digests);
	}
	if (s->workers.broker != NULL)
		workers_stop(&s->workers);
	sources_release(&s->sources);
	buf_release(&s->engine);
	buf_release(&s->digests);
	hash_free(s->hash);
	free(s->block);
	free(s);
	return ok;
}
