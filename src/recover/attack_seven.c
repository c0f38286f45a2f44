/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/attack.h"

#include <stdio.h>

/*
 * 7ev3n (hasherezade/malware_analysis, 7ev3n).  A file is an M, the body, **, the name that it had,
 * XORed with a published key, and a line's end; which key gives a name tells the build.
 *
 * .R4A: the body is XORed with the same key as the name.
 * .R5A: of four quarters the second and fourth are XORed with i mod 255, the first and third with
 * those, and all with a key that repeats.  Build b: the name's key ^ the victim's id.  Build a: the
 * file's full path ^ a key of the victim; later ^ the id at even places.  A pair shows all but the
 * path.  Settings: a4, a5, b4, b5, the published keys.  --key: a text with lines id=... and
 * path=...
 */

enum {
	BUILDS = 2,
	NAME_MAX_BYTES = 255,
	LONGEST = 512,   /* bytes of a key */
	GOOD_NAME = 3,   /* of the points of name_points() */
	TAIL_AROUND = 3, /* ** before the name, a line's end behind it */
};

struct key {
	struct span four, five; /* of names; of .R4A's bodies too */
	uint8_t *base;          /* of .R5A's bodies, without the path; NULL: not known */
	bool path;              /* it needs the path */
};

struct seven {
	struct key build[BUILDS];
	struct span id, path; /* that the user brings */
};

struct opened {
	const struct seven *s;
	const struct key *key;
	struct region *r;
	uint64_t size; /* of the body */
	bool five;
};

_Static_assert(sizeof(struct opened) <= ATTACK_STATE, "it lies in the file that is open");

/* ---- the body of .R5A, without its key */

/* Bytes [at, at + n) of a body of `size`, in place: those of the first and third quarter need the
 * ones that lie a quarter further. */
static void unmix(struct region *r, uint64_t size, uint64_t at, uint8_t *p, size_t n)
{
	uint64_t q = size / 4;

	for (size_t i = 0; i < n && q != 0;) {
		uint64_t in = at + i, which = in / q;
		if (which >= 4)
			return;
		size_t run = (which + 1) * q - in < n - i ? (size_t)((which + 1) * q - in) : n - i;
		uint64_t other = which % 2 == 0 ? in + q : in;
		struct span s = region_get(r, 1 + other, which % 2 == 0 ? run : 0);
		for (size_t k = 0; k < run; k++)
			p[i + k] ^= (k < s.n ? s.p[k] : 0) ^ (uint8_t)((other + k) % 255);
		i += run;
	}
}

/* Byte i of the path that is XORed: directory, backslash, name; over and over to the key's length.
 */
static uint8_t path_byte(struct span dir, struct span name, size_t period, uint64_t i)
{
	uint64_t at = i % period % (dir.n + 1 + name.n);

	return at < dir.n ? dir.p[at] : at == dir.n ? '\\' : name.p[at - dir.n - 1];
}

/* ---- the tail */

/* The bytes of the name, still XORed; empty: there is no tail. */
static struct span read_tail(struct region *r, uint8_t *room)
{
	uint64_t n =
		r->size < NAME_MAX_BYTES + TAIL_AROUND ? r->size : NAME_MAX_BYTES + TAIL_AROUND;
	struct span s = region_get(r, r->size - n, (size_t)n);
	const struct span none = { NULL, 0 };

	if (s.n != n || n < TAIL_AROUND + 2 || s.p[n - 1] != '\n')
		return none;
	for (size_t i = s.n - 2; i-- > 1;)
		if (s.p[i] == '*' && s.p[i - 1] == '*') {
			struct span name = span_cut(s, i + 1, s.n - 2 - i);
			memcpy(room, name.p, name.n);
			return (struct span){ room, name.n };
		}
	return none;
}

/* How much does this look like the name of a file? */
static unsigned name_points(struct span name)
{
	size_t dot = name.n;

	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] < 0x20 || name.p[i] > 0x7e ||
		    strchr("\\/:*?\"<>|", name.p[i]) != NULL)
			return 0;
		dot = name.p[i] == '.' ? i : dot;
	}
	bool extension = dot != 0 && dot + 1 < name.n && name.n - dot <= 6;
	for (size_t i = dot + 1; extension && i < name.n; i++)
		extension = text_is_alnum(name.p[i]);
	return 1u + (extension ? 2u : 0u) + (kind_of_name(name) != KIND_UNKNOWN ? 2u : 0u);
}

static struct span name_by(struct span coded, struct span key, uint8_t *room)
{
	for (size_t i = 0; i < coded.n; i++)
		room[i] = coded.p[i] ^ key.p[i % key.n];
	return (struct span){ room, coded.n };
}

/* Does the body begin as the name promises?  Of .R4A alone: the other has a key to be found. */
static bool begins(struct region *r, struct span key, struct span name)
{
	uint8_t head[64];
	struct span s = region_get(r, 1, sizeof head);

	for (size_t i = 0; i < s.n; i++)
		head[i] = s.p[i] ^ key.p[i % key.n];
	enum kind kind = kind_of_name(name);
	return kind != KIND_UNKNOWN && kind_of((struct span){ head, s.n }) == kind;
}

/* Which build's key gives the name?  The name goes to `name`, of NAME_MAX_BYTES + 1. */
static bool find_build(const struct seven *s, struct region *r, struct opened *o, char *name)
{
	uint8_t room[NAME_MAX_BYTES + TAIL_AROUND], tried[NAME_MAX_BYTES + TAIL_AROUND];
	struct span coded = read_tail(r, room), head = region_get(r, 0, 1);
	unsigned best = GOOD_NAME - 1;

	if (coded.n == 0 || coded.n > NAME_MAX_BYTES || head.n != 1 || head.p[0] != 'M')
		return false;
	*o = (struct opened){ .s = s, .r = r };
	for (unsigned i = 0; i < 2 * BUILDS; i++) {
		const struct key *k = &s->build[i / 2];
		bool five = i % 2 != 0;
		struct span n = name_by(coded, five ? k->five : k->four, tried);
		unsigned points = name_points(n);
		points += points != 0 && !five && begins(r, k->four, n) ? 4 : 0;
		if (points <= best)
			continue;
		best = points;
		o->key = k;
		o->five = five;
		memcpy(name, n.p, n.n);
		name[n.n] = '\0';
	}
	o->size = r->size - 1 - TAIL_AROUND - coded.n;
	return o->key != NULL && r->size > 1 + TAIL_AROUND + coded.n;
}

/* ---- keys */

/* The value of a line NAME=... of the text that was brought. */
static struct span line_of(struct span text, const char *name)
{
	struct span n = span_of(name);

	for (size_t i = 0; i + n.n <= text.n; i++) {
		if ((i != 0 && text.p[i - 1] != '\n') || memcmp(text.p + i, n.p, n.n) != 0)
			continue;
		struct span v = span_cut(text, i + n.n, text.n);
		size_t k = 0;
		while (k < v.n && v.p[k] != '\n' && v.p[k] != '\r')
			k++;
		return span_cut(v, 0, k);
	}
	return (struct span){ NULL, 0 };
}

/* From the id alone: build b; with the path build a, if it is the later one. */
static bool from_id(struct attack *a, struct seven *s)
{
	for (unsigned b = 0; s->id.n != 0 && b < BUILDS; b++) {
		struct key *k = &s->build[b];
		k->path = b == 0;
		k->base = arena_alloc(&a->arena, k->five.n);
		if (k->base == NULL)
			return false;
		for (size_t i = 0; i < k->five.n; i++)
			k->base[i] =
				k->five.p[i] ^ (k->path && i % 2 != 0 ? 0 : s->id.p[i % s->id.n]);
	}
	return true;
}

/* What is XORed to the unmixed body, if it repeats after `period` bytes. */
static bool stream_of(struct region *r, struct span original, uint64_t size, uint8_t *base,
		      size_t period)
{
	uint8_t piece[4096];

	for (uint64_t at = 0; at < size; at += sizeof piece) {
		struct span s = region_get(
			r, 1 + at, size - at < sizeof piece ? (size_t)(size - at) : sizeof piece);
		size_t n = s.n;
		memcpy(piece, s.p, n);
		unmix(r, size, at, piece, n);
		for (size_t i = 0; i < n; i++) {
			uint8_t v = piece[i] ^ original.p[at + i];
			if (at + i < period)
				base[at + i] = v;
			else if (base[(at + i) % period] != v)
				return false;
		}
	}
	return true;
}

/* A pair shows what is XORed: it repeats after as many bytes as the name's key has. */
static bool from_pair(struct attack *a, struct seven *s, const struct attack_pair *pair)
{
	char name[NAME_MAX_BYTES + 1];
	struct opened o;
	struct region r;

	region_of_memory(&r, pair->encrypted);
	if (!find_build(s, &r, &o, name) || !o.five || o.size != pair->original.n ||
	    o.size < 2 * o.key->five.n)
		return false;
	struct key *k = &s->build[o.key - s->build];
	size_t period = k->five.n;
	uint8_t *base = arena_alloc(&a->arena, period);
	if (base == NULL || !stream_of(&r, pair->original, o.size, base, period))
		return false;
	k->path = k == &s->build[0];
	if (k->path && s->path.n == 0)
		return false;
	for (size_t i = 0; k->path && i < period; i++)
		base[i] ^= path_byte(s->path, span_of(name), period, i);
	k->base = base;
	return true;
}

static bool learn(struct attack *a, struct error *e)
{
	struct seven *s = arena_alloc(&a->arena, sizeof *s);
	static const char *const names[] = { "a4", "a5", "b4", "b5" };
	unsigned pairs = 0;

	if (s == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for keys");
	for (unsigned i = 0; i < 2 * BUILDS; i++) {
		struct span key = family_setting(a->family, names[i]);
		if (key.n == 0 || key.n > LONGEST)
			return error_set(e, REASON_INTERNAL, PLACE_NONE,
					 "the family's file has no key %s", names[i]);
		*(i % 2 != 0 ? &s->build[i / 2].five : &s->build[i / 2].four) = key;
	}
	s->id = line_of(a->key, "id=");
	s->path = line_of(a->key, "path=");
	a->state = s;
	if (!from_id(a, s))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for keys");
	for (unsigned i = 0; i < a->n_pairs; i++)
		pairs += from_pair(a, s, &a->pair[i]);
	snprintf(a->what, sizeof a->what, "the published keys%s%s",
		 pairs != 0 ? ", and a pair" : "", s->id.n != 0 ? ", and the id" : "");
	return true;
}

/* ---- files */

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct opened *s = (struct opened *)(void *)o->state.bytes;

	_Static_assert(sizeof o->name > NAME_MAX_BYTES, "the name's place");
	if (!find_build(a->state, f->r, s, o->name))
		return error_set(e, REASON_DAMAGED, f->r->size,
				 "no name of this family at the end");
	if (s->five && (s->key->base == NULL || (s->key->path && s->s->path.n == 0)))
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "a .R5A file needs a pair (--before, --after), or --key with the "
				 "lines id=ID and path=DIRECTORY");
	o->from = 1;
	o->body = o->size = s->size;
	return true;
}

static void step_five(const struct opened *s, struct span name, uint64_t at, uint8_t *p, size_t n)
{
	size_t period = s->key->five.n;

	unmix(s->r, s->size, at, p, n);
	for (size_t i = 0; i < n; i++) {
		p[i] ^= s->key->base[(at + i) % period];
		if (s->key->path)
			p[i] ^= path_byte(s->s->path, name, period, at + i);
	}
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct opened *s = (const struct opened *)(const void *)o->state.bytes;
	struct span key = s->key->four;

	(void)a;
	(void)e;
	if (s->five)
		step_five(s, span_of(o->name), at, p, n);
	for (size_t i = 0; !s->five && i < n; i++)
		p[i] ^= key.p[(at + i) % key.n];
	return true;
}

const struct attack_engine attack_seven = { "seven", learn, open_file, step, NULL, false };
