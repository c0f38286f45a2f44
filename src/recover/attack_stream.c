/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "recover/attack_parts.h"

#include <stdio.h>

/*
 * One keystream for many files: a file before and after shows it, as far as that reaches.
 * layout=akira: the parts of a file that the stream goes over (rivitna/Malware).  classes=N,N: one
 * stream for each class of sizes in MB (RanRan).  Bytes of the stream that no pair has shown are
 * told as lost, not guessed.
 */

enum { MAX_CLASSES = 16 };

struct stream {
	bool akira;
	uint64_t class_mb[MAX_CLASSES];
	unsigned n_classes;
	struct {
		uint8_t *p;    /* in the arena */
		uint8_t *have; /* one byte for each: was it shown? */
		size_t n;
	} known[MAX_CLASSES + 1];
};

struct layout {
	struct attack_parts parts;
	unsigned class;
	const struct stream *s;
};

_Static_assert(sizeof(struct layout) <= ATTACK_STATE, "it lies in the file that is open");

static unsigned class_of(const struct stream *s, uint64_t size)
{
	unsigned c = 0;

	while (c < s->n_classes && size >= s->class_mb[c] * 1000000)
		c++;
	return c;
}

static bool layout_of(const struct stream *s, struct span tail, uint64_t file, struct layout *l,
		      struct attack_open *o, struct error *e)
{
	l->s = s;
	l->class = 0;
	o->from = 0;
	if (!s->akira) {
		o->body = o->size = file;
		l->parts.n = 1;
		l->parts.part[0] = (struct attack_part){ 0, file, 0 };
		l->class = class_of(s, file);
		return true;
	}
	if (!attack_parts_akira(tail, file, &l->parts))
		return error_set(e, REASON_DAMAGED, file, "the tail does not hold");
	o->body = o->size = l->parts.size;
	return true;
}

/* What a pair shows, into the stream's memory. */
static void show(struct stream *s, const struct layout *l, const struct attack_pair *pair)
{
	for (unsigned i = 0; i < l->parts.n; i++) {
		const struct attack_part *part = &l->parts.part[i];
		for (uint64_t k = 0; k < part->n; k++) {
			uint64_t at = part->at + k, in = part->stream + k;
			if (at >= pair->original.n || at >= pair->encrypted.n ||
			    in >= s->known[l->class].n)
				break;
			s->known[l->class].p[in] = pair->original.p[at] ^ pair->encrypted.p[at];
			s->known[l->class].have[in] = 1;
		}
	}
}

static bool take_pair(struct attack *a, struct stream *s, const struct attack_pair *pair,
		      struct error *e)
{
	struct span c = pair->encrypted;
	struct layout l = { .class = 0 };
	struct attack_open o = { .from = 0 };

	if (!layout_of(s, span_cut(c, c.n >= 10 ? c.n - 10 : 0, 10), c.n, &l, &o, e))
		return false;
	if (o.size != pair->size)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "the pair is not of one file");
	if (s->known[l.class].n < c.n + PARTS_MAX * PARTS_BLOCK) {
		size_t n = c.n + (size_t)PARTS_MAX * PARTS_BLOCK;
		uint8_t *p = arena_alloc(&a->arena, n), *have = arena_alloc(&a->arena, n);
		if (p == NULL || have == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a stream");
		if (s->known[l.class].n != 0) {
			memcpy(p, s->known[l.class].p, s->known[l.class].n);
			memcpy(have, s->known[l.class].have, s->known[l.class].n);
		}
		s->known[l.class].p = p;
		s->known[l.class].have = have;
		s->known[l.class].n = n;
	}
	show(s, &l, pair);
	return true;
}

static void read_classes(struct stream *s, struct span list)
{
	uint64_t v = 0;

	for (size_t i = 0; i <= list.n && list.n != 0 && s->n_classes < MAX_CLASSES; i++) {
		if (i < list.n && list.p[i] >= '0' && list.p[i] <= '9') {
			v = v * 10 + (uint64_t)(list.p[i] - '0');
		} else {
			s->class_mb[s->n_classes++] = v;
			v = 0;
		}
	}
}

static bool learn(struct attack *a, struct error *e)
{
	struct stream *s = arena_alloc(&a->arena, sizeof *s);
	uint64_t known = 0;

	if (s == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a stream");
	s->akira = span_is(family_setting(a->family, "layout"), "akira");
	read_classes(s, family_setting(a->family, "classes"));
	a->state = s;
	if (a->n_pairs == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "needs a file before and after, as large as possible (--before, "
				 "--after)");
	unsigned fit = 0; /* a pair may be another family's */
	for (unsigned i = 0; i < a->n_pairs; i++)
		fit += take_pair(a, s, &a->pair[i], e);
	if (fit == 0)
		return false;
	for (unsigned c = 0; c <= s->n_classes; c++)
		for (size_t i = 0; i < s->known[c].n; i++)
			known += s->known[c].have[i];
	snprintf(a->what, sizeof a->what, "%llu bytes of keystream, from %u pair%s",
		 (unsigned long long)known, fit, fit == 1 ? "" : "s");
	return true;
}

/* Ranges of the original for which no stream is known. */
static void add_lost(struct attack_open *o, uint64_t at, uint64_t n)
{
	if (o->n_lost == ATTACK_MAX_LOST)
		o->lost[ATTACK_MAX_LOST - 1].n = at + n - o->lost[ATTACK_MAX_LOST - 1].at;
	else
		o->lost[o->n_lost++] = (__typeof__(o->lost[0])){ at, n };
}

static void find_lost(const struct layout *l, struct attack_open *o)
{
	for (unsigned i = 0; i < l->parts.n; i++) {
		const struct attack_part *part = &l->parts.part[i];
		uint64_t from = UINT64_MAX;
		for (uint64_t k = 0; k < part->n; k++) {
			uint64_t in = part->stream + k;
			if (in >= l->s->known[l->class].n) { /* and nothing beyond it */
				add_lost(o, from != UINT64_MAX ? part->at + from : part->at + k,
					 part->n - (from != UINT64_MAX ? from : k));
				from = UINT64_MAX;
				break;
			}
			bool have = l->s->known[l->class].have[in] != 0;
			if (!have && from == UINT64_MAX)
				from = k;
			if (have && from != UINT64_MAX) {
				add_lost(o, part->at + from, k - from);
				from = UINT64_MAX;
			}
		}
		if (from != UINT64_MAX)
			add_lost(o, part->at + from, part->n - from);
	}
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct layout *l = (struct layout *)(void *)o->state.bytes;

	struct span tail = region_get(f->r, f->r->size >= 10 ? f->r->size - 10 : 0, 10);
	if (!layout_of(a->state, tail, f->r->size, l, o, e))
		return false;
	find_lost(l, o);
	uint64_t lost = 0;
	for (unsigned i = 0; i < o->n_lost; i++)
		lost += o->lost[i].n;
	if (lost != 0 && lost >= o->size)
		return error_set(e, REASON_ENCRYPTED, 0, "no pair of its class of sizes was given");
	return true;
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct layout *l = (const struct layout *)(const void *)o->state.bytes;

	(void)a;
	(void)e;
	for (unsigned i = 0; i < l->parts.n; i++) {
		const struct attack_part *part = &l->parts.part[i];
		uint64_t from = part->at > at ? part->at : at;
		uint64_t end = part->at + part->n < at + n ? part->at + part->n : at + n;
		for (uint64_t k = from; k < end; k++) {
			uint64_t in = part->stream + (k - part->at);
			if (in < l->s->known[l->class].n && l->s->known[l->class].have[in] != 0)
				p[k - at] ^= l->s->known[l->class].p[in];
		}
	}
	return true;
}

const struct attack_engine attack_stream = { "stream", learn, open_file, step, NULL, false };
