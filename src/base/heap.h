/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_HEAP_H
#define PEL_BASE_HEAP_H

/*
 * Sorts by heap: no recursion, no memory, no worst case, and the same result everywhere.  qsort(3)
 * may ask the system how much memory there is, which a worker cannot.
 *
 * Inlined with the caller's two functions, so that it costs what a loop written for them would.
 */

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does element a come before element b?  Each is below the number that heap_sort() was given. */
typedef bool heap_before(const void *list, size_t a, size_t b);
typedef void heap_swap(void *list, size_t a, size_t b);

static ALWAYS_INLINE void heap_sift(void *list, size_t root, size_t n, heap_before *before,
				    heap_swap *swap)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && before(list, child, child + 1))
			child++;
		if (!before(list, root, child))
			return;
		swap(list, root, child);
	}
}

/* Puts n elements in order, of which `list` is whatever the two functions take it for.  Elements of
 * which neither comes before the other stand in any order.  O(n log n). */
static ALWAYS_INLINE void heap_sort(void *list, size_t n, heap_before *before, heap_swap *swap)
{
	for (size_t i = n / 2; i-- > 0;)
		heap_sift(list, i, n, before, swap);
	for (size_t i = n; i-- > 1;) {
		swap(list, 0, i);
		heap_sift(list, 0, i, before, swap);
	}
}

/* The swap of a list of numbers. */
static inline void heap_swap_u32(void *list, size_t a, size_t b)
{
	uint32_t *p = list, t = p[a];

	p[a] = p[b];
	p[b] = t;
}

#endif
