/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mutate.h"
#include "tests/test.h"
#include "tests/trust/vectors.h"
#include "trust/verify/checkpoint.h"
#include "trust/verify/note.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>

#define FOO "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define FOO_NOTE                                                                                   \
	"This is an example message.\n\n\xe2\x80\x94 example.com/foo "                             \
	"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72Ine"  \
	"yaQM=\n"
#define NEUMANN "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define ROOT    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
#define TEXT                                                                                       \
	"If you think cryptography is the answer to your problem,\n"                               \
	"then you don't know what your problem is.\n"
#define NEUMANN_LINE                                                                               \
	"\xe2\x80\x94 PeterNeumann "                                                               \
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBw"  \
	"JnAM=\n"
#define ROOT_LINE                                                                                  \
	"\xe2\x80\x94 EnochRoot "                                                                  \
	"rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvM"  \
	"c+QQ=\n"

static int set_up(void **state)
{
	(void)state;
	vectors_open();
	return sodium_init() < 0;
}

static int tear_down(void **state)
{
	(void)state;
	vectors_close();
	return 0;
}

static struct note_key key_of(const char *vkey)
{
	struct note_key k;
	struct error e;

	assert_true(note_key_parse(span_of(vkey), &k, &e));
	return k;
}

/* Whether the note parses and one of the keys signed it; valid[] says which. */
static bool opens(struct span whole, const struct note_key *keys, size_t n, bool *valid)
{
	struct note note;
	struct error e;

	return note_parse(whole, &note, &e) && note_check(&note, keys, n, valid, &e);
}

/* ---- the published notes */

static void the_example_of_the_specification_verifies(void **state)
{
	struct note_key key = key_of(FOO);
	struct note note;
	struct error e;
	char vkey[NOTE_MAX_VKEY];
	bool valid;

	(void)state;
	assert_int_equal(key.id, 0x530d903a);
	note_key_write(&key, vkey);
	assert_string_equal(vkey, FOO);
	assert_true(note_parse(span_of(FOO_NOTE), &note, &e));
	assert_true(span_is(note.text, "This is an example message.\n"));
	assert_true(note_check(&note, &key, 1, &valid, &e));
	assert_true(valid);
}

static void two_signers_are_told_apart(void **state)
{
	struct note_key keys[] = { key_of(NEUMANN), key_of(ROOT), key_of(FOO) };
	bool valid[3];

	(void)state;
	assert_true(opens(span_of(TEXT "\n" NEUMANN_LINE ROOT_LINE), keys, 3, valid));
	assert_true(valid[0] && valid[1] && !valid[2]);
	assert_true(opens(span_of(TEXT "\n" ROOT_LINE), keys, 3, valid));
	assert_true(!valid[0] && valid[1]);
	assert_false(opens(span_of(TEXT "\n" ROOT_LINE), keys, 1, valid)); /* no known key */
	assert_false(opens(span_of("Another text.\n\n" NEUMANN_LINE), keys, 3, valid));
	/* a known key that fails spoils the signature of the other */
	assert_false(opens(span_of(TEXT "\n" NEUMANN_LINE "\xe2\x80\x94 EnochRoot "
					"rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/"
					"5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMd+QQ=\n"),
			   keys, 3, valid));
}

static void signing_gives_the_published_bytes(void **state)
{
	struct signer s;
	struct error e;
	struct buf b;
	char skey[SIGNER_MAX_SKEY];
	static const char secret[] =
		"PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

	(void)state;
	buf_init(&b, 1 << 16);
	assert_true(signer_parse(span_of(secret), &s, &e));
	signer_note(&s, span_of(TEXT), &b);
	assert_true(span_is(buf_span(&b), TEXT "\n" NEUMANN_LINE));
	signer_write(&s, skey);
	assert_string_equal(skey, secret);
	buf_release(&b);
	assert_false(signer_parse(span_of("PRIVATE+KEY+PeterNeumann+c74f20a4+"
					  "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"),
				  &s, &e));
	assert_false(signer_parse(span_of("PRIVATE+KEY+"), &s, &e));
	assert_false(signer_parse(span_of("PeterNeumann+c74f20a3+AYEK"), &s, &e));
}

static void what_is_no_note_is_refused(void **state)
{
	static const char *const bad[] = {
		TEXT,
		TEXT "\n",
		"",
		"\n",
		"\n\n",
		"\x01" TEXT "\n" NEUMANN_LINE,
		"\xff" TEXT "\n" NEUMANN_LINE,
		"a\r\n\n" NEUMANN_LINE,
		TEXT "\n\xe2\x80\x94 Peter Neumann x08go/ZJkuA=\n",
		TEXT "\n\xe2\x80\x94 Peter+Neumann x08go/ZJkuA=\n",
		TEXT "\n\xe2\x80\x94 Peter\xc2\xa0Neumann x08go/ZJkuA=\n",
		TEXT "\n\xe2\x80\x94 Peter\xe3\x80\x80Neumann x08go/ZJkuA=\n",
		TEXT "\n" NEUMANN_LINE "and more\n",
		TEXT "\n- PeterNeumann x08go/ZJkuA=\n",
		TEXT "\n\xe2\x80\x94 PeterNeumann x08go/ZJkuA\n",   /* no padding */
		TEXT "\n\xe2\x80\x94 PeterNeumann x08go/ZJkuB=\n",  /* bits that no byte takes */
		TEXT "\n\xe2\x80\x94 PeterNeumann  x08go/ZJkuA=\n", /* two spaces */
		TEXT "\n\xe2\x80\x94 PeterNeumann x08go/ZJkuA= \n",
		TEXT "\n\xe2\x80\x94 PeterNeumann x08goA==\n", /* a key's id and nothing more */
		TEXT "\n\xe2\x80\x94 PeterNeumann\n",
	};
	struct note note;
	struct error e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(note_parse(span_of(bad[i]), &note, &e));
	/* the last newline cut */
	struct span whole = span_of(TEXT "\n" NEUMANN_LINE);
	assert_true(note_parse(whole, &note, &e));
	assert_false(note_parse(span_cut(whole, 0, whole.n - 1), &note, &e));
}

static void at_most_100_signatures_are_read(void **state)
{
	struct note note;
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_put_text(&b, TEXT "\n");
	for (int i = 0; i < NOTE_MAX_SIGNATURES; i++)
		buf_put_text(&b, NEUMANN_LINE);
	assert_true(note_parse(buf_span(&b), &note, &e));
	buf_put_text(&b, NEUMANN_LINE);
	assert_false(note_parse(buf_span(&b), &note, &e));
	assert_int_equal(e.why, REASON_LIMIT);
	buf_reset(&b);
	while (b.n <= NOTE_MAX_SIZE)
		buf_put_text(&b, TEXT);
	buf_put_text(&b, "\n" NEUMANN_LINE);
	assert_false(note_parse(buf_span(&b), &note, &e));
	assert_int_equal(e.why, REASON_LIMIT);
	buf_release(&b);
}

static void the_signatures_follow_the_last_empty_line(void **state)
{
	struct signer s = vector_signer("rel");
	struct note note;
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	signer_note(&s, span_of("one\n\ntwo\n\n\nthree\n"), &b);
	assert_true(note_parse(buf_span(&b), &note, &e));
	assert_true(span_is(note.text, "one\n\ntwo\n\n\nthree\n"));
	bool valid;
	assert_true(note_check(&note, &s.key, 1, &valid, &e));
	buf_release(&b);
}

/* ---- keys */

static void a_vkey_that_is_changed_is_none(void **state)
{
	struct span good = span_of(NEUMANN);
	struct note_key k;
	struct error e;
	char text[128];

	(void)state;
	for (size_t from = 0; from < good.n; from++)
		for (size_t n = 0; n <= good.n - from; n++)
			if (n != good.n)
				assert_false(note_key_parse(span_cut(good, from, n), &k, &e));
	for (size_t i = 0; i < good.n; i++) {
		memcpy(text, NEUMANN, good.n + 1);
		text[i]++;
		assert_false(note_key_parse(span_of(text), &k, &e));
	}
}

/* A vkey of any bytes with its right id. */
static bool parses(const char *name, const uint8_t *bytes, size_t n, struct error *e)
{
	char base64[256], text[512];
	struct note_key k;

	strict_base64_write((struct span){ bytes, n }, base64);
	snprintf(text, sizeof text, "%s+%08x+%s", name,
		 note_key_id(span_of(name), bytes[0], (struct span){ bytes + 1, n - 1 }), base64);
	return note_key_parse(span_of(text), &k, e);
}

static void a_key_of_another_type_or_length_is_refused(void **state)
{
	uint8_t bytes[64] = { 0x01 };
	struct error e;

	(void)state;
	memset(bytes + 1, 7, 63);
	assert_true(parses("a", bytes, 33, &e));
	assert_false(parses("a", bytes, 32, &e));
	assert_false(parses("a", bytes, 34, &e));
	assert_false(parses("a", bytes, 2, &e));
	bytes[0] = 0x04;
	assert_true(parses("a", bytes, 33, &e));
	bytes[0] = 0x06;
	assert_false(parses("a", bytes, 33, &e));
	assert_int_equal(e.why, REASON_UNSUPPORTED);
	bytes[0] = 0x01;
	assert_false(parses("a b", bytes, 33, &e));
	assert_false(parses("", bytes, 33, &e));
}

static void key_ids_are_the_published_ones(void **state)
{
	static const char *const roles[] = { "log", "w1", "w2", "w3", "rel" };
	uint8_t pub[1312];
	const struct json_item *mldsa = vector("mldsa44");
	char hex[9];

	(void)state;
	key_of("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		struct note_key k;
		struct error e;
		struct signer s = vector_signer(roles[i]);
		char vkey[NOTE_MAX_VKEY];
		assert_true(note_key_parse(vector_vkey(roles[i]), &k, &e));
		assert_memory_equal(k.public, s.key.public, 32);
		note_key_write(&s.key, vkey);
		assert_true(span_is(vector_vkey(roles[i]), vkey));
	}
	size_t n = hex_bytes(text_in(json_read_member(mldsa, "pub")), pub);
	assert_int_equal(n, sizeof pub);
	snprintf(hex, sizeof hex, "%08x",
		 note_key_id(text_in(json_read_member(mldsa, "name")), 0x06,
			     (struct span){ pub, n }));
	assert_true(span_is(text_in(json_read_member(mldsa, "keyid")), hex));
}

/* ---- cosignatures */

static void the_published_cosignatures_verify_and_are_made_again(void **state)
{
	struct signer w1 = vector_signer("w1");
	struct span whole = vector_text("checkpoint5_witnessed");
	struct note note;
	struct note_signature s;
	struct error e;
	struct buf b;
	uint64_t time = 0;
	unsigned n = 0;

	(void)state;
	assert_true(note_parse(whole, &note, &e));
	struct cursor c = cursor_of(note.signatures);
	while (note_next(&c, &s)) {
		if (!note_names_key(&s, &w1.key))
			continue;
		n++;
		assert_true(note_verify(&w1.key, &s, note.text, &time));
		assert_int_equal(time, 1767225600);
		for (size_t i = 0; i < s.n; i++) { /* the time is signed as the rest is */
			s.payload[i] ^= 1;
			assert_false(note_verify(&w1.key, &s, note.text, &time));
			s.payload[i] ^= 1;
		}
	}
	assert_int_equal(n, 1);
	buf_init(&b, 4096);
	signer_line(&w1, note.text, 1767225600, &b);
	assert_true(span_equal(buf_span(&b), vector_text("cosig_w1_line")));
	buf_release(&b);
}

static void the_witness_sequence_of_another_program_verifies(void **state)
{
#define SIGSUM "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
	static const char *const head[] = {
		SIGSUM "\n1\nKgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\xe2\x80\x94 " SIGSUM
		       " UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+"
		       "YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=\n",
		SIGSUM "\n3\nRcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=\n\n\xe2\x80\x94 " SIGSUM
		       " UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/"
		       "GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=\n",
		SIGSUM "\n5\nQrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=\n\n\xe2\x80\x94 " SIGSUM
		       " UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/"
		       "ASRcWJi0tW90dJWAShei7sDww=\n",
	};
	struct note_key key = { .name = SIGSUM, .type = NOTE_ED25519 };
	struct checkpoint head_of[3];
	bool valid;

	(void)state;
	hex_bytes(span_of("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"),
		  key.public);
	key.id = note_key_id(span_of(SIGSUM), key.type, (struct span){ key.public, 32 });
	assert_int_equal(key.id, 0x5202289b);
	for (size_t i = 0; i < 3; i++) {
		struct note note;
		struct error e;
		assert_true(note_parse(span_of(head[i]), &note, &e));
		assert_true(note_check(&note, &key, 1, &valid, &e));
		assert_true(checkpoint_parse(note.text, &head_of[i], &e));
		assert_int_equal(head_of[i].size, 2 * i + 1);
	}
	struct merkle_proof p = { .n = 2 };
	struct error e;
	assert_true(strict_base64_hash(span_of("KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
				       p.hash[0].b));
	assert_true(strict_base64_hash(span_of("KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
				       p.hash[1].b));
	assert_true(merkle_check_consistency(1, 3, &head_of[0].root, &head_of[1].root, &p, &e));
	p.n = 3;
	assert_true(strict_base64_hash(span_of("+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI="),
				       p.hash[1].b));
	assert_true(strict_base64_hash(span_of("KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
				       p.hash[2].b));
	assert_true(merkle_check_consistency(1, 5, &head_of[0].root, &head_of[2].root, &p, &e));
}

/* ---- Ed25519, strictly */

static void verify_raw(const uint8_t *pub, const uint8_t *signature, struct span text, bool *ours,
		       bool *openssl)
{
	struct note_key key = { .name = "k", .type = NOTE_ED25519 };
	struct note_signature s = { .n = 64 };
	uint64_t time;

	memcpy(key.public, pub, 32);
	memcpy(s.payload, signature, 64);
	*ours = note_verify(&key, &s, text, &time);
	EVP_PKEY *p = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, 32);
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	*openssl = p != NULL && EVP_DigestVerifyInit(m, NULL, NULL, NULL, p) == 1 &&
		   EVP_DigestVerify(m, signature, 64, text.p, text.n) == 1;
	EVP_MD_CTX_free(m);
	EVP_PKEY_free(p);
}

/* s + L, little-endian: the same number modulo the order, spelt another way. */
static void add_order(uint8_t s[32])
{
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a,       0x63,
					   0x12, 0x58, 0xd6, 0x9c, 0xf7,       0xa2,
					   0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
	unsigned carry = 0;

	for (int i = 0; i < 32; i++) {
		carry += (unsigned)s[i] + order[i];
		s[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static void a_second_spelling_of_s_is_refused(void **state)
{
	struct signer k = vector_signer("rel");
	struct span text = span_of("a text\n");
	uint8_t signature[64];
	bool ours, openssl;

	(void)state;
	crypto_sign_detached(signature, NULL, text.p, text.n, k.secret);
	verify_raw(k.key.public, signature, text, &ours, &openssl);
	assert_true(ours && openssl);
	for (int i = 0; i < 14; i++) { /* as long as it fits in 32 bytes */
		add_order(signature + 32);
		verify_raw(k.key.public, signature, text, &ours, &openssl);
		assert_false(ours);
	}
}

/*
 * A public key of small order verifies what nobody signed: for A = 0, R = sB is a signature of
 * every text.  OpenSSL takes it, which shows that the attack is one.
 */
static void keys_and_points_of_small_order_are_refused(void **state)
{
	static const char *const small[] = {
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	unsigned openssl_took = 0;

	(void)state;
	for (size_t i = 0; i < sizeof small / sizeof *small; i++)
		for (uint8_t round = 1; round <= 16; round++) {
			uint8_t pub[32], signature[64] = { 0 };
			bool ours, openssl;
			hex_bytes(span_of(small[i]), pub);
			signature[32] = round;
			assert_int_equal(
				crypto_scalarmult_ed25519_base_noclamp(signature, signature + 32),
				0);
			verify_raw(pub, signature, span_of("any text\n"), &ours, &openssl);
			assert_false(ours);
			openssl_took += openssl;
			/* and the point as R, with s = 0, under an honest key */
			struct signer k = vector_signer("rel");
			memcpy(signature, pub, 32);
			memset(signature + 32, 0, 32);
			verify_raw(k.key.public, signature, span_of("any text\n"), &ours, &openssl);
			assert_false(ours);
		}
	assert_true(openssl_took >= 16);
}

static void every_bit_of_a_signature_and_a_key_counts(void **state)
{
	struct signer k = vector_signer("rel");
	struct span text = span_of("a text\n");
	uint8_t signature[64], pub[32];
	bool ours, openssl;

	(void)state;
	crypto_sign_detached(signature, NULL, text.p, text.n, k.secret);
	memcpy(pub, k.key.public, 32);
	for (size_t i = 0; i < 8 * 64; i++) {
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
		verify_raw(pub, signature, text, &ours, &openssl);
		assert_false(ours);
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < 8 * 32; i++) {
		pub[i / 8] ^= (uint8_t)(1 << i % 8);
		verify_raw(pub, signature, text, &ours, &openssl);
		assert_false(ours);
		pub[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	struct note_signature s = { .n = 63 };
	uint64_t time;
	memcpy(s.payload, signature, 64);
	assert_false(note_verify(&k.key, &s, text, &time));
	s.n = 65;
	assert_false(note_verify(&k.key, &s, text, &time));
	s.n = 64;
	assert_true(note_verify(&k.key, &s, text, &time));
}

/* ---- spelling */

static void a_number_has_one_spelling(void **state)
{
	static const char *const bad[] = { "",    "00",  "01",      "+1",  "-1",
					   " 1",  "1 ",  "1a",      "0x1", "9223372036854775808",
					   "1.0", "1e3", "\xd9\xa1" };
	uint64_t v = 7;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(strict_decimal(span_of(bad[i]), &v));
	assert_int_equal(v, 7);
	assert_true(strict_decimal(span_of("0"), &v) && v == 0);
	assert_true(strict_decimal(span_of("9223372036854775807"), &v) && v == INT64_MAX);
	assert_false(strict_decimal(span_of("99999999999999999999"), &v));
}

static void base64_has_one_spelling(void **state)
{
	static const char *const bad[] = { "A",     "AA",   "AAA",    "AA=A",     "A===",
					   "====",  "AB==", "AAB=",   "AA==AAAA", "AA-_",
					   "AA\nA", " AAA", "AAA\x80" };
	uint8_t bytes[8];
	char text[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(strict_base64(span_of(bad[i]), bytes, sizeof bytes, &n));
	assert_true(strict_base64(span_of(""), bytes, 0, &n) && n == 0);
	for (size_t size = 0; size <= 8; size++)
		for (unsigned round = 0; round < 256; round++) {
			uint8_t in[8];
			for (size_t i = 0; i < size; i++)
				in[i] = (uint8_t)(round * (i + 1));
			strict_base64_write((struct span){ in, size }, text);
			assert_true(strict_base64(span_of(text), bytes, size, &n));
			assert_int_equal(n, size);
			assert_memory_equal(in, bytes, size);
			assert_true(size == 0 ||
				    !strict_base64(span_of(text), bytes, size - 1, &n));
		}
}

static void a_checkpoint_has_three_lines(void **state)
{
#define ROOT64 "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0="
	static const char *const bad[] = {
		"",
		"o\n",
		"o\n1\n",
		"o\n1\n" ROOT64,
		"\n1\n" ROOT64 "\n",
		"o\n01\n" ROOT64 "\n",
		"o\n1\n" ROOT64 "\nextension\n",
		"o\n1\n" ROOT64 "\n\n",
		"o\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb1=\n", /* unused bits */
		"o\n1\nAAAA\n",
		"o\n1099511627777\n" ROOT64 "\n", /* 2^40 + 1 */
	};
	struct checkpoint c;
	struct error e;
	char text[CHECKPOINT_MAX_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(checkpoint_parse(span_of(bad[i]), &c, &e));
	static const char good[] = "go.sum database tree\n123456789012\n" ROOT64 "\n";
	assert_true(checkpoint_parse(span_of(good), &c, &e));
	struct merkle_hash hello = merkle_leaf(span_of("hello world"));
	assert_true(merkle_equal(&c.root, &hello));
	assert_int_equal(checkpoint_write(&c, text), strlen(good));
	assert_string_equal(text, good);
}

static void read_note(struct span s)
{
	struct note_key key = key_of(FOO);
	struct note note;
	struct error e;
	bool valid;

	/* whatever verifies is the note that was signed, byte for byte */
	if (note_parse(s, &note, &e) && note_check(&note, &key, 1, &valid, &e))
		assert_true(span_is(s, FOO_NOTE));
}

static void no_damage_to_a_note_verifies(void **state)
{
	(void)state;
	mutate(span_of(FOO_NOTE), read_note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_specification_verifies),
		cmocka_unit_test(two_signers_are_told_apart),
		cmocka_unit_test(signing_gives_the_published_bytes),
		cmocka_unit_test(what_is_no_note_is_refused),
		cmocka_unit_test(at_most_100_signatures_are_read),
		cmocka_unit_test(the_signatures_follow_the_last_empty_line),
		cmocka_unit_test(a_vkey_that_is_changed_is_none),
		cmocka_unit_test(a_key_of_another_type_or_length_is_refused),
		cmocka_unit_test(key_ids_are_the_published_ones),
		cmocka_unit_test(the_published_cosignatures_verify_and_are_made_again),
		cmocka_unit_test(the_witness_sequence_of_another_program_verifies),
		cmocka_unit_test(a_second_spelling_of_s_is_refused),
		cmocka_unit_test(keys_and_points_of_small_order_are_refused),
		cmocka_unit_test(every_bit_of_a_signature_and_a_key_counts),
		cmocka_unit_test(a_number_has_one_spelling),
		cmocka_unit_test(base64_has_one_spelling),
		cmocka_unit_test(a_checkpoint_has_three_lines),
		cmocka_unit_test(no_damage_to_a_note_verifies),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
