/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"

#include <stdio.h>

/* Transformations without a cipher: DXXD's rotation, Crypren's addition. */

/* ---- DXXD: the first four bytes stay; then for each little-endian word of 32 bits the plain one
 * is, in big-endian order, rotl(c, 3) ^ k, and k turns by 5 (0xmbe/DXXD-Ransomware-Decryptor). */

static uint32_t rotl(uint32_t v, unsigned by) { return v << by | v >> (-by & 31); }

static bool dxxd_learn(struct attack *a, struct error *e)
{
	uint32_t *key = arena_alloc(&a->arena, sizeof *key);

	if (key == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	*key = (uint32_t)family_number(a->family, "key", 0);
	a->state = key;
	snprintf(a->what, sizeof a->what, "the published constant");
	return true;
}

static bool whole_open(struct attack *a, struct attack_file *f, struct attack_open *o,
		       struct error *e)
{
	(void)a;
	(void)e;
	o->body = o->size = f->r->size;
	return true;
}

static bool dxxd_step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		      struct error *e)
{
	const uint32_t *first = a->state;
	size_t i = at == 0 ? 4 : 0;

	(void)o;
	(void)e;
	/* the key of word w (from 0 behind the first four bytes) is rotl(first, 5 * w) */
	for (; i + 4 <= n; i += 4) {
		uint64_t word = (at + i - 4) / 4;
		uint32_t k = rotl(*first, (unsigned)(word * 5 % 32));
		uint32_t c = (uint32_t)p[i] | (uint32_t)p[i + 1] << 8 | (uint32_t)p[i + 2] << 16 |
			     (uint32_t)p[i + 3] << 24;
		uint32_t v = rotl(c, 3) ^ k;
		for (unsigned b = 0; b < 4; b++)
			p[i + b] = (uint8_t)(v >> 8 * (3 - b));
	}
	return true;
}

const struct attack_engine attack_dxxd = { "dxxd", dxxd_learn, whole_open, dxxd_step, NULL, false };

/* ---- Crypren: c = p + key[i mod period].  A pair gives the key; without one the most frequent
 * byte of each column does, where zeros are most frequent (pekeinfo/DecryptCrypren). */

enum { MAX_PERIOD = 4096, LOOK = 1 << 20 };

struct add {
	size_t period;
	uint8_t key[MAX_PERIOD];
};

static bool from_pair(struct add *k, const struct attack_pair *pair)
{
	struct span o = pair->original, c = pair->encrypted;
	size_t n = o.n < c.n ? o.n : c.n;

	if (n < 2 * k->period)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t v = (uint8_t)(c.p[i] - o.p[i]);
		if (i < k->period)
			k->key[i] = v;
		else if (k->key[i % k->period] != v)
			return false;
	}
	return true;
}

/* The file with most zeros is not known: each sample is asked, and the samples decide. */
static void from_columns(struct add *k, struct attack_file *f)
{
	struct span s = region_get(f->r, 0, LOOK);

	for (size_t column = 0; column < k->period; column++) {
		uint32_t count[256] = { 0 };
		unsigned best = 0;
		for (size_t i = column; i < s.n; i += k->period)
			count[s.p[i]]++;
		for (unsigned v = 1; v < 256; v++)
			if (count[v] > count[best])
				best = v;
		k->key[column] = (uint8_t)best;
	}
}

static bool printable(const struct add *k)
{
	for (size_t i = 0; i < k->period; i++)
		if (k->key[i] < 0x20 || k->key[i] > 0x7e)
			return false;
	return true;
}

static bool add_learn(struct attack *a, struct error *e)
{
	struct add *k = arena_alloc(&a->arena, sizeof *k);
	unsigned bits;

	if (k == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	k->period = (size_t)family_number(a->family, "period", 64);
	if (k->period == 0 || k->period > MAX_PERIOD)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "the family's period is too long");
	a->state = k;
	for (unsigned i = 0; i < a->n_pairs; i++)
		if (from_pair(k, &a->pair[i])) {
			snprintf(a->what, sizeof a->what, "the key of %zu bytes, from a pair",
				 k->period);
			return true;
		}
	for (unsigned i = 0; i < a->n_samples; i++) {
		from_columns(k, &a->sample[i]);
		if (printable(k) && attack_holds(a, &bits, e)) {
			snprintf(a->what, sizeof a->what,
				 "the key of %zu bytes, from where zeros are most frequent",
				 k->period);
			return true;
		}
	}
	return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
			 "no file with zeros enough shows the key: needs a file before and after "
			 "(--before, --after)");
}

static bool add_step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		     struct error *e)
{
	const struct add *k = a->state;

	(void)o;
	(void)e;
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(p[i] - k->key[(at + i) % k->period]);
	return true;
}

const struct attack_engine attack_add = { "add", add_learn, whole_open, add_step, NULL, false };
