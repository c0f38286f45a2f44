/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"

/*
 * Black Basta: every encrypted block of 64 bytes of a file is XORed with the same 64 bytes, which
 * stand open where the original had zeros.  In bodies of up to 1 GiB the blocks lie at multiples of
 * 192, in larger ones at 5,000 and then every 6,400 (srlabs/black-basta-buster).  The most frequent
 * block is taken, if it is seen FREQUENT times among zeros.
 */

enum {
	BLOCK = 64,
	NEAR = 192,      /* from block to block */
	FAR_FROM = 5000, /* in large files: where the first lies */
	FAR = 6400,      /* and the distance */
	FREQUENT = 5,    /* times that a block must stand among zeros */
	CANDIDATES = 16,
	ZEROS = 128,        /* bytes before and after that must be zero */
	SEARCH = 512 << 20, /* bytes in which zeros are looked for */
};

struct basta {
	uint8_t key[BLOCK];
	uint64_t first, stride, end; /* of the body: whole blocks before `end` */
};

_Static_assert(sizeof(struct basta) <= ATTACK_STATE, "it lies in the file that is open");

struct candidate {
	uint8_t block[BLOCK];
	unsigned n;
};

static bool learn(struct attack *a, struct error *e)
{
	(void)e;
	memcpy(a->what, "the key of each file, from its own zeros", 41);
	return true;
}

static bool all_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != 0)
			return false;
	return s.n == ZEROS;
}

static unsigned count(struct candidate *list, unsigned *n, const uint8_t *block)
{
	for (unsigned i = 0; i < *n; i++)
		if (memcmp(list[i].block, block, BLOCK) == 0)
			return ++list[i].n;
	if (*n < CANDIDATES) {
		memcpy(list[*n].block, block, BLOCK);
		list[(*n)++].n = 1;
	}
	return 0;
}

static bool find_key(struct region *r, struct basta *b)
{
	static const uint8_t zeros[BLOCK];
	struct candidate list[CANDIDATES];
	unsigned n = 0;

	for (uint64_t at = b->first; at + BLOCK <= b->end && at < SEARCH; at += b->stride) {
		size_t before = at >= ZEROS ? ZEROS : 0;
		struct span s = region_get(r, at - before, before + BLOCK + ZEROS);
		/* the neighbours of a block at a distance of 192 are 128 plain bytes */
		if (before == 0 || !all_zero(span_cut(s, 0, ZEROS)) ||
		    !all_zero(span_cut(s, ZEROS + BLOCK, ZEROS)))
			continue;
		const uint8_t *block = s.p + ZEROS;
		if (memcmp(block, zeros, BLOCK) != 0 && count(list, &n, block) >= FREQUENT) {
			memcpy(b->key, block, BLOCK);
			return true;
		}
	}
	return false;
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct basta *b = (struct basta *)(void *)o->state.bytes;
	uint64_t tail = family_number(a->family, "tail", 314);
	uint64_t large = family_number(a->family, "large", 1 << 30);
	struct cursor c;

	if (f->r->size <= tail)
		return error_set(e, REASON_DAMAGED, 0, "shorter than the tail of this family");
	o->body = o->size = f->r->size - tail;
	c = cursor_of(region_get(f->r, f->r->size - 23, 9));
	uint8_t version = cursor_u8(&c);
	uint64_t done = cursor_le64(&c);
	if (!cursor_ok(&c) || version != 6 || done > f->r->size)
		return error_set(e, REASON_DAMAGED, f->r->size - 23, "version %u, 6 is known",
				 version);
	if (o->body < family_number(a->family, "small", 5000))
		return error_set(e, REASON_ENCRYPTED, 0,
				 "files under 5,000 bytes have a keystream of their own: lost");
	bool far = o->body > large;
	b->first = far ? FAR_FROM : 0;
	b->stride = far ? FAR : NEAR;
	b->end = o->body;
	if (!find_key(f->r, b))
		return error_set(e, REASON_ENCRYPTED, 0,
				 "no runs of zeros that show the 64 bytes of this file");
	if (far) {
		o->lost[0].at = 0;
		o->lost[0].n = FAR_FROM;
		o->n_lost = 1;
	}
	o->bits = 8 * BLOCK < 128 ? 8 * BLOCK : 128; /* equal blocks between zeros, five times */
	return true;
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct basta *b = (const struct basta *)(const void *)o->state.bytes;

	(void)a;
	(void)e;
	for (size_t i = 0; i < n;) {
		uint64_t in = at + i;
		uint64_t k = in < b->first ? 0 : (in - b->first) / b->stride;
		uint64_t from = b->first + k * b->stride;
		if (in < b->first || in >= from + BLOCK ||
		    from + BLOCK > b->end) { /* plain: on to the next */
			uint64_t next = in < b->first ? b->first : from + b->stride;
			i = next - at < n ? (size_t)(next - at) : n;
			continue;
		}
		p[i] ^= b->key[in - from];
		i++;
	}
	return true;
}

const struct attack_engine attack_basta = { "basta", learn, open_file, step, NULL, false };
