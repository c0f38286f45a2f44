/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter.h"
#include "tests/test.h"

#include <stdlib.h>

enum { N_ANCHORS = 300, N_DATA = 20000 };

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static uint8_t low(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

struct world {
	uint8_t text[N_ANCHORS][FILTER_MAX_ANCHOR], mask[N_ANCHORS][FILTER_MAX_ANCHOR];
	struct filter_anchor anchor[N_ANCHORS];
	uint8_t data[N_DATA];
	uint8_t dead[N_ANCHORS];
	uint64_t sum; /* of a hash of each hit, so that order does not matter */
	size_t n_hits;
};

static void note(struct world *w, uint32_t group, uint64_t at)
{
	uint64_t h = (at * 1000003 + group) * UINT64_C(0x9e3779b97f4a7c15);
	w->sum += h ^ h >> 29;
	w->n_hits++;
}

static void on_hit(void *ctx, uint32_t group, uint16_t index, uint64_t at)
{
	assert_int_equal(index, 7);
	note(ctx, group, at);
}

/* Few different bytes, so that anchors occur, overlap, and share their windows. */
static void fill(struct world *w, uint32_t letters)
{
	for (size_t i = 0; i < N_DATA; i++)
		w->data[i] = (uint8_t)((draw(2) != 0 ? 'A' : 'a') + draw(letters));
	for (uint32_t i = 0; i < N_ANCHORS; i++) {
		struct filter_anchor *a = &w->anchor[i];
		bool xored = draw(4) == 0;
		size_t n = (xored ? FILTER_MIN_XORED : FILTER_MIN_ANCHOR) + draw(12);
		uint32_t from = draw(N_DATA - 64);
		bool fold = !xored && draw(2) != 0, holed = !xored && draw(3) == 0;

		for (size_t k = 0; k < n; k++) {
			uint8_t c = w->data[from + k];
			w->mask[i][k] = holed && k > 1 && draw(3) == 0 ? 0 : 0xff;
			w->text[i][k] = fold ? low(c) : xored ? c ^ (uint8_t)(i & 0x7f) : c;
			w->text[i][k] &= w->mask[i][k];
		}
		*a = (struct filter_anchor){ .bytes = { w->text[i], n },
					     .mask = { w->mask[i], holed ? n : 0 },
					     .fold = fold,
					     .xored = xored,
					     .xor_min = 1,
					     .xor_max = (uint8_t)(200 + draw(56)),
					     .group = i,
					     .index = 7 };
	}
	memset(w->dead, 0, sizeof w->dead);
}

static void take_anchor(struct world *w, uint32_t i, size_t from, size_t n)
{
	memcpy(w->text[i], w->data + from, n);
	w->anchor[i] = (struct filter_anchor){ .bytes = { w->text[i], n }, .group = i, .index = 7 };
}

/* What a program is: little text, some of it wide, among bytes of every kind; most anchors are
 * text, and two are not. */
static void fill_as_a_program(struct world *w)
{
	enum { WIDE = 40 };

	fill(w, 2 + draw(8));
	for (uint32_t i = 0; i < N_ANCHORS; i += 3) {
		size_t from = draw(N_DATA - 2 * WIDE);
		for (size_t k = from % 2; k < WIDE; k += 2)
			w->data[from + k] = 0;
		take_anchor(w, i, from + draw(4), 9 + draw(20));
	}
	for (size_t i = 0; i < N_DATA; i += 1 + draw(60))
		for (size_t end = i + draw(200); i < end && i < N_DATA; i++)
			w->data[i] = (uint8_t)draw(256);
	for (uint32_t i = 1; i < 3; i++)
		take_anchor(w, i, draw(N_DATA - 64), 6 + draw(20));
}

static bool stands(const struct filter_anchor *a, const uint8_t *p)
{
	uint8_t key = a->xored ? p[0] ^ a->bytes.p[0] : 0;

	if (a->xored && (key < a->xor_min || key > a->xor_max))
		return false;
	for (size_t k = 0; k < a->bytes.n; k++) {
		uint8_t c = a->fold ? low(p[k]) : p[k] ^ key;
		if ((c & (a->mask.n != 0 ? a->mask.p[k] : 0xff)) != a->bytes.p[k])
			return false;
	}
	return true;
}

static void naive(struct world *w, size_t from, size_t n)
{
	for (size_t at = from; at < from + n; at++)
		for (uint32_t i = 0; i < N_ANCHORS; i++)
			if (w->dead[i] == 0 && w->anchor[i].bytes.n <= from + n - at &&
			    stands(&w->anchor[i], w->data + at))
				note(w, i, at - from);
}

static void in_parts(const struct buf *b, struct span data, const struct filter_run *run)
{
	size_t to;

	for (size_t from = 0; from < data.n; from = to) {
		to = from + FILTER_PART * (1 + (from + data.n) % 1009 * (data.n % 7 + 1));
		filter_run_part(buf_span(b), data, from, to, run);
	}
}

/* Every row finds what comparing each anchor at each place finds, at any length and alignment,
 * whole and in parts. */
static void all_rows_find_what_a_naive_search_finds(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct error e;
	struct arena a;
	arena_init_sparse(&a, SIZE_MAX);
	struct filter_room *room = filter_room_new(&a);
	size_t total = 0;

	(void)state;
	for (seed = 1; seed < 40000; seed += 1777) {
		uint32_t keep = seed;
		if (draw(2) != 0)
			fill_as_a_program(w);
		else
			fill(w, 2 + draw(8));
		struct buf b;
		buf_init(&b, 1 << 24);
		assert_true(filter_build(w->anchor, N_ANCHORS, &b, &e));
		for (int k = 0; k < 6; k++) {
			size_t from = draw(70),
			       n = k == 0 ? N_DATA - from : draw(k < 4 ? 100 : 13000);
			w->sum = w->n_hits = 0;
			naive(w, from, n);
			uint64_t want = w->sum;
			size_t want_n = w->n_hits;
			total += want_n;
			uint8_t *exact = malloc(n + 1);
			memcpy(exact, w->data + from, n);
			for (size_t row = 0; row < filter_n_rows(); row++) {
				struct filter_run run = {
					room, w->dead, N_ANCHORS, on_hit, w, row
				};
				if (!filter_row_usable(row))
					continue;
				w->sum = w->n_hits = 0;
				filter_run(buf_span(&b), (struct span){ exact, n }, &run);
				assert_int_equal(w->n_hits, want_n);
				assert_int_equal(w->sum, want);
				w->sum = w->n_hits = 0;
				in_parts(&b, (struct span){ exact, n }, &run);
				assert_int_equal(w->n_hits, want_n);
				assert_int_equal(w->sum, want);
			}
			free(exact);
		}
		buf_release(&b);
		seed = keep;
	}
	assert_true(total > 1000);
	arena_release(&a);
	free(w);
}

static void the_same_anchors_give_the_same_bytes(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct buf a, b;
	struct error e;

	(void)state;
	seed = 5;
	fill(w, 6);
	buf_init(&a, 1 << 24);
	buf_init(&b, 1 << 24);
	assert_true(filter_build(w->anchor, N_ANCHORS, &a, &e));
	assert_true(filter_build(w->anchor, N_ANCHORS, &b, &e));
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.p, b.p, a.n);
	buf_release(&a);
	buf_release(&b);
	free(w);
}

/* A hit may be wrong then, but nothing outside the blob and the data is touched (ASan watches). */
static void a_damaged_table_is_safe(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct buf b;
	struct error e;

	(void)state;
	seed = 9;
	fill(w, 5);
	buf_init(&b, 1 << 24);
	assert_true(filter_build(w->anchor, N_ANCHORS, &b, &e));
	struct arena a;
	arena_init_sparse(&a, SIZE_MAX);
	struct filter_run run = { filter_room_new(&a), w->dead, N_ANCHORS, on_hit, w,
				  filter_best_row() };
	for (int i = 0; i < 400; i++) {
		size_t n = i % 4 == 0 ? draw((uint32_t)b.n) : b.n;
		uint8_t *copy = malloc(n + 8);
		memcpy(copy, b.p, n);
		for (size_t k = 0; n != 0 && k < 1 + (size_t)i % 5; k++)
			copy[i % 2 == 0 ? draw((uint32_t)(n < 128 ? n : 128))
					: draw((uint32_t)n)] ^= (uint8_t)(1u << draw(8));
		/* index numbers differ in a damaged table: count without the check */
		run.hit = NULL;
		run.n_groups = 0;
		filter_run((struct span){ copy, n }, (struct span){ w->data, 3000 }, &run);
		free(copy);
	}
	arena_release(&a);
	buf_release(&b);
	free(w);
}

static void an_anchor_of_rare_bytes_costs_less(void **state)
{
	struct filter_anchor common = { .bytes = span_of("\1\0\0\0") };
	struct filter_anchor spaces = { .bytes = span_of("        ") };
	struct filter_anchor rare = { .bytes = span_of("zQ#7k\x91!v") };
	struct filter_anchor small = { .bytes = span_of("a") };
	struct filter_anchor zeros = { .bytes = { (const uint8_t *)"\0", 2 } };
	struct filter_anchor two = { .bytes = span_of("\xf3\xa4") };

	(void)state;
	common.bytes.n = 4;
	assert_true(filter_cost(&rare) < filter_cost(&spaces));
	assert_true(filter_cost(&rare) < filter_cost(&common));
	assert_true(filter_cost(&small) > 1e300);
	assert_true(filter_cost(&zeros) > 1e300);
	assert_true(filter_cost(&two) < 1e3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_rows_find_what_a_naive_search_finds),
		cmocka_unit_test(the_same_anchors_give_the_same_bytes),
		cmocka_unit_test(a_damaged_table_is_safe),
		cmocka_unit_test(an_anchor_of_rare_bytes_costs_less),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
