/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pairs.h"

#include "base/heap.h"

static bool is_less(const void *list, size_t a, size_t b)
{
	const struct pair *p = (const struct pair *)list + a, *q = (const struct pair *)list + b;

	return p->key < q->key || (p->key == q->key && p->value < q->value);
}

static void swap(void *list, size_t a, size_t b)
{
	struct pair *p = list, t = p[a];

	p[a] = p[b];
	p[b] = t;
}

void pairs_sort(struct pair *a, size_t n) { heap_sort(a, n, is_less, swap); }
