/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "tests/test.h"

/* n bytes that are all zero, and are not any more. */
static void spoil(uint8_t *p, size_t n)
{
	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(p[i], 0);
		p[i] = 0xff;
	}
}

static void hand_out(struct arena *a)
{
	static const size_t sizes[] = { 1, 16, 100, 5000, 70000, 3, 1 << 20, 40, 2 << 20 };

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
			spoil(arena_alloc(a, sizes[i]), sizes[i]);
		arena_reset(a);
	}
}

static void what_is_handed_out_is_zero(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, SIZE_MAX);
	hand_out(&a);
	arena_release(&a);
}

static void sparse_memory_is_zero_too(void **state)
{
	struct arena a;

	(void)state;
	arena_init_sparse(&a, SIZE_MAX);
	hand_out(&a);
	arena_release(&a);
}

static void a_budget_is_kept(void **state)
{
	struct arena a;

	(void)state;
	for (int sparse = 0; sparse < 2; sparse++) {
		if (sparse)
			arena_init_sparse(&a, 100);
		else
			arena_init(&a, 100);
		assert_null(arena_alloc(&a, 101));
		assert_non_null(arena_alloc(&a, 90)); /* takes 96 */
		assert_null(arena_alloc(&a, 10));
		assert_null(arena_array(&a, SIZE_MAX / 2, 3));
		arena_reset(&a);
		assert_non_null(arena_alloc(&a, 90));
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_handed_out_is_zero),
		cmocka_unit_test(sparse_memory_is_zero_too),
		cmocka_unit_test(a_budget_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
