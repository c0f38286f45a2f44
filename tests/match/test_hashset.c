/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "base/hash.h"
#include "match/hashset.h"
#include "tests/mutate.h"

#include <stdio.h>

enum { N = 5000, DIGEST = 20 };

static struct hashset_entry entries[N];
static uint8_t digests[N][DIGEST];

/* Digests of a few first bytes alone, so that buckets are crowded; some are equal. */
static void make(size_t n)
{
	uint64_t seed = 7;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < DIGEST; k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			digests[i][k] = (uint8_t)(seed >> 56);
		}
		if (i % 7 == 0 && i > 0)
			memcpy(digests[i], digests[i / 2], DIGEST);
		if (i % 5 == 0)
			memset(digests[i], 0xab, 4);
		entries[i] =
			(struct hashset_entry){ .digest = digests[i],
						.size = i % 11 == 3 ? HASHSET_ANY_SIZE
								    : (uint32_t)(seed % 97 + 1),
						.number = (uint32_t)(i * 7919 % N) };
	}
}

static bool naive(size_t n, const uint8_t *digest, uint64_t size, uint32_t *number)
{
	bool found = false;

	for (size_t i = 0; i < n; i++)
		if (memcmp(entries[i].digest, digest, DIGEST) == 0 &&
		    (entries[i].size == size || entries[i].size == HASHSET_ANY_SIZE) &&
		    (!found || entries[i].number < *number)) {
			*number = entries[i].number;
			found = true;
		}
	return found;
}

static void check(size_t n)
{
	struct buf b;
	struct error e;

	make(n);
	buf_init(&b, 1 << 24);
	assert_true(hashset_build(entries, n, DIGEST, &b, &e));
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < 3; k++) {
			uint64_t size = k == 0 ? entries[i].size : k == 1 ? i % 97 + 1 : 1000;
			uint32_t a = 0, c = 0;
			bool want = naive(n, digests[i], size, &a);
			assert_int_equal(hashset_find(buf_span(&b), digests[i], DIGEST, size, &c),
					 want);
			assert_int_equal(a, c);
		}
	buf_release(&b);
}

static void answers_are_those_of_a_plain_list(void **state)
{
	(void)state;
	for (size_t n = 1; n < 40; n++)
		check(n);
	check(N);
}

static void a_digest_that_is_not_there_is_not_found(void **state)
{
	uint8_t other[DIGEST] = { 1, 2, 3 };
	struct buf b;
	struct error e;
	uint32_t number;

	(void)state;
	make(100);
	buf_init(&b, 1 << 24);
	assert_true(hashset_build(entries, 100, DIGEST, &b, &e));
	assert_false(hashset_find(buf_span(&b), other, DIGEST, 1, &number));
	assert_false(hashset_find(buf_span(&b), digests[1], 16, entries[1].size, &number));
	memcpy(other, digests[1], DIGEST);
	other[DIGEST - 1] ^= 1;
	assert_false(hashset_find(buf_span(&b), other, DIGEST, entries[1].size, &number));
	buf_release(&b);
}

static void only_sizes_that_occur_are_wanted(void **state)
{
	const uint8_t digest[2][DIGEST] = { { 1 }, { 2 } };
	struct hashset_entry two[] = { { digest[0], 70000, 0 }, { digest[1], 5, 1 } };
	struct buf b;
	struct error e;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_true(hashset_build(two, 2, DIGEST, &b, &e));
	assert_true(hashset_wants(buf_span(&b), 5));
	assert_true(hashset_wants(buf_span(&b), 70000));
	assert_false(hashset_wants(buf_span(&b), 6));
	assert_false(hashset_wants(buf_span(&b), 0));
	assert_false(hashset_wants(buf_span(&b), UINT64_C(0x100000005)));
	buf_reset(&b);
	two[1].size = HASHSET_ANY_SIZE;
	assert_true(hashset_build(two, 2, DIGEST, &b, &e));
	assert_true(hashset_wants(buf_span(&b), UINT64_C(0x100000005)));
	buf_release(&b);
}

static void try_it(struct span s)
{
	uint32_t number;

	for (size_t i = 0; i < 20; i++) {
		uint64_t size = hashset_wants(s, i) ? i : i + 1;
		if (hashset_find(s, digests[i], DIGEST, size, &number))
			assert_true(size <= 20);
	}
}

static void any_bytes_are_safe_to_ask(void **state)
{
	struct buf b;
	struct error e;

	(void)state;
	make(20);
	buf_init(&b, 1 << 20);
	assert_true(hashset_build(entries, 20, DIGEST, &b, &e));
	mutate(buf_span(&b), try_it);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_those_of_a_plain_list),
		cmocka_unit_test(a_digest_that_is_not_there_is_not_found),
		cmocka_unit_test(only_sizes_that_occur_are_wanted),
		cmocka_unit_test(any_bytes_are_safe_to_ask),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
