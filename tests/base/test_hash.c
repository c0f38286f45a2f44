/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "tests/test.h"

#include <openssl/evp.h>

static const struct {
	enum hash_kind kind;
	const char *text, *hex;
} published[] = {
	{ HASH_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" }, /* RFC 1321 A.5 */
	{ HASH_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	{ HASH_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" }, /* FIPS 180-2 A.1 */
	{ HASH_SHA1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ HASH_SHA256, "abc", /* FIPS 180-2 B.1 */
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ HASH_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static void published_digests_come_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		char hex[HASH_MAX_HEX + 1];
		assert_true(hash_hex(published[i].kind, span_of(published[i].text), hex));
		assert_string_equal(hex, published[i].hex);
	}
}

static void a_published_crc_comes_out(void **state)
{
	(void)state;
	assert_int_equal(crc32c(0, span_of("123456789")), 0xe3069283); /* RFC 3720, B.4's kind */
	assert_int_equal(crc32c(crc32c(0, span_of("1234")), span_of("56789")), 0xe3069283);
}

static const EVP_MD *judge(enum hash_kind kind)
{
	return kind == HASH_MD5 ? EVP_md5() : kind == HASH_SHA1 ? EVP_sha1() : EVP_sha256();
}

/* Every length about the blocks of 64 bytes, at one go and in two pieces, twice with one state. */
static void pieces_give_what_the_whole_gives(void **state)
{
	uint8_t text[200], whole[HASH_MAX_SIZE], again[HASH_MAX_SIZE], other[EVP_MAX_MD_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 7 + 1);
	for (int kind = HASH_MD5; kind <= HASH_SHA256; kind++) {
		struct hash *h = hash_new((enum hash_kind)kind);
		size_t size = hash_size((enum hash_kind)kind);
		assert_non_null(h);
		for (size_t n = 0; n <= sizeof text; n++) {
			size_t cut = n / 3;
			assert_true(hash_of((enum hash_kind)kind, (struct span){ text, n }, whole));
			assert_int_equal(
				EVP_Digest(text, n, other, NULL, judge((enum hash_kind)kind), NULL),
				1);
			assert_memory_equal(whole, other, size);
			hash_add(h, (struct span){ text, cut });
			hash_add(h, (struct span){ text + cut, n - cut });
			assert_true(hash_end(h, again));
			assert_memory_equal(whole, again, size);
		}
		hash_free(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_digests_come_out),
		cmocka_unit_test(a_published_crc_comes_out),
		cmocka_unit_test(pieces_give_what_the_whole_gives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
