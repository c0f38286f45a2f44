/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_window.h"
#include "match/rarity.h"

#include <limits.h>
#include <math.h>

/* Candidates for each MB from which on a search when a rule asks costs less. */
enum { MAX_COST = 1000 };

static const struct {
	const struct filter_keying *keying;
	size_t width; /* bytes of a window */
} kinds[FILTER_KINDS] = {
	[FILTER_SIX] = { &filter_key_six, 6 },
	[FILTER_FOUR] = { &filter_key_bytes[0], 4 },
};

size_t filter_width(enum filter_kind kind) { return kinds[kind].width; }

uint64_t filter_window_key(const uint8_t *p, enum filter_kind kind)
{
	uint8_t eight[8] = { 0 };

	memcpy(eight, p, kinds[kind].width);
	return filter_key(filter_load(eight), kinds[kind].keying);
}

bool filter_exact(const struct filter_anchor *a, size_t i)
{
	return i < a->bytes.n && (a->mask.n == 0 || a->mask.p[i] == 0xff);
}

/* Do all bits of n bytes from q on count? */
static bool exact_run(const struct filter_anchor *a, size_t q, size_t n)
{
	for (size_t i = q; i < q + n; i++)
		if (!filter_exact(a, i))
			return false;
	return true;
}

/* The bytes that hold a window at each of three places in a row. */
static size_t run_of(enum filter_kind kind) { return kinds[kind].width + FILTER_STEP - 1; }

static bool has_run(const struct filter_anchor *a, enum filter_kind kind)
{
	for (size_t q = 0; q + run_of(kind) <= a->bytes.n; q++)
		if (exact_run(a, q, run_of(kind)))
			return true;
	return false;
}

enum filter_kind filter_kind(const struct filter_anchor *a)
{
	if (a->xored)
		return FILTER_KINDS;
	return has_run(a, FILTER_SIX)    ? FILTER_SIX
	       : has_run(a, FILTER_FOUR) ? FILTER_FOUR
					 : FILTER_KINDS;
}

/* How rare the commonest of the three windows from q on is; keys that are taken count as less. */
static int rarity_at(const struct filter_anchor *a, enum filter_kind kind, size_t q,
		     const struct filter_crowd *crowd)
{
	int least = INT_MAX;

	for (size_t s = 0; s < FILTER_STEP; s++) {
		const uint8_t *p = a->bytes.p + q + s;
		int there = crowd != NULL ? crowd->count[filter_bucket(filter_window_key(p, kind),
								       crowd->log)]
					  : 0;
		int r = (int)rarity_of(p, kinds[kind].width) - (there < 64 ? there : 64);
		least = r < least ? r : least;
	}
	return least;
}

size_t filter_run_at(const struct filter_anchor *a, enum filter_kind kind,
		     const struct filter_crowd *crowd)
{
	size_t best = 0;
	int most = INT_MIN;

	for (size_t q = 0; q + run_of(kind) <= a->bytes.n; q++) {
		if (!exact_run(a, q, run_of(kind)))
			continue;
		int r = rarity_at(a, kind, q, crowd);
		if (r > most) {
			most = r;
			best = q;
		}
	}
	return best;
}

bool filter_counts(unsigned shape, size_t k)
{
	return (filter_key_bytes[shape].mask >> (8 * k) & 0xff) != 0;
}

/* How rare the bytes that count are; 0 where one of them is not there. */
static unsigned shape_rarity(const struct filter_anchor *a, size_t q, unsigned shape)
{
	unsigned rarity = 0, n = 0;

	for (size_t k = 0; k < 4; k++) {
		if (!filter_counts(shape, k))
			continue;
		if (!filter_exact(a, q + k))
			return 0;
		rarity += rarity_of(a->bytes.p + q + k, 1) * 3 / 4;
		n++;
	}
	bool row = filter_key_bytes[shape].mask == UINT32_MAX >> 8 * (4 - n);
	return row ? rarity_of(a->bytes.p + q, n) : rarity;
}

void filter_core_bytes(const struct filter_anchor *a, size_t from, uint8_t bytes[4])
{
	for (size_t k = 0; k < 4; k++) {
		size_t i = from + k;
		bytes[k] = i < a->bytes.n ? a->bytes.p[i] : 0;
		if (a->xored)
			bytes[k] ^= i + 1 < a->bytes.n ? a->bytes.p[i + 1] : 0;
	}
}

/* How rare four differences are: the more, the more of them are neither 0 nor like another. */
static unsigned delta_rarity(const struct filter_anchor *a, size_t q)
{
	enum { EACH = 16 };
	uint8_t d[4];
	unsigned rarity = EACH;

	filter_core_bytes(a, q, d);
	for (size_t k = 0; k < 4; k++) {
		bool new = d[k] != 0;
		for (size_t i = 0; i < k; i++)
			new = new &&d[i] != d[k];
		rarity += new ? EACH : 0;
	}
	return rarity;
}

static struct filter_core delta_core(const struct filter_anchor *a)
{
	struct filter_core best = { 0 };

	for (size_t q = 0; q + FILTER_MIN_XORED <= a->bytes.n; q++) {
		unsigned rarity = delta_rarity(a, q);
		if (rarity > best.rarity)
			best = (struct filter_core){ q, 0, rarity, true };
	}
	return best;
}

struct filter_core filter_core(const struct filter_anchor *a)
{
	struct filter_core best = { 0 };

	if (a->xored)
		return delta_core(a);

	/* of the shapes that fit at a place the first has all bytes of the others */
	for (size_t q = 0; q + FILTER_MIN_ANCHOR <= a->bytes.n; q++)
		for (unsigned shape = 0, rarity = 0; rarity == 0 && shape < FILTER_SHAPES;
		     shape++) {
			rarity = shape_rarity(a, q, shape);
			if (rarity > best.rarity)
				best = (struct filter_core){ q, shape, rarity, true };
		}
	return best;
}

uint64_t filter_core_key(const struct filter_anchor *a, const struct filter_core *c)
{
	uint8_t eight[8] = { 0 };

	filter_core_bytes(a, c->from, eight);
	return filter_key(filter_load(eight),
			  a->xored ? &filter_key_delta : &filter_key_bytes[c->shape]);
}

bool filter_takes(const struct filter_anchor *a)
{
	if (a->bytes.n > FILTER_MAX_ANCHOR || (a->mask.n != 0 && a->mask.n != a->bytes.n))
		return false;
	return filter_kind(a) != FILTER_KINDS || filter_core(a).found;
}

bool filter_samples(const struct filter_anchor *a)
{
	return filter_takes(a) && filter_kind(a) != FILTER_KINDS;
}

unsigned filter_rarity(const struct filter_anchor *a)
{
	enum { EVERY_THIRD = 6 }; /* 4 log2 of 3 */

	if (!filter_takes(a))
		return 0;
	enum filter_kind kind = filter_kind(a);
	if (kind == FILTER_KINDS)
		return filter_core(a).rarity;
	int r = rarity_at(a, kind, filter_run_at(a, kind, NULL), NULL);
	return (unsigned)(r > 0 ? r : 0) + EVERY_THIRD;
}

double filter_cost(const struct filter_anchor *a)
{
	unsigned rarity = filter_rarity(a);
	double cost = 1e6 * exp2(-(double)rarity / 4.0);

	return rarity == 0 || cost > MAX_COST ? INFINITY : cost;
}
