/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "recover/attack.h"
#include "tests/recover/layouts.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

/* Every family that can be opened: its files of sizes at and around the boundaries of its layout
 * become the originals, byte for byte; other keys, other families and spoiled tails are refused. */

static struct family family;
static struct attack attack;
static struct buf original, encrypted, result, key, before, after;

static int init(void **state)
{
	struct buf *all[] = { &original, &encrypted, &result, &key, &before, &after };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		buf_init(all[i], 64 << 20);
	return 0;
}

static void open_family(const char *id)
{
	char path[128];
	struct error e;
	struct buf text;

	buf_init(&text, FAMILY_MAX_TEXT);
	snprintf(path, sizeof path, "recovery/%s.family", id);
	assert_true(io_read_file(path, &text, &e));
	assert_true(family_open(&family, path, buf_span(&text), &e));
	assert_true(attack_init(&attack, &family, &e));
	buf_release(&text);
}

static void close_family(void)
{
	attack_release(&attack);
	family_release(&family);
}

static void make(const char *id, const char *kind, size_t n, uint64_t seed)
{
	buf_reset(&original);
	buf_reset(&encrypted);
	assert_true(layout_original(kind, n, &original));
	assert_true(layout_of(id, buf_span(&original), seed, &encrypted));
}

/* Opens what make() made. */
static bool open_it(const char *name, struct attack_open *o, struct error *e)
{
	struct region r;
	struct attack_file f = { &r, span_of(name), 0 };

	region_of_memory(&r, buf_span(&encrypted));
	return attack_original(&attack, &f, &result, o, e);
}

static void opens(const char *id, const char *kind, size_t n, uint64_t seed)
{
	struct attack_open o;
	struct error e;

	make(id, kind, n, seed);
	if (!open_it("a.txt", &o, &e))
		fail_msg("%s %s %zu: %s", id, kind, n, e.text);
	if (!span_equal(buf_span(&original), buf_span(&result)))
		fail_msg("%s %s %zu: %zu bytes that are others", id, kind, n, result.n);
}

static void learn(void)
{
	struct error e;

	if (!attack.engine->learn(&attack, &e))
		fail_msg("%s", e.text);
}

static void published_keys_open_every_size(void **state)
{
	static const char *const ids[] = { "powerware", "jigsaw", "key-group", "dxxd" };
	static const size_t sizes[] = { 1,    3,    4,     5,     15,      16,     17,
					31,   32,   33,    2047,  2048,    2049,   2064,
					4095, 4096, 65535, 65536, 1048575, 1048577 };

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		open_family(ids[i]);
		learn();
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			opens(ids[i], "text", sizes[k], 1);
		close_family();
	}
}

static void basta_opens_from_its_own_zeros(void **state)
{
	static const size_t sizes[] = {
		5000, 5001, 5119, 5120, 6335, 6336, 65536, 1048576, 1048640
	};
	struct attack_open o;
	struct error e;

	(void)state;
	open_family("black-basta");
	learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		opens("black-basta", "disk", sizes[k], k + 1);
	make("black-basta", "disk", 4999, 1); /* lost, and said so */
	assert_false(open_it("a.img", &o, &e));
	make("black-basta", "text", 100000, 1); /* nothing shows the key */
	assert_false(open_it("a.txt", &o, &e));
	make("black-basta", "disk", 100000, 1); /* another version, a counter beyond the file */
	encrypted.p[encrypted.n - 23] = 5;
	assert_false(open_it("a.img", &o, &e));
	encrypted.p[encrypted.n - 23] = 6;
	encrypted.p[encrypted.n - 16] = 1;
	assert_false(open_it("a.img", &o, &e));
	close_family();
}

static void give_pair(const char *id, const char *kind, size_t n, uint64_t seed)
{
	make(id, kind, n, seed);
	buf_reset(&before);
	buf_reset(&after);
	buf_put_span(&before, buf_span(&original));
	buf_put_span(&after, buf_span(&encrypted));
	attack.pair[0] = (struct attack_pair){ buf_span(&before), buf_span(&after), before.n };
	attack.n_pairs = 1;
}

static void a_pair_opens_nemucod(void **state)
{
	static const size_t sizes[] = { 1, 254, 255, 256, 2047, 2048, 2049, 100000 };
	struct error e;

	(void)state;
	open_family("nemucod-xor");
	give_pair("nemucod-xor", "text", 4000, 7);
	learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		opens("nemucod-xor", "text", sizes[k], 7);
	/* a pair of two different files shows no period */
	before.p[700] ^= 1;
	assert_false(attack.engine->learn(&attack, &e));
	attack.n_pairs = 0;
	assert_false(attack.engine->learn(&attack, &e));
	assert_int_equal(e.why, REASON_ENCRYPTED);
	close_family();
}

static void a_pair_opens_akira_as_far_as_it_reaches(void **state)
{
	static const size_t sizes[] = { 1, 63, 64, 65, 1000, 65536, 100000, 399999, 400000 };
	struct attack_open o;
	struct error e;

	(void)state;
	open_family("akira-1");
	give_pair("akira-1", "text", 400000, 0);
	learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		for (unsigned mode = 0; mode < 3; mode++)
			opens("akira-1", "text", sizes[k], mode);
	make("akira-1", "text", 500000, 0); /* more than the pair shows: told, not guessed */
	assert_true(open_it("a.txt", &o, &e));
	assert_int_equal(o.n_lost, 1);
	assert_in_range(o.lost[0].at, 400000, 402000);
	assert_int_equal(o.lost[0].at + o.lost[0].n, 500000);
	assert_memory_equal(result.p, original.p, 400000);
	encrypted.p[encrypted.n - 8] ^= 1; /* a tail that does not hold */
	assert_false(open_it("a.txt", &o, &e));
	close_family();
}

static void a_pair_opens_its_class_of_ranran(void **state)
{
	struct attack_open o;
	struct error e;

	(void)state;
	open_family("ranran");
	give_pair("ranran", "text", 100000, 3);
	learn();
	opens("ranran", "text", 100000, 3);
	opens("ranran", "text", 1, 3);
	make("ranran", "text", 5000001, 3); /* the next class has another stream */
	assert_false(open_it("a.txt", &o, &e));
	close_family();
}

/* The samples of an attack: what is in the buffer, under that name. */
static void give_sample(struct region *r, struct buf *bytes, const char *name)
{
	region_of_memory(r, buf_span(bytes));
	attack.sample[attack.n_samples++] = (struct attack_file){ r, span_of(name), 0 };
}

static void zeros_show_the_key_of_crypren(void **state)
{
	struct region r;
	unsigned bits;
	struct error e;

	(void)state;
	open_family("crypren");
	make("crypren", "disk", 100000, 4);
	buf_reset(&after);
	buf_put_span(&after, buf_span(&encrypted));
	give_sample(&r, &after, "a.img");
	if (!attack_learn(&attack, &bits, &e))
		fail_msg("%s", e.text);
	assert_true(bits >= PROOF_BITS_WANTED);
	opens("crypren", "text", 5000, 4);
	close_family();
	open_family("crypren"); /* a text has no zeros: refused, and says what it needs */
	make("crypren", "text", 100000, 4);
	buf_reset(&after);
	buf_put_span(&after, buf_span(&encrypted));
	give_sample(&r, &after, "a.txt");
	assert_false(attack_learn(&attack, &bits, &e));
	assert_int_equal(e.why, REASON_ENCRYPTED);
	close_family();
}

static void a_brought_key_opens_avaddon_and_another_does_not(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 1048575, 1048576, 1048577, 1200000 };
	struct region r;
	unsigned bits;
	struct error e;

	(void)state;
	open_family("avaddon");
	assert_false(attack.engine->learn(&attack, &e));
	buf_reset(&key);
	assert_true(layout_key("avaddon", 5, &key));
	attack.key = buf_span(&key);
	learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		opens("avaddon", "text", sizes[k], 5);
	make("avaddon", "zip", 20000, 5);
	give_sample(&r, &encrypted, "a.zip");
	assert_true(attack_learn(&attack, &bits, &e));
	key.p[3] ^= 1;
	assert_false(attack_learn(&attack, &bits, &e));
	close_family();
}

static void files_of_another_family_are_refused(void **state)
{
	static const char *const ids[] = { "powerware", "jigsaw", "key-group", "dxxd" };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++) {
			struct region r;
			unsigned bits;
			struct error e;
			open_family(ids[i]);
			make(ids[k], "zip", 4000, 1);
			give_sample(&r, &encrypted, "a.docx");
			assert_int_equal(attack_learn(&attack, &bits, &e), i == k);
			close_family();
		}
}

static void too_few_bits_accept_no_key(void **state)
{
	struct region r;
	unsigned bits;
	struct error e;

	(void)state;
	open_family("dxxd");
	make("dxxd", "text", 12, 1); /* 12 characters tell 16 bits */
	give_sample(&r, &encrypted, "a.txt");
	assert_false(attack_learn(&attack, &bits, &e));
	assert_true(bits < PROOF_BITS_WANTED);
	close_family();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_keys_open_every_size),
		cmocka_unit_test(basta_opens_from_its_own_zeros),
		cmocka_unit_test(a_pair_opens_nemucod),
		cmocka_unit_test(a_pair_opens_akira_as_far_as_it_reaches),
		cmocka_unit_test(a_pair_opens_its_class_of_ranran),
		cmocka_unit_test(zeros_show_the_key_of_crypren),
		cmocka_unit_test(a_brought_key_opens_avaddon_and_another_does_not),
		cmocka_unit_test(files_of_another_family_are_refused),
		cmocka_unit_test(too_few_bits_accept_no_key),
	};
	return cmocka_run_group_tests(tests, init, NULL);
}
