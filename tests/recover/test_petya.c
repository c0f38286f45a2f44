/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "recover/hex.h"
#include "recover/petya.h"
#include "tests/test.h"

/* The vectors of hasherezade/petya_key. */
static const struct {
	enum petya_kind kind;
	const char *code, *key;
} vectors[] = {
	{ PETYA_RED,
	  "e4Q8ffSQY1yvicQi2FERwAoYQLfRPJ9b9pukbkSQ3Pk21KJr9DXZbfqXZDFKnnKZRPJ5MXvNAC9eajUsqRCNu43h"
	  "Q2",
	  "rU95BhkeU4Eua2q3" },
	{ PETYA_RED,
	  "ceNQvr2pYRvJ4D1oELoK4z6DVnM11HHZiQomqY7fNXQDAvAMhkkyzvzBWw2CzCbdSM2HuJPYENrnTNDyEFSVrb64"
	  "f1",
	  "i8kV3MUF8kiwR31j" },
	{ PETYA_GREEN,
	  "a5PhwcoxzctW7vUN5B5oPLTf64cnTe4ZWJyx5tKGHhHJQvSFMfPNAHiZcazmSdz6ZWo4uaYKtmC3rQj6g67wCmrZ"
	  "Du918bA1",
	  "H9UM88r4k49QWmNk" },
	{ PETYA_GREEN,
	  "b4QjQkFw2h8ua41xCUJRDYKTNWkiXGRuozLL2dWwFtFMEzku24i6D7phY2ht7QZXgqi1xxZNY1nhiJ4YLygF2GGg"
	  "iZ908FA1",
	  "vW2ebtSboq7gBdUU" },
	{ PETYA_GOLDENEYE,
	  "rzvj43fWvf5ef3Nq6W7Z4Zbzoehmh557m972QhMedVHQvLyju3mx7BrRb5XpkvD21JUVw1M9Cs74AvZpzGTWp4xb"
	  "p9aVqsoL",
	  "f63117737990bd58de1d91a63a9156a0" },
};

static uint8_t master[PETYA_MASTER];

static int read_master(void **state)
{
	(void)state;
	assert_true(hex_read(span_of("38dd46801ce61883433048d6d8c6ab8be18654a2695b4723"), master,
			     PETYA_MASTER));
	return 0;
}

static void published_vectors_hold(void **state)
{
	uint8_t key[PETYA_KEY];
	char hex[2 * PETYA_KEY + 1];
	struct error e;

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		if (!petya_key(vectors[i].kind, span_of(vectors[i].code), master, key, &e))
			fail_msg("%zu: %s", i, e.text);
		hex_text(key, PETYA_KEY, hex);
		if (vectors[i].kind == PETYA_GOLDENEYE)
			assert_string_equal(hex, vectors[i].key);
		else
			assert_memory_equal(key, vectors[i].key, PETYA_KEY);
		assert_int_equal(petya_is_password(key), vectors[i].kind != PETYA_GOLDENEYE);
	}
}

static void a_spoiled_code_is_refused_or_is_no_password(void **state)
{
	uint8_t key[PETYA_KEY];
	char code[PETYA_MAX_CODE];
	struct error e;

	(void)state;
	for (size_t i = 2; i < 90; i++) {
		strcpy(code, vectors[0].code);
		code[i] = code[i] == 'a' ? 'b' : 'a';
		assert_false(petya_key(PETYA_RED, span_of(code), master, key, &e) &&
			     memcmp(key, vectors[0].key, PETYA_KEY) == 0);
		code[i] = '0'; /* no digit of base58 */
		assert_false(petya_key(PETYA_RED, span_of(code), master, key, &e));
		code[i] = '\0';
		assert_false(petya_key(PETYA_RED, span_of(code), master, key, &e));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors_hold),
		cmocka_unit_test(a_spoiled_code_is_refused_or_is_no_password),
	};
	return cmocka_run_group_tests(tests, read_master, NULL);
}
