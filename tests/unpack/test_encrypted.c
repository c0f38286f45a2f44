/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"
#include "unpack/cipher.h"

/* What tests/unpack/make_encrypted.py laid, and what must come out of it with two passwords. */
static const struct document encrypted[] = {
	{ "office/agile", "decrypted 273\n"
			  "decrypted/word/document.xml 4\n"
			  "decrypted/a.exe 49\n"
			  "EncryptionInfo 1040\n"
			  "EncryptedPackage 296\n" },
	{ "office/agile-capitals", "decrypted 273\n"
				   "decrypted/word/document.xml 4\n"
				   "decrypted/a.exe 49\n"
				   "ENCRYPTIONINFO 1040\n"
				   "ENCRYPTEDPACKAGE 296\n" },
	{ "office/agile-decoys", "decrypted 273\n"
				 "decrypted/word/document.xml 4\n"
				 "decrypted/a.exe 49\n"
				 "EncryptionInfo 1040\n"
				 "EncryptedPackage 296\n" },
	{ "office/agile-cfb", "EncryptionInfo 1040\n"
			      "EncryptedPackage 296\n"
			      "! [unsupported:Office cipher AES ChainingModeCFB with SHA512]\n" },
	{ "office/agile-cut",
	  "EncryptionInfo 8\n"
	  "EncryptedPackage 70\n"
	  "! [damaged: Office: there is no key for a password ([MS-OFFCRYPTO] 2.3.4.10)]\n" },
	{ "office/agile-md5", "decrypted 273\n"
			      "decrypted/word/document.xml 4\n"
			      "decrypted/a.exe 49\n"
			      "EncryptionInfo 970\n"
			      "EncryptedPackage 296\n" },
	{ "office/agile-name",
	  "EncryptionInfo 1088\n"
	  "EncryptedPackage 296\n"
	  "! [unsupported:Office cipher AES ChainingModeOfFortyCharactersOf with SHA512]\n" },
	{ "office/agile-no-key",
	  "EncryptionInfo 1040\n"
	  "EncryptedPackage 296\n"
	  "! [damaged: Office: there is no key for a password ([MS-OFFCRYPTO] 2.3.4.10)]\n" },
	{ "office/agile-other", "EncryptionInfo 1038\n"
				"EncryptedPackage 296\n"
				"! [encrypted: Office: no password that was tried fits]\n" },
	{ "office/agile-rounds", "EncryptionInfo 1038\n"
				 "EncryptedPackage 296\n"
				 "! [limit:rounds: 99000000 of a password, at most 10000000]\n" },
	{ "office/agile-sha1", "decrypted 273\n"
			       "decrypted/word/document.xml 4\n"
			       "decrypted/a.exe 49\n"
			       "EncryptionInfo 972\n"
			       "EncryptedPackage 296\n" },
	{ "office/agile-sha256", "decrypted 273\n"
				 "decrypted/word/document.xml 4\n"
				 "decrypted/a.exe 49\n"
				 "EncryptionInfo 996\n"
				 "EncryptedPackage 296\n" },
	{ "office/agile-sha384", "decrypted 273\n"
				 "decrypted/word/document.xml 4\n"
				 "decrypted/a.exe 49\n"
				 "EncryptionInfo 1016\n"
				 "EncryptedPackage 296\n" },
	{ "office/bad-bits", "EncryptionInfo 242\n"
			     "EncryptedPackage 70\n"
			     "! [damaged: Office: a key of 77 bits]\n" },
	{ "office/excel-40", "decrypted/Workbook 601\n"
			     "decrypted/Workbook/names.xlm 28\n"
			     "decrypted/Workbook/macro1.xlm 110\n"
			     "Workbook 601\n" },
	{ "office/excel-api", "decrypted/Workbook 601\n"
			      "decrypted/Workbook/names.xlm 28\n"
			      "decrypted/Workbook/macro1.xlm 110\n"
			      "Workbook 601\n" },
	{ "office/excel-old", "decrypted/Workbook 455\n"
			      "decrypted/Workbook/names.xlm 28\n"
			      "decrypted/Workbook/macro1.xlm 110\n"
			      "Workbook 455\n" },
	{ "office/excel-xor", "decrypted/Workbook 407\n"
			      "decrypted/Workbook/names.xlm 28\n"
			      "decrypted/Workbook/macro1.xlm 110\n"
			      "Workbook 407\n" },
	{ "office/excel-xor-other", "Workbook 407\n"
				    "! [encrypted: Office: no password that was tried fits]\n" },
	{ "office/no-edit", "Current User 32\n"
			    "PowerPoint Document 447\n"
			    "Pictures 9\n"
			    "! [damaged: PowerPoint: there is no last edit ([MS-PPT] 2.3.3)]\n" },
	{ "office/slides", "decrypted/PowerPoint Document 447\n"
			   "decrypted/PowerPoint Document/1: 2560\n"
			   "decrypted/PowerPoint Document/1:/WordDocument 64\n"
			   "Current User 32\n"
			   "PowerPoint Document 447\n"
			   "Pictures 9\n"
			   "! [encrypted: PowerPoint: the pictures]\n" },
	{ "office/slides-other", "Current User 32\n"
				 "PowerPoint Document 447\n"
				 "Pictures 9\n"
				 "! [encrypted: Office: no password that was tried fits]\n" },
	{ "office/standard", "decrypted 273\n"
			     "decrypted/word/document.xml 4\n"
			     "decrypted/a.exe 49\n"
			     "EncryptionInfo 210\n"
			     "EncryptedPackage 296\n" },
	{ "office/standard-256", "decrypted 273\n"
				 "decrypted/word/document.xml 4\n"
				 "decrypted/a.exe 49\n"
				 "EncryptionInfo 210\n"
				 "EncryptedPackage 296\n" },
	{ "office/unknown", "EncryptionInfo 8\n"
			    "EncryptedPackage 70\n"
			    "! [unsupported:Office encryption 9.9]\n" },
	{ "office/unknown-cipher", "EncryptionInfo 242\n"
				   "EncryptedPackage 70\n"
				   "! [unsupported:Office cipher 0x6602]\n" },
	{ "office/word-api", "decrypted/WordDocument 1037\n"
			     "decrypted/Table 423\n"
			     "decrypted/Data 49\n"
			     "WordDocument 1037\n"
			     "1Table 423\n"
			     "Data 49\n" },
	{ "office/word-old", "decrypted/WordDocument 1037\n"
			     "decrypted/Table 277\n"
			     "decrypted/Data 49\n"
			     "WordDocument 1037\n"
			     "1Table 277\n"
			     "Data 49\n" },
	{ "office/word-other", "WordDocument 1037\n"
			       "1Table 277\n"
			       "Data 49\n"
			       "! [encrypted: Office: no password that was tried fits]\n" },
	{ "encrypted/7z", "a.exe 49\n" },
	{ "encrypted/7z-complex", "a.exe 49\n" },
	{ "encrypted/7z-cut", "! [damaged: 7z: Damaged 7-Zip archive]\n" },
	{ "encrypted/7z-directory", "a.exe 49\n" },
	{ "encrypted/7z-directory-other",
	  "! [encrypted: 7z: the directory; no password that was tried fits]\n" },
	{ "encrypted/7z-many-rounds", "a.exe 0 [encrypted: 7z]\n" },
	{ "encrypted/7z-no-rounds", "a.exe 49\n" },
	{ "encrypted/7z-no-substreams", "a.exe 49\n" },
	{ "encrypted/7z-no-out", "a.exe 0 [encrypted: 7z]\n" },
	{ "encrypted/7z-second", "a.txt 4\n"
				 "b.exe 49\n" },
	{ "encrypted/7z-second-other",
	  "a.exe 49\n"
	  "b.exe 98 [encrypted: 7z: 7-Zip bad CRC: 0xfb50c14e should be 0xd1fa5fb0, by the "
	  "password that fits others]\n" },
	{ "encrypted/7z-sum",
	  "a.exe 49 [damaged: 7z: 7-Zip bad CRC: 0xb8a05888 should be 0xb8a05889]\n" },
	{ "encrypted/7z-wide", "\303\274\344\270\200.exe 49\n" },
	{ "encrypted/7z-other", "a.exe 0 [encrypted: 7z]\n" },
	{ "encrypted/7z-other-within",
	  "! [encrypted: 7z: the members; no password that was tried fits]\n" },
	{ "encrypted/7z-properties", "a.exe 49\n" },
	{ "encrypted/7z-spoilt",
	  "! [encrypted: 7z: the directory; no password that was tried fits]\n" },
	{ "encrypted/7z-stored", "a.exe 49\n" },
	{ "encrypted/7z-two", "a.exe 49\n"
			      "b.exe 98\n"
			      "c.exe 49\n" },
	{ "encrypted/rar3", "a.exe 49\n" },
	{ "encrypted/rar3-cut",
	  "a.exe 0 [encrypted: rar]\n"
	  "! [damaged: rar: Truncated input file (needed 64 bytes, only 51 available)]\n" },
	{ "encrypted/rar3-directory", "a.exe 49\n" },
	{ "encrypted/rar3-directory-other",
	  "! [encrypted: rar: the directory; no password that was tried fits]\n" },
	{ "encrypted/rar3-mixed", "a.txt 5\n"
				  "b.exe 49\n" },
	{ "encrypted/rar3-old-cipher", "a.exe 0 [encrypted: rar]\n" },
	{ "encrypted/rar3-other", "a.exe 0 [encrypted: rar]\n" },
	{ "encrypted/rar5", "a.exe 49\n"
			    "b.exe 49\n" },
	{ "encrypted/rar5-cut", "a.exe 48 [damaged: rar5: ends within a member]\n"
				"! [damaged: rar5: no end of the archive]\n" },
	{ "encrypted/rar5-directory", "a.exe 49\n" },
	{ "encrypted/rar5-directory-no-check", "a.exe 49\n" },
	{ "encrypted/rar5-directory-other",
	  "! [encrypted: rar5: the directory; no password that was tried fits]\n" },
	{ "encrypted/rar5-mixed", "a.txt 5\n"
				  "b.exe 49\n" },
	{ "encrypted/rar5-no-check", "a.exe 49\n" },
	{ "encrypted/rar5-other",
	  "a.exe 64\n"
	  "! [encrypted: rar5: members; no password that was tried fits]\n" },
	{ "encrypted/rar5-rounds",
	  "a.exe 64\n"
	  "! [encrypted: rar5: members; no password that was tried fits]\n" },
	{ "zip/aes-128", "a.exe 49\n" },
	{ "zip/aes-192", "a.exe 49\n" },
	{ "zip/aes-256", "a.exe 49\n" },
	{ "zip/aes-other", "a.exe 0 [encrypted: zip: no password that was tried fits]\n" },
	{ "zip/aes-spoilt", "a.exe 0 [encrypted: zip: no password that was tried fits]\n" },
	{ "zip/aes-strength", "a.exe 0 [encrypted: zip: no password that was tried fits]\n" },
};

enum { N_ENCRYPTED = sizeof encrypted / sizeof *encrypted };

static const struct span passwords[] = { { (const uint8_t *)"wrong", 5 },
					 { (const uint8_t *)"infected", 8 } };
static const struct unpack_options options = { .password = passwords, .n_passwords = 2 };

static void a_password_that_fits_opens(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ENCRYPTED; i++) {
		struct collect c = { 0 };
		if (!collect(&c, document_load(encrypted[i].name), &options))
			fail_msg("%s: no reader knows it", encrypted[i].name);
		if (strcmp((const char *)c.list.p, encrypted[i].list) != 0)
			fail_msg("%s:\n%s", encrypted[i].name, (const char *)c.list.p);
		if (c.last.n == strlen(PAYLOAD) && strstr(encrypted[i].list, "[") == NULL &&
		    strstr(encrypted[i].list, "WordDocument") == NULL)
			assert_memory_equal(c.last.p, PAYLOAD, c.last.n);
		collect_release(&c);
	}
}

/* Nothing is given that it could be taken for clean. */
static void without_a_password_all_say_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ENCRYPTED; i++) {
		struct collect c = { 0 };
		(void)collect(&c, document_load(encrypted[i].name), NULL);
		const char *list = (const char *)c.list.p;
		if (strstr(list, "[") == NULL && strstr(list, "decrypted") == NULL)
			fail_msg("%s:\n%s", encrypted[i].name, list);
		collect_release(&c);
	}
}

/* A vector that hashcat publishes for its mode 12500: the block that ends an archive. */
static void the_key_of_rar_3_is_right(void **state)
{
	static const uint8_t salt[8] = { 0x45, 0x10, 0x9a, 0xf8, 0xab, 0x5f, 0x29, 0x7a };
	static const uint8_t block[16] = { 0xad, 0xbf, 0x6c, 0x53, 0x85, 0xd7, 0xa4, 0x03,
					   0x73, 0xe8, 0xf7, 0x7d, 0x7b, 0x89, 0xd3, 0x17 };
	static const uint8_t end[16] = { 0xc4, 0x3d, 0x7b, 0x00, 0x40, 0x07 };
	uint8_t wide[CIPHER_PASSWORD_MAX], key[16], vector[16], out[16];

	(void)state;
	size_t n = cipher_password(span_of("hashcat"), wide);
	cipher_key_rar3((struct span){ salt, 8 }, (struct span){ wide, n }, key, vector);
	assert_true(cipher_cbc((struct span){ key, 16 }, vector, (struct span){ block, 16 }, out));
	assert_memory_equal(out, end, 16);
}

static void a_password_becomes_utf_16(void **state)
{
	static const uint8_t expected[] = { 'a',  0,    0xfc, 0,    0xac, 0x20,
					    0x3d, 0xd8, 0x00, 0xde, 0xff, 0 };
	uint8_t wide[CIPHER_PASSWORD_MAX];

	(void)state;
	size_t n = cipher_password(span_of("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xff"), wide);
	assert_int_equal(n, sizeof expected);
	assert_memory_equal(wide, expected, n);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(encrypted, N_ENCRYPTED, 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_that_fits_opens),
		cmocka_unit_test(without_a_password_all_say_so),
		cmocka_unit_test(the_key_of_rar_3_is_right),
		cmocka_unit_test(a_password_becomes_utf_16),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
