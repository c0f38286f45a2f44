/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

#define EXFAT                                                                                      \
	"a.exe 49\n"                                                                               \
	"dir/d\342\202\254\360\237\230\200/deep.txt 583\n"                                         \
	"dir/d\342\202\254\360\237\230\200/empty 0\n"                                              \
	"pieces 1590\n"                                                                            \
	"straight 1325\n"                                                                          \
	"a name of more than fifteen characters.bin 640\n"

#define HFS                                                                                        \
	"a.exe 49\n"                                                                               \
	"both 53\n"                                                                                \
	"both:resource 49\n"                                                                       \
	"dir/d\303\251\342\202\254/a:b 583\n"                                                      \
	"dir/d\303\251\342\202\254/empty 0\n"

/* What tests/unpack/make_volumes.py laid, and what must come out of it. */
static const struct document volumes[] = {
	{ "disk/exfat", EXFAT },
	{ "disk/exfat-odd",
	  EXFAT "past 0 [damaged: exFAT: a chain of clusters ends]\n"
		"ends 1536 [damaged: exFAT: a chain of clusters ends]\n"
		"longer 46080 [damaged: exFAT: a file is longer than the volume]\n"
		"! [damaged: exFAT: an entry or a directory]\n" },
	{ "disk/exfat-cut",
	  "! [damaged: exFAT: the image ends too soon] [damaged: exFAT: an entry or "
	  "a directory]\n" },
	{ "disk/exfat-large", EXFAT },
	{ "disk/exfat-boot", "! [damaged: exFAT: the boot sector (3.1)]\n" },
	{ "disk/exfat-mark", "! [damaged: exFAT: the boot sector (3.1)]\n" },
	{ "disk/exfat-size", "! [damaged: exFAT: the boot sector (3.1)]\n" },
	{ "disk/exfat-root", "! [damaged: exFAT: there is no first directory]\n" },
	{ "disk/exfat-second",
	  "a.exe 49\n"
	  "dir/d\342\202\254\360\237\230\200/deep.txt 512 [damaged: exFAT: a chain of clusters "
	  "ends]\n"
	  "dir/d\342\202\254\360\237\230\200/empty 0\n"
	  "pieces 512 [damaged: exFAT: a chain of clusters ends]\n"
	  "straight 1325\n"
	  "! [damaged: exFAT: an entry or a directory]\n" },
	{ "disk/exfat-deep", "! [limit:directories: exFAT: too deep or too many]\n" },

	{ "disk/hfs-old", HFS },
	{ "disk/hfs-old-wrapper", "volume 7168\n"
				  "volume/inside.exe 49\n" HFS },
	{ "disk/hfs-old-pieces", "a.exe 49\n"
				 "many 11264\n" },
	{ "disk/hfs-old-lost", "many 6144 [damaged: HFS: it ends before its extents do]\n" },
	{ "disk/hfs-old-kind", "a.exe 49\n"
			       "lost/in it 53\n"
			       "! [damaged: HFS: a record or a tree]\n" },
	{ "disk/hfs-old-cut",
	  "a.exe 49\n"
	  "both 53\n"
	  "both:resource 49\n"
	  "! [damaged: HFS: the image ends too soon] [damaged: HFS: a record or "
	  "a tree]\n" },
	{ "disk/hfs-old-no-tree", "! [damaged: HFS: the catalog]\n" },
};

enum { N_VOLUMES = sizeof volumes / sizeof *volumes };

static void what_is_on_a_volume_comes_out(void **state)
{
	(void)state;
	document_check(volumes, N_VOLUMES);
}

static void bytes_that_were_never_written_are_zeros(void **state)
{
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, document_load("disk/exfat"), NULL));
	assert_int_equal(c.last.n, 640);
	for (size_t i = 0; i < 640; i++)
		assert_int_equal(c.last.p[i], i < 600 ? "a text that is s"[i % 16] : 0);
	collect_release(&c);
}

static void pieces_come_in_their_order(void **state)
{
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, document_load("disk/hfs-old-pieces"), NULL));
	assert_int_equal(c.last.n, 11264);
	for (size_t i = 0; i < c.last.n; i++)
		assert_int_equal(c.last.p[i], i % 256);
	collect_release(&c);
}

static void put(uint8_t *p, unsigned size, uint64_t v)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A volume that says it has 2^32 clusters, and a file in it that has all of them, one behind the
 * other. */
static void clusters_that_are_not_there_are_counted(void **state)
{
	static uint8_t bytes[1 << 17];
	struct unpack_options o = { .limits.max_steps = 20000000 };
	struct span s = document_load("disk/exfat");
	struct collect c = { 0 };

	(void)state;
	memcpy(bytes, s.p, s.n);
	put(bytes + 92, 4, 0xfffffff5);
	uint8_t *stream = bytes;
	while (stream[0] != 0xc0 || stream[1] != 3)
		stream += 32;
	put(stream + 8, 8, UINT64_C(1) << 41);
	put(stream + 20, 4, 2);
	put(stream + 24, 8, UINT64_C(1) << 41);
	(void)collect(&c, (struct span){ bytes, s.n }, &o);
	assert_non_null(strstr((const char *)c.list.p, "limit:steps"));
	collect_release(&c);
}

static void any_damage_is_safe(void **state)
{
	static const char *const names[] = { "disk/exfat", "disk/exfat-odd", "disk/hfs-old",
					     "disk/hfs-old-pieces" };

	(void)state;
	document_damage(names, sizeof names / sizeof *names, 128, 29, 257);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_on_a_volume_comes_out),
		cmocka_unit_test(bytes_that_were_never_written_are_zeros),
		cmocka_unit_test(pieces_come_in_their_order),
		cmocka_unit_test(clusters_that_are_not_there_are_counted),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
