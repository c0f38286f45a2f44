/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/recover/bench_family.h"
#include "tests/recover/layouts_inner.h"
#include "tests/test.h"

#include <stdio.h>

/*
 * Every family's engine, with all that it can be given, against the files of every other family and
 * against ordinary ones: none is taken.
 */

enum { TICKS = 615750, SECOND = 1457000000, N_ORDINARY = 4 };

enum gives { NOTHING, KEY, PAIR, SEEDS, NOTES };

static const struct row {
	const char *id, *layout, *kind;
	size_t n;
	uint64_t seed;
	enum gives gives;
} rows[] = {
	{ "powerware", "powerware", "zip", 9000, 1, NOTHING },
	{ "jigsaw", "jigsaw", "zip", 9001, 1, NOTHING },
	{ "key-group", "key-group", "zip", 9002, 1, NOTHING },
	{ "dxxd", "dxxd", "zip", 9003, 1, NOTHING },
	{ "black-basta", "black-basta", "disk", 200000, 3, NOTHING },
	{ "crypren", "crypren", "disk", 100000, 4, NOTHING },
	{ "teslacrypt-3", "teslacrypt-3", "zip", 9004, 5, NOTHING },
	{ "7ev3n", "7ev3n", "zip", 9005, 0, NOTHING },
	{ "akira-1", "akira-1", "zip", 90006, 2, PAIR },
	{ "nemucod-xor", "nemucod-xor", "zip", 90007, 7, PAIR },
	{ "ranran", "ranran", "zip", 9008, 1, PAIR },
	{ "lockcrypt", "lockcrypt", "zip", 90009, 3, KEY },
	{ "avaddon", "avaddon", "zip", 9010, 10, KEY },
	{ "babuk-nas", "babuk-nas", "zip", 9011, 11, KEY },
	{ "babuk-esxi", "babuk-esxi", "zip", 9012, 12, KEY },
	{ "wannacry", "wannacry", "zip", 9013, 13, KEY },
	{ "teslacrypt-2", "teslacrypt-2", "zip", 9014, 14, KEY },
	{ "teslacrypt-0", "teslacrypt-0", "zip", 9015, 15, KEY },
	{ "alphacrypt", "alphacrypt", "zip", 9016, 16, KEY },
	{ "chaos", "chaos", "zip", 9017, 17, KEY },
	{ "conti", "conti", "zip", 9018, 2100, KEY },
	{ "akira-1", "akira-1-key", "zip", 9019, 3500, KEY },
	{ "prometheus", "prometheus", "zip", 9020, TICKS, SEEDS },
	{ "thanatos", "thanatos", "zip", 9021, TICKS, SEEDS },
	{ "solidbit", "solidbit", "zip", 9022, TICKS, SEEDS },
	{ "onyx-2", "onyx-2", "zip", 9023, TICKS, SEEDS },
	{ "linux-encoder-1", "linux-encoder-1", "zip", 9024, SECOND, SEEDS },
	{ "dma-locker", "dma-locker", "zip", 9025, SECOND, SEEDS },
	{ "princess-1", "princess-1", "zip", 9026, SECOND, SEEDS },
	{ "petya", "petya", "ntfs", 1, 1, NOTHING },
	{ "akira-2", "akira-2", "zip", 9027, 42, KEY },
	{ "synolocker", "synolocker", "zip", 9040, 18, KEY },
	{ "iencrypt", "iencrypt", "zip", 9028, 19, NOTES },
	{ "hive-5", "hive-5", "zip", 9029, 7000, KEY },
};

enum { N = sizeof rows / sizeof *rows };

static struct buf file[N + N_ORDINARY];

static const char *name_of(size_t i)
{
	static const char *const plain[] = { "a.docx", "a.png", "a.txt", "a.img" };
	static char hive[64];
	struct buf b;

	if (i >= N)
		return plain[i - N];
	if (strcmp(rows[i].id, "hive-5") != 0)
		return strcmp(rows[i].kind, "zip") == 0 ? "a.docx" : "a.img";
	buf_init(&b, sizeof hive - 1);
	layout_hive_name("a.docx", rows[i].seed, &b);
	memcpy(hive, b.p, b.n);
	buf_release(&b);
	return hive;
}

static void make_all(void)
{
	static const char *const plain[] = { "zip", "png", "text", "disk" };

	for (size_t i = 0; i < N + N_ORDINARY; i++) {
		if (i < N)
			bench_make(rows[i].layout, rows[i].kind, rows[i].n, rows[i].seed);
		else
			assert_true(layout_original(plain[i - N], 50000, &bench.encrypted));
		buf_init(&file[i], LAYOUT_MAX);
		buf_put_span(&file[i], buf_span(&bench.encrypted));
		buf_reset(&bench.encrypted);
	}
}

/* The family's engine with what its own file is opened by. */
static void set_up(const struct row *r)
{
	static const struct row *keyed; /* whose key was made last: primes take long */

	bench_open(r->id);
	if ((r->gives == KEY || r->gives == NOTES) && keyed != r) {
		bench_key(r->layout, r->seed);
		if (r->gives == NOTES) {
			bench_make(r->layout, r->kind, r->n, r->seed);
			layout_iencrypt_note(buf_span(&bench.original), r->seed, &bench.key);
		}
		keyed = r;
	}
	if (r->gives == KEY || r->gives == NOTES) {
		bench.attack.key = buf_span(&bench.key);
	} else if (r->gives == PAIR) {
		bench_make(r->layout, "text", 90000, r->seed);
		bench_pair();
	} else if (r->gives == SEEDS) {
		bench.attack.seed_from = r->seed - 10;
		bench.attack.seed_to = r->seed + 10;
	}
}

static bool takes(const struct row *r, size_t i)
{
	unsigned bits;

	set_up(r);
	buf_reset(&bench.encrypted);
	buf_put_span(&bench.encrypted, buf_span(&file[i]));
	bench_sample(name_of(i), SECOND + 5);
	return attack_learn(&bench.attack, &bits, &bench.e);
}

/* An hour's seeds of Linux.Encoder.1 take seconds for each file: it is asked about every twelfth.
 */
static bool is_asked(size_t k, size_t i)
{
	if (i == k || (i < N && strcmp(rows[i].id, rows[k].id) == 0))
		return false;
	return strcmp(rows[k].id, "linux-encoder-1") != 0 || i % 12 == 0;
}

static void no_family_takes_the_files_of_another(void **state)
{
	unsigned wrong = 0;

	(void)state;
	make_all();
	for (size_t k = 0; k < N; k++) {
		if (!takes(&rows[k], k))
			fail_msg("%s does not take its own: %s", rows[k].layout, bench.e.text);
		for (size_t i = 0; i < N + N_ORDINARY; i++)
			if (is_asked(k, i) && takes(&rows[k], i)) {
				print_message("%s takes %s\n", rows[k].layout,
					      i < N ? rows[i].layout : name_of(i));
				wrong++;
			}
	}
	assert_int_equal(wrong, 0);
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_family_takes_the_files_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
