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
 * cores share the range by slices; what was tried is told as it goes, so that a search that is
 * killed can be gone on with; files beside the first are sought near its seed first.
 */

enum {
	SLICE = 1 << 14,   /* seeds that a core takes at once, at most */
	LEAST_SHARED = 64, /* seeds beyond which more than one core works */
	MAX_THREADS = 64,
	MAX_HITS = 4096,         /* candidates of one search that are opened whole */
	NEAR = 1 << 20,          /* seeds on either side of one that is known */
	FIRST_RING = 1 << 8,     /* of these, tried first */
	MEASURE = 20000,         /* seeds by which the estimate is made */
	PATIENCE_SECONDS = 1200, /* of all cores, beyond which a search wants --seeds */
};

#define MEASURE_SECONDS 0.05 /* and no longer than this */

/* What threads share. */
struct shared {
	const struct seeded *kind;
	const struct seeded_target *target;
	uint64_t from, to, slice;
	unsigned cores;
	atomic_uint_fast64_t next;
	atomic_uint_fast64_t at[MAX_THREADS]; /* what each works on is not before this */
	atomic_bool stop;
	pthread_mutex_t lock;
	uint64_t hit[MAX_HITS]; /* behind the lock */
	unsigned n_hits;
	bool all; /* of the hits fitted */
	/* of the thread that began it, which alone proves hits and tells how it goes */
	bool (*proven)(void *ctx, uint64_t seed);
	void *ctx;
	unsigned n_proven; /* hits that were looked at */
	bool found;
	const struct attack_watch *watch;
	time_t told;
};

struct search {
	const struct seeded *kind;
	uint64_t last; /* seed that was found last */
	bool found;
	struct shared shared; /* of the search that runs */
};

struct worker {
	struct shared *s;
	unsigned number; /* 0 began it */
};

static void add_hit(struct shared *s, uint64_t seed)
{
	pthread_mutex_lock(&s->lock);
	if (s->n_hits < MAX_HITS)
		s->hit[s->n_hits++] = seed;
	else
		s->all = false;
	pthread_mutex_unlock(&s->lock);
}

/* Proves the hits that came since; the first that holds ends the search. */
static void prove_hits(struct shared *s)
{
	while (!s->found) {
		pthread_mutex_lock(&s->lock);
		bool more = s->n_proven < s->n_hits;
		uint64_t seed = more ? s->hit[s->n_proven] : 0;
		pthread_mutex_unlock(&s->lock);
		if (!more)
			return;
		s->n_proven++;
		s->found = s->proven(s->ctx, seed);
		if (s->found)
			atomic_store(&s->stop, true);
	}
}

/* All seeds before it were tried, and what they hit was proven. */
static uint64_t tried_to(struct shared *s)
{
	uint64_t least = atomic_load(&s->next);

	for (unsigned i = 0; i < s->cores; i++) {
		uint64_t at = atomic_load(&s->at[i]);
		least = at < least ? at : least;
	}
	return least < s->to ? least : s->to;
}

static void tell(struct shared *s, bool last)
{
	time_t now = time(NULL);

	if (s->watch == NULL || (now == s->told && !last))
		return;
	s->told = now;
	/* hits that come after are of seeds that were not tried when this was asked */
	uint64_t next = tried_to(s);
	prove_hits(s);
	s->watch->tick(s->watch->ctx, next);
}

static void *work(void *ctx)
{
	const struct worker *me = ctx;
	struct shared *s = me->s;

	while (!atomic_load(&s->stop)) {
		/* before the slice is taken, so that nobody thinks it tried */
		atomic_store(&s->at[me->number], atomic_load(&s->next));
		uint64_t from = atomic_fetch_add(&s->next, s->slice);
		if (from >= s->to || from < s->from)
			break;
		uint64_t to = s->to - from > s->slice ? from + s->slice : s->to;
		for (uint64_t seed = from; seed < to && !atomic_load(&s->stop); seed++)
			if (s->kind->fits(s->target, seed))
				add_hit(s, seed);
		if (me->number == 0) {
			prove_hits(s);
			tell(s, false);
		}
	}
	if (!atomic_load(&s->stop))
		atomic_store(&s->at[me->number], UINT64_MAX);
	return NULL;
}

static unsigned n_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (unsigned)n;
}

/* Seeds of [from, to), on all cores, to the first that is proven. */
static void scan(struct shared *s)
{
	pthread_t thread[MAX_THREADS];
	struct worker me[MAX_THREADS];
	unsigned n = 1;

	s->n_hits = s->n_proven = 0;
	s->all = true;
	s->found = false;
	s->told = time(NULL);
	s->cores = s->to - s->from > LEAST_SHARED ? n_cores() : 1;
	s->slice = (s->to - s->from) / (16 * (uint64_t)s->cores) + 1;
	s->slice = s->slice < SLICE ? s->slice : SLICE;
	atomic_init(&s->next, s->from);
	atomic_init(&s->stop, false);
	for (unsigned i = 0; i < s->cores; i++) {
		atomic_init(&s->at[i], i == 0 ? s->from : UINT64_MAX);
		me[i] = (struct worker){ s, i };
	}
	while (n < s->cores && pthread_create(&thread[n], NULL, work, &me[n]) == 0)
		n++;
	(void)work(&me[0]);
	while (n > 1)
		pthread_join(thread[--n], NULL);
	prove_hits(s);
	tell(s, true);
}

static double seconds_of(struct timespec a, struct timespec b)
{
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* Seconds that the whole range takes on this machine: measured, not guessed. */
static double estimate(const struct shared *s)
{
	struct timespec begun, ended;
	uint64_t hits = 0, n = 0;
	double spent = 0;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	while (n < s->to - s->from && n < MEASURE && spent < MEASURE_SECONDS) {
		hits += s->kind->fits(s->target, s->from + n);
		n++;
		if (n % 16 == 0) {
			clock_gettime(CLOCK_MONOTONIC, &ended);
			spent = seconds_of(begun, ended);
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	double each = n != 0 ? seconds_of(begun, ended) / (double)n : 0;
	return hits > n ? 0 : each * (double)(s->to - s->from) / n_cores(); /* keeps the work */
}

static bool target_of(const struct seeded *kind, struct attack_file *f, struct seeded_target *t,
		      struct error *e)
{
	*t = (struct seeded_target){ .expected = kind_of_name(f->original),
				     .mtime = f->mtime,
				     .r = f->r };
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
	return kind->whole == NULL || kind->whole(t, e);
}

struct proving {
	struct attack *a;
	struct attack_file *f;
};

/* Does this seed open the file to what its name says? */
static bool proven(void *ctx, uint64_t seed)
{
	const struct proving *p = ctx;
	struct search *s = p->a->state;
	struct attack one = *p->a;
	struct error e;
	unsigned bits;

	s->last = seed;
	s->found = true;
	one.sample[0] = *p->f;
	one.n_samples = 1;
	bool ok = s->kind->proves || attack_holds(&one, &bits, &e);
	s->found = ok;
	return ok;
}

/* The seed of one file in [from, to). */
static bool seek(struct attack *a, struct attack_file *f, const struct seeded_target *t,
		 uint64_t from, uint64_t to, const struct attack_watch *watch)
{
	struct search *s = a->state;
	struct shared *shared = &s->shared;
	struct proving p = { a, f };

	if (from >= to)
		return false;
	shared->kind = s->kind;
	shared->target = t;
	shared->from = from;
	shared->to = to;
	shared->proven = proven;
	shared->ctx = &p;
	shared->watch = watch;
	pthread_mutex_init(&shared->lock, NULL);
	scan(shared);
	pthread_mutex_destroy(&shared->lock);
	return shared->found;
}

/* The range, as far as it is to be tried now; false where it takes too long to be begun unasked. */
static bool range_of(struct attack *a, const struct seeded_target *t, double *seconds,
		     struct error *e)
{
	struct search *s = a->state;
	struct shared *r = &s->shared;

	r->kind = s->kind;
	r->target = t;
	s->kind->range(t, &r->from, &r->to);
	if (a->seed_to != 0 && !s->kind->proves) { /* these are narrow by themselves */
		r->from = a->seed_from;
		r->to = a->seed_to;
	}
	*seconds = estimate(r);
	uint64_t from = r->from;
	if (a->watch != NULL)
		r->from = a->watch->begin(a->watch->ctx, a, seeded_mark(a, t), r->from, r->to,
					  *seconds * n_cores());
	if (*seconds <= PATIENCE_SECONDS || a->seed_to != 0 || r->from > from)
		return true;
	return error_set(e, REASON_TIME, PLACE_NONE,
			 "a search of %llu seeds takes about %.0f minutes on %u cores: "
			 "--seeds %llu:%llu begins it, or a narrower one",
			 (unsigned long long)(r->to - r->from), *seconds / 60, n_cores(),
			 (unsigned long long)r->from, (unsigned long long)r->to);
}

static bool learn(struct attack *a, struct error *e)
{
	struct search *s = arena_alloc(&a->arena, sizeof *s);
	struct seeded_target t;
	bool any = false;
	double seconds;

	if (s == NULL || (s->kind = seeded_of(family_setting(a->family, "generator"))) == NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "no such generator of ours");
	a->state = s;
	for (unsigned i = 0; i < a->n_samples; i++) {
		if (!target_of(s->kind, &a->sample[i], &t, e))
			continue;
		any = true;
		if (!range_of(a, &t, &seconds, e))
			return false;
		uint64_t from = s->shared.from, to = s->shared.to;
		if (seek(a, &a->sample[i], &t, from, to, a->watch)) {
			snprintf(a->what, sizeof a->what,
				 "seed %llu, of %llu tried at most (about %.1f s)",
				 (unsigned long long)s->last, (unsigned long long)(to - from),
				 seconds);
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
			found = seek(a, f, &t, last > ring ? last - ring : 0, last + ring, NULL);
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

const struct attack_engine attack_search = { "search", learn, open_file, step, NULL, false };
