/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/attack.h"
#include "recover/hex.h"
#include "recover/seeded.h"

#include <stdio.h>

/*
 * Hive 5 to 5.2 (reecdeep/HiveV5_file_decryptor): two places of one large keystream over parts of
 * each file.  The places are in the name's last part, in base64 as URLs have it, masked by the
 * keystream itself: the first with four bytes that lie at a place of the build's own.  That place
 * is found by the samples, among thirteen million.  The user brings the keystream, decrypted.
 */

enum {
	HALF = 0xa00000,             /* bytes of the keystream before it begins anew */
	KEYSTREAM = HALF + 0x2fff00, /* bytes of the file */
	FIRST_PERIOD = 0x2fff00,
	SECOND_PERIOD = 0x2ffd00,
	MASKED = HALF - 4,     /* of a place: where the second's mask lies */
	PART = 1 << 20,        /* bytes that are encrypted at once */
	MANY_FROM = 0xca00000, /* bytes from which there are MANY parts */
	MANY = 100,
	NAME_LEAST = 15,
	NAME_MOST = 64, /* bytes of the name's last part */
	ID = 6,         /* bytes that tell the keystream */
	WHOLE = 0xfb,
	PARTS = 0xff, /* the byte behind them */
	MAX_HITS = 64,
};

struct hive {
	struct span stream;
	uint32_t place; /* of the mask; 0: not found yet */
	uint8_t id[ID];
};

struct coded {
	uint8_t bytes[NAME_MOST];
	size_t n;
	struct span original; /* the name before it */
};

struct opened {
	uint32_t at[2]; /* places in the keystream */
	uint64_t every; /* bytes from part to part; 0: it is all one */
	const uint8_t *stream;
};

_Static_assert(sizeof(struct opened) <= ATTACK_STATE, "it lies in the file that is open");

/* ---- the name */

static bool read_name(struct span name, struct coded *c)
{
	size_t dot = name.n;
	uint32_t bits = 0;

	while (dot > 0 && name.p[dot - 1] != '.')
		dot--;
	*c = (struct coded){ .original = span_cut(name, 0, dot != 0 ? dot - 1 : 0) };
	for (size_t i = dot; i < name.n && c->n < NAME_MOST; i++) {
		uint8_t v = name.p[i] == '-' ? '+' : name.p[i] == '_' ? '/' : name.p[i];
		int d = text_base64_digit(v);
		if (d < 0)
			return false;
		bits = bits << 6 | (uint32_t)d;
		if ((i - dot) % 4 != 0)
			c->bytes[c->n++] = (uint8_t)(bits >> (6 - 2 * ((i - dot) % 4)));
	}
	return dot > 1 && c->n >= NAME_LEAST && c->n < NAME_MOST &&
	       (c->bytes[ID] == WHOLE || c->bytes[ID] == PARTS);
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void places(const uint8_t *stream, uint32_t mask_at, const struct coded *c, uint32_t *at)
{
	uint32_t first = le32(c->bytes + c->n - 8) ^ le32(stream + mask_at);
	uint32_t second = le32(c->bytes + c->n - 4) ^ le32(stream + first % MASKED);

	at[0] = first % HALF;
	at[1] = second % HALF;
}

/* ---- the build's place */

/* `may`: what its first byte can be. */
static bool begins(const struct hive *h, const struct coded *c, const struct seeded_target *t,
		   const bool *may, uint32_t mask_at)
{
	uint8_t head[16];
	uint32_t at[2];

	places(h->stream.p, mask_at, c, at);
	if (!may[t->head[0] ^ h->stream.p[at[0]] ^ h->stream.p[at[1]]])
		return false;
	for (unsigned i = 0; i < sizeof head; i++)
		head[i] = t->head[i] ^ h->stream.p[at[0] + i] ^ h->stream.p[at[1] + i];
	return seeded_begins(t, head, sizeof head);
}

/* The place by which this sample begins as its name promises, and all of them are what they must
 * be. */
static bool find_place(struct attack *a, struct attack_file *f)
{
	struct hive *h = a->state;
	struct coded c;
	struct seeded_target t = { .n = 16 };
	struct span head = region_get(f->r, 0, t.n);
	unsigned hits = 0, bits;
	bool may[256];
	struct error e;

	if (head.n != t.n || !read_name(f->original, &c))
		return false;
	memcpy(t.head, head.p, head.n);
	memcpy(h->id, c.bytes, ID);
	t.expected = kind_of_name(c.original);
	if (!seeded_searchable(t.expected))
		return false;
	kind_first_bytes(t.expected, may);
	for (uint32_t at = 0; at + 4 <= KEYSTREAM && hits < MAX_HITS; at++) {
		if (!begins(h, &c, &t, may, at))
			continue;
		hits++;
		h->place = at + 1;
		if (attack_holds(a, &bits, &e))
			return true;
	}
	h->place = 0;
	return false;
}

static bool learn(struct attack *a, struct error *e)
{
	struct hive *h = arena_alloc(&a->arena, sizeof *h);

	if (h == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a keystream");
	if (a->key.n == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "needs the keystream, decrypted, of %d bytes (--key)", KEYSTREAM);
	if (a->key.n != KEYSTREAM || memcmp(a->key.p, a->key.p + HALF, KEYSTREAM - HALF) != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "--key is no keystream: %d bytes that begin anew after %d",
				 KEYSTREAM, HALF);
	*h = (struct hive){ .stream = a->key };
	a->state = h;
	bool found = false;
	for (unsigned i = 0; i < a->n_samples && !found; i++)
		found = find_place(a, &a->sample[i]);
	if (!found)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "by no place of the keystream do the samples open");
	snprintf(a->what, sizeof a->what, "the keystream that was brought, at %#x of the build",
		 h->place + 3); /* as that tool counts it: the mask's end */
	return true;
}

/* ---- files */

static uint64_t distance(uint64_t size)
{
	uint64_t n = size >= MANY_FROM ? MANY : size >> 21;

	if (size <= PART || n == 0)
		return 0;
	uint64_t gap = (size - n * PART) / (n > 1 ? n - 1 : 1);
	return gap != 0 ? PART + gap : 0;
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	const struct hive *h = a->state;
	struct opened *s = (struct opened *)(void *)o->state.bytes;
	struct coded c;

	if (!read_name(f->original, &c))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "its name does not end as Hive's do");
	if (h->place == 0 || memcmp(h->id, c.bytes, ID) != 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "it is of another keystream");
	places(h->stream.p, h->place - 1, &c, s->at);
	s->stream = h->stream.p;
	s->every = c.bytes[ID] == PARTS ? distance(f->r->size) : 0;
	o->body = o->size = f->r->size;
	size_t n = c.original.n < sizeof o->name ? c.original.n : sizeof o->name - 1;
	memcpy(o->name, c.original.p, n);
	o->name[n] = '\0';
	return true;
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct opened *s = (const struct opened *)(const void *)o->state.bytes;

	(void)a;
	(void)e;
	for (size_t i = 0; i < n; i++) {
		uint64_t in = at + i, part = s->every != 0 ? in / s->every : 0;
		uint64_t used = in - part * (s->every != 0 ? s->every : 0);
		if (s->every != 0 && used >= PART) {
			uint64_t left = s->every - used;
			i += (size_t)(left < n - i ? left : n - i) - 1;
			continue;
		}
		used += part * PART;
		p[i] ^= s->stream[s->at[0] + used % FIRST_PERIOD] ^
			s->stream[s->at[1] + used % SECOND_PERIOD];
	}
	return true;
}

const struct attack_engine attack_hive = { "hive", learn, open_file, step, NULL, false };
