/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

#define TREE                                                                                       \
	"a.exe 49\n"                                                                               \
	"both 53\n"                                                                                \
	"both:resource 49\n"                                                                       \
	"dir/d\342\202\254\360\237\230\200/a:b 583\n"                                              \
	"dir/d\342\202\254\360\237\230\200/empty 0\n"

/* What tests/unpack/make_apple.py laid, and what must come out of it. */
static const struct document apples[] = {
	{ "disk/hfs", TREE },
	{ "disk/hfs-packed", "1 49\n"
			     "10 159\n"
			     "11 49\n"
			     "12 159\n"
			     "3 49\n"
			     "3 as it is 49\n"
			     "4 68900\n"
			     "7 49\n"
			     "7 as it is 49\n"
			     "8 68900\n"
			     "9 49\n"
			     "99 0 [unsupported:HFS+ compression 99]\n"
			     "cut 49 [damaged: HFS+ compression: ends too soon]\n"
			     "no blocks 0 [damaged: HFS+ compression: cannot be decoded]\n"
			     "no mark 0 [damaged: HFS+: com.apple.decmpfs]\n"
			     "plain 53\n" },
	{ "disk/hfs-packed-odd", "1 0 [damaged: HFS+: there is no com.apple.decmpfs]\n"
				 "2 0 [damaged: HFS+: there is no com.apple.decmpfs]\n"
				 "none 0 [damaged: HFS+: there is no com.apple.decmpfs]\n"
				 "none:resource 49\n" },
	{ "disk/hfs-pieces", "a.exe 49\n"
			     "many 11264\n" },
	{ "disk/hfs-one-leaf", "a.exe 49\n"
			       "many 11264\n" },
	{ "disk/hfs-lost", "a.exe 49\n"
			   "many 4096 [damaged: HFS+: it ends before its extents do]\n" },
	{ "disk/hfs-cut",
	  "! [damaged: HFS+: the image ends too soon] [damaged: HFS+: the catalog]\n" },
	{ "disk/hfs-block", "! [damaged: HFS+: the volume's header]\n" },
	{ "disk/hfs-node-size", "! [damaged: HFS+: the catalog]\n" },
	{ "disk/hfs-attributes", TREE "! [damaged: HFS+: a record or a tree]\n" },
	{ "disk/hfs-kind", "a.exe 49\n"
			   "! [damaged: HFS+: a record or a tree]\n" },
	{ "disk/hfs-record", "! [damaged: HFS+: a record or a tree]\n" },
	{ "disk/hfs-cycle", "a.exe 49\n"
			    "both 53\n"
			    "both:resource 49\n"
			    "4:a.exe 49\n"
			    "5:both 53\n"
			    "6:both:resource 49\n"
			    "7:a.exe 49\n"
			    "8:both 53\n"
			    "9:both:resource 49\n"
			    "! [damaged: HFS+: a record or a tree]\n" },
	{ "disk/apple-map", "partition2 13312\n"
			    "partition2/a.exe 49\n"
			    "partition2/both 53\n"
			    "partition2/both:resource 49\n"
			    "partition2/dir/d\342\202\254\360\237\230\200/a:b 583\n"
			    "partition2/dir/d\342\202\254\360\237\230\200/empty 0\n"
			    "partition4 512\n"
			    "! [unsupported:file system of partition4]\n" },
	{ "disk/apple-map-many", "! [limit:partitions: Apple's map: 301, at most 256]\n" },
	{ "disk/apple-map-cut", "partition2 0\n"
				"! [damaged: disk: the image ends within a partition] [damaged: "
				"disk: an entry of Apple's map]\n" },

	{ "dmg/lzfse-raw", "1: 512\n" },
	{ "dmg/lzfse-lzvn", "1: 512\n" },
	{ "dmg/lzfse-text", "1: 512\n" },
	{ "dmg/lzfse-two", "1: 1024\n" },
	{ "dmg/lzfse-noise", "1: 1024\n" },
	{ "dmg/lzfse-no-end", "1: 512 [damaged: DMG: ends too soon]\n" },
	{ "dmg/lzfse-cut", "1: 0 [damaged: DMG: ends too soon]\n" },
	{ "dmg/lzfse-mark", "1: 0 [damaged: DMG: cannot be decoded]\n" },
	{ "dmg/lzfse-size", "1: 512 [damaged: DMG: cannot be decoded]\n" },
	{ "dmg/lzfse-short", "1: 100 [damaged: DMG: ends too soon]\n" },
	{ "dmg/lzfse-states", "1: 0 [damaged: DMG: cannot be decoded]\n" },
	{ "dmg/lzfse-literals", "1: 0 [damaged: DMG: cannot be decoded]\n" },
	{ "dmg/lzfse-lzvn-bad", "1: 0 [damaged: DMG: cannot be decoded]\n" },
	{ "dmg/lzfse-lzvn-back", "1: 3 [damaged: DMG: cannot be decoded]\n" },
	{ "dmg/lzfse-lzvn-size", "1: 270 [damaged: DMG: cannot be decoded]\n" },
	{ "dmg/lzfse-lzvn-op", "1: 0 [damaged: DMG: cannot be decoded]\n" },
};

enum { N_APPLES = sizeof apples / sizeof *apples };

static void what_is_on_apples_disks_comes_out(void **state)
{
	(void)state;
	document_check(apples, N_APPLES);
}

/* The last of what comes out, in which `text` is said again and again. */
static void says(const char *name, const char *text, size_t n)
{
	struct collect c = { 0 };

	assert_true(collect(&c, document_load(name), NULL));
	assert_int_equal(c.last.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(c.last.p[i], text[i % strlen(text)]);
	collect_release(&c);
}

static void it_comes_out_byte_for_byte(void **state)
{
	struct collect c = { 0 };

	(void)state;
	says("dmg/lzfse-text", "a text that is said twice: a text that is said twice\n", 512);
	assert_true(collect(&c, document_load("disk/hfs-pieces"), NULL));
	for (size_t i = 0; i < c.last.n; i++)
		assert_int_equal(c.last.p[i], i % 256);
	collect_release(&c);
	assert_true(collect(&c, document_load("dmg/lzfse-noise"), NULL));
	for (size_t i = 0; i < c.last.n; i++)
		assert_int_equal(c.last.p[i], i * i * i % 256);
	collect_release(&c);
	assert_true(collect(&c, document_load("dmg/lzfse-lzvn"), NULL));
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(c.last.p[i], i);
	assert_memory_equal(c.last.p + 200, "abfghijc", 8);
	collect_release(&c);
}

/* Though its way has no room for ":resource". */
static void a_fork_far_down_comes_out(void **state)
{
	struct collect c = { .quiet = true };

	(void)state;
	assert_true(collect(&c, document_load("disk/hfs-long-fork"), NULL));
	assert_int_equal(c.n_members, 2);
	assert_int_equal(c.n_gaps, 0);
	assert_int_equal(c.last.n, strlen(PAYLOAD));
	collect_release(&c);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(apples, N_APPLES, 1100);
}

/* Headers and trees: a few bytes at a time. */
static void damaged_trees_are_safe(void **state)
{
	static uint8_t bytes[1 << 16];
	static const char *const names[] = { "disk/hfs-packed", "disk/hfs-pieces", "disk/hfs" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct span s = document_load(names[i]);
		for (size_t at = 1024; at < s.n; at += at < 1536 ? 5 : 37) {
			memcpy(bytes, s.p, s.n);
			bytes[at] ^= 0xff;
			document_try((struct span){ bytes, s.n });
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_on_apples_disks_comes_out),
		cmocka_unit_test(it_comes_out_byte_for_byte),
		cmocka_unit_test(a_fork_far_down_comes_out),
		cmocka_unit_test(any_damage_is_safe),
		cmocka_unit_test(damaged_trees_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
