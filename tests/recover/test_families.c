/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/chacha.h"
#include "recover/sosemanuk.h"
#include "tests/recover/bench_family.h"
#include "tests/recover/layouts_inner.h"
#include "tests/test.h"

#include <stdio.h>

/* The families of the later kind, each with sizes at and around the boundaries of its layout, and
 * what must be refused: another key, a spoiled tail or header, too little. */

enum { RUN = 1451606400 /* a second in 2016 */ };

static void read_hex(const char *hex, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned v;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
}

/* ---- ciphers */

static void sosemanuk_is_that_of_its_authors(void **state)
{
	/* the vectors of the reference implementation; those of ECRYPT for 256 bits */
	static const struct {
		const char *key, *iv, *stream;
	} vectors[] = {
		{ "a7c083feb7", "00112233445566778899aabbccddeeff",
		  "fe81d2162c9a100d04895c454a77515bbe6a431a935cb90e2221ebb7ef502328"
		  "943539492eff6310c871054c2889cc728f82e86b1afff4334b6127a13a155c75"
		  "151630bd482eb673ff5db477fa6c53ebe1a4ec38c23c5400c315455d93a2aced"
		  "9598604727fa340d5f2a8bd757b77833f74bd2bc049313c80616b4a06268ae35" },
		{ "00112233445566778899aabbccddeeff", "8899aabbccddeeff0011223344556677",
		  "fa61dbeb71178131a77c714bd2eabf4e1394207a25698aa1308f2f063a0f7606" },
		{ "0f62b5085bae0154a7fa4da0f34699ec3f92e5388bde3184d72a7dd02376c91c",
		  "288ff65dc42b92f960c72e95fc63ca31",
		  "1fc4f2e266b21c24fddb3492d40a3fa6de32cdf13908511e84420abdfa1d3b0f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		uint8_t key[32], iv[16], wanted[128], got[128] = { 0 };
		size_t n = strlen(vectors[i].stream) / 2;
		struct sosemanuk s;
		read_hex(vectors[i].key, key, strlen(vectors[i].key) / 2);
		read_hex(vectors[i].iv, iv, sizeof iv);
		read_hex(vectors[i].stream, wanted, n);
		sosemanuk_init(&s, key, strlen(vectors[i].key) / 2, iv);
		sosemanuk_xor(&s, got, 5); /* piece by piece, across the words */
		sosemanuk_xor(&s, got + 5, n - 5);
		assert_memory_equal(got, wanted, n);
	}
}

static void chacha_is_that_of_libcrypto_and_of_its_drafts(void **state)
{
	/* draft-strombergson-chacha-test-vectors, TC1: key and IV of zeros, 8 rounds, 128 and 256
	 * bits */
	static const char *const eight[] = { "e28a5fa4a67f8c5defed3e6fb7303486",
					     "3e00ef2f895f40d67f5bb8e81f09a5a1" };
	uint8_t key[32] = { 0 }, iv[16] = { 0 }, block[64], wanted[64], zero[64] = { 0 };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		chacha_block(key, i == 0 ? 16 : 32, iv, 0, 8, block);
		read_hex(eight[i], wanted, 16);
		assert_memory_equal(block, wanted, 16);
	}
	for (unsigned i = 0; i < 32; i++)
		key[i] = (uint8_t)(i * 7);
	iv[0] = 5; /* block 5 in libcrypto's order: 64 bits of counter, 64 of nonce */
	iv[9] = 3;
	assert_int_equal(EVP_EncryptInit_ex(c, EVP_chacha20(), NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(c, wanted, &n, zero, 64), 1);
	chacha_block(key, 32, iv + 8, 5, 20, block);
	assert_memory_equal(block, wanted, 64);
	EVP_CIPHER_CTX_free(c);
}

/* ---- seeds of the second */

static void the_second_opens_dma_locker(void **state)
{
	static const size_t sizes[] = { 720,  721,   735,   736,    1439,   1440,   1441,
					5000, 45017, 65536, 100000, 786432, 786500, 1100001 };
	struct attack_open o;

	(void)state;
	for (uint64_t variant = 0; variant < 2; variant++) {
		bench_open("dma-locker");
		bench_make("dma-locker", "zip", 5000, RUN + variant);
		bench_sample("a.docx", RUN + 30);
		bench.attack.seed_from = RUN - 40; /* narrowed: two days are half a minute */
		bench.attack.seed_to = RUN + 40;
		bench_learn();
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			bench_round("dma-locker", "zip", sizes[k], RUN + variant + 2 * k, RUN);
	}
	bench_make("dma-locker", "zip", 5000, RUN);
	bench.encrypted.p[3] ^= 1; /* no mark */
	assert_false(bench_opens("a.docx", &o));
	bench_make("dma-locker", "zip", 5000, RUN - 3000000); /* of another month */
	assert_false(bench_opens("a.docx", &o));
	bench_close();
}

/* Files of less than 45 bytes are one chunk, those to 719 bytes begin plain: known all the same. */
static void the_second_found_opens_small_files_of_dma_locker(void **state)
{
	(void)state;
	bench_open("dma-locker");
	bench_make("dma-locker", "zip", 5000, RUN);
	bench_sample("a.docx", RUN + 30);
	bench.attack.seed_from = RUN - 40;
	bench.attack.seed_to = RUN + 40;
	bench_learn();
	bench_make("dma-locker", "zip", 300, RUN); /* shows no key: refused, not guessed */
	struct attack_open o;
	assert_false(bench_opens("a.docx", &o));
	bench_close();
}

static void the_second_opens_princess(void **state)
{
	static const size_t sizes[] = { 70, 79, 80, 81, 127, 128, 4096, 65536, 786431, 786432 };
	struct attack_open o;

	(void)state;
	for (uint64_t length = 0; length < 12; length++) { /* each length of the password */
		bench_open("princess-1");
		bench_make("princess-1", "png", 3000, RUN + length);
		bench_sample("a.png", RUN + 3600);
		if (length != 0) { /* once all of the two days */
			bench.attack.seed_from = RUN - 40;
			bench.attack.seed_to = RUN + 40;
		}
		bench_learn();
		if (length % 5 == 0)
			for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
				bench_round("princess-1", "png", sizes[k], RUN + length, RUN);
	}
	bench_make("princess-1", "png", 3001, RUN + 11);
	bench.encrypted.n -= 3; /* cut off */
	assert_false(bench_opens("a.png", &o));
	bench_open("princess-1"); /* made after the file's last change, or three days before */
	bench_make("princess-1", "png", 3000, RUN);
	bench_sample("a.png", RUN + 3 * 86400);
	unsigned bits;
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	assert_int_equal(bench.e.why, REASON_ENCRYPTED);
	bench_close();
}

/* ---- seeds of milliseconds */

static void ticks_open_solidbit_and_onyx(void **state)
{
	static const char *const ids[] = { "solidbit", "onyx-2" };
	static const size_t sizes[] = { 70, 79, 80, 81, 127, 128, 129, 4096, 65537, 786433 };
	struct attack_open o;
	unsigned bits;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		bench_open(ids[i]);
		bench_make(ids[i], "png", 3000, 615750);
		bench_sample("a.png", 0);
		bench.attack.seed_from = 615000; /* narrowed: all are an hour's search and more */
		bench.attack.seed_to = 616000;
		bench_learn();
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			bench_round(ids[i], "png", sizes[k], 615750 + 4 * k, 0);
		bench_make(ids[i], "png", 3000, 615750);
		bench.encrypted.p[bench.encrypted.n - 100] = '~'; /* no base64 behind it */
		assert_false(bench_opens("a.png", &o));
		bench_make(ids[i], "png", 3000, 615750);
		bench.encrypted.n -= 5;
		assert_false(bench_opens("a.png", &o));
		bench.attack.seed_from = 1; /* not there: refused */
		bench.attack.seed_to = 3000;
		assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	}
	bench_close();
}

/* ---- keys for each file */

static void keys_for_each_file_open_chaos(void **state)
{
	static const size_t sizes[] = { 1,     15,     16,     17,     31,     32,     33,
					46,    47,     48,     49,     95,     96,     97,
					65536, 786416, 786431, 786432, 786433, 1600000 };
	struct attack_open o;

	(void)state;
	bench_open("chaos");
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
	bench_key("chaos", 3);
	for (uint64_t seed = 4; seed < 8; seed++) /* five keys, one after the other */
		assert_true(layout_key("chaos", seed, &bench.key));
	bench.attack.key = buf_span(&bench.key);
	bench_make("chaos", "zip", 5000, 5);
	bench_sample("a.docx", 0);
	bench_learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		bench_round("chaos", "text", sizes[k], 3 + k % 5, 0);
	bench_make("chaos", "zip", 5000, 9); /* a key that is not among them */
	assert_false(bench_opens("a.docx", &o));
	assert_int_equal(bench.e.why, REASON_ENCRYPTED);
	bench_make("chaos", "zip", 5000, 5);
	bench.encrypted.p[2] = 'x';
	assert_false(bench_opens("a.docx", &o));
	bench_make("chaos", "zip", 5000, 5);
	bench.encrypted.p[3000] = '!'; /* no base64 */
	assert_false(bench_opens("a.docx", &o));
	assert_int_equal(bench.e.why, REASON_DAMAGED);
	bench.key.n -= 1; /* no whole keys */
	bench.attack.key = buf_span(&bench.key);
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
	bench_close();
}

/* ---- 7ev3n */

static void published_keys_open_the_first_kind_of_7ev3n(void **state)
{
	static const size_t sizes[] = { 1, 48, 49, 50, 77, 78, 79, 4096, 786432, 800000 };
	struct attack_open o;

	(void)state;
	bench_open("7ev3n");
	bench_learn_alone();
	for (uint64_t build = 0; build < 2; build++) {
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			bench_round("7ev3n", "text", sizes[k], build, 0);
		bench_round("7ev3n", "png", 5000, build, 0);
		bench_make("7ev3n", "zip", 5000, build);
		assert_true(bench_opens("1", &o));
		assert_string_equal(o.name, "seven.docx"); /* the name that it had */
	}
	bench_make("7ev3n", "zip", 5000, 0);
	bench.encrypted.p[bench.encrypted.n - 1] = ' '; /* a tail without its end */
	assert_false(bench_opens("1", &o));
	bench_make("7ev3n", "zip", 5000, 0);
	bench.encrypted.p[bench.encrypted.n - 12] ^= 0x80; /* no name */
	assert_false(bench_opens("1", &o));
	bench_make("7ev3n", "zip", 5000, 3); /* the second kind needs more, and says what */
	assert_false(bench_opens("1", &o));
	assert_non_null(strstr(bench.e.text, "id=ID"));
	bench_close();
}

static void an_id_or_a_pair_opens_the_second_kind_of_7ev3n(void **state)
{
	static const size_t sizes[] = { 1,   2,   3,    4,    5,      7,      8,     267,
					268, 269, 1071, 1072, 786432, 786436, 800003 };
	struct attack_open o;

	(void)state;
	bench_open("7ev3n");
	bench_key("7ev3n", 0); /* id and path */
	bench_learn_alone();
	for (uint64_t which = 2; which < 4; which++)
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			bench_round("7ev3n", "text", sizes[k], which, 0);
	bench_open("7ev3n"); /* a pair alone, for the build whose key knows no path */
	bench_make("7ev3n", "text", 3000, 3);
	bench_pair();
	bench_learn_alone();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		bench_round("7ev3n", "text", sizes[k], 3, 0);
	bench_open("7ev3n"); /* a pair and the path, for the other; and files of other names */
	bench_make("7ev3n", "text", 3000, 2);
	bench_pair();
	bench_key("7ev3n", 0);
	bench.attack.key = span_cut(bench.attack.key, 12, bench.attack.key.n); /* path=... */
	bench_learn_alone();
	bench_round("7ev3n", "text", 5000, 2, 0);
	bench_round("7ev3n", "png", 5000, 2, 0);
	bench_open("7ev3n"); /* a pair of two files shows nothing */
	bench_make("7ev3n", "text", 3000, 3);
	bench.original.p[700] ^= 1;
	bench_pair();
	bench_learn_alone();
	bench_make("7ev3n", "text", 3000, 3);
	assert_false(bench_opens("1", &o));
	bench_open("7ev3n"); /* another victim's id opens nothing */
	bench.attack.key = span_of("id=00000000\npath=C:\\pin\\doc\n");
	bench_make("7ev3n", "zip", 3000, 3);
	bench_sample("a.docx", 0);
	unsigned bits;
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench_close();
}

/* ---- LockCrypt */

static const size_t lock_sizes[] = { 1,      5,       7,       8,       9,      10,    11,
				     12,     25003,   25004,   25008,   25009,  65536, 262143,
				     786432, 1048575, 1048576, 1048577, 1200000 };

static void the_key_opens_lockcrypt_and_its_names(void **state)
{
	struct attack_open o;

	(void)state;
	bench_open("lockcrypt");
	bench_key("lockcrypt", 3);
	bench_learn_alone();
	for (size_t k = 0; k < sizeof lock_sizes / sizeof *lock_sizes; k++)
		bench_round("lockcrypt", "text", lock_sizes[k], 3, 0);
	/* "a.docx" in UTF-16, XORed with the key from its byte 11111, in base64 */
	uint8_t name[12];
	unsigned char coded[32];
	for (size_t i = 0; i < sizeof name; i++)
		name[i] = (uint8_t)(i % 2 == 0 ? "a.docx"[i / 2] : 0) ^ bench.key.p[11111 + i];
	EVP_EncodeBlock(coded, name, sizeof name);
	for (size_t i = 0; coded[i] != '\0'; i++)
		coded[i] = coded[i] == '/' ? '-' : coded[i];
	bench_make("lockcrypt", "zip", 5000, 3);
	assert_true(bench_opens((const char *)coded, &o));
	assert_string_equal(o.name, "a.docx");
	bench_make("lockcrypt", "zip", 5000, 4); /* another victim's */
	bench_sample("a.docx", 0);
	unsigned bits;
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench_close();
}

static void a_pair_opens_lockcrypt_but_for_an_end(void **state)
{
	struct attack_open o;
	struct error e;

	(void)state;
	bench_open("lockcrypt");
	assert_false(bench.attack.engine->learn(&bench.attack, &e));
	bench_make("lockcrypt", "text", 30000, 3);
	bench_pair();
	bench_learn_alone();
	bench_round("lockcrypt", "text", 30000, 3, 0);
	bench_round("lockcrypt", "text", 7, 3, 0);
	for (size_t k = 5; k < sizeof lock_sizes / sizeof *lock_sizes; k++) {
		bench_make("lockcrypt", "text", lock_sizes[k], 3);
		assert_true(bench_opens("a.txt", &o));
		assert_int_equal(bench.result.n, bench.original.n);
		assert_int_equal(o.n_lost, 1); /* two bytes, told, and all others right */
		assert_int_equal(o.lost[0].n, 2);
		for (size_t i = 0; i < bench.original.n; i++)
			if (i < o.lost[0].at || i >= o.lost[0].at + 2)
				assert_int_equal(bench.result.p[i], bench.original.p[i]);
	}
	bench_open("lockcrypt"); /* a shorter pair opens as far as it reaches */
	bench_make("lockcrypt", "text", 10000, 3);
	bench_pair();
	bench_learn_alone();
	bench_round("lockcrypt", "text", 10000, 3, 0);
	bench_make("lockcrypt", "text", 26000, 3);
	assert_true(bench_opens("a.txt", &o));
	assert_int_equal(o.lost[0].at, 9996);
	assert_memory_equal(bench.result.p, bench.original.p, 9996);
	bench_open("lockcrypt"); /* of two files */
	bench_make("lockcrypt", "text", 60000, 3);
	bench.original.p[40000] ^= 1;
	bench_pair();
	assert_false(bench.attack.engine->learn(&bench.attack, &e));
	bench_close();
}

/* ---- TeslaCrypt 0, AlphaCrypt */

static void key_dat_opens_teslacrypt_0_and_alphacrypt(void **state)
{
	static const char *const ids[] = { "teslacrypt-0", "alphacrypt" };
	static const size_t sizes[] = { 1, 15, 16, 17, 31, 32, 33, 4096, 65537, 786433 };
	struct attack_open o;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint64_t header = i == 0 ? 20 : 220;
		bench_open(ids[i]);
		assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
		assert_int_equal(bench.e.why, REASON_ENCRYPTED);
		bench_key(ids[i], 9);
		bench_make(ids[i], "zip", 5000, 9);
		bench_sample("a.docx", 0);
		bench_learn();
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			bench_round(ids[i], "text", sizes[k], 9, 0);
		bench_make(ids[i], "text", 100, 9);
		bench.encrypted.p[header - 4] = 1; /* a size that does not fit */
		assert_false(bench_opens("a.txt", &o));
		assert_int_equal(bench.e.why, REASON_DAMAGED);
		bench_key(ids[i], 9);
		bench.key.p[i == 0 ? 0x177 : 0x1b1] ^= 1; /* its two keys do not agree */
		assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
		bench_key(ids[i], 9);
		memset(bench.key.p + (i == 0 ? 0x177 : 0x1b1), 0, 32); /* taken out */
		assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
		bench_open(ids[i]); /* another machine's */
		bench_key(ids[i], 10);
		bench_make(ids[i], "zip", 5000, 9);
		bench_sample("a.docx", 0);
		unsigned bits;
		assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	}
	bench_close();
}

/* The published point is of the curve, so that the number proves the key: 512 bits. */
static void the_number_in_alphacrypt_leads_to_its_key(void **state)
{
	uint8_t master[32];
	char hex[80] = "0x";
	unsigned bits;

	(void)state;
	bench_open("alphacrypt");
	bench_make("alphacrypt", "text", 300, 21);
	bench_sample("a.txt", 0);
	assert_false(
		attack_learn(&bench.attack, &bits, &bench.e)); /* says what is to be factored */
	assert_non_null(strstr(bench.e.text, "prime factors of 0x"));
	layout_scalar(21, master);
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 + 2 * i, 3, "%02x", master[i]);
	bench.attack.key = span_of(hex); /* as one factor */
	bench_learn();
	assert_true(attack_holds(&bench.attack, &bits, &bench.e));
	assert_true(bits >= 512);
	hex[5] = hex[5] == '1' ? '2' : '1';
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench_close();
}

/* ---- private keys */

static void a_brought_key_opens_babuk_for_esxi(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 79, 80, 81, 65536, 786432, 786433 };
	unsigned bits;
	struct attack_open o;

	(void)state;
	bench_open("babuk-esxi");
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
	bench_key("babuk-esxi", 11);
	bench_make("babuk-esxi", "zip", 5000, 11);
	bench_sample("a.docx", 0);
	bench_learn();
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		bench_round("babuk-esxi", "text", sizes[k], 11, 0);
	bench_make("babuk-esxi", "zip", 5000, 11);
	bench.encrypted.p[bench.encrypted.n - 7] ^= 1; /* a spoiled tail opens to nothing */
	bench.attack.n_samples = 0;
	bench_sample("a.docx", 0);
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench_make("babuk-esxi", "zip", 200, 11);
	bench.encrypted.n = 31;
	assert_false(bench_opens("a.docx", &o));
	bench_close();
	/* bytes behind the head are plain: the head as a setting */
	bench_open("babuk-esxi");
	for (unsigned i = 0; i < bench.family.n_settings; i++)
		if (span_is(bench.family.setting[i].name, "head"))
			bench.family.setting[i].value = span_of("1000000");
	bench_key("babuk-esxi", 11);
	bench_learn_alone();
	bench_make("babuk-esxi", "text", 1200000, 11);
	memcpy(bench.encrypted.p + 1000000, bench.original.p + 1000000, 200000);
	assert_true(bench_opens("a.txt", &o));
	assert_memory_equal(bench.result.p, bench.original.p, bench.original.n);
	bench_close();
}

static void every_form_of_a_key_is_read(void **state)
{
	struct buf raw, text;
	unsigned char *der = NULL;
	char line[128];

	(void)state;
	buf_init(&raw, 1 << 16);
	buf_init(&text, 1 << 16);
	assert_true(layout_key("babuk-nas", 11, &raw));
	bench_open("babuk-nas");
	for (unsigned form = 0; form < 5; form++) {
		EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, raw.p, raw.n);
		int n = i2d_PrivateKey(key, &der);
		buf_reset(&text);
		for (size_t i = 0; form == 0 && i < raw.n; i++) /* hexadecimal, over lines */
			buf_printf(&text, "%02X%s", raw.p[i], i % 8 == 7 ? "\n" : " ");
		if (form == 1) {
			EVP_EncodeBlock((uint8_t *)line, raw.p, (int)raw.n);
			buf_printf(&text, "%s\n", line);
		}
		if (form == 2) {
			EVP_EncodeBlock((uint8_t *)line, der, n);
			buf_printf(&text,
				   "Found it here\n-----BEGIN PRIVATE KEY-----\n%s\n-----END "
				   "PRIVATE KEY-----\n",
				   line);
		}
		if (form == 3)
			buf_put(&text, der, (size_t)n);
		if (form == 4)
			buf_put_span(&text, buf_span(&raw));
		bench.attack.key = buf_span(&text);
		bench_learn_alone();
		bench_round("babuk-nas", "text", 5000, 11, 0);
		OPENSSL_free(der);
		der = NULL;
		EVP_PKEY_free(key);
	}
	bench.attack.key = span_of("this is no key");
	assert_false(bench.attack.engine->learn(&bench.attack, &bench.e));
	assert_int_equal(bench.e.why, REASON_DAMAGED);
	buf_release(&raw);
	buf_release(&text);
	bench_close();
}

static void a_brought_key_opens_conti(void **state)
{
	static const uint64_t shares[] = { 10, 15, 20, 25, 30, 35, 40, 50, 60, 70, 80, 99, 100 };
	static const size_t sizes[] = { 1, 99, 100, 101, 6399, 6400, 6401, 100000, 1048577 };
	struct attack_open o;
	unsigned bits;

	(void)state;
	bench_open("conti");
	bench_key("conti", 2000);
	bench_make("conti", "zip", 5000, 2100);
	bench_sample("a.docx", 0);
	bench_learn();
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		for (size_t k = i % 3; k < sizeof sizes / sizeof *sizes; k += 3)
			bench_round("conti", "text", sizes[k], 2000 + shares[i], 0);
	bench_make("conti", "zip", 5000, 3100); /* another build's */
	assert_false(bench_opens("a.docx", &o));
	assert_int_equal(bench.e.why, REASON_ENCRYPTED);
	bench_make("conti", "zip", 5000, 2050);
	bench.encrypted.p[bench.encrypted.n - 9] = 51; /* no share that there is */
	assert_false(bench_opens("a.docx", &o));
	bench_make("conti", "zip", 5000, 2100);
	bench.encrypted.p[bench.encrypted.n - 10] = 0x27; /* nor mode */
	assert_false(bench_opens("a.docx", &o));
	bench_make("conti", "zip", 5000, 2100);
	bench.encrypted.p[bench.encrypted.n - 8] ^= 1; /* nor size */
	assert_false(bench_opens("a.docx", &o));
	assert_int_equal(bench.e.why, REASON_DAMAGED);
	bench_make("conti", "zip", 5000, 2100);
	bench.encrypted.p[bench.encrypted.n - 400] ^= 1; /* a spoiled block */
	bench.attack.n_samples = 0;
	bench_sample("a.docx", 0);
	assert_false(attack_learn(&bench.attack, &bits, &bench.e));
	bench_close();
}

static void a_key_or_a_pair_opens_akira(void **state)
{
	static const uint64_t shares[] = { 20, 49, 50, 99 };
	static const size_t sizes[] = { 1, 63, 64, 65, 1000, 100000 };

	(void)state;
	bench_open("akira-1");
	bench_key("akira-1-key", 2000); /* PEM: the engine for keys takes over */
	bench_make("akira-1-key", "zip", 5000, 2500);
	bench_sample("a.docx", 0);
	bench_learn();
	for (uint64_t mode = 0; mode < 3; mode++)
		for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
			for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
				bench_round("akira-1-key", "text", sizes[k],
					    2000 + 10 * shares[i] + mode, 0);
	bench_open(
		"akira-1"); /* a key of another kind of file beside a pair: the pair still opens */
	bench.attack.key = span_of("0123456789abcdef0123456789abcdef");
	bench_make("akira-1", "text", 90000, 0);
	bench_pair();
	bench_make("akira-1", "zip", 5000, 2);
	bench_sample("a.docx", 0);
	bench_learn();
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sosemanuk_is_that_of_its_authors),
		cmocka_unit_test(chacha_is_that_of_libcrypto_and_of_its_drafts),
		cmocka_unit_test(the_second_opens_dma_locker),
		cmocka_unit_test(the_second_found_opens_small_files_of_dma_locker),
		cmocka_unit_test(the_second_opens_princess),
		cmocka_unit_test(ticks_open_solidbit_and_onyx),
		cmocka_unit_test(keys_for_each_file_open_chaos),
		cmocka_unit_test(published_keys_open_the_first_kind_of_7ev3n),
		cmocka_unit_test(an_id_or_a_pair_opens_the_second_kind_of_7ev3n),
		cmocka_unit_test(the_key_opens_lockcrypt_and_its_names),
		cmocka_unit_test(a_pair_opens_lockcrypt_but_for_an_end),
		cmocka_unit_test(key_dat_opens_teslacrypt_0_and_alphacrypt),
		cmocka_unit_test(the_number_in_alphacrypt_leads_to_its_key),
		cmocka_unit_test(a_brought_key_opens_babuk_for_esxi),
		cmocka_unit_test(every_form_of_a_key_is_read),
		cmocka_unit_test(a_brought_key_opens_conti),
		cmocka_unit_test(a_key_or_a_pair_opens_akira),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
