/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pairs.h"

#include "base/compiler.h"

#include <stdbool.h>

/* By heap. */

static bool is_less(const struct pair *a, const struct pair *b)
{
	return a->key < b->key || (a->key == b->key && a->value < b->value);
}

static void sift(struct pair *a, size_t root, size_t n)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && is_less(&a[child], &a[child + 1]))
			child++;
		if (!is_less(&a[root], &a[child]))
			return;
		struct pair t = a[root];
		a[root] = a[child];
		a[child] = t;
	}
}

void pairs_sort(struct pair *a, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(a, i, n);
	for (size_t i = n; i-- > 1;) {
		struct pair t = a[0];
		a[0] = a[i];
		a[i] = t;
		sift(a, 0, i);
	}
}
