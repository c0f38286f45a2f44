/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "recover/seeded.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/*
 * The search for a seed.  Each seed makes a key, each key the first bytes of the sample, and most
 * are no beginning of the kind of file that it was; what is one is opened whole and proven.  All
 * cores share the range by slices; files beside the first are sought near its seed first.
 */

enum {
	SLICE = 1 << 14, /* seeds that a core takes at once */
	MAX_THREADS = 64,
	MAX_HITS = 4096,         /* candidates of one search that are opened whole */
	NEAR = 1 << 20,          /* seeds on either side of one that is known */
	FIRST_RING = 1 << 12,    /* of these, tried first */
	MEASURE = 20000,         /* seeds by which the estimate is made */
	PATIENCE_SECONDS = 1200, /* of all cores, beyond which a search wants --seeds */
};

/* What threads share. */
struct shared {
	const struct seeded *kind;
	const struct seeded_target *target;
	uint64_t from, to;
	atomic_uint_fast64_t next;
	atomic_bool stop;
	pthread_mutex_t lock;
	uint64_t hit[MAX_HITS]; /* behind the lock */
	unsigned n_hits;
	bool all; /* of the hits fitted */
};

struct search {
	const struct seeded *kind;
	uint64_t last; /* seed that was found last */
	bool found;
	struct shared shared; /* of the search that runs */
};

static void *work(void *ctx)
{
	struct shared *s = ctx;

	while (!atomic_load(&s->stop)) {
		uint64_t from = atomic_fetch_add(&s->next, SLICE);
		if (from >= s->to || from < s->from)
			break;
		uint64_t to = s->to - from > SLICE ? from + SLICE : s->to;
		for (uint64_t seed = from; seed < to; seed++) {
			if (!s->kind->fits(s->target, seed))
				continue;
			pthread_mutex_lock(&s->lock);
			if (s->n_hits < MAX_HITS)
				s->hit[s->n_hits++] = seed;
			else
				s->all = false;
			pthread_mutex_unlock(&s->lock);
			if (s->kind->proves)
				atomic_store(&s->stop, true);
		}
	}
	return NULL;
}

static unsigned n_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (unsigned)n;
}

/* All seeds of [from, to), on all cores. */
static void scan(struct shared *s)
{
	pthread_t thread[MAX_THREADS];
	unsigned n = 0, cores = s->to - s->from > 4 * SLICE ? n_cores() : 1;

	s->n_hits = 0;
	s->all = true;
	atomic_init(&s->next, s->from);
	atomic_init(&s->stop, false);
	while (n + 1 < cores && pthread_create(&thread[n], NULL, work, s) == 0)
		n++;
	(void)work(s);
	while (n > 0)
		pthread_join(thread[--n], NULL);
}

static double seconds_of(struct timespec a, struct timespec b)
{
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* Seconds that the whole range takes on this machine: measured, not guessed. */
static double estimate(const struct shared *s)
{
	struct timespec begun, ended;
	uint64_t hits = 0;
	uint64_t n = s->to - s->from < MEASURE ? s->to - s->from : MEASURE;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (uint64_t i = 0; i < n; i++)
		hits += s->kind->fits(s->target, s->from + i);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	double each = n != 0 ? seconds_of(begun, ended) / (double)n : 0;
	return hits > n ? 0 : each * (double)(s->to - s->from) / n_cores(); /* keeps the work */
}

static bool target_of(const struct seeded *kind, struct attack_file *f, struct seeded_target *t,
		      struct error *e)
{
	*t = (struct seeded_target){ .expected = kind_of_name(f->original), .mtime = f->mtime };
	struct span head = region_get(f->r, kind->header, sizeof t->head);
	t->n = head.n;
	memcpy(t->head, head.p != NULL ? head.p : (const uint8_t *)"", head.n);
	if (kind->header != 0) {
		head = region_get(
			f->r, 0, kind->header < sizeof t->before ? kind->header : sizeof t->before);
		memcpy(t->before, head.p != NULL ? head.p : (const uint8_t *)"", head.n);
	}
	t->size = f->r->size;
	if (t->n < 16)
		return error_set(e, REASON_ENCRYPTED, 0, "too short to search by");
	if (!kind->proves && !seeded_searchable(t->expected))
		return error_set(e, REASON_ENCRYPTED, 0,
				 "no file whose first bytes are known by its name");
	return true;
}

/* Does this seed open the file to what its name says? */
static bool proven(struct attack *a, struct attack_file *f, uint64_t seed)
{
	struct search *s = a->state;
	struct attack one = *a;
	struct error e;
	unsigned bits;

	s->last = seed;
	s->found = true;
	one.sample[0] = *f;
	one.n_samples = 1;
	bool ok = s->kind->proves || attack_holds(&one, &bits, &e);
	s->found = ok;
	return ok;
}

/* The seed of one file in [from, to). */
static bool seek(struct attack *a, struct attack_file *f, const struct seeded_target *t,
		 uint64_t from, uint64_t to)
{
	struct search *s = a->state;
	struct shared *shared = &s->shared;
	bool found = false;

	if (from >= to)
		return false;
	shared->kind = s->kind;
	shared->target = t;
	shared->from = from;
	shared->to = to;
	pthread_mutex_init(&shared->lock, NULL);
	scan(shared);
	pthread_mutex_destroy(&shared->lock);
	for (unsigned i = 0; i < shared->n_hits && !found; i++)
		found = proven(a, f, shared->hit[i]);
	return found;
}

static bool learn(struct attack *a, struct error *e)
{
	struct search *s = arena_alloc(&a->arena, sizeof *s);
	struct seeded_target t;
	bool any = false;

	if (s == NULL || (s->kind = seeded_of(family_setting(a->family, "generator"))) == NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "no such generator of ours");
	a->state = s;
	for (unsigned i = 0; i < a->n_samples; i++) {
		struct shared *range = &s->shared;
		if (!target_of(s->kind, &a->sample[i], &t, e))
			continue;
		any = true;
		range->kind = s->kind;
		range->target = &t;
		s->kind->range(&t, &range->from, &range->to);
		if (a->seed_to != 0 && !s->kind->proves) { /* these are narrow by themselves */
			range->from = a->seed_from;
			range->to = a->seed_to;
		}
		double seconds = estimate(range);
		if (seconds > PATIENCE_SECONDS && a->seed_to == 0)
			return error_set(
				e, REASON_TIME, PLACE_NONE,
				"a search of %llu seeds takes about %.0f minutes on %u cores: "
				"--seeds %llu:%llu begins it, or a narrower one",
				(unsigned long long)(range->to - range->from), seconds / 60,
				n_cores(), (unsigned long long)range->from,
				(unsigned long long)range->to);
		if (seek(a, &a->sample[i], &t, range->from, range->to)) {
			snprintf(a->what, sizeof a->what,
				 "seed %llu, of %llu tried at most (about %.1f s)",
				 (unsigned long long)s->last,
				 (unsigned long long)(range->to - range->from), seconds);
			return true;
		}
	}
	return any ? error_set(e, REASON_ENCRYPTED, PLACE_NONE, "no seed of the range opens a file")
		   : error_set(e, REASON_ENCRYPTED, PLACE_NONE,
			       "no file whose first bytes are known by its name");
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct search *s = a->state;
	struct seeded_target t;

	/* in a search, the seed that is being tried; else this file's own */
	if (!s->found)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "no seed is known");
	if (!target_of(s->kind, f, &t, e))
		return false;
	if (!s->kind->fits(&t, s->last)) {
		uint64_t near = s->kind->near != 0 ? s->kind->near : NEAR, last = s->last;
		bool found = false;
		for (uint64_t ring = FIRST_RING; !found && ring <= near; ring *= 16)
			found = seek(a, f, &t, last > ring ? last - ring : 0, last + ring);
		if (!found) {
			s->last = last;
			s->found = true;
			return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
					 "no seed near %llu opens it", (unsigned long long)last);
		}
	}
	return s->kind->open(&t, s->last, o, e);
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct search *s = a->state;

	return s->kind->step(o, at, p, n, e);
}

const struct attack_engine attack_search = { "search", learn, open_file, step, NULL };
