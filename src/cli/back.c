/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/back.h"

#include "cli/proofs_ask.h"
#include "cli/proven.h"
#include "cli/sources.h"
#include "cli/workers.h"
#include "trust/generations.h"
#include "trust/trusted.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool died(const struct verdict *v)
{
	for (size_t i = 0; i < v->n_gaps; i++)
		if (v->gap[i].why == REASON_CRASH)
			return true;
	return false;
}

void back_note(struct back *b, const char *path, const struct verdict *v)
{
	if (b->n < BACK_OBJECTS && died(v) && (b->path[b->n] = strdup(path)) != NULL)
		b->n++;
}

/* ---- one object, one set of rules */

enum outcome { UNKNOWN, LIVED, DIED };

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	enum outcome *o = ctx;

	(void)path;
	*o = died(v) ? DIED : LIVED;
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	(void)ctx; /* nothing is known of it */
	(void)path;
	(void)e;
}

static bool submit(struct broker *b, const char *path, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return broker_submit(b, fd, (uint64_t)st.st_size, path, e);
	if (fd >= 0)
		close(fd);
	return error_set(e, REASON_IO, PLACE_NONE, "%s is not to be had again", path);
}

/* What comes of an object with that database, every time; UNKNOWN where it is not always the same.
 */
static enum outcome try_object(const struct sources *rules, const char *path,
			       const struct broker_options *o)
{
	enum outcome all = UNKNOWN;

	for (unsigned i = 0; i < BACK_TRIES; i++) {
		struct workers w = { .options = *o };
		enum outcome one = UNKNOWN;
		struct error e;
		w.options.n_workers = 1;
		w.options.done = on_done;
		w.options.skipped = on_skipped;
		w.options.ctx = &one;
		if (!workers_start(&w, rules, &e))
			return UNKNOWN;
		bool ok = submit(w.broker, path, &e) && broker_finish(w.broker, &e);
		workers_stop(&w);
		if (!ok || one == UNKNOWN || (i != 0 && one != all))
			return UNKNOWN;
		all = one;
	}
	return all;
}

/* The first object that workers die of with the one database and not with the other; NULL: none. */
static const char *find_proof(const struct back *b, const struct sources *now,
			      const struct sources *before, const struct broker_options *o)
{
	for (size_t i = 0; i < b->n; i++)
		if (try_object(now, b->path[i], o) == DIED &&
		    try_object(before, b->path[i], o) == LIVED)
			return b->path[i];
	return NULL;
}

static bool open_rules(struct sources *s, const char *path, struct error *e)
{
	return sources_add(s, path, NULL, e) && sources_build(s, e);
}

/* ---- the judgement */

static void go_back(const struct trusted *t, uint64_t seq, const char *path)
{
	char dir[DURABLE_PATH_SIZE];
	struct error e;
	uint64_t to;

	if (durable_path(dir, &e, "%s/rules", t->dir) &&
	    generations_back(dir, seq, "worker-crash", &to, &e))
		fprintf(stderr,
			"rules: workers die of release %" PRIu64 " (at %s), and not of release "
			"%" PRIu64 ", which is used from now on\n",
			seq, path, to);
	else
		fprintf(stderr,
			"rules: workers die of release %" PRIu64 " (at %s), and not of the one "
			"before, which this process cannot go back to: %s\n",
			seq, path, e.text);
}

static void judge(const struct back *b, const struct trusted *t, uint64_t seq,
		  const struct broker_options *o)
{
	char now_path[TRUSTED_PATH], before_path[TRUSTED_PATH];
	struct trusted_release r = { .left = 0 };
	struct sources now, before;
	uint64_t number;
	struct error e;
	bool ok = sources_open(&now);

	ok = sources_open(&before) && ok;
	if (ok && trusted_rules(t, now_path, &r, &e) && r.state.seq == seq &&
	    trusted_rules_before(t, seq, before_path, &number, &e) &&
	    open_rules(&now, now_path, &e) && open_rules(&before, before_path, &e)) {
		const char *proof = find_proof(b, &now, &before, o);
		if (proof != NULL)
			go_back(t, seq, proof);
	}
	sources_release(&now);
	sources_release(&before);
	trusted_release_free(&r);
}

void back_end(struct back *b, const char *trust, uint64_t seq, const struct broker_options *o)
{
	struct trusted *t = NULL;
	struct error e;

	if (b->n != 0 && trusted_open(proven_directory(trust), &proofs_ask, &t, &e) &&
	    t->configured)
		judge(b, t, seq, o);
	trusted_free(t);
	for (size_t i = 0; i < b->n; i++)
		free(b->path[i]);
	b->n = 0;
}
