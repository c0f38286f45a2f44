/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "recover/chacha.h"
#include "recover/kcipher2.h"
#include "recover/seeded.h"
#include "recover/seek.h"
#include "recover/yarrow.h"

#include <stdio.h>

/*
 * Akira for Windows of 2024 on (DFNC-Lab/akira-decryptor-for-windows).  A file has four keys, each
 * of Yarrow seeded with a clock in nanoseconds: key and IV of ChaCha with eight rounds, key and IV
 * of KCipher-2, in this order of time.  Regions of the file are cut in blocks; the first and the
 * last of each are KCipher-2's, those between are ChaCha's, and both streams run on from region to
 * region.  What the clock showed is brought (the table that the tool named above writes), or
 * searched for in a narrow window of it.  The search of the samples is told as it goes, and can be
 * gone on with.
 */

enum {
	TAIL = 512,
	BLOCK = 65535,
	STREAM = 65536, /* bytes of ChaCha's stream that a block uses up */
	LARGE = 2000000,
	REGIONS = 4,
	ROUNDS = 8,
	MAX_LINES = 1 << 16,
	MAX_CLOCKS = SEEK_CLOCKS_MAX, /* of a window, with the gap behind it */
	MAX_FOUND = 256,
	RESULTS = 64 << 20, /* bytes of what is asked for at once: as a table of clocks has */
};

/* What one file's clocks make. */
struct keys {
	uint8_t kcipher[2][YARROW_BYTES], chacha[2][YARROW_BYTES]; /* each a key and an IV */
	bool has_chacha;
	struct span line; /* of the table; empty: found by search */
};

struct akira {
	struct kcipher2_tables tables;
	struct keys *keys;
	size_t n_keys;
	/* a search */
	uint64_t from, step; /* nanoseconds */
	uint64_t n, gap;     /* clocks of the window; that the second may lie behind the first */
	struct span made;    /* YARROW_BYTES of each of the window, and of the gap; the arena's */
	struct keys *trying; /* they are held against a file just now; NULL: none are */
	uint64_t vain[ATTACK_MAX_SAMPLES]; /* marks of samples whose clocks are not in the window */
	unsigned n_vain;
};

struct opened {
	struct kcipher2 kcipher;
	const struct keys *keys;
	uint64_t n_regions, size, apart; /* regions of so many bytes, that far from each other */
};

_Static_assert(sizeof(struct opened) <= ATTACK_STATE, "it lies in the file that is open");

/* ---- clocks that are brought: lines `..., path, name, from, to, t1, t2, t3, t4, seconds, mode` */

/* The number that ends at *end, which moves before the comma that it stands behind. */
static bool number_before(struct span line, size_t *end, uint64_t *v, bool *there)
{
	size_t to = *end, from = to;

	while (from > 0 && line.p[from - 1] != ',')
		from--;
	*v = 0;
	*there = from != to;
	for (size_t i = from; i < to; i++) {
		if (line.p[i] < '0' || line.p[i] > '9' || *v > UINT64_MAX / 10 - 9)
			return false;
		*v = *v * 10 + (uint64_t)(line.p[i] - '0');
	}
	*end = from != 0 ? from - 1 : 0;
	return true;
}

static bool read_line(struct span line, struct keys *k)
{
	size_t end = line.n;
	uint64_t t[4];
	bool there[4];

	for (unsigned skip = 0; skip < 2; skip++) { /* the mode, the seconds */
		while (end > 0 && line.p[end - 1] != ',')
			end--;
		if (end == 0)
			return false;
		end--;
	}
	for (unsigned i = 4; i-- > 0;)
		if (!number_before(line, &end, &t[i], &there[i]))
			return false;
	if (!there[2] || !there[3])
		return false;
	*k = (struct keys){ .has_chacha = there[0] && there[1], .line = span_cut(line, 0, end) };
	return yarrow_of_number(t[2], k->kcipher[0]) && yarrow_of_number(t[3], k->kcipher[1]) &&
	       (!k->has_chacha ||
		(yarrow_of_number(t[0], k->chacha[0]) && yarrow_of_number(t[1], k->chacha[1])));
}

static bool read_table(struct attack *a, struct akira *s, struct error *e)
{
	struct span left = a->key;
	size_t lines = 1;

	for (size_t i = 0; i < left.n; i++)
		lines += left.p[i] == '\n';
	if (lines > MAX_LINES)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "more than %d lines", MAX_LINES);
	s->keys = arena_array(&a->arena, lines, sizeof *s->keys);
	if (s->keys == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for keys");
	while (left.n != 0) {
		const uint8_t *nl = memchr(left.p, '\n', left.n);
		size_t n = nl != NULL ? (size_t)(nl - left.p) : left.n;
		struct span line = span_cut(left, 0, n);
		if (line.n != 0 && line.p[line.n - 1] == '\r')
			line.n--;
		s->n_keys += read_line(line, &s->keys[s->n_keys]);
		left = span_cut(left, n + (nl != NULL), left.n);
	}
	snprintf(a->what, sizeof a->what, "the clocks of %zu files that were brought", s->n_keys);
	return s->n_keys != 0 ||
	       error_set(e, REASON_DAMAGED, 0,
			 "--key has no line of a table found_seeds_*.csv with clocks in it");
}

/* ---- clocks that are searched for */

static struct seek ask_for(const struct akira *s, enum seek_kind kind)
{
	return (struct seek){ .kind = kind, .first = s->from, .step = s->step, .gap = s->gap };
}

/* What the clocks of the window, and of the gap behind it, make. */
static bool make_clocks(struct attack *a, struct akira *s, struct error *e)
{
	const struct seek asked = ask_for(s, SEEK_CLOCKS);
	uint64_t at = 0, next = 0, end = s->n + s->gap;
	struct buf made;
	bool ok = true;

	buf_init(&made, RESULTS);
	while (ok && at < end) {
		ok = attack_some(a, &asked, at, end, &next, &made, e);
		at = next;
	}
	uint8_t *kept = ok ? arena_alloc(&a->arena, made.n) : NULL;
	if (ok && kept == NULL)
		ok = error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the window");
	if (ok) {
		memcpy(kept, made.p, made.n);
		s->made = (struct span){ kept, made.n };
	}
	buf_release(&made);
	return ok;
}

static bool make_window(struct attack *a, struct akira *s, struct error *e)
{
	s->step = family_number(a->family, "step", 100);
	s->gap = family_number(a->family, "gap", 0) / s->step;
	s->from = a->seed_from;
	s->n = a->seed_to > a->seed_from ? (a->seed_to - a->seed_from) / s->step : 0;
	if (s->n == 0 || s->n + s->gap > MAX_CLOCKS)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 "--seeds FROM:TO of the clock in nanoseconds: at most %llu apart",
				 (unsigned long long)((MAX_CLOCKS - s->gap) * s->step));
	s->keys = arena_array(&a->arena, MAX_FOUND, sizeof *s->keys);
	if (s->keys == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the window");
	if (!make_clocks(a, s, e))
		return false;
	snprintf(a->what, sizeof a->what, "a search of %llu clocks, each with %llu behind it",
		 (unsigned long long)s->n, (unsigned long long)s->gap);
	return true;
}

/* The first clock to be tried: behind what an earlier run came to. */
static bool begin(struct attack *a, const struct seek *asked, uint64_t *first, struct error *e)
{
	const struct akira *s = a->state;
	struct attack_begun begun;

	if (!attack_begin(a, asked, seeded_mark(a, &asked->target), 0, s->n, &begun, e))
		return false;
	*first = begun.from;
	return true;
}

static bool was_in_vain(const struct akira *s, uint64_t mark)
{
	for (unsigned i = 0; i < s->n_vain; i++)
		if (s->vain[i] == mark)
			return true;
	return false;
}

/* Are these clocks the file's?  Then the keys are kept. */
static const struct keys *try_pair(struct attack *a, struct attack_file *f, uint64_t key,
				   uint64_t iv)
{
	struct akira *s = a->state;
	struct attack one = *a;
	struct error e;
	unsigned bits;

	if ((key + 1) * YARROW_BYTES > s->made.n || (iv + 1) * YARROW_BYTES > s->made.n)
		return NULL;
	s->trying = &s->keys[s->n_keys];
	*s->trying = (struct keys){ .has_chacha = false };
	memcpy(s->trying->kcipher[0], s->made.p + key * YARROW_BYTES, YARROW_BYTES);
	memcpy(s->trying->kcipher[1], s->made.p + iv * YARROW_BYTES, YARROW_BYTES);
	one.sample[0] = *f;
	one.n_samples = 1;
	const struct keys *found = attack_holds(&one, &bits, &e) ? s->trying : NULL;
	s->n_keys += found != NULL;
	s->trying = NULL;
	return found;
}

/* The keys of a file in the window: those that give it the beginning which its name promises, and
 * then all that it must be.  A search that is announced is gone on with where it was. */
static const struct keys *search(struct attack *a, struct attack_file *f,
				 const struct seeded_target *target, bool announced)
{
	struct akira *s = a->state;
	struct seek asked = ask_for(s, SEEK_AKIRA);
	uint64_t mark = seeded_mark(a, target), at = 0, next = 0;
	const struct keys *found = NULL;
	struct buf hits;
	struct error e;

	if (s->made.n == 0 || s->n_keys == MAX_FOUND || !seeded_searchable(target->expected) ||
	    was_in_vain(s, mark))
		return NULL;
	asked.target = *target;
	asked.target.r = NULL;
	asked.table = s->made;
	if (announced && !begin(a, &asked, &at, &e))
		return NULL;
	buf_init(&hits, RESULTS);
	for (bool more = true; more && found == NULL; at = next) {
		more = at < s->n;
		buf_reset(&hits);
		if (!attack_some(a, &asked, at, s->n, &next, &hits, &e))
			break;
		struct cursor c = cursor_of(buf_span(&hits));
		while (cursor_left(&c) != 0 && found == NULL) {
			uint64_t key = cursor_le64(&c);
			found = try_pair(a, f, key, cursor_le64(&c));
		}
	}
	buf_release(&hits);
	if (announced && found == NULL && s->n_vain < ATTACK_MAX_SAMPLES)
		s->vain[s->n_vain++] = mark;
	return found;
}

static void set_regions(const struct attack *a, struct attack_file *f, uint64_t body,
			struct opened *s);

/* The layout of a file, and what a search goes by. */
static bool target_of(const struct attack *a, struct attack_file *f, struct opened *p,
		      struct seeded_target *t, struct error *e)
{
	*t = (struct seeded_target){ .expected = kind_of_name(f->original), .r = f->r };
	if (f->r->size <= TAIL)
		return error_set(e, REASON_DAMAGED, f->r->size, "shorter than the tail");
	set_regions(a, f, f->r->size - TAIL, p);
	t->n = p->size < 16 ? (size_t)p->size : 16;
	struct span head = region_get(f->r, 0, t->n);
	memcpy(t->head, head.p, head.n);
	return true;
}

static bool search_samples(struct attack *a, struct error *e)
{
	struct akira *s = a->state;
	struct seeded_target t;
	struct opened p;

	if (!make_window(a, s, e))
		return false;
	for (unsigned i = 0; i < a->n_samples; i++)
		if (target_of(a, &a->sample[i], &p, &t, e) && t.n == 16)
			(void)search(a, &a->sample[i], &t, true);
	return true;
}

static bool learn(struct attack *a, struct error *e)
{
	struct akira *s = arena_alloc(&a->arena, sizeof *s);

	if (s == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for keys");
	*s = (struct akira){ .n = 0 };
	kcipher2_tables_make(&s->tables);
	a->state = s;
	if (a->key.n != 0)
		return read_table(a, s, e);
	if (a->seed_to != 0)
		return search_samples(a, e);
	return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
			 "needs found_seeds_*.csv of the official tool (--key), or a narrow window "
			 "of the clock in nanoseconds (--seeds FROM:TO)");
}

/* ---- files */

/* Is the name's ending one of those in the list, `.a,.b,.c`? */
static bool ends_with_one(struct span name, struct span list)
{
	for (size_t i = 0, from = 0; i <= list.n && list.n != 0; i++) {
		if (i < list.n && list.p[i] != ',')
			continue;
		size_t n = i - from;
		if (n != 0 && name.n > n && memcmp(name.p + name.n - n, list.p + from, n) == 0)
			return true;
		from = i + 1;
	}
	return false;
}

static void set_regions(const struct attack *a, struct attack_file *f, uint64_t body,
			struct opened *s)
{
	bool parts = ends_with_one(f->original, family_setting(a->family, "parts"));
	bool whole = !parts && ends_with_one(f->original, family_setting(a->family, "whole"));

	s->n_regions = 1;
	s->apart = 0;
	s->size = whole ? body : body / 2;
	if (parts || (!whole && f->r->size >= LARGE)) {
		s->n_regions = REGIONS;
		s->size = body / 10;
		s->apart = (body - s->size * REGIONS) / 5;
	}
}

/* Does the line of a table name the file? */
static bool names(struct span line, struct span name)
{
	if (name.n == 0 || line.n <= name.n + 7)
		return false;
	for (size_t i = 0; i + name.n + 7 <= line.n; i++)
		if ((line.p[i] == ',' || line.p[i] == '\\' || line.p[i] == '/') &&
		    memcmp(line.p + i + 1, name.p, name.n) == 0 &&
		    memcmp(line.p + i + 1 + name.n, ".akira", 6) == 0)
			return true;
	return false;
}

static const struct keys *find_keys(const struct akira *s, const struct seeded_target *t,
				    struct span name)
{
	for (size_t i = 0; i < s->n_keys; i++) {
		const struct keys *keys = &s->keys[i];
		struct kcipher2 k;
		uint8_t head[16];
		kcipher2_init(&k, &s->tables, keys->kcipher[0], keys->kcipher[1]);
		memcpy(head, t->head, sizeof head);
		kcipher2_xor(&k, head, t->n);
		bool begins = t->n == sizeof head && seeded_begins(t, head, sizeof head);
		if (t->expected != KIND_UNKNOWN ? begins : names(keys->line, name))
			return keys;
	}
	return NULL;
}

/* Blocks between the first and the last of a region, which no key is known for. */
static void tell_lost(const struct opened *s, struct attack_open *o)
{
	uint64_t blocks = (s->size + BLOCK - 1) / BLOCK;

	for (uint64_t i = 0; i < s->n_regions && blocks > 2; i++) {
		o->lost[o->n_lost].at = i * s->apart + BLOCK;
		o->lost[o->n_lost++].n = (blocks - 2) * BLOCK;
	}
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct akira *s = a->state;
	struct opened *p = (struct opened *)(void *)o->state.bytes;
	struct seeded_target t;

	if (!target_of(a, f, p, &t, e))
		return false;
	p->keys = s->trying != NULL ? s->trying : find_keys(s, &t, f->original);
	if (p->keys == NULL && t.n == 16)
		p->keys = search(a, f, &t, false);
	if (p->keys == NULL)
		return error_set(e, REASON_ENCRYPTED, 0, "none of the clocks is this file's");
	kcipher2_init(&p->kcipher, &s->tables, p->keys->kcipher[0], p->keys->kcipher[1]);
	o->body = o->size = f->r->size - TAIL;
	if (!p->keys->has_chacha)
		tell_lost(p, o);
	return true;
}

/* ---- */

/* n bytes from byte `in` of a block between: `number` of them lie before it in the file. */
static void xor_between(const struct keys *k, uint64_t number, uint64_t in, uint8_t *p, size_t n)
{
	uint8_t block[64];

	for (size_t i = 0; i < n && k->has_chacha; i++) {
		uint64_t at = number * STREAM + in + i;
		if (i == 0 || at % sizeof block == 0)
			chacha_block(k->chacha[0], YARROW_BYTES, k->chacha[1], at / sizeof block,
				     ROUNDS, block);
		p[i] ^= block[at % sizeof block];
	}
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	struct opened *s = (struct opened *)(void *)o->state.bytes;
	uint64_t blocks = (s->size + BLOCK - 1) / BLOCK;

	(void)a;
	(void)e;
	for (uint64_t r = 0; r < s->n_regions; r++) {
		uint64_t start = r * s->apart, end = start + s->size;
		uint64_t from = start > at ? start : at;
		uint64_t to = end < at + n ? end : at + n;
		while (from < to) {
			uint64_t b = (from - start) / BLOCK, in = (from - start) % BLOCK;
			size_t k = (size_t)(to - from < BLOCK - in ? to - from : BLOCK - in);
			if (b == 0 || b == blocks - 1)
				kcipher2_xor(&s->kcipher, p + (from - at), k);
			else
				xor_between(s->keys, r * (blocks - 2) + b - 1, in, p + (from - at),
					    k);
			from += k;
		}
	}
	return true;
}

const struct attack_engine attack_akira = { "akira", learn, open_file, step, NULL, false };
