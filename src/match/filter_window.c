/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_window.h"
#include "match/common.h"
#include "match/rarity.h"

#include <limits.h>
#include <math.h>

/* Candidates for each MB from which on a search when a rule asks costs less. */
enum { MAX_COST = 1000 };

static const struct {
	const struct filter_keying *keying;
	size_t width; /* bytes of a window that are known */
} kinds[FILTER_KINDS] = {
	[FILTER_SIX] = { &filter_key_six, 6 },
	[FILTER_FOUR] = { &filter_key_bytes[0], 4 },
	[FILTER_TAIL] = { &filter_key_bytes[FILTER_THREE], 3 },
};

size_t filter_width(enum filter_kind kind) { return kinds[kind].width; }

/* Bytes of an anchor that hold windows of that kind, or wider, at FILTER_STEP places in a row. */
static size_t run_of(enum filter_kind kind) { return kinds[kind].width + FILTER_STEP - 1; }

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

/* Bytes from `at` on of which all bits count. */
static size_t exact_run(const struct filter_anchor *a, size_t at)
{
	size_t n = 0;

	if (a->mask.n == 0)
		return a->bytes.n - at;
	while (filter_exact(a, at + n))
		n++;
	return n;
}

enum filter_kind filter_window_kind(const struct filter_anchor *a, size_t at)
{
	enum filter_kind kind = FILTER_SIX;
	size_t n = exact_run(a, at);

	while (kind < FILTER_KINDS && kinds[kind].width > n)
		kind++;
	return kind;
}

enum filter_kind filter_kind(const struct filter_anchor *a)
{
	enum filter_kind kind = FILTER_SIX;
	size_t longest = 0;

	if (a->xored)
		return FILTER_KINDS;
	for (size_t at = 0, n; at < a->bytes.n; at += n + 1) {
		n = exact_run(a, at);
		longest = n > longest ? n : longest;
	}
	while (kind < FILTER_KINDS && run_of(kind) > longest)
		kind++;
	return kind;
}

/* Corrects what is known better of four bytes than of each after the other; and of six whose first
 * four and last four are both known: two that follow two others are as rare as the four, less what
 * two alone are. */
static void correct(const struct filter_anchor *a, unsigned four[FILTER_MAX_ANCHOR],
		    unsigned six[FILTER_MAX_ANCHOR])
{
	enum { TWO = 32 }; /* 4 log2 of 256: a pair that is neither rare nor common */
	unsigned known[FILTER_MAX_ANCHOR];

	for (size_t i = 0; i + 4 <= a->bytes.n; i++) {
		uint64_t key = filter_window_key(a->bytes.p + i, FILTER_FOUR);
		known[i] = common_rarity((uint32_t)key);
		four[i] = known[i] < four[i] ? known[i] : four[i];
	}
	for (size_t i = 0; i + 6 <= a->bytes.n; i++) {
		if (known[i] == COMMON_NOT || known[i + 2] == COMMON_NOT)
			continue;
		unsigned both = known[i] + (known[i + 2] > TWO ? known[i + 2] - TWO : 0);
		six[i] = both < six[i] ? both : six[i];
	}
}

/* How rare the window at each place of an anchor is, INT_MIN where there is none; keys that are
 * taken count as less. */
static void window_rarity(const struct filter_anchor *a, const struct filter_crowd *crowd,
			  int rarity[FILTER_MAX_ANCHOR])
{
	/* 4 log2 of 100: windows of six with the same first four bytes share a word of the bit
	 * table, so that one in a hundred or so of those four is a candidate too */
	enum { ONE_IN_HUNDRED = 27 };
	unsigned of[FILTER_KINDS][FILTER_MAX_ANCHOR];

	for (unsigned kind = 0; kind < FILTER_KINDS; kind++)
		if (a->bytes.n >= kinds[kind].width)
			rarity_of_runs(a->bytes.p, a->bytes.n, kinds[kind].width, of[kind]);
	correct(a, of[FILTER_FOUR], of[FILTER_SIX]);
	for (size_t i = 0; i < a->bytes.n; i++) {
		enum filter_kind kind = filter_window_kind(a, i);

		rarity[i] = INT_MIN;
		if (kind == FILTER_KINDS)
			continue;
		rarity[i] = (int)of[kind][i];
		if (kind == FILTER_SIX && of[FILTER_FOUR][i] + ONE_IN_HUNDRED < of[kind][i])
			rarity[i] = (int)of[FILTER_FOUR][i] + ONE_IN_HUNDRED;
		if (crowd != NULL) {
			uint64_t key = filter_window_key(a->bytes.p + i, kind);
			int there = crowd->count[filter_bucket(key, crowd->log)];
			rarity[i] -= there < 64 ? there : 64;
		}
	}
}

size_t filter_run_at(const struct filter_anchor *a, enum filter_kind kind,
		     const struct filter_crowd *crowd, int *rarity)
{
	int each[FILTER_MAX_ANCHOR], most = INT_MIN;
	size_t best = 0;

	window_rarity(a, crowd, each);
	for (size_t q = 0; q + run_of(kind) <= a->bytes.n; q++) {
		int least = INT_MAX;

		if (exact_run(a, q) < run_of(kind))
			continue;
		for (size_t s = q; s < q + FILTER_STEP; s++)
			least = each[s] < least ? each[s] : least;
		if (least > most) {
			most = least;
			best = q;
		}
	}
	*rarity = most;
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
	/* 4 log2: of FILTER_STEP; of what an anchor that is looked for everywhere costs besides
	 * its own candidates, for buckets hold what others in them do not have in common */
	enum { SAMPLED = 8, CROWDED = 8 };

	if (!filter_takes(a))
		return 0;
	enum filter_kind kind = filter_kind(a);
	if (kind == FILTER_KINDS) {
		unsigned r = filter_core(a).rarity;
		return r > CROWDED ? r - CROWDED : 1;
	}
	int r;
	(void)filter_run_at(a, kind, NULL, &r);
	return (unsigned)(r > 0 ? r : 0) + SAMPLED;
}

double filter_cost(const struct filter_anchor *a)
{
	unsigned rarity = filter_rarity(a);
	double cost = 1e6 * exp2(-(double)rarity / 4.0);

	return rarity == 0 || cost > MAX_COST ? INFINITY : cost;
}
