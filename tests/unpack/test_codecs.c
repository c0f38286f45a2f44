/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

#define TEXT "a text that is said twice: a text that is said twice\n"

/* What tests/unpack/make_codecs.py laid, and what must come out of it. */
static const struct document codecs[] = {
	{ "szdd/kwaj-stored", "1: 49\n" },
	{ "szdd/kwaj-lzss", "1: 212\n" },
	{ "szdd/kwaj-lzss-size", "read.txt 209\n" },
	{ "szdd/kwaj-lzss-cut", "1: 212 [damaged: KWAJ: ends too soon]\n" },
	{ "szdd/kwaj-lzh", "a 49\n" },
	{ "szdd/kwaj-lzh-copy", "1: 52\n" },
	{ "szdd/kwaj-lzh-runs", "1: 49\n" },
	{ "szdd/kwaj-lzh-codes", "1: 0 [damaged: KWAJ: cannot be decoded]\n" },
	{ "szdd/kwaj-lzh-way", "1: 0 [damaged: KWAJ: cannot be decoded]\n" },
	{ "szdd/kwaj-lzh-cut", "1: 0 [damaged: KWAJ: ends too soon]\n" },
	{ "szdd/kwaj-mszip", "1: 49\n" },
	{ "szdd/kwaj-mszip-two", "1: 40960\n" },
	{ "szdd/kwaj-mszip-mark", "1: 0 [damaged: KWAJ: cannot be decoded]\n" },
	{ "szdd/kwaj-mszip-bad", "1: 0 [damaged: KWAJ: cannot be decoded]\n" },
	{ "szdd/kwaj-mszip-cut", "1: 0 [damaged: KWAJ: ends too soon]\n" },
	{ "szdd/kwaj-name", "! [damaged: KWAJ: the header]\n" },
	{ "szdd/kwaj-method", "1: 0 [unsupported:KWAJ method 5]\n" },

	{ "stream/lzop-stored", "a.exe 49\n" },
	{ "stream/lzop-1", "b 52016\n" },
	{ "stream/lzop-3", "b 52016\n" },
	{ "stream/lzop-7", "b 52016\n" },
	{ "stream/lzop-9", "b 52016\n" },
	{ "stream/lzop-crc", "b 52016\n" },
	{ "stream/lzop-no-sums", "b 52016\n" },
	{ "stream/lzop-two", "a.exe 49\n"
			     "b 52016\n" },
	{ "stream/lzop-sum", "b 52016 [damaged: lzop: the checksum of a block differs]\n" },
	{ "stream/lzop-bad", "b 52016 [damaged: lzop: the checksum of a block differs]\n" },
	{ "stream/lzop-block", "b 0 [damaged: lzop: a block]\n"
			       "! [damaged: lzop: 1322 bytes after the end]\n" },
	{ "stream/lzop-cut", "b 0 [damaged: lzop: ends too soon]\n" },
	{ "stream/lzop-header", "! [damaged: lzop: a header]\n" },
	{ "stream/lzop-method", "b 0 [unsupported:lzop method 128]\n" },
	{ "stream/lzop-more", "a.exe 49\n"
			      "! [damaged: lzop: 4 bytes after the end]\n" },

	{ "stream/lzop-before", "1: 1 [damaged: lzop: cannot be decoded]\n"
				"! [damaged: lzop: 4 bytes after the end]\n" },
	{ "stream/lzop-full", "1: 5 [damaged: lzop: cannot be decoded]\n"
			      "! [damaged: lzop: 4 bytes after the end]\n" },
	{ "stream/lzop-long", "1: 555 [damaged: lzop: a block of another size]\n" },
	{ "stream/lzop-zeros", "1: 5 [damaged: lzop: ends too soon]\n"
			       "! [damaged: lzop: 4 bytes after the end]\n" },

	/* strangers.py */
	{ "archive/two-tar", "other 700\n"
			     "after the end 10240\n"
			     "after the end/needle 294\n" },
	{ "archive/two-cpio", "other 700\n"
			      "after the end 540\n"
			      "after the end/needle 294\n" },
	{ "archive/script-gzip", "archive 425\n"
				 "archive/1: 10240\n"
				 "archive/1:/needle 294\n" },
	{ "archive/picture-7z", "archive 389\n"
				"archive/needle 294\n" },
	{ "stream/xz-padded", "1: 294\n" },
	{ "stream/gzip-padded", "1: 294\n" },
	{ "html/data-percent", "1: 294\n" },

	{ "archive/7z-name-pair", "ab\360\237\230\200 49\n" },
	{ "archive/7z-name-half", "1: 49\n" },
	{ "archive/7z-name-end", "1: 49\n" },

	{ "stream/pack", "1: 159\n" },
	{ "stream/pack-one", "1: 40\n" },
	{ "stream/pack-large", "1: 5300\n" },
	{ "stream/pack-twice", "1: 208\n" },
	{ "stream/pack-cut", "1: 81 [damaged: pack: ends too soon]\n" },
	{ "stream/pack-size", "1: 20 [damaged: pack: cannot be decoded]\n" },
	{ "stream/pack-short", "1: 53 [damaged: pack: cannot be decoded]\n" },
	{ "stream/pack-table", "1: 0 [damaged: pack: cannot be decoded]\n" },
	{ "stream/pack-bits", "1: 0 [damaged: pack: cannot be decoded]\n" },

	{ "archive/arj-garbled-other",
	  "a.txt 0 [encrypted: ARJ: no password that was tried fits]\n" },
	{ "archive/arj-short", "a.txt 477 [damaged: ARJ: 477 bytes, 4096 are stated]\n" },
	{ "archive/arj-cipher",
	  "a.txt 0 [encrypted: ARJ: by the cipher of 28147-89, which is not read]\n" },
	{ "squashfs/lzo-blocks", "a.exe 49\n"
				 "b 52016\n" },
};

enum { N_CODECS = sizeof codecs / sizeof *codecs };

static void what_is_packed_comes_out(void **state)
{
	(void)state;
	document_check(codecs, N_CODECS);
}

static void it_comes_out_byte_for_byte(void **state)
{
	static const struct {
		const char *name;
		unsigned times; /* that TEXT is said */
	} said[] = { { "szdd/kwaj-lzss", 4 }, { "stream/pack", 3 }, { "stream/pack-large", 100 } };
	struct collect a = { 0 }, b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		assert_true(collect(&a, document_load(said[i].name), NULL));
		assert_int_equal(a.last.n, said[i].times * strlen(TEXT));
		for (size_t at = 0; at < a.last.n; at += strlen(TEXT))
			assert_memory_equal(a.last.p + at, TEXT, strlen(TEXT));
		collect_release(&a);
	}
	/* lzop's own checksums hold that it is right */
	assert_true(collect(&a, document_load("stream/lzop-9"), NULL));
	assert_true(collect(&b, document_load("squashfs/lzo-blocks"), NULL));
	assert_int_equal(a.last.n, b.last.n);
	assert_memory_equal(a.last.p, b.last.p, a.last.n);
	collect_release(&a);
	collect_release(&b);
	assert_true(collect(&a, document_load("szdd/kwaj-mszip-two"), NULL));
	for (size_t i = 0; i < a.last.n; i++)
		assert_int_equal(a.last.p[i], i % 256);
	collect_release(&a);
}

static void a_garbled_archive_opens_with_its_password_alone(void **state)
{
	const struct span words[] = { span_of(""), span_of("wrong"), span_of("infected") };
	const struct unpack_options with = { .password = words, .n_passwords = 3 },
				    without = { .password = words, .n_passwords = 2 };
	static const char *const names[] = { "archive/arj-garbled-0", "archive/arj-garbled-1",
					     "archive/arj-garbled-4" };
	struct collect c = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_true(collect(&c, document_load(names[i]), &with));
		assert_string_equal((const char *)c.list.p, "a.txt 477\n");
		for (size_t at = 0; at < c.last.n; at += strlen(TEXT))
			assert_memory_equal(c.last.p + at, TEXT, strlen(TEXT));
		collect_release(&c);
		assert_true(collect(&c, document_load(names[i]), &without));
		assert_string_equal((const char *)c.list.p,
				    "a.txt 0 [encrypted: ARJ: no password that was tried fits]\n");
		collect_release(&c);
	}
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(codecs, N_CODECS, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_out),
		cmocka_unit_test(it_comes_out_byte_for_byte),
		cmocka_unit_test(a_garbled_archive_opens_with_its_password_alone),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
