/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/hex.h"
#include "recover/petya.h"
#include "tests/recover/bench_family.h"
#include "tests/test.h"

/* Families whose layouts became known late, as test_families.c has the others. */

/* ---- Petya */

enum { SECTOR = 512, OWN_FROM = 34 * SECTOR, OWN_TO = 57 * SECTOR };

/* The pair of hack-petya, whose key is 1111111111111111: what sector 55 and its target differ by,
 * without the zeros between. */
static void the_cipher_of_petya_is_that_of_the_public_pair(void **state)
{
	static const uint8_t nonce[8] = { 0xd4, 0x0e, 0x32, 0x63, 0xc8, 0x8e, 0x82, 0x20 };
	static const char wanted[] =
		"ccf0560f56bfd65fd644dac8a85d907f00028041635a56c5d65f5681d684e9ca";
	struct petya_stream s;
	uint8_t p[64] = { 0 }, two[32];

	(void)state;
	assert_true(hex_read(span_of(wanted), two, sizeof two));
	petya_stream_init(&s, (const uint8_t *)"1111111111111111", nonce);
	petya_stream_xor(&s, 0, p, sizeof p);
	for (unsigned i = 0; i < sizeof p; i++)
		assert_int_equal(p[i], i % 4 < 2 ? two[i / 4 * 2 + i % 4] : 0);
	memset(p, 0, sizeof p);
	petya_stream_init(&s, (const uint8_t *)"1x1x1x1x1x1x1x1x", nonce); /* half of it counts */
	petya_stream_xor(&s, PETYA_STREAM, p, 5);
	petya_stream_xor(&s, 5, p + 5, sizeof p - 5);
	assert_memory_equal(p, two, 2);
	assert_memory_equal(p + 4, two + 2, 2);
}

/* All but the sectors that Petya's own program overwrote. */
static bool disk_is_as_it_was(void)
{
	size_t n = bench.original.n;

	return bench.result.n == n && memcmp(bench.result.p, bench.original.p, OWN_FROM) == 0 &&
	       memcmp(bench.result.p + OWN_TO, bench.original.p + OWN_TO, n - OWN_TO) == 0;
}

static void the_code_on_a_disk_opens_its_file_table(void **state)
{
	static const size_t sizes[] = { 1, 786431, 786432, 1300000 };
	struct attack_open o;

	(void)state;
	for (uint64_t seed = 0; seed < 16; seed++) { /* each way that the stream may be counted */
		bench_open("petya");
		bench_make("petya", "ntfs", sizes[seed % 4], seed);
		bench_sample("a.img", 0);
		if (seed % 5 == 0)
			bench_learn();
		else
			bench_learn_alone();
		if (!bench_opens("a.img", &o))
			fail_msg("%llu: %s", (unsigned long long)seed, bench.e.text);
		if (!disk_is_as_it_was())
			for (size_t i = 0; i < bench.original.n; i++)
				if ((i < OWN_FROM || i >= OWN_TO) &&
				    bench.result.p[i] != bench.original.p[i])
					fail_msg("%llu: byte %zu", (unsigned long long)seed, i);
		assert_int_equal(o.n_lost, 1);
		assert_int_equal(o.lost[0].at, OWN_FROM);
		assert_int_equal(o.lost[0].n, OWN_TO - OWN_FROM);
	}
	bench_close();
}

static void a_spoiled_disk_of_petya_is_refused_or_opened_by_the_password(void **state)
{
	struct attack_open o;

	(void)state;
	bench_open("petya");
	bench_learn_alone();
	bench_make("petya", "ntfs", 1, 1);
	bench.encrypted.p[54 * SECTOR + 0xa9 + 20] ^= 1; /* the code */
	assert_false(bench_opens("a.img", &o));
	assert_int_equal(bench.e.why, REASON_ENCRYPTED);
	bench.attack.key = span_of("rU95BhkeU4Eua2q3");
	assert_true(bench_opens("a.img", &o));
	assert_true(disk_is_as_it_was());
	bench.attack.key = span_of("rU95BhkeU4Eua2q4"); /* every second character counts */
	assert_true(bench_opens("a.img", &o));
	bench.attack.key = span_of("sU95BhkeU4Eua2q3");
	assert_false(bench_opens("a.img", &o));
	bench_make("petya", "ntfs", 1, 1);
	bench.encrypted.p[55 * SECTOR + 100] ^= 1; /* the sector that proves */
	assert_false(bench_opens("a.img", &o));
	bench_make("petya", "ntfs", 1, 1);
	bench.encrypted.p[3] ^= 1; /* the mark */
	assert_false(bench_opens("a.img", &o));
	assert_int_equal(bench.e.why, REASON_DAMAGED);
	bench_make("petya", "ntfs", 1, 1);
	bench.encrypted.p[63 * SECTOR + 5] ^= 1; /* no file system */
	assert_false(bench_opens("a.img", &o));
	bench_make("petya", "ntfs", 1, 1);
	bench.encrypted.n = 55 * SECTOR;
	assert_false(bench_opens("a.img", &o));
	bench_make("petya", "ntfs", 1, 1);
	bench.encrypted.p[56 * SECTOR + 446] ^= 1; /* the old first sector: told as lost */
	assert_true(bench_opens("a.img", &o));
	assert_int_equal(o.n_lost, 2);
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cipher_of_petya_is_that_of_the_public_pair),
		cmocka_unit_test(the_code_on_a_disk_opens_its_file_table),
		cmocka_unit_test(a_spoiled_disk_of_petya_is_refused_or_opened_by_the_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
