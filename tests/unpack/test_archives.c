/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

/* What tests/unpack/make_archives.py laid, and what must come out of it. */
static const struct document archives[] = {
	{ "zip/stored", "a.exe 49\n" },
	{ "zip/deflate", "a.exe 49\n" },
	{ "zip/deflate64", "a.exe 99\n" },
	{ "zip/shrink", "a.exe 98\n" },
	{ "zip/reduce", "a.exe 57\n" },
	{ "zip/implode", "a.exe 57\n" },
	{ "zip/bzip2", "a.exe 49\n" },
	{ "zip/lzma", "a.exe 49\n" },
	{ "zip/xz", "a.exe 49\n" },
	{ "zip/zip64", "a.exe 49\n" },
	{ "zip/behind-a-program", "a.exe 49\n" },
	{ "zip/commented", "a.exe 49\n" },
	{ "zip/one-body-twice", "a.exe 49\n"
				"2:a.exe 49\n" },
	{ "zip/same-names", "a.exe 49\n"
			    "2:a.exe 49\n"
			    "3:2:b 1\n"
			    "4: 1\n" },
	{ "zip/zip-in-zip", "b.zip 157\n"
			    "b.zip/a.exe 49\n" },
	/* what the directory says, and what the local header says */
	{ "zip/lying-directory", "a.txt 49\n"
				 "a.exe 49\n" },
	{ "zip/said-encrypted", "a.exe 0 [encrypted: zip: no password that was tried fits]\n"
				"2:a.exe 49\n" },
	{ "zip/hidden", "a.exe 3\n"
			"hidden.exe 49\n" },
	{ "zip/hidden-behind", "a.exe 3\n"
			       "b.exe 49\n"
			       "c.exe 49\n" },
	{ "zip/no-directory", "a.exe 49\n"
			      "! [damaged: zip: there is no directory at its end]\n" },
	{ "zip/streamed", "a.exe 49\n"
			  "b.exe 49\n"
			  "! [damaged: zip: there is no directory at its end]\n" },
	/* what is not whole */
	{ "zip/cut",
	  "a.exe 41 [damaged: zip: the archive ends within it] [damaged: zip: ends too soon]\n"
	  "! [damaged: zip: there is no directory at its end]\n" },
	{ "zip/no-header", "a.exe 0 [damaged: zip: there is no header at 0x384]\n" },
	{ "zip/wrong-checksum", "a.exe 49 [damaged: zip: the checksum differs]\n" },
	{ "zip/wrong-size", "a.exe 49 [damaged: zip: 49 bytes, 50 are stated]\n" },
	{ "zip/other-password", "a.exe 0 [encrypted: zip: no password that was tried fits]\n" },
	{ "zip/strong", "a.exe 0 [encrypted: zip: PKWARE's strong encryption]\n" },
	{ "zip/unknown-method", "a.exe 0 [unsupported:zip method 97]\n" },

	{ "stream/gzip", "1: 49\n" },
	{ "stream/gzip-twice", "1: 98\n" },
	{ "stream/gzip-and-zeros", "1: 49\n" },
	{ "stream/gzip-and-more", "1: 49\n"
				  "! [damaged: gzip: 4 bytes after the end]\n" },
	{ "stream/bzip2", "1: 49\n" },
	{ "stream/xz", "1: 49\n" },
	{ "stream/xz-twice", "1: 98\n" },
	{ "stream/xz-cut", "1: 49 [damaged: xz: ends too soon]\n" },
	{ "stream/lzma", "1: 49\n" },
	{ "stream/lzma-other", "1: 49\n" },
	{ "stream/zstd", "1: 49\n" },
	{ "stream/lz4", "1: 49\n" },
	{ "stream/zstd-skipped", "1: 98\n" },
	{ "stream/lz4-skipped", "1: 98\n" },
	{ "stream/compress", "1: 49\n" },

	{ "archive/tar-ustar", "dir/a.exe 49\n" },
	{ "archive/tar-gnu", "dir/a.exe 49\n" },
	{ "archive/tar-pax", "dir/a.exe 49\n" },
	{ "archive/cpio", "a.exe 49\n" },
	{ "archive/ar", "a.exe 49\n" },
	{ "archive/7z", "a.exe 49\n" },
	{ "archive/lha", "a.exe 49\n" },
	{ "archive/lha-sum", "a.exe 49 [damaged: lha: LHa data CRC error]\n" },
	{ "archive/lha-way",
	  "a.exe 0 [unsupported:lha: Unsupported lzh compression method -lh1-]\n" },
	{ "archive/lha-way-cut",
	  "a.exe 0 [damaged: lha: Truncated input file (needed 49 bytes, only 31 available)]\n" },
	{ "archive/arj", "a.exe 49\n" },
	{ "archive/arj-1", "a.txt 1432\n" },
	{ "archive/arj-2", "a.txt 1432\n" },
	{ "archive/arj-3", "a.txt 1432\n" },
	{ "archive/arj-4", "a.txt 1432\n" },
	{ "archive/lzip", "1:data 49\n" },
	{ "archive/rpm", "payload 67\n"
			 "payload/1: 49\n" },
	{ "archive/deb-old", "control.tar.gz 31\n"
			     "control.tar.gz/1: 11\n"
			     "data.tar.gz 67\n"
			     "data.tar.gz/1: 49\n" },
	{ "archive/pbzx", "1: 49\n" },
	{ "archive/pbzx-cut", "1: 40 [damaged: pbzx: a piece is cut off]\n" },
	{ "archive/program-7z", "overlay 167\n"
				"overlay/a.exe 49\n" },
	{ "archive/program-gzip", "overlay 72\n"
				  "overlay/1: 49\n" },
	{ "archive/program-lha", "overlay 79\n"
				 "overlay/a.exe 49\n" },
	{ "archive/program-dos", "overlay 79\n"
				 "overlay/a.exe 49\n" },
	{ "archive/program-inno", "! [unsupported:Inno Setup]\n" },
	{ "archive/program-inno-old", "! [unsupported:Inno Setup]\n" },
	{ "archive/program-resource", "resource.10.101.1033 1024\n" },
	{ "archive/unread", "! [unsupported:WIM]\n" },
	{ "archive/7z-encrypted", "a.exe 0 [encrypted: 7z]\n" },
};

enum { N_ARCHIVES = sizeof archives / sizeof *archives };

static void what_is_packed_comes_out(void **state)
{
	(void)state;
	document_check(archives, N_ARCHIVES);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(archives, N_ARCHIVES, 200);
}

static void a_password_that_fits_opens(void **state)
{
	const struct span passwords[] = { span_of("wrong"), span_of("infected") };
	struct unpack_options o = { .password = passwords, .n_passwords = 2 };
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, document_load("zip/encrypted"), &o));
	assert_string_equal((const char *)c.list.p, "a.exe 49\n");
	assert_memory_equal(c.last.p, PAYLOAD, 49);
	collect_release(&c);
}

/* A zip as long as a film, of which the end is missing: what each of its members cost is what it
 * took, and not what stands behind it. */
static void many_members_without_a_directory_cost_what_they_are(void **state)
{
	enum { N = 4000, EACH = 2048 };
	static const uint8_t head[30] = { 'P', 'K', 3, 4, 20, 0, 8, 0, 8 };
	static const uint8_t stored[5] = { 1, 0xd0, 7, 0x2f, 0xf8 }; /* 2000 bytes */
	struct collect c = { .quiet = true };
	uint8_t *p = calloc(N, EACH);

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < N; i++) {
		memcpy(p + i * EACH, head, sizeof head);
		memcpy(p + i * EACH + sizeof head, stored, sizeof stored);
	}
	assert_true(collect(&c, (struct span){ p, (size_t)N * EACH }, NULL));
	assert_int_equal(c.n_members, N);
	assert_in_range(unpack_budget(c.stack)->steps, 0, 5 * (uint64_t)N * EACH);
	collect_release(&c);
	free(p);
}

/* To come to what is behind it, it is unpacked, although nobody takes its bytes. */
static void a_pipe_in_a_7z_costs_what_it_is(void **state)
{
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, document_load("encrypted/7z-pipe"), NULL));
	assert_string_equal((const char *)c.list.p, "a.exe 49\npipe 4194304\nb.exe 49\n");
	assert_true(unpack_budget(c.stack)->steps > 4 << 20);
	collect_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_out),
		cmocka_unit_test(a_password_that_fits_opens),
		cmocka_unit_test(many_members_without_a_directory_cost_what_they_are),
		cmocka_unit_test(a_pipe_in_a_7z_costs_what_it_is),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
