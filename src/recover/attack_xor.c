/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"

#include <stdio.h>

/*
 * A head that is XORed with a key that repeats (Nemucod).  A pair shows both: where the two files
 * differ ends the head, and the shortest period that explains all of it is the key's.  That it
 * repeats is itself the proof: each byte beyond the first period is one that was foretold.
 * Settings: heads=N,N periods=N,N.
 */

enum { MAX_HEAD = 64 << 10, MAX_CHOICES = 8 };

struct xored {
	size_t head, period;
	uint8_t key[MAX_HEAD];
};

static size_t read_list(struct span s, size_t *out)
{
	size_t n = 0, v = 0;

	for (size_t i = 0; i <= s.n && n < MAX_CHOICES; i++) {
		if (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') {
			v = v * 10 + (size_t)(s.p[i] - '0');
		} else {
			out[n++] = v;
			v = 0;
		}
	}
	return n;
}

static bool periodic(const uint8_t *stream, size_t head, size_t period)
{
	for (size_t i = period; i < head; i++)
		if (stream[i] != stream[i - period])
			return false;
	return period != 0 && period <= head;
}

static bool from_pair(struct attack *a, struct xored *x, const struct attack_pair *pair)
{
	size_t heads[MAX_CHOICES], periods[MAX_CHOICES], end = 0;
	size_t n_heads = read_list(family_setting(a->family, "heads"), heads);
	size_t n_periods = read_list(family_setting(a->family, "periods"), periods);
	struct span o = pair->original, c = pair->encrypted;
	size_t n = o.n < c.n ? o.n : c.n;

	n = n < MAX_HEAD ? n : MAX_HEAD;
	for (size_t i = 0; i < n; i++) {
		x->key[i] = o.p[i] ^ c.p[i];
		end = x->key[i] != 0 ? i + 1 : end;
	}
	for (size_t h = n_heads; h-- > 0;) { /* the shortest that takes in all differences */
		if (end == 0 || end > heads[h] || n < heads[h])
			continue;
		for (size_t i = 0; i < n_periods; i++)
			if (periodic(x->key, heads[h], periods[i])) {
				x->head = heads[h];
				x->period = periods[i];
				return true;
			}
	}
	return false;
}

static bool learn(struct attack *a, struct error *e)
{
	struct xored *x = arena_alloc(&a->arena, sizeof *x);

	if (x == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	a->state = x;
	for (unsigned i = 0; i < a->n_pairs; i++)
		if (from_pair(a, x, &a->pair[i])) {
			snprintf(a->what, sizeof a->what,
				 "a key of %zu bytes over the first %zu, from a pair", x->period,
				 x->head);
			return true;
		}
	return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "%s",
			 a->n_pairs == 0
				 ? "needs a file over 2 KB before and after (--before, --after)"
				 : "the pair is not of one file, or too short");
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	(void)a;
	(void)e;
	o->body = o->size = f->r->size;
	return true;
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct xored *x = a->state;

	(void)o;
	(void)e;
	for (size_t i = 0; i < n && at + i < x->head; i++)
		p[i] ^= x->key[(at + i) % x->period];
	return true;
}

const struct attack_engine attack_xor = { "xor", learn, open_file, step, NULL, false };
