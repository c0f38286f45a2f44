/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"
#include "tests/test.h"

#include <string.h>

enum { MOST = 200 };

/* Numbers that repeat, each with where it stood. */
struct list {
	uint32_t value[MOST];
	uint8_t place[MOST];
	size_t n;
};

static bool less(const void *list, size_t a, size_t b)
{
	const struct list *l = list;

	assert_true(a < l->n && b < l->n);
	return l->value[a] < l->value[b];
}

static void swap(void *list, size_t a, size_t b)
{
	struct list *l = list;
	uint8_t t = l->place[a];

	assert_true(a < l->n && b < l->n);
	heap_swap_u32(l->value, a, b);
	l->place[a] = l->place[b];
	l->place[b] = t;
}

static void what_is_sorted_ascends_and_is_all_there(void **state)
{
	uint32_t r = 1;

	(void)state;
	for (size_t n = 0; n <= MOST; n++)
		for (uint32_t most = 1; most < 1000; most *= 7) {
			struct list l = { .n = n }, was;
			bool seen[MOST] = { false };
			for (size_t i = 0; i < n; i++) {
				r = r * 1664525 + 1013904223;
				l.value[i] = (r >> 8) % most;
				l.place[i] = (uint8_t)i;
			}
			was = l;
			heap_sort(&l, n, less, swap);
			for (size_t i = 0; i < n; i++) {
				assert_true(i == 0 || l.value[i - 1] <= l.value[i]);
				assert_int_equal(l.value[i], was.value[l.place[i]]);
				assert_false(seen[l.place[i]]);
				seen[l.place[i]] = true;
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sorted_ascends_and_is_all_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
