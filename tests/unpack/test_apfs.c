/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

#define TREE                                                                                       \
	"a.exe 49\n"                                                                               \
	"folder/b.exe 588\n"                                                                       \
	"folder/d\303\251j\303\240/c.txt 1590\n"                                                   \
	"folder/d\303\251j\303\240/hole 1536\n"                                                    \
	"empty 0\n"                                                                                \
	"forked 53\n"                                                                              \
	"forked:resource 49\n"                                                                     \
	"forked2 53\n"                                                                             \
	"forked2:resource 980\n"

/* What tests/unpack/make_apfs.py laid, and what must come out of it. */
static const struct document volumes[] = {
	{ "disk/apfs", TREE },
	{ "disk/apfs-old", TREE },
	{ "disk/apfs-levels", "a.exe 49\n"
			      "folder/b.exe 588\n"
			      "folder/d\303\251j\303\240/c.txt 1590\n"
			      "folder/d\303\251j\303\240/hole 1536\n"
			      "empty 0\n"
			      "forked 53\n"
			      "forked:resource 49\n"
			      "forked2 53\n"
			      "forked2:resource 980\n"
			      "folder/many0 1\n"
			      "folder/many1 1\n"
			      "folder/many2 1\n"
			      "folder/many3 1\n"
			      "folder/many4 1\n"
			      "folder/many5 1\n"
			      "folder/many6 1\n"
			      "folder/many7 1\n"
			      "folder/many8 1\n"
			      "folder/many9 1\n"
			      "folder/many10 2\n"
			      "folder/many11 2\n"
			      "folder/many12 2\n"
			      "folder/many13 2\n"
			      "folder/many14 2\n"
			      "folder/many15 2\n" },
	{ "disk/apfs-packed", "1 49\n"
			      "3 53\n"
			      "4 490\n"
			      "9 53\n"
			      "99 0 [unsupported:APFS compression 99]\n"
			      "no fork 0 [damaged: APFS compression: cannot be decoded]\n" },
	{ "disk/apfs-packed-odd", "none 0 [damaged: APFS: com.apple.decmpfs]\n"
				  "none:resource 53\n"
				  "stream 0 [unsupported:APFS compression in a stream]\n" },
	{ "disk/apfs-volumes", "volume1/a.exe 49\n"
			       "volume1/folder/b.exe 588\n"
			       "volume1/folder/d\303\251j\303\240/c.txt 1590\n"
			       "volume1/folder/d\303\251j\303\240/hole 1536\n"
			       "volume1/empty 0\n"
			       "volume1/forked 53\n"
			       "volume1/forked:resource 49\n"
			       "volume1/forked2 53\n"
			       "volume1/forked2:resource 980\n"
			       "volume2/second.exe 49\n"
			       "! [encrypted: APFS: a volume] [unsupported:APFS sealed volume]\n" },
	{ "disk/apfs-locked", "! [encrypted: APFS: a part of a tree]\n" },
	{ "disk/apfs-odd",
	  "short 512 [damaged: APFS: it ends before its extents do]\n"
	  "in a file 49\n"
	  "loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/"
	  "loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/"
	  "loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/"
	  "loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/loop/looped 49\n"
	  "outside 0 [damaged: APFS: the image ends within it]\n"
	  "! [damaged: APFS: a record or a tree]\n" },
	{ "disk/apfs-cut",
	  "! [damaged: APFS: the image ends too soon] [damaged: APFS: the container's volumes]\n" },
	{ "disk/apfs-node", "! [damaged: APFS: a catalog]\n" },
	{ "disk/apfs-block", "! [damaged: APFS: the container's header]\n" },
};

enum { N_VOLUMES = sizeof volumes / sizeof *volumes };

static void what_is_in_a_volume_comes_out(void **state)
{
	(void)state;
	document_check(volumes, N_VOLUMES);
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
	(void)state;
	says("disk/apfs", PAYLOAD, 980); /* a fork in two extents */
}

/* Though its way has no room for ":resource". */
static void a_fork_far_down_comes_out(void **state)
{
	struct collect c = { .quiet = true };

	(void)state;
	assert_true(collect(&c, document_load("disk/apfs-long-fork"), NULL));
	assert_int_equal(c.n_members, 2);
	assert_int_equal(c.n_gaps, 0);
	assert_int_equal(c.last.n, strlen(PAYLOAD));
	collect_release(&c);
}

static void any_damage_is_safe(void **state)
{
	static const char *const names[] = { "disk/apfs", "disk/apfs-packed", "disk/apfs-volumes" };

	(void)state;
	document_damage(names, sizeof names / sizeof *names, 0, 31, 97);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_a_volume_comes_out),
		cmocka_unit_test(it_comes_out_byte_for_byte),
		cmocka_unit_test(a_fork_far_down_comes_out),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
