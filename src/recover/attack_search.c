/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "recover/seeded.h"

#include <stdio.h>

/*
 * The search for a seed.  Each seed makes a key, each key the first bytes of the sample, and most
 * are no beginning of the kind of file that it was; what is one is opened whole and proven.  The
 * range is tried by pieces, whose order is kept: so a search that is killed can be gone on with.
 * Files beside the first are sought near its seed first.
 */

enum {
	NEAR = 1 << 20,                  /* seeds on either side of one that is known */
	FIRST_RING = 1 << 8,             /* of these, tried first */
	RESULTS = SEEK_RESULTS * 8 * 64, /* bytes of what all cores hit in one turn, at most */
};

struct search {
	const struct seeded *kind;
	uint64_t last; /* seed that was found last */
	bool found;
};

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

static void ask_for(const struct attack *a, const struct seeded_target *t, struct seek *out)
{
	const struct search *s = a->state;

	*out = (struct seek){ .kind = SEEK_SEEDS, .target = *t };
	out->target.r = NULL;
	snprintf(out->generator, sizeof out->generator, "%s", s->kind->name);
}

/* The first of them that is proven. */
static bool prove_hits(struct attack *a, struct attack_file *f, struct span hits)
{
	struct cursor c = cursor_of(hits);

	while (cursor_left(&c) != 0)
		if (proven(a, f, cursor_le64(&c)))
			return true;
	return false;
}

/* The seed of one file in [from, to).  A search that cannot be done finds none. */
static bool seek(struct attack *a, struct attack_file *f, const struct seeded_target *t,
		 uint64_t from, uint64_t to)
{
	bool found = false, more = true;
	struct seek asked;
	struct buf hits;
	struct error e;

	if (from >= to)
		return false;
	ask_for(a, t, &asked);
	buf_init(&hits, RESULTS);
	while (!found && more) {
		uint64_t next = to;
		more = from < to;
		buf_reset(&hits);
		if (!attack_some(a, &asked, from, to, &next, &hits, &e))
			break;
		found = prove_hits(a, f, buf_span(&hits));
		from = next;
	}
	buf_release(&hits);
	return found;
}

/* The range, as far as it is to be tried now; false where it takes too long to be begun unasked. */
static bool range_of(struct attack *a, const struct seeded_target *t, uint64_t *from, uint64_t *to,
		     double *seconds, struct error *e)
{
	const struct search *s = a->state;
	struct attack_begun begun;
	struct seek asked;

	s->kind->range(t, from, to);
	if (a->seed_to != 0 && !s->kind->proves) { /* these are narrow by themselves */
		*from = a->seed_from;
		*to = a->seed_to;
	}
	ask_for(a, t, &asked);
	if (!attack_begin(a, &asked, seeded_mark(a, t), *from, *to, &begun, e))
		return false;
	*seconds = begun.seconds / begun.cores;
	bool before = begun.from > *from;
	*from = begun.from;
	if (*seconds <= attack_patience(a->patience) || a->seed_to != 0 || before)
		return true;
	return error_set(e, REASON_TIME, PLACE_NONE,
			 "a search of %llu seeds takes about %.0f minutes on %u cores: "
			 "--seeds %llu:%llu begins it, or a narrower one",
			 (unsigned long long)(*to - *from), *seconds / 60, begun.cores,
			 (unsigned long long)*from, (unsigned long long)*to);
}

static bool learn(struct attack *a, struct error *e)
{
	struct search *s = arena_alloc(&a->arena, sizeof *s);
	struct seeded_target t;
	uint64_t from, to;
	bool any = false;
	double seconds;

	if (s == NULL || (s->kind = seeded_of(family_setting(a->family, "generator"))) == NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "no such generator of ours");
	a->state = s;
	for (unsigned i = 0; i < a->n_samples; i++) {
		if (!target_of(s->kind, &a->sample[i], &t, e))
			continue;
		any = true;
		if (!range_of(a, &t, &from, &to, &seconds, e))
			return false;
		if (seek(a, &a->sample[i], &t, from, to)) {
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

const struct attack_engine attack_search = { "search", learn, open_file, step, NULL, false };
