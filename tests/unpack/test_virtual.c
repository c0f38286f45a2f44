/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

/* What tests/unpack/make_virtual.py laid, and what must come out of it. */
static const struct document disks[] = {
	{ "disk/qcow2", "disk 61440\n"
			"disk/DIR/a long name \342\202\254.txt 1590\n"
			"disk/DIR/BIG 477\n"
			"disk/A.EXE 49\n" },
	{ "disk/qcow2-packed", "disk 61440\n"
			       "disk/DIR/a long name \342\202\254.txt 1590\n"
			       "disk/DIR/BIG 477\n"
			       "disk/A.EXE 49\n" },
	{ "disk/qcow2-old", "disk 61440\n"
			    "disk/DIR/a long name \342\202\254.txt 1590\n"
			    "disk/DIR/BIG 477\n"
			    "disk/A.EXE 49\n" },
	{ "disk/qcow2-backing", "! [unsupported:QCOW2 that differs from another]\n" },
	{ "disk/qcow2-locked", "! [encrypted: QCOW2]\n" },
	{ "disk/qcow2-long", "! [unsupported:QCOW2 with extended entries]\n" },
	{ "disk/qcow2-apart", "! [unsupported:QCOW2 with its data elsewhere]\n" },
	{ "disk/qcow2-new", "! [unsupported:QCOW2 with new features]\n" },
	{ "disk/qcow2-one", "! [unsupported:QCOW of version 1]\n" },
	{ "disk/qcow2-cut",
	  "disk 4520 [damaged: QCOW2: the image ends within it]\n"
	  "disk/DIR/a long name \342\202\254.txt 1448 [damaged: FAT: the image ends within it]\n"
	  "disk/DIR/BIG 0 [damaged: FAT: the image ends within it]\n"
	  "disk/A.EXE 49\n"
	  "! disk [damaged: FAT: the image ends too soon]\n" },
	{ "disk/qcow2-bits", "! [damaged: QCOW2: the header]\n" },
	{ "disk/vmdk", "disk 61440\n"
		       "disk/DIR/a long name \342\202\254.txt 1590\n"
		       "disk/DIR/BIG 477\n"
		       "disk/A.EXE 49\n" },
	{ "disk/vmdk-packed", "disk 61440\n"
			      "disk/DIR/a long name \342\202\254.txt 1590\n"
			      "disk/DIR/BIG 477\n"
			      "disk/A.EXE 49\n" },
	{ "disk/vmdk-differs", "! [unsupported:VMDK that differs from another]\n" },
	{ "disk/vmdk-directory", "! [damaged: VMDK: the header]\n" },
	{ "disk/vmdk-cut",
	  "disk 61440 [damaged: VMDK: cannot be decoded] [damaged: VMDK: ends too soon]\n"
	  "disk/DIR/a long name \342\202\254.txt 1590\n"
	  "disk/DIR/BIG 477\n"
	  "disk/A.EXE 49\n" },
	{ "disk/vmdk-grain", "! [damaged: VMDK: the header]\n" },
	{ "disk/vdi", "disk 61440\n"
		      "disk/DIR/a long name \342\202\254.txt 1590\n"
		      "disk/DIR/BIG 477\n"
		      "disk/A.EXE 49\n" },
	{ "disk/vdi-differs", "! [unsupported:VDI of kind 4]\n" },
	{ "disk/vdi-cut", "disk 0 [damaged: VDI: the image ends within it]\n"
			  "! [damaged: VDI: the table of blocks is cut off]\n" },
	{ "disk/vdi-block", "! [damaged: VDI: the header]\n" },
};

enum { N_DISKS = sizeof disks / sizeof *disks, DISK = 61440 };

static void what_is_on_a_disk_comes_out(void **state)
{
	(void)state;
	document_check(disks, N_DISKS);
}

/* One and the same disk lies in all that are whole. */
static void all_kinds_hold_the_same_disk(void **state)
{
	static const char *const names[] = { "disk/qcow2-packed", "disk/qcow2-old", "disk/vmdk",
					     "disk/vmdk-packed", "disk/vdi" };
	const struct unpack_options o = { .limits = { .max_depth = 1 } };
	struct collect first = { 0 };

	(void)state;
	assert_true(collect(&first, document_load("disk/qcow2"), &o));
	assert_int_equal(first.last.n, DISK);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct collect c = { 0 };
		assert_true(collect(&c, document_load(names[i]), &o));
		assert_int_equal(c.last.n, DISK);
		assert_memory_equal(c.last.p, first.last.p, DISK);
		collect_release(&c);
	}
	collect_release(&first);
}

static void any_damage_is_safe(void **state)
{
	static const char *const names[] = { "disk/qcow2-packed", "disk/vmdk-packed", "disk/vdi" };

	(void)state;
	document_damage(names, sizeof names / sizeof *names, 600, 17, 41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_on_a_disk_comes_out),
		cmocka_unit_test(all_kinds_hold_the_same_disk),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
