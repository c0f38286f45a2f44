/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/trigger_need.h"

#include <math.h>
#include <stdlib.h>

struct need need_nothing(void)
{
	return (struct need){ .t = { .always = true, .classes = CLASS_ALL, .max_size = UINT64_MAX },
			      .cost = INFINITY };
}

struct need need_never(void) { return (struct need){ .t = { .max_size = UINT64_MAX } }; }

struct need need_string(struct analysis *x, uint32_t s)
{
	struct need n = need_nothing();

	if (s == COND_NONE) {
		n.loop = true;
		return n;
	}
	n.t.string = arena_alloc(x->arena, sizeof *n.t.string);
	if (n.t.string == NULL) {
		x->failed = true;
		return n;
	}
	n.t.string[0] = s;
	n.t.n_strings = 1;
	n.t.always = false;
	n.cost = x->cost[s];
	return n;
}

struct need need_both(struct need a, struct need b)
{
	struct need n = a;

	if (!b.t.always && (a.t.always || b.cost < a.cost)) {
		n.t.always = false;
		n.t.string = b.t.string;
		n.t.n_strings = b.t.n_strings;
		n.max = b.max;
		n.cost = b.cost;
	}
	n.loop = a.loop || b.loop;
	n.t.classes &= b.t.classes;
	n.t.min_size = a.t.min_size > b.t.min_size ? a.t.min_size : b.t.min_size;
	n.t.max_size = a.t.max_size < b.t.max_size ? a.t.max_size : b.t.max_size;
	for (size_t i = 0; i < b.t.n_tests && n.t.n_tests < TRIGGER_MAX_TESTS; i++)
		n.t.test[n.t.n_tests++] = b.t.test[i];
	return n;
}

bool need_is_never(const struct need *n)
{
	return !n->t.always && n->t.n_strings == 0 && n->t.classes == 0;
}

/* Appends b's strings to n's, in room that doubles: a chain of `or` costs no square. */
static void join(struct analysis *x, struct need *n, const struct need *b)
{
	size_t k = n->t.n_strings + b->t.n_strings;

	if (k > n->max) {
		uint32_t *room = arena_array(x->arena, 2 * k, sizeof *room);
		if (room == NULL) {
			x->failed = true;
			return;
		}
		memcpy(room, n->t.string, n->t.n_strings * sizeof *room);
		n->t.string = room;
		n->max = 2 * k;
	}
	memcpy(n->t.string + n->t.n_strings, b->t.string, b->t.n_strings * sizeof *b->t.string);
	n->t.n_strings = k;
}

struct need need_either(struct analysis *x, struct need a, struct need b)
{
	struct need n = need_nothing();

	if (need_is_never(&a))
		return b;
	if (need_is_never(&b))
		return a;
	n.loop = a.loop && b.loop;
	n.t.classes = a.t.classes | b.t.classes;
	n.t.min_size = a.t.min_size < b.t.min_size ? a.t.min_size : b.t.min_size;
	n.t.max_size = a.t.max_size > b.t.max_size ? a.t.max_size : b.t.max_size;
	if (a.t.always || b.t.always)
		return n;
	n.t.always = false;
	n.t.string = a.t.string;
	n.t.n_strings = a.t.n_strings;
	n.max = a.max;
	n.cost = a.cost + b.cost;
	join(x, &n, &b);
	return n;
}

struct priced {
	double cost;
	uint32_t string;
};

static int cheaper(const void *a, const void *b)
{
	const struct priced *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return x->string < y->string ? -1 : x->string > y->string;
}

/* Of n strings at least k occur, so one of any n - k + 1 does: the cheapest. */
struct need need_some(struct analysis *x, const uint32_t *s, size_t n, size_t k)
{
	struct need out = need_nothing();

	if (k == 0 || n == 0)
		return out;
	struct priced *p = arena_array(x->arena, n, sizeof *p);
	uint32_t *string = arena_array(x->arena, n, sizeof *string);
	if (p == NULL || string == NULL) {
		x->failed = true;
		return out;
	}
	for (size_t i = 0; i < n; i++)
		p[i] = (struct priced){ x->cost[s[i]], s[i] };
	size_t wanted = n - k + 1;
	if (wanted < n)
		qsort(p, n, sizeof *p, cheaper);
	out.t.always = false;
	out.t.string = string;
	out.t.n_strings = out.max = wanted;
	out.cost = 0;
	for (size_t i = 0; i < wanted; i++) {
		string[i] = p[i].string;
		out.cost += p[i].cost;
	}
	return out;
}

struct need need_bytes(uint32_t at, const uint8_t *bytes, size_t n)
{
	struct need out = need_nothing();

	out.t.n_tests = 1;
	out.t.test[0].at = at;
	out.t.test[0].n = (uint32_t)n;
	memcpy(out.t.test[0].bytes, bytes, n);
	out.t.classes = type_classes_with(at, bytes, n);
	out.t.min_size = (uint64_t)at + n;
	return out;
}
