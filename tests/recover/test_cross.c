/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "tests/recover/bench_family.h"
#include "tests/recover/layouts_inner.h"
#include "tests/test.h"

#include <glob.h>
#include <stdio.h>

/*
 * Every family's engine, with all that it can be given, against the files of every other family and
 * against ordinary ones: none is taken.  And the six things that each family with an engine must be
 * seen to do, by one table: a family that lacks a row fails.
 */

enum { TICKS = 615750, SECOND = 1457000000, N_ORDINARY = 4 };

enum gives { NOTHING, KEY, PAIR, SEEDS, NOTES };

/* What a family writes besides the body, and how it is spoiled here. */
enum fields {
	NONE,    /* nothing: the file is as long as it was, up to whole blocks of 16 bytes */
	CUT,     /* whole blocks, or a tail: five bytes are cut off */
	HEAD,    /* its first bytes */
	IN_NAME, /* the name is another */
	SECTOR,  /* of the disk: what the key is made of */
};

static const struct row {
	const char *id, *layout, *kind;
	size_t n;
	uint64_t seed;
	enum gives gives;
	size_t body, edge; /* where encrypted bytes begin; a size at which the layout turns (0: one
			      original has one note, test_families has more) */
	enum fields fields;
	const char *other; /* whose key is a wrong one: a layout's; "": its own, spoiled; NULL: its
			      own, of another seed */
} rows[] = {
	{ "powerware", "powerware", "zip", 9000, 1, NOTHING, 0, 2048, NONE, NULL },
	{ "jigsaw", "jigsaw", "zip", 9001, 1, NOTHING, 0, 4096, CUT, NULL },
	{ "key-group", "key-group", "zip", 9002, 1, NOTHING, 0, 4096, CUT, NULL },
	{ "dxxd", "dxxd", "zip", 9003, 1, NOTHING, 4, 4096, NONE, NULL },
	{ "black-basta", "black-basta", "disk", 200000, 3, NOTHING, 0, 5120, CUT, NULL },
	{ "crypren", "crypren", "disk", 100000, 4, NOTHING, 0, 64000, NONE, NULL },
	{ "teslacrypt-3", "teslacrypt-3", "zip", 9004, 5, NOTHING, 368, 4096, HEAD, NULL },
	{ "7ev3n", "7ev3n", "zip", 9005, 0, NOTHING, 1, 8192, CUT, NULL },
	/* a pair's stream has holes where its parts end within a block of 64 bytes: what of a file
	 * lies in one is lost, which is told, from two parts of 9,000 bytes on */
	{ "akira-1", "akira-1", "zip", 90006, 2, PAIR, 0, 20000, CUT, NULL },
	{ "nemucod-xor", "nemucod-xor", "zip", 90007, 7, PAIR, 0, 2048, NONE, NULL },
	{ "ranran", "ranran", "zip", 9008, 1, PAIR, 0, 4096, NONE, NULL },
	{ "lockcrypt", "lockcrypt", "zip", 90009, 3, KEY, 4, 25010, NONE, NULL },
	{ "avaddon", "avaddon", "zip", 9010, 10, KEY, 0, 1048576, CUT, NULL },
	{ "babuk-nas", "babuk-nas", "zip", 9011, 11, KEY, 0, 4194304, CUT, NULL },
	{ "babuk-esxi", "babuk-esxi", "zip", 9012, 12, KEY, 0, 65536, CUT, NULL },
	{ "wannacry", "wannacry", "zip", 9013, 13, KEY, 280, 4096, HEAD, "conti" },
	{ "teslacrypt-2", "teslacrypt-2", "zip", 9014, 14, KEY, 414, 4096, HEAD, NULL },
	{ "teslacrypt-0", "teslacrypt-0", "zip", 9015, 15, KEY, 20, 4096, HEAD, NULL },
	{ "alphacrypt", "alphacrypt", "zip", 9016, 16, KEY, 220, 4096, HEAD, NULL },
	{ "chaos", "chaos", "zip", 9017, 17, KEY, 400, 786432, HEAD, NULL },
	{ "conti", "conti", "zip", 9018, 2100, KEY, 0, 1048576, CUT, "akira-1-key" },
	{ "akira-1", "akira-1-key", "zip", 9019, 3500, KEY, 0, 2000000, CUT, "conti" },
	{ "prometheus", "prometheus", "zip", 9020, TICKS, SEEDS, 0, 4096, NONE, NULL },
	{ "thanatos", "thanatos", "zip", 9021, TICKS, SEEDS, 0, 4096, CUT, NULL },
	{ "solidbit", "solidbit", "zip", 9022, TICKS, SEEDS, 0, 4096, CUT, NULL },
	{ "onyx-2", "onyx-2", "zip", 9023, TICKS, SEEDS, 8, 4096, CUT, NULL },
	{ "linux-encoder-1", "linux-encoder-1", "zip", 9024, SECOND, SEEDS, 280, 4096, HEAD, NULL },
	{ "dma-locker", "dma-locker", "zip", 9025, SECOND, SEEDS, 136, 1440, HEAD, NULL },
	{ "princess-1", "princess-1", "zip", 9026, SECOND, SEEDS, 0, 4096, CUT, NULL },
	{ "petya", "petya", "ntfs", 1, 1, NOTHING, 0, 0, SECTOR, NULL },
	{ "akira-2", "akira-2", "zip", 9027, 42, KEY, 0, 131072, CUT, NULL },
	{ "synolocker", "synolocker", "zip", 9040, 18, KEY, 320, 4096, HEAD, "conti" },
	{ "iencrypt", "iencrypt", "zip", 9028, 19, NOTES, 0, 0, NONE, "conti" },
	{ "hive-5", "hive-5", "zip", 9029, 7000, KEY, 0, 1048576, IN_NAME, "" },
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

	if (file[0].n != 0)
		return;

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

static struct buf key_of_row[N];

static size_t row_of_layout(const char *layout)
{
	for (size_t i = 0; i < N; i++)
		if (strcmp(rows[i].layout, layout) == 0)
			return i;
	fail_msg("no row %s", layout);
	return 0;
}

/* Each key is made once: primes take long. */
static struct span key_of(size_t i)
{
	struct buf *b = &key_of_row[i];

	if (b->n == 0) {
		buf_init(b, LAYOUT_MAX * 2);
		assert_true(layout_key(rows[i].layout, rows[i].seed, b));
	}
	return buf_span(b);
}

static void give_key(const struct row *r, struct span key)
{
	if (bench.key.max == 0)
		buf_init(&bench.key, LAYOUT_MAX * 2);
	buf_reset(&bench.key);
	buf_put_span(&bench.key, key);
	if (r->gives == NOTES) {
		bench_make(r->layout, r->kind, r->n, r->seed);
		layout_iencrypt_note(buf_span(&bench.original), r->seed, &bench.key);
	}
	bench.attack.key = buf_span(&bench.key);
}

/* The family's engine with what its own file is opened by. */
static void set_up(const struct row *r)
{
	bench_open(r->id);
	if (r->gives == KEY || r->gives == NOTES) {
		give_key(r, key_of((size_t)(r - rows)));
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

/* ---- the six things */

static void every_family_with_an_engine_has_a_row(void **state)
{
	glob_t g;

	(void)state;
	assert_int_equal(glob("recovery/*.family", 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct buf text;
		struct family f;
		bool found = false;
		buf_init(&text, FAMILY_MAX_TEXT);
		assert_true(io_read_file(g.gl_pathv[i], &text, &bench.e));
		assert_true(family_open(&f, g.gl_pathv[i], buf_span(&text), &bench.e));
		for (size_t k = 0; k < N; k++)
			found = found || span_is(f.id, rows[k].id);
		if (f.engine.n != 0 && !found)
			fail_msg("%s has an engine and no row", g.gl_pathv[i]);
		family_release(&f);
		buf_release(&text);
	}
	globfree(&g);
}

static unsigned n_wrong;

/* All rows are seen before the test fails. */
#define tell(...) (print_message(__VA_ARGS__), print_message("\n"), n_wrong++)

/* What its files must have, they have; and where they need have nothing, a note or a name tells. */
static void its_own_file_has_its_signs(const struct row *r, size_t i)
{
	const struct family *f = &bench.family;
	struct sample s;
	unsigned n_told = 0;

	sample_init(&s);
	assert_true(sample_take(&s, buf_span(&file[i]), span_of(name_of(i)), &bench.e));
	for (unsigned k = 0; k < f->n_rules; k++) {
		const struct rule *rule = &f->rule[k];
		n_told += rule->kind == RULE_NOTE_NAME || rule->kind == RULE_RENAME ||
			  rule->kind == RULE_MARKER || rule->kind == RULE_STRUCTURE;
		if (rule->required && !rule_holds(rule, &s))
			tell("%s: its own file lacks: %.*s", r->layout, (int)rule->what.n,
			     (const char *)rule->what.p);
	}
	if (n_told == 0)
		tell("%s is told by nothing but an ending", r->id);
	sample_release(&s);
}

/* How SynoLocker filled the last block is not known: up to 15 bytes may follow. */
static bool is_the_original(const struct row *r)
{
	struct span got = buf_span(&bench.result), wanted = buf_span(&bench.original);

	if (strcmp(r->id, "synolocker") == 0 && got.n < wanted.n + 16)
		got = span_cut(got, 0, wanted.n);
	return span_equal(got, wanted);
}

static void opens_to_the_original(const struct row *r, size_t i)
{
	static const int around[] = { 0, -1, 0, 1 };
	struct attack_open o;

	for (unsigned k = 0; k < (r->edge != 0 ? 4U : 1U); k++) {
		size_t n = k == 0 ? r->n : r->edge + (size_t)around[k];
		bench_make(r->layout, r->kind, n, r->seed);
		if (!bench_opens(name_of(i), &o))
			tell("%s, %zu bytes: %s", r->layout, n, bench.e.text);
		/* of a disk, what Petya's own program overwrote stays as it is */
		else if (r->fields != SECTOR && !is_the_original(r))
			tell("%s, %zu bytes: not the original", r->layout, n);
	}
}

/* Another key, pair or window; where nothing is given, a body under another key. */
static bool takes_with_a_wrong_key(const struct row *r, size_t i)
{
	unsigned bits;

	bench_open(r->id);
	if (r->gives == KEY || r->gives == NOTES) {
		struct buf other;
		buf_init(&other, LAYOUT_MAX * 2);
		if (r->other != NULL && r->other[0] == '\0') {
			buf_put_span(&other, key_of(i));
			for (size_t k = 0; k < other.n; k++)
				other.p[k] ^= (uint8_t)(k * k >> 7 | 1);
		} else if (r->other != NULL)
			buf_put_span(&other, key_of(row_of_layout(r->other)));
		else
			assert_true(layout_key(r->layout, r->seed + 1, &other));
		give_key(r, buf_span(&other));
		buf_release(&other);
	} else if (r->gives == PAIR) {
		bench_make(r->layout, "text", 90000, r->seed + 1);
		bench_pair();
	} else if (r->gives == SEEDS) {
		bench.attack.seed_from = r->seed + 1;
		bench.attack.seed_to = r->seed + 20;
	}
	buf_reset(&bench.encrypted);
	buf_put_span(&bench.encrypted, buf_span(&file[i]));
	uint32_t x = 12345; /* all but a tail: what key opens that shows nothing */
	for (size_t k = r->body; r->gives == NOTHING && k + 400 < bench.encrypted.n; k++) {
		x = x * 1664525 + 1013904223;
		bench.encrypted.p[k] ^= (uint8_t)(x >> 24);
	}
	/* what goes by the file's time finds another one */
	bench_sample(name_of(i), r->gives == SEEDS ? SECOND - 864000 : SECOND + 5);
	return attack_learn(&bench.attack, &bits, &bench.e);
}

static bool takes_spoiled(const struct row *r, size_t i)
{
	const char *name = name_of(i);
	unsigned bits;

	set_up(r);
	buf_reset(&bench.encrypted);
	buf_put_span(&bench.encrypted, buf_span(&file[i]));
	if (r->fields == CUT)
		bench.encrypted.n -= 5;
	for (unsigned k = 0; r->fields == HEAD && k < 300; k++)
		bench.encrypted.p[k] ^= 0x55;
	for (unsigned k = 0; r->fields == SECTOR && k < 512; k++)
		bench.encrypted.p[54 * 512 + k] ^= 0x55;
	bench_sample(r->fields == IN_NAME ? "a.docx" : name, SECOND + 5);
	return attack_learn(&bench.attack, &bits, &bench.e);
}

static void each_family_does_its_six_things(void **state)
{
	(void)state;
	make_all();
	for (size_t i = 0; i < N; i++) {
		const struct row *r = &rows[i];
		if (!takes(r, i)) {
			tell("%s does not take its own: %s", r->layout, bench.e.text);
			continue;
		}
		its_own_file_has_its_signs(r, i);
		opens_to_the_original(r, i);
		if (takes_with_a_wrong_key(r, i))
			tell("%s takes a wrong key", r->layout);
		if (r->fields != NONE && takes_spoiled(r, i))
			tell("%s takes a file that is spoiled", r->layout);
		if (r->fields == NONE)
			assert_in_range(file[i].n, r->n, r->n + 16);
	}
	assert_int_equal(n_wrong, 0);
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_family_with_an_engine_has_a_row),
		cmocka_unit_test(each_family_does_its_six_things),
		cmocka_unit_test(no_family_takes_the_files_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
