/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "recover/attack.h"
#include "recover/generator.h"
#include "recover/salsa.h"
#include "recover/team.h"
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
	if (!open_it(strcmp(kind, "png") == 0 ? "a.png" : "a.txt", &o, &e))
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

static void generators_are_those_that_are_known(void **state)
{
	/* the first numbers of new Random(0) and new Random(1); of rand() after srand(1) */
	struct generator_dotnet g;
	struct generator_msvc m = { 1 };

	(void)state;
	generator_dotnet_seed(&g, 0);
	assert_int_equal(generator_dotnet(&g), 1559595546);
	assert_int_equal(generator_dotnet(&g), 1755192844);
	assert_int_equal(generator_dotnet(&g), 1649316166);
	generator_dotnet_seed(&g, 1);
	assert_int_equal(generator_dotnet(&g), 534011718);
	assert_int_equal(generator_msvc(&m), 41);
	assert_int_equal(generator_msvc(&m), 18467);
	assert_int_equal(generator_msvc(&m), 6334);
}

static void salsa_is_that_of_its_specification(void **state)
{
	/* ECRYPT's set 1, vector 0, 256 bits: key 80 00 ..., nonce 0 */
	static const uint8_t first[16] = { 0xe3, 0xbe, 0x8f, 0xdd, 0x8b, 0xec, 0xa2, 0xe3,
					   0xea, 0x8e, 0xf9, 0x47, 0x5b, 0x29, 0xa6, 0xe7 };
	uint8_t k[32] = { 0x80 }, nonce[8] = { 0 }, out[64];

	(void)state;
	salsa_block(k, nonce, 0, out);
	assert_memory_equal(out, first, sizeof first);
}

static void salsa_of_four_blocks_is_that_of_each(void **state)
{
	static const uint64_t counters[] = { 0, 1, UINT32_MAX - 2, UINT64_MAX - 2 };
	static const uint8_t secret[32] = { 7, 1, 200 }, nonce[8] = { 9, 3 };
	uint8_t want[64], got[1 + 600], *p = got + 1; /* unaligned */

	(void)state;
	for (size_t k = 0; k < 4; k++)
		for (size_t n = 0; n <= 600; n++) {
			memset(got, 0x5a, sizeof got);
			salsa_xor(secret, nonce, counters[k], p, n);
			for (size_t i = 0; i < 600; i++) {
				if (i % 64 == 0)
					salsa_block(secret, nonce, counters[k] + i / 64, want);
				if (p[i] != (i < n ? 0x5a ^ want[i % 64] : 0x5a))
					fail_msg("counter %zu, %zu bytes: byte %zu", k, n, i);
			}
		}
}

static void a_search_finds_the_seed_and_those_beside_it(void **state)
{
	static const char *const ids[] = { "prometheus", "thanatos" };
	static const size_t sizes[] = { 70, 79, 80, 81, 127, 128, 129, 4096, 65536, 65537 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct region r;
		unsigned bits;
		struct error e;
		open_family(ids[i]);
		make(ids[i], "png", 3000, 615750);
		buf_reset(&after);
		buf_put_span(&after, buf_span(&encrypted));
		give_sample(&r, &after, "a.png");
		attack.seed_from = 600000; /* narrowed: all seeds are half an hour's search */
		attack.seed_to = 640000;
		if (!attack_learn(&attack, &bits, &e))
			fail_msg("%s: %s", ids[i], e.text);
		assert_true(bits >= PROOF_BITS_WANTED);
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			opens(ids[i], "png", sizes[k], 615750 + 40 * k);
		attack.seed_from = 1; /* not there: refused */
		attack.seed_to = 3000;
		assert_false(attack_learn(&attack, &bits, &e));
		close_family();
	}
}

static void a_long_search_says_how_long(void **state)
{
	enum { A_MINUTE = 60 }; /* 2^32 seeds take twenty where SHA-256 has no instructions */
	char worker[512];
	struct region r;
	unsigned bits;
	struct error e;

	(void)state;
	open_family("thanatos");
	make("thanatos", "png", 3000, 1);
	give_sample(&r, &encrypted, "a.png");
	snprintf(worker, sizeof worker, "%s/pellucid-worker", getenv("BUILD"));
	struct team *team = team_new(worker, &(struct team_watch){ .patience = A_MINUTE });
	const struct attack_host host = { team, team_begin, team_some };
	uint64_t next;
	struct buf hits;
	assert_non_null(team);
	team_about(team, family.id, 0, 0);
	attack.host = &host;
	attack.patience = A_MINUTE;
	assert_false(attack_learn(&attack, &bits, &e));
	assert_int_equal(e.why, REASON_TIME);
	assert_non_null(strstr(e.text, "minutes on"));
	/* who goes on all the same is refused */
	const struct seek s = { .kind = SEEK_SEEDS,
				.generator = "thanatos",
				.target = { .n = 64, .expected = KIND_PNG, .size = 3008 } };
	buf_init(&hits, 1 << 20);
	assert_false(team_some(team, &s, 0, UINT64_C(1) << 32, &next, &hits, &e));
	assert_int_equal(e.why, REASON_INTERNAL);
	assert_false(team_some(team, &s, 5, 4, &next, &hits, &e));
	assert_true(team_some(team, &s, 0, 40, &next, &hits, &e));
	assert_int_equal(next, 40);
	buf_release(&hits);
	team_free(team);
	close_family();
}

static void a_leap_is_as_many_numbers(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 70; n++) {
		const struct generator_leap leap = generator_musl_leap(n);
		struct generator_musl one = { UINT64_C(0xfedcba9876543210) + n }, all = one;
		for (unsigned i = 0; i < n; i++)
			(void)generator_musl(&one);
		all = generator_musl_after(all, &leap);
		assert_true(all.state == one.state);
	}
}

/* Heads of every kind by their first byte, and the table never leaves out what is told as it. */
static void no_kind_begins_with_another_byte(void **state)
{
	static const char *const heads[] = { "PK\3\4",      "%PDF-",    "\xff\xd8\xff", "GIF89a",
					     "xxxxftyp",    "xxxxmdat", "RIFF",         "ID3",
					     "BZh",         "MZ",       "COWD",         "KDMV",
					     "xxxNTFS    ", "XFSB",     "BM",           "a text" };
	bool may[256];
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		for (unsigned b = 0; b < 256; b++) {
			uint8_t head[16] = { 0 };
			memcpy(head, heads[i], strlen(heads[i]));
			head[0] ^= (uint8_t)b;
			struct span s = { head, strlen(heads[i]) };
			kind_first_bytes(kind_of(s), may);
			assert_true(may[head[0]]);
		}
	kind_first_bytes(KIND_PNG, may);
	for (unsigned b = 0; b < 256; b++)
		n += may[b];
	assert_int_equal(n, 1);
	assert_true(may[0x89]);
}

static void the_iv_shows_the_run_of_linux_encoder(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 31, 32, 33, 4096, 65541 };
	const uint64_t run = 1447000000;
	struct attack_open o;
	struct region r;
	unsigned bits;
	struct error e;

	(void)state;
	open_family("linux-encoder-1");
	make("linux-encoder-1", "text", 3000, run);
	buf_reset(&after);
	buf_put_span(&after, buf_span(&encrypted));
	give_sample(&r, &after, "a.txt");
	attack.sample[0].mtime = (int64_t)run + 100;
	if (!attack_learn(&attack, &bits, &e))
		fail_msg("%s", e.text);
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		opens("linux-encoder-1", "text", sizes[k], run);
	make("linux-encoder-1", "text", 3000, run);
	encrypted.p[266] ^= 1; /* an IV of no run */
	assert_false(open_it("a.txt", &o, &e));
	close_family();
}

static void the_published_key_opens_teslacrypt_3(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 4096, 65537 };
	struct attack_open o;
	struct error e;

	(void)state;
	open_family("teslacrypt-3");
	learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		opens("teslacrypt-3", "text", sizes[k], k / 2 + 1);
	make("teslacrypt-3", "text", 100, 1);
	encrypted.p[0x18 + 40] ^= 1; /* no point of the curve */
	encrypted.p[0xdc + 40] ^= 1;
	assert_false(open_it("a.txt", &o, &e));
	make("teslacrypt-3", "text", 100, 1);
	encrypted.p[0x16c] = 1; /* a size that does not fit */
	assert_false(open_it("a.txt", &o, &e));
	close_family();
}

static void a_scalar_or_its_factors_open_teslacrypt_2(void **state)
{
	static const size_t sizes[] = { 1, 16, 17, 5000 };
	struct region r;
	struct error e;
	unsigned bits;

	(void)state;
	open_family("teslacrypt-2");
	make("teslacrypt-2", "text", 3000, 3);
	buf_reset(&after);
	buf_put_span(&after, buf_span(&encrypted));
	give_sample(&r, &after, "a.txt");
	assert_false(attack_learn(&attack, &bits, &e)); /* says what is to be factored */
	assert_non_null(strstr(e.text, "prime factors of 0x"));
	buf_reset(&key);
	assert_true(layout_key("teslacrypt-2", 3, &key));
	attack.key = buf_span(&key);
	if (!attack_learn(&attack, &bits, &e))
		fail_msg("%s", e.text);
	assert_true(bits >= 256);
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		opens("teslacrypt-2", "text", sizes[k], 3);
	key.p[31] ^= 1;
	assert_false(attack_learn(&attack, &bits, &e));
	close_family();
}

static void a_brought_key_opens_wannacry_and_babuk(void **state)
{
	static const char *const ids[] = { "wannacry", "babuk-nas" };
	static const size_t sizes[] = { 1, 15, 16, 17, 65536, 4194303, 4194304, 4194305 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct region r;
		unsigned bits;
		struct error e;
		open_family(ids[i]);
		assert_false(attack.engine->learn(&attack, &e));
		buf_reset(&key);
		assert_true(layout_key(ids[i], 11, &key));
		attack.key = buf_span(&key);
		learn();
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			opens(ids[i], "text", sizes[k], 11);
		make(ids[i], "zip", 5000, 12); /* another's files */
		give_sample(&r, &encrypted, "a.zip");
		assert_false(attack_learn(&attack, &bits, &e));
		close_family();
	}
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
		cmocka_unit_test(generators_are_those_that_are_known),
		cmocka_unit_test(salsa_is_that_of_its_specification),
		cmocka_unit_test(salsa_of_four_blocks_is_that_of_each),
		cmocka_unit_test(a_search_finds_the_seed_and_those_beside_it),
		cmocka_unit_test(a_long_search_says_how_long),
		cmocka_unit_test(a_leap_is_as_many_numbers),
		cmocka_unit_test(no_kind_begins_with_another_byte),
		cmocka_unit_test(the_iv_shows_the_run_of_linux_encoder),
		cmocka_unit_test(the_published_key_opens_teslacrypt_3),
		cmocka_unit_test(a_scalar_or_its_factors_open_teslacrypt_2),
		cmocka_unit_test(a_brought_key_opens_wannacry_and_babuk),
		cmocka_unit_test(files_of_another_family_are_refused),
		cmocka_unit_test(too_few_bits_accept_no_key),
	};
	return cmocka_run_group_tests(tests, init, NULL);
}
