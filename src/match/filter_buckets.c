/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter_buckets.h"
#include "match/rarity.h"

#include <math.h>

enum { MAX_SEEDS = 1024 /* the work is the square of it */, NO_SEED = UINT32_MAX };

#define FEW 0.001 /* of all places pass: not worth looking at more of the window */

struct seed {
	struct filter_window w;
	double passes;    /* chance that a place of an ordinary file fits */
	uint32_t with;    /* the later seed that is best to join, or NO_SEED */
	double cost;      /* of joining it: how much more passes */
	uint32_t gone_to; /* the seed that it was joined to, or itself */
};

struct work {
	struct seed *seed;
	size_t n;
	double *part[2]; /* [lower, upper][set of 16]: chance of a byte with such four bits */
};

static bool weigh_bytes(struct work *x, struct arena *a)
{
	double one[2][16] = { { 0 } }, all = 0;

	for (unsigned c = 0; c < 256; c++) {
		uint8_t byte = (uint8_t)c;
		double p = exp2(-(double)rarity_of(&byte, 1) / 4.0);
		one[0][c & 15] += p;
		one[1][c >> 4] += p;
		all += p;
	}
	for (unsigned h = 0; h < 2; h++) {
		x->part[h] = arena_array(a, 1 << 16, sizeof *x->part[h]);
		if (x->part[h] == NULL)
			return false;
		for (unsigned set = 1; set < 1 << 16; set++)
			x->part[h][set] =
				x->part[h][set & (set - 1)] + one[h][__builtin_ctz(set)] / all;
	}
	return true;
}

static struct filter_window join(const struct filter_window *a, const struct filter_window *b)
{
	struct filter_window out;

	for (unsigned k = 0; k < 4; k++)
		for (unsigned h = 0; h < 2; h++)
			out.half[k][h] = a->half[k][h] | b->half[k][h];
	return out;
}

/* The chance by the first `places` of the four. */
static double passes(const struct work *x, const struct filter_window *w, unsigned places)
{
	double p = 1;

	for (unsigned k = 0; k < places; k++)
		p *= x->part[0][w->half[k][0]] * x->part[1][w->half[k][1]];
	return p;
}

static double cost_of(const struct work *x, size_t i, size_t j)
{
	struct filter_window both = join(&x->seed[i].w, &x->seed[j].w);

	return passes(x, &both, 4) - x->seed[i].passes - x->seed[j].passes;
}

static bool alive(const struct work *x, size_t i) { return x->seed[i].gone_to == i; }

static void find_partner(struct work *x, size_t i)
{
	struct seed *s = &x->seed[i];

	s->with = NO_SEED;
	for (size_t j = i + 1; j < x->n; j++) {
		if (!alive(x, j))
			continue;
		double cost = cost_of(x, i, j);
		if (s->with == NO_SEED || cost < s->cost) {
			s->with = (uint32_t)j;
			s->cost = cost;
		}
	}
}

/* Joins the two that are cheapest to join. */
static void join_two(struct work *x)
{
	size_t i = x->n;

	for (size_t k = 0; k < x->n; k++)
		if (alive(x, k) && x->seed[k].with != NO_SEED &&
		    (i == x->n || x->seed[k].cost < x->seed[i].cost))
			i = k;
	size_t j = x->seed[i].with;
	x->seed[i].w = join(&x->seed[i].w, &x->seed[j].w);
	x->seed[i].passes = passes(x, &x->seed[i].w, 4);
	x->seed[j].gone_to = (uint32_t)i;
	for (size_t k = 0; k <= j; k++) {
		struct seed *s = &x->seed[k];
		if (!alive(x, k))
			continue;
		if (k == i || s->with == i || s->with == j)
			find_partner(x, k);
		else if (k < i && cost_of(x, k, i) < s->cost) {
			s->cost = cost_of(x, k, i);
			s->with = (uint32_t)i;
		}
	}
}

static uint32_t end_of(const struct work *x, uint32_t i)
{
	while (x->seed[i].gone_to != i)
		i = x->seed[i].gone_to;
	return i;
}

/* Few windows need few sets, each of which costs time. */
static unsigned buckets_for(size_t n)
{
	unsigned sets = n <= 24 ? 1 : n <= 400 ? 2 : n <= 1600 ? 3 : FILTER_BYTE_SETS;

	return 8 * sets;
}

static unsigned places_for(const struct work *x)
{
	unsigned places = 2;

	for (; places < 4; places++) {
		double all = 0;
		for (size_t i = 0; i < x->n; i++)
			all += alive(x, i) ? passes(x, &x->seed[i].w, places) : 0;
		if (all < FEW)
			break;
	}
	return places;
}

unsigned filter_buckets(const struct filter_window *w, size_t n, struct arena *a, uint8_t *bucket,
			unsigned *places)
{
	struct work x = { .n = n < MAX_SEEDS ? n : MAX_SEEDS };
	size_t left = x.n, want = buckets_for(n);
	unsigned count = 0;

	x.seed = arena_array(a, x.n, sizeof *x.seed);
	uint8_t *number = arena_array(a, x.n, sizeof *number);
	if (x.seed == NULL || number == NULL || !weigh_bytes(&x, a))
		return 0;
	for (size_t i = 0; i < n; i++) { /* neighbours are alike: the caller has sorted them */
		struct seed *s = &x.seed[i * x.n / n];
		s->w = join(&s->w, &w[i]);
	}
	for (size_t i = 0; i < x.n; i++) {
		x.seed[i].passes = passes(&x, &x.seed[i].w, 4);
		x.seed[i].gone_to = (uint32_t)i;
	}
	for (size_t i = 0; i < x.n; i++)
		find_partner(&x, i);
	for (; left > want; left--)
		join_two(&x);
	for (uint32_t i = 0; i < x.n; i++)
		if (alive(&x, i))
			number[i] = (uint8_t)count++;
	for (size_t i = 0; i < n; i++)
		bucket[i] = number[end_of(&x, (uint32_t)(i * x.n / n))];
	*places = places_for(&x);
	return count;
}
