/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_ordinary.h"

#include "base/text.h"
#include "match/rarity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A line of ordinary.txt is the kind's letter, the class c (one of 2^c files), and the run, in
 * which %XX is a byte.  All places of all runs where SHORT bytes follow are in a hash table,
 * without regard to case; what is looked for is compared there in full.
 */

enum {
	SHORT = 6,           /* bytes: runs are no shorter ... */
	LONG = 20,           /* ... and of more, each LONG of them stand in so many files */
	UNKNOWN = 5,         /* what is no such run stands in one of 2^UNKNOWN files at most */
	MAX_BYTES = 1 << 24, /* of all runs */
};

/* tools/carry.sh: a name and a NUL, four bytes of length, the text. */
extern const uint8_t shipped_ordinary[], shipped_ordinary_end[];

struct run {
	uint32_t at, n; /* in bytes[] */
	uint8_t kind, class;
};

struct place {
	uint32_t run, at; /* at: in the run; n of the run 0: free */
	uint32_t next;    /* of the same hash, + 1 */
};

struct ordinary {
	struct buf bytes, runs, places;
	uint32_t *slot; /* place + 1 */
	uint32_t n_slots;
};

static uint8_t folded(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static uint32_t hash_of(const uint8_t *p)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < SHORT; i++)
		h = (h ^ folded(p[i])) * 16777619u;
	return h ^ h >> 15;
}

static const struct run *runs_of(const struct ordinary *o)
{
	return (const struct run *)(const void *)o->runs.p;
}

static struct place *places_of(const struct ordinary *o)
{
	return (struct place *)(void *)o->places.p;
}

/* ---- reading */

static unsigned digit(uint8_t c) { return c <= 0x39 ? c - 0x30u : (c & 15u) + 9; }

static void read_line(struct ordinary *o, struct span line)
{
	static const char letters[] = "uwst"; /* as enum ordinary_kind has them */
	const char *kind = line.n > 2 ? strchr(letters, line.p[0]) : NULL;
	struct run r = { .at = (uint32_t)o->bytes.n };

	if (kind == NULL || *kind == '\0')
		return;
	r.kind = (uint8_t)(kind - letters);
	r.class = (uint8_t)(line.p[1] - '0');
	for (size_t i = 2; i < line.n; i++) {
		uint8_t c = line.p[i];
		if (c == '%' && i + 2 < line.n) {
			c = (uint8_t)(digit(line.p[i + 1]) << 4 | digit(line.p[i + 2]));
			i += 2;
		}
		buf_put_u8(&o->bytes, c);
	}
	r.n = (uint32_t)o->bytes.n - r.at;
	for (uint32_t at = 0; at + SHORT <= r.n; at++) {
		const struct place p = { (uint32_t)(o->runs.n / sizeof r), at, 0 };
		buf_put(&o->places, &p, sizeof p);
	}
	buf_put(&o->runs, &r, sizeof r);
}

static void read_all(struct ordinary *o)
{
	struct span text = { shipped_ordinary, (size_t)(shipped_ordinary_end - shipped_ordinary) };
	const uint8_t *end = memchr(text.p, 0, text.n);
	size_t skip = end != NULL ? (size_t)(end - text.p) + 5 : text.n;

	text = span_cut(text, skip, text.n - skip);
	while (text.n != 0) {
		const uint8_t *line = memchr(text.p, '\n', text.n);
		size_t n = line != NULL ? (size_t)(line - text.p) : text.n;
		read_line(o, span_cut(text, 0, n));
		n += line != NULL;
		text = span_cut(text, n, text.n - n);
	}
}

static void index_all(struct ordinary *o)
{
	size_t n = o->places.n / sizeof(struct place);
	struct place *p = places_of(o);

	for (size_t i = 0; i < n; i++) {
		const struct run *r = &runs_of(o)[p[i].run];
		uint32_t *slot = &o->slot[hash_of(o->bytes.p + r->at + p[i].at) & (o->n_slots - 1)];
		p[i].next = *slot;
		*slot = (uint32_t)i + 1;
	}
}

struct ordinary *ordinary_new(void)
{
	struct ordinary *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	buf_init(&o->bytes, MAX_BYTES);
	buf_init(&o->runs, MAX_BYTES);
	buf_init(&o->places, (size_t)MAX_BYTES * sizeof(struct place));
	read_all(o);
	o->n_slots = 1 << 16;
	while (o->n_slots < o->places.n / sizeof(struct place))
		o->n_slots *= 2;
	o->slot = calloc(o->n_slots, sizeof *o->slot);
	if (o->slot == NULL || !buf_ok(&o->bytes) || !buf_ok(&o->runs) || !buf_ok(&o->places)) {
		ordinary_free(o);
		return NULL;
	}
	index_all(o);
	return o;
}

void ordinary_free(struct ordinary *o)
{
	if (o == NULL)
		return;
	buf_release(&o->bytes);
	buf_release(&o->runs);
	buf_release(&o->places);
	free(o->slot);
	free(o);
}

/* ---- asking */

static bool same(const uint8_t *a, const uint8_t *b, size_t n, bool fold)
{
	if (!fold)
		return memcmp(a, b, n) == 0;
	for (size_t i = 0; i < n; i++)
		if (folded(a[i]) != folded(b[i]))
			return false;
	return true;
}

/* The class of the most common run that holds all n bytes (SHORT to LONG); 0: there is none. */
static unsigned class_of(const struct ordinary *o, enum ordinary_kind kind, const uint8_t *p,
			 size_t n, bool fold)
{
	unsigned best = 0;

	for (uint32_t i = o->slot[hash_of(p) & (o->n_slots - 1)]; i != 0;) {
		const struct place *place = &places_of(o)[i - 1];
		const struct run *r = &runs_of(o)[place->run];
		if (r->kind == kind && r->n - place->at >= n &&
		    same(o->bytes.p + r->at + place->at, p, n, fold) &&
		    (best == 0 || r->class < best))
			best = r->class;
		i = place->next;
	}
	return best;
}

/* Bytes of a file of each kind. */
static const double sizes[ORDINARY_KINDS] = { 1e5, 2e5, 1e4, 8e3, 1e5 };

double ordinary_bits(enum ordinary_kind kind, const uint8_t *p, size_t n)
{
	return kind == ORDINARY_PACKED ? 8.0 * (double)n : rarity_of(p, n) / 4.0;
}

double ordinary_by_bits(enum ordinary_kind kind, double bits)
{
	return 1 - exp(-sizes[kind] * exp2(-bits));
}

static double by_rarity(enum ordinary_kind kind, const uint8_t *p, size_t n)
{
	return ordinary_by_bits(kind, ordinary_bits(kind, p, n));
}

/* Padding and the like: not among the runs. */
static bool is_even(const uint8_t *p, size_t n)
{
	uint8_t a = p[0], b = p[n - 1];

	for (size_t i = 0; i < n; i++)
		if (p[i] != a && p[i] != b)
			return false;
	return true;
}

double ordinary_chance(const struct ordinary *o, enum ordinary_kind kind, const uint8_t *p,
		       size_t n, bool fold)
{
	double chance = 1;

	if (n == 0)
		return 0;
	if (n < SHORT || kind == ORDINARY_PACKED || is_even(p, n))
		return by_rarity(kind, p, n);
	for (size_t i = 0; i + SHORT <= n; i++) {
		size_t part = n - i < LONG ? n - i : LONG;
		unsigned class = class_of(o, kind, p + i, part, fold);
		double one = class != 0 ? exp2(-(double)class)
					: fmin(by_rarity(kind, p + i, part), exp2(-UNKNOWN));
		chance = fmin(chance, one);
		if (part == n - i)
			break; /* the rest lies in it */
	}
	return chance;
}

struct span ordinary_head(enum ordinary_kind kind)
{
	static const uint8_t elf[] = { 0x7F, 'E', 'L', 'F', 2, 1, 1 };
	static const uint8_t pe[] = { 'M', 'Z' };

	switch (kind) {
	case ORDINARY_UNIX:
		return (struct span){ elf, sizeof elf };
	case ORDINARY_WINDOWS:
		return (struct span){ pe, sizeof pe };
	default:
		return (struct span){ NULL, 0 };
	}
}
