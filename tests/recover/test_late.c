/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/hex.h"
#include "recover/kcipher2.h"
#include "recover/petya.h"
#include "recover/team.h"
#include "recover/yarrow.h"
#include "tests/recover/bench_family.h"
#include "tests/recover/layouts_inner.h"
#include "tests/test.h"

/* Families whose layouts became known late, as test_families.c has the others. */

/* ---- Petya */

enum { SECTOR = 512, OWN_FROM = 34 * SECTOR, OWN_TO = 57 * SECTOR };

/* The pair of hack-petya, whose key is 1111111111111111: what sector 55 and its target differ by,
 * without the zeros between. */
static const char petya_pair[] = "ccf0560f56bfd65fd644dac8a85d907f00028041635a56c5d65f5681d684e9ca";
/* Of its eight bytes of nonce the second is a control character, which no text of that file shows:
 * it is found here by trial, below. */
static const uint8_t petya_nonce[8] = { 0xd4, 0x0e, 0x32, 0x63, 0xc8, 0x8e, 0x82, 0x20 };

static void the_cipher_of_petya_is_that_of_the_public_pair(void **state)
{
	struct petya_stream s;
	uint8_t p[64] = { 0 }, two[32];

	(void)state;
	assert_true(hex_read(span_of(petya_pair), two, sizeof two));
	petya_stream_init(&s, (const uint8_t *)"1111111111111111", petya_nonce);
	petya_stream_xor(&s, 0, p, sizeof p);
	for (unsigned i = 0; i < sizeof p; i++)
		assert_int_equal(p[i], i % 4 < 2 ? two[i / 4 * 2 + i % 4] : 0);
	memset(p, 0, sizeof p);
	petya_stream_init(&s, (const uint8_t *)"1x1x1x1x1x1x1x1x", petya_nonce); /* half counts */
	petya_stream_xor(&s, PETYA_STREAM, p, 5);
	petya_stream_xor(&s, 5, p + 5, sizeof p - 5);
	assert_memory_equal(p, two, 2);
	assert_memory_equal(p + 4, two + 2, 2);
}

/* The 256 bits of published stream hold for one value of the byte that cannot be read, and for no
 * other: one guess in 256 leaves 248 bits of the pair that prove cipher, key and nonce. */
static void the_pair_of_petya_has_one_nonce(void **state)
{
	uint8_t nonce[8], p[64], two[32];
	unsigned n_right = 0;

	(void)state;
	assert_true(hex_read(span_of(petya_pair), two, sizeof two));
	memcpy(nonce, petya_nonce, sizeof nonce);
	for (unsigned byte = 0; byte < 256; byte++) {
		struct petya_stream s;
		bool right = true;
		nonce[1] = (uint8_t)byte;
		memset(p, 0, sizeof p);
		petya_stream_init(&s, (const uint8_t *)"1111111111111111", nonce);
		petya_stream_xor(&s, 0, p, sizeof p);
		for (unsigned i = 0; i < sizeof p; i++)
			right = right && (i % 4 >= 2 || p[i] == two[i / 4 * 2 + i % 4]);
		if (right)
			assert_int_equal(byte, petya_nonce[1]);
		n_right += right;
	}
	assert_int_equal(n_right, 1);
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

/* ---- Akira of 2024 on */

/* The first two of its vectors: key, IV, key stream. */
static void kcipher2_is_that_of_rfc_7008(void **state)
{
	static const char *const vector[][3] = {
		{ "00000000000000000000000000000000", "00000000000000000000000000000000",
		  "f871ebef945b7272e40c04941dff05370b981a59fbc8ac57566d3b02c179dbb4"
		  "3b46f1f033554c725de68bcc9872858f575496024062f0e9f932c998226db6ba" },
		{ "a37b7d012f897076fe08c22d142bb2cf", "33a6ee60e57927e08b45cc4ca30ede4a",
		  "60e9a6b67b4c2524fe726d44ad5b402e31d0d1ba5ca233a4afc74be7d6069d36"
		  "4a75bb6cd8d5b7f038aaaa284ae4cd2fe2e5313dfc6ccd8f9d2484f20f86c50d" },
	};
	struct kcipher2_tables t;
	struct kcipher2 k;
	uint8_t key[16], iv[16], p[64], wanted[64];

	(void)state;
	kcipher2_tables_make(&t);
	for (size_t i = 0; i < sizeof vector / sizeof *vector; i++) {
		assert_true(hex_read(span_of(vector[i][0]), key, sizeof key) &&
			    hex_read(span_of(vector[i][1]), iv, sizeof iv) &&
			    hex_read(span_of(vector[i][2]), wanted, sizeof wanted));
		memset(p, 0, sizeof p);
		kcipher2_init(&k, &t, key, iv);
		kcipher2_xor(&k, p, 3); /* across its words */
		kcipher2_xor(&k, p + 3, sizeof p - 3);
		assert_memory_equal(p, wanted, sizeof p);
	}
}

/* What GNU Nettle 3.8 gives, by yarrow256_seed() and yarrow256_random(). */
static void yarrow_is_that_of_nettle(void **state)
{
	static const struct {
		uint64_t number;
		const char *out;
	} vectors[] = { { 300079396800, "ad4848ba1a3ebc00895127f86043264e" },
			{ 0, "281cf342dea09abe26f2faaee1079bc8" },
			{ UINT64_MAX - 15, "25e060fe972ea4af60760a078778cd11" } };
	uint8_t got[16], wanted[16];

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		assert_true(yarrow_of_number(vectors[i].number, got));
		assert_true(hex_read(span_of(vectors[i].out), wanted, sizeof wanted));
		assert_memory_equal(got, wanted, sizeof got);
	}
}

static void open_named(const char *name, uint64_t seed, size_t n)
{
	struct attack_open o;

	bench_make("akira-2", "zip", n, seed);
	if (!bench_opens(name, &o))
		fail_msg("%s %zu seed %llu: %s", name, n, (unsigned long long)seed, bench.e.text);
	assert_int_equal(o.n_lost, 0);
	assert_true(span_equal(buf_span(&bench.original), buf_span(&bench.result)));
}

static void clocks_that_are_brought_open_akira_2(void **state)
{
	static const size_t half[] = {
		70, 131068, 131070, 131072, 262140, 262142, 400001, 1999487
	};
	static const size_t whole[] = { 70, 65534, 65535, 65536, 131070, 131071, 196605, 200000 };
	static const size_t parts[] = { 1999488, 2621400, 2621410, 2700000, 5000011 };
	struct attack_open o;

	(void)state;
	bench_open("akira-2");
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
	bench_key("akira-2", 40);
	bench_make("akira-2", "zip", 5000, 42);
	bench_sample("a.docx", 0);
	bench_learn();
	for (size_t i = 0; i < sizeof half / sizeof *half; i++)
		open_named("a.docx", 42, half[i]);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		open_named("a.docx", 40, parts[i]);
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		open_named("f41.dbf", 41,
			   whole[i]); /* the table says f41.bin: its name is no help */
	bench_make("akira-2", "zip", 5000, 41);
	assert_false(bench_opens("f50.dbf", &o)); /* in no line */
	bench_make("akira-2", "zip", 5000, 52);   /* of no line */
	assert_false(bench_opens("a.docx", &o));
	assert_int_equal(bench.e.why, REASON_ENCRYPTED);
	bench.encrypted.n = 512;
	assert_false(bench_opens("a.docx", &o));
	assert_int_equal(bench.e.why, REASON_DAMAGED);
	bench.attack.key = span_of("found_at,file_path\n1,2,3\n");
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
	bench_close();
}

static void akira_2_tells_what_no_clock_is_known_for(void **state)
{
	struct attack_open o;

	(void)state;
	bench_open("akira-2");
	bench_key("akira-2", 43); /* without ChaCha's */
	bench_learn_alone();
	open_named("a.docx", 52, 262140);
	bench_make("akira-2", "zip", 400001, 52);
	assert_true(bench_opens("a.docx", &o));
	assert_int_equal(o.n_lost, 1);
	assert_int_equal(o.lost[0].at, 65535);
	assert_int_equal(o.lost[0].n, 2 * 65535);
	assert_memory_equal(bench.result.p, bench.original.p, 65535);
	assert_memory_equal(bench.result.p + 3 * 65535, bench.original.p + 3 * 65535,
			    400001 - 3 * 65535);
	bench_close();
}

struct watched {
	uint64_t from, to, go_on, next;
	double seconds;
};

static uint64_t on_begin(void *ctx, struct span family, uint64_t mark, uint64_t from, uint64_t to,
			 double seconds)
{
	struct watched *w = ctx;

	assert_true(span_is(family, "akira-2"));
	assert_int_not_equal(mark, 0);
	w->from = from;
	w->to = to;
	w->seconds = seconds;
	return w->go_on != 0 ? w->go_on : from;
}

static void on_tick(void *ctx, uint64_t next) { ((struct watched *)ctx)->next = next; }

/* By workers; told with an estimate, gone on with from where it was, and told to its end where it
 * is in vain. */
static void a_search_for_the_clock_is_watched(void **state)
{
	struct watched w = { 0 };
	const struct team_watch watch = { .ctx = &w, .begin = on_begin, .tick = on_tick };
	char worker[512];
	struct attack_open o;
	unsigned bits;

	(void)state;
	snprintf(worker, sizeof worker, "%s/pellucid-worker", getenv("BUILD"));
	struct team *team = team_new(worker, &watch);
	const struct attack_host host = { team, team_begin, team_some };
	assert_non_null(team);
	bench_open("akira-2");
	for (unsigned i = 0; i < bench.family.n_settings; i++)
		if (span_is(bench.family.setting[i].name, "gap"))
			bench.family.setting[i].value = span_of("20000"); /* narrowed */
	bench_make("akira-2", "png", 5000, 502);
	bench_sample("a.png", 0);
	bench.attack.host = &host;
	bench.attack.seed_from = 300000000000 + 48000;
	bench.attack.seed_to = 300000000000 + 54000;
	team_about(team, bench.family.id, bench.attack.seed_from, bench.attack.seed_to);
	bench_learn();
	assert_true(w.from == bench.attack.seed_from && w.to == bench.attack.seed_to);
	assert_true(w.seconds > 0);
	assert_true(w.next >= w.from && w.next <= w.to);
	assert_true(bench_opens("a.png", &o));
	w.go_on = w.to; /* nothing is left to be tried */
	team_about(team, bench.family.id, bench.attack.seed_from, bench.attack.seed_to);
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	assert_true(w.next == w.to);
	bench_close();
	team_free(team);
}

static void a_window_of_the_clock_opens_akira_2(void **state)
{
	struct attack_open o;
	unsigned bits;

	(void)state;
	bench_open("akira-2");
	for (unsigned i = 0; i < bench.family.n_settings; i++)
		if (span_is(bench.family.setting[i].name, "gap"))
			bench.family.setting[i].value = span_of("20000"); /* narrowed */
	bench_make("akira-2", "png", 5000, 502);
	bench_sample("a.png", 0);
	bench.attack.seed_from = 300000000000 + 48000;
	bench.attack.seed_to = 300000000000 + 54000;
	bench_learn();
	bench_make("akira-2", "png", 70000, 492);
	assert_true(bench_opens("a.png", &o));
	assert_true(span_equal(buf_span(&bench.original), buf_span(&bench.result)));
	bench_make("akira-2", "png", 5000, 542); /* after the window */
	assert_false(bench_opens("a.png", &o));
	bench.attack.seed_to = bench.attack.seed_from + 1000000000; /* too wide for memory */
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	assert_int_equal(bench.e.why, REASON_LIMIT);
	bench_close();
}

/* ---- SynoLocker */

static void a_brought_key_opens_synolocker(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 32, 4096, 65536, 786431, 786432, 1200001 };
	struct attack_open o;
	unsigned bits;

	(void)state;
	bench_open("synolocker");
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
	bench_key("synolocker", 0);
	bench_make("synolocker", "zip", 5008, 3);
	bench_sample("a.docx", 0);
	bench_learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		bench_make("synolocker", "text", sizes[k], 4 + k);
		assert_true(bench_opens("a.txt", &o));
		assert_int_equal(bench.result.n,
				 (sizes[k] + 15) / 16 * 16); /* and what filled it */
		assert_memory_equal(bench.result.p, bench.original.p, bench.original.n);
		assert_true(o.bits >= 256);
	}
	bench_make("synolocker", "text", 5000, 3);
	bench.encrypted.p[bench.encrypted.n - 1] ^= 1; /* the code of authentication */
	assert_false(bench_opens("a.txt", &o));
	assert_int_equal(bench.e.why, REASON_DAMAGED);
	bench_make("synolocker", "text", 5000, 3);
	bench.encrypted.p[1000] ^= 1; /* what it speaks of */
	assert_false(bench_opens("a.txt", &o));
	bench_make("synolocker", "text", 5000, 3);
	bench.encrypted.p[300] ^= 1; /* the mark */
	assert_false(bench_opens("a.txt", &o));
	bench_make("synolocker", "text", 5000, 3);
	bench.encrypted.p[100] ^= 1; /* the wrapped text */
	assert_false(bench_opens("a.txt", &o));
	assert_int_equal(bench.e.why, REASON_ENCRYPTED);
	bench_make("synolocker", "text", 5000, 3);
	bench.encrypted.n = 300;
	assert_false(bench_opens("a.txt", &o));
	bench_open("synolocker"); /* another's key */
	bench_key("wannacry", 14);
	bench_make("synolocker", "zip", 5008, 3);
	bench_sample("a.docx", 0);
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench_close();
}

/* ---- IEncrypt */

static void a_key_and_the_notes_open_iencrypt(void **state)
{
	static const size_t sizes[] = {
		1, 14, 15, 16, 17, 31, 32, 33, 4096, 65537, 786432, 786447
	};
	struct attack_open o;
	unsigned bits;

	(void)state;
	bench_open("iencrypt");
	bench_key("iencrypt", 0);
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e)); /* no notes */
	assert_non_null(strstr(bench.e.text, "_readme"));
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		bench_make("iencrypt", "text", sizes[k], 10 + k);
		layout_iencrypt_note(buf_span(&bench.original), 10 + k, &bench.key);
	}
	bench_make("iencrypt", "zip", 5000, 2);
	layout_iencrypt_note(buf_span(&bench.original), 2, &bench.key);
	bench.attack.key = buf_span(&bench.key);
	bench_sample("a.docx", 0);
	bench_learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		bench_round("iencrypt", "text", sizes[k], 10 + k, 0);
	bench_make("iencrypt", "zip", 5000, 3); /* without a note */
	assert_false(bench_opens("a.docx", &o));
	assert_int_equal(bench.e.why, REASON_ENCRYPTED);
	bench_make("iencrypt", "zip", 5000, 2);
	bench.encrypted.p[bench.encrypted.n - 1] ^= 1; /* its last block */
	assert_false(bench_opens("a.docx", &o));
	bench_make("iencrypt", "zip", 5000, 2);
	bench.encrypted.n--; /* cut off */
	assert_false(bench_opens("a.docx", &o));
	size_t from = bench.key.n;
	bench_open("iencrypt"); /* notes of another key, and spoiled ones */
	bench_key("wannacry", 14);
	layout_iencrypt_note(buf_span(&bench.original), 2, &bench.key);
	bench.attack.key = buf_span(&bench.key);
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench_key("iencrypt", 0);
	from = bench.key.n;
	layout_iencrypt_note(buf_span(&bench.original), 2, &bench.key);
	bench.key.p[from + 60] ^= 1;
	bench.attack.key = buf_span(&bench.key);
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench_close();
}

/* ---- Hive 5 */

static bool opens_hive(size_t n, uint64_t seed, const char *kind, struct attack_open *o)
{
	struct buf name;

	buf_init(&name, 256);
	bench_make("hive-5", kind, n, seed);
	layout_hive_name("a.txt", seed, &name);
	buf_put_u8(&name, 0);
	bool ok = bench_opens((const char *)name.p, o);
	buf_release(&name);
	return ok && span_equal(buf_span(&bench.original), buf_span(&bench.result));
}

static void a_brought_keystream_opens_hive_5(void **state)
{
	static const size_t sizes[] = { 1,       4096,    1048576, 1048577, 2097151,
					2097152, 4194303, 4194304, 5000000, 7340033 };
	static char sample[64];
	struct attack_open o;
	struct buf name;
	unsigned bits;

	(void)state;
	buf_init(&name, sizeof sample - 1);
	layout_hive_name("a.docx", 7000, &name);
	memcpy(sample, name.p, name.n);
	bench_open("hive-5");
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
	bench_key("hive-5", 7000);
	bench_make("hive-5", "zip", 5000, 7000);
	bench_sample(sample, 0);
	bench_learn();
	assert_non_null(strstr(bench.attack.what, "0x98072a")); /* the build's place, found */
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		if (!opens_hive(sizes[k], 7002 + k, "text", &o))
			fail_msg("%zu: %s", sizes[k], bench.e.text);
	assert_string_equal(o.name, "a.txt");
	assert_false(opens_hive(5000, 8002, "text", &o)); /* of another keystream */
	assert_int_equal(bench.e.why, REASON_ENCRYPTED);
	bench_make("hive-5", "zip", 5000, 7000);
	sample[8] = '!'; /* no name of Hive's */
	assert_false(bench_opens(sample, &o));
	assert_int_equal(bench.e.why, REASON_DAMAGED);
	assert_false(bench_opens("a.docx", &o));
	memcpy(sample, name.p, name.n);
	bench_open("hive-5");
	bench_key("hive-5", 8000); /* another keystream: all of its places are tried */
	bench_make("hive-5", "zip", 5000, 7000);
	bench_sample(sample, 0);
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench.key.p[bench.key.n - 1] ^= 1; /* it does not begin anew */
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	assert_int_equal(bench.e.why, REASON_DAMAGED);
	bench_close();
	buf_release(&name);
}

/* ---- TeslaCrypt 2: the keys that TeslaCrack's tests print (tests/test_all.py) */

static const struct {
	const char *number, *factors, *key, *last; /* the largest factor that the key has */
} cracked[] = {
	{ "7097DDB2E5DD08950D18C263A41FF5700E7F2A01874B20F402680752268E43F4"
	  "C5B7B26AF2642AE37BD64AB65B6426711A9DC44EA47FC220814E88009C90EA",
	  "2 7 97 131 14983 28099 4030421 123985129 2124553904704757231 2195185826800714519 "
	  "5573636538860090464486823831839 "
	  "23677274243760534899430414029178304942110152493113248247",
	  "017b1647d4242bc67ce8a6aaec4d8b493f35519bd82775623d86182167148dd9",
	  "5573636538860090464486823831839" },
	{ "07E18921C536C112A14966D4EAAD01F10537F77984ADAAE398048F12685E2870"
	  "CD1968FE3317319693DA16FFECF6A78EDBC325DDA2EE78A3F9DF8EEFD40299D9",
	  "13 3631 129949621 772913651 7004965235626057660321517749245179 "
	  "4761326544374734107426225922123841005827557 "
	  "2610294590708970742101938252592668460113250757564649051",
	  "1b5c52aafcffda2e71001cf1880fe45cb93dea4c71328df595cb5eb882a3979f",
	  "2610294590708970742101938252592668460113250757564649051" },
};

/* The header of one with that number and key; the body is whatever it was, as no key is asked for
 * more than its point. */
static void make_cracked(size_t i, uint8_t *key)
{
	enum { POINT_AT = 0xc7, NUMBER_AT = 0x108, NUMBER_MAX = 128 };
	uint8_t point[65];

	assert_true(hex_read(span_of(cracked[i].key), key, 32));
	layout_multiply(key, NULL, point, NULL);
	bench_make("teslacrypt-2", "zip", 5008, 3);
	memcpy(bench.encrypted.p + POINT_AT, point, sizeof point);
	memset(bench.encrypted.p + NUMBER_AT, 0, NUMBER_MAX);
	memcpy(bench.encrypted.p + NUMBER_AT, cracked[i].number, strlen(cracked[i].number));
}

static void the_published_factors_lead_to_the_published_keys(void **state)
{
	uint8_t key[32];

	(void)state;
	for (size_t i = 0; i < sizeof cracked / sizeof *cracked; i++) {
		bench_open("teslacrypt-2");
		make_cracked(i, key);
		bench_sample("a.docx", 0);
		/* nothing is known yet: the number to be factored is told, digit by digit */
		assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
		assert_non_null(strstr(bench.e.text, cracked[i].number));
		bench.attack.key = span_of(cracked[i].factors);
		if (!bench.attack.engine->learn(&bench.attack, &bench.e))
			fail_msg("%s", bench.e.text);
		bench_close();
		/* the same factors are nothing to the other's files, nor those without one of the
		 * key to these */
		bench_open("teslacrypt-2");
		make_cracked(1 - i, key);
		bench_sample("a.docx", 0);
		bench.attack.key = span_of(cracked[i].factors);
		assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
		bench_close();
		bench_open("teslacrypt-2");
		make_cracked(i, key);
		bench_sample("a.docx", 0);
		const char *last = strstr(cracked[i].factors, cracked[i].last);
		bench.attack.key = (struct span){ (const uint8_t *)cracked[i].factors,
						  (size_t)(last - cracked[i].factors) };
		assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
		bench_close();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cipher_of_petya_is_that_of_the_public_pair),
		cmocka_unit_test(the_pair_of_petya_has_one_nonce),
		cmocka_unit_test(the_code_on_a_disk_opens_its_file_table),
		cmocka_unit_test(a_spoiled_disk_of_petya_is_refused_or_opened_by_the_password),
		cmocka_unit_test(kcipher2_is_that_of_rfc_7008),
		cmocka_unit_test(yarrow_is_that_of_nettle),
		cmocka_unit_test(clocks_that_are_brought_open_akira_2),
		cmocka_unit_test(akira_2_tells_what_no_clock_is_known_for),
		cmocka_unit_test(a_window_of_the_clock_opens_akira_2),
		cmocka_unit_test(a_search_for_the_clock_is_watched),
		cmocka_unit_test(a_brought_key_opens_synolocker),
		cmocka_unit_test(a_key_and_the_notes_open_iencrypt),
		cmocka_unit_test(a_brought_keystream_opens_hive_5),
		cmocka_unit_test(the_published_factors_lead_to_the_published_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
