/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

#define NTFS_FEW                                                                                   \
	"a long name.exe 49\n"                                                                     \
	"a long name.exe:hidden 18\n"                                                              \
	"dir/b.exe 561\n"                                                                          \
	"dir/hole 1100\n"                                                                          \
	"packed 0 [unsupported:NTFS compression]\n"                                                \
	"locked 0 [encrypted: NTFS: a file]\n"

#define NTFS_LOST                                                                                  \
	"lost/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/"              \
	"y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/x 11\n"

#define NTFS_MORE                                                                                  \
	"a long name.exe:more 10\n"                                                                \
	"outside 0 [damaged: NTFS: a cluster outside of the volume]\n"

#define NTFS NTFS_FEW NTFS_LOST "parts 512 [unsupported:NTFS stream in several records]\n" NTFS_MORE

/* What tests/unpack/make_disks.py laid, and what must come out of it. */
static const struct document disks[] = {

	{ "disk/fat-active", "A.EXE 600\n" },
	{ "disk/fat-cut", "A.EXE 512 [damaged: FAT: the image ends within it]\n"
			  "SHORT 0 [damaged: FAT: the image ends within it]\n"
			  "\345X 0\n"
			  "! [damaged: FAT: the image ends too soon]\n" },
	{ "disk/fat-deep", "! [limit:directories: FAT: too deep or too many]\n" },
	{ "disk/fat-small", "A.EXE 600\n"
			    "SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
			    "\345X 0\n"
			    "! [damaged: FAT: an entry or a directory]\n" },
	{ "disk/fat-tables", "! [damaged: FAT: the tables are longer than it all]\n" },
	{ "disk/fat12", "DIR/a long name \342\202\254.txt 1590\n"
			"DIR/BIG 477\n"
			"A.EXE 49\n" },
	{ "disk/gpt", "partition1 10240\n"
		      "partition1/A.EXE 600\n"
		      "partition1/SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
		      "partition1/\345X 0\n"
		      "! partition1 [damaged: FAT: an entry or a directory]\n"
		      "partition2 1024\n" },
	{ "disk/gpt-damaged", "! [damaged: disk: GPT's header (UEFI 5.3.2)]\n" },
	{ "disk/gpt-many", "partition1 10240\n"
			   "partition1/A.EXE 600\n"
			   "partition1/SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
			   "partition1/\345X 0\n"
			   "! partition1 [damaged: FAT: an entry or a directory]\n"
			   "partition2 1024\n"
			   "! [limit:partitions: GPT: 2000, at most 1024]\n" },
	{ "disk/ntfs", NTFS },
	{ "disk/ntfs-attribute", NTFS "! [damaged: NTFS: a file's record]\n" },
	{ "disk/ntfs-boot", "! [damaged: NTFS: the first sector]\n" },
	{ "disk/ntfs-cut", "a long name.exe 49\n"
			   "a long name.exe:hidden 18\n"
			   "dir/b.exe 512 [damaged: NTFS: the image ends within it]\n"
			   "dir/hole 1100\n"
			   "packed 0 [unsupported:NTFS compression]\n"
			   "locked 0 [encrypted: NTFS: a file]\n"
			   "lost/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/"
			   "y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/y/z/x 11\n"
			   "parts 512 [unsupported:NTFS stream in several records]\n"
			   "a long name.exe:more 10\n"
			   "outside 0 [damaged: NTFS: a cluster outside of the volume]\n"
			   "! [damaged: NTFS: the image ends too soon]\n" },
	{ "disk/ntfs-gone", NTFS },
	{ "disk/ntfs-list", NTFS_FEW "! [unsupported:NTFS table of files in several records]\n" },
	{ "disk/ntfs-parts", NTFS_FEW NTFS_LOST "parts 2000\n" NTFS_MORE },
	{ "disk/ntfs-root",
	  ":hidden 49\n" NTFS "wof 900\n"
	  "wof:WofCompressedData 300 [unsupported:NTFS compression by overlay (WOF)]\n" },
	{ "disk/ntfs-torn", NTFS "! [damaged: NTFS: a file's record]\n" },
	{ "disk/ntfs-table", "! [damaged: NTFS: the table of files]\n" },
	{ "disk/partition-cut",
	  "partition1.06 10240\n"
	  "partition1.06/A.EXE 600\n"
	  "partition1.06/SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
	  "partition1.06/\345X 0\n"
	  "! partition1.06 [damaged: FAT: an entry or a directory]\n"
	  "partition5.01 4608\n"
	  "partition5.01/A.EXE 600\n"
	  "partition5.01/SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
	  "partition5.01/\345X 0\n"
	  "! partition5.01 [damaged: FAT: the image ends too soon] [damaged: FAT: an entry or a "
	  "directory]\n"
	  "partition3.83 0\n"
	  "partition4.82 0\n"
	  "! [damaged: disk: the image ends within a partition] [damaged: disk: a chain of "
	  "extended partitions] [damaged: disk: the image ends within a partition] [damaged: disk: "
	  "the image ends within a partition]\n" },
	{ "disk/partitions", "partition1.06 10240\n"
			     "partition1.06/A.EXE 600\n"
			     "partition1.06/SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
			     "partition1.06/\345X 0\n"
			     "! partition1.06 [damaged: FAT: an entry or a directory]\n"
			     "partition5.01 10240\n"
			     "partition5.01/A.EXE 600\n"
			     "partition5.01/SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
			     "partition5.01/\345X 0\n"
			     "! partition5.01 [damaged: FAT: an entry or a directory]\n"
			     "partition6.83 512\n"
			     "partition3.83 1024\n"
			     "partition4.82 1024\n"
			     "! [unsupported:file system of partition6.83] [unsupported:file "
			     "system of partition3.83]\n" },
	{ "disk/udf", "a.exe 49\n"
		      "dir/b.txt 53\n"
		      "z\342\202\254 53\n"
		      "hole 600\n" },
	{ "disk/udf-anchor", "! [damaged: UDF: there is no anchor]\n" },
	{ "disk/udf-cut", "a.exe 20 [damaged: UDF: the image ends within it]\n"
			  "z\342\202\254 53\n"
			  "hole 512 [damaged: UDF: the image ends within it]\n"
			  "! [damaged: UDF: an entry or a directory]\n" },
	{ "disk/udf-cycle", "a.exe 49\n"
			    "dir/b.txt 53\n"
			    "z\342\202\254 53\n"
			    "hole 600\n"
			    "! [damaged: UDF: an entry or a directory]\n" },
	{ "disk/udf-extended", "a.exe 0 [unsupported:UDF with extended descriptors]\n"
			       "dir/b.txt 53\n"
			       "z\342\202\254 53\n"
			       "hole 600\n" },
	{ "disk/udf-long", "a.exe 49\n"
			   "dir/b.txt 53\n"
			   "z\342\202\254 53\n"
			   "hole 600\n" },
	{ "disk/udf-metadata", "a.exe 49\n"
			       "dir/b.txt 53\n"
			       "z\342\202\254 53\n"
			       "hole 512 [damaged: UDF: a block outside of its partition]\n" },
	{ "disk/udf-place", "a.exe 0 [damaged: UDF: a block outside of its partition]\n"
			    "dir/b.txt 53\n"
			    "z\342\202\254 53\n"
			    "hole 600\n" },
	{ "disk/udf-root", "! [damaged: UDF: there is no first directory]\n" },
	{ "disk/udf-virtual", "! [unsupported:UDF with a virtual partition]\n" },
	{ "disk/udf-volume", "! [damaged: UDF: there is no logical volume]\n" },
	{ "disk/vhd-bad", "! [damaged: VHD: the dynamic header]\n" },
	{ "disk/vhd-cut", "disk 0\n"
			  "! [damaged: VHD: the table of blocks is cut off]\n" },
	{ "disk/vhd-differs", "! [unsupported:VHD of kind 4]\n" },
	{ "disk/vhd-dynamic",
	  "disk 46080\n"
	  "disk/partition1.06 10240\n"
	  "disk/partition1.06/A.EXE 600\n"
	  "disk/partition1.06/SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
	  "disk/partition1.06/\345X 0\n"
	  "! disk/partition1.06 [damaged: FAT: an entry or a directory]\n"
	  "disk/partition5.01 10240\n"
	  "disk/partition5.01/A.EXE 600\n"
	  "disk/partition5.01/SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
	  "disk/partition5.01/\345X 0\n"
	  "! disk/partition5.01 [damaged: FAT: an entry or a directory]\n"
	  "disk/partition6.83 512\n"
	  "disk/partition3.83 1024\n"
	  "disk/partition4.82 1024\n"
	  "! disk [unsupported:file system of partition6.83] [unsupported:file system of "
	  "partition3.83]\n" },
	{ "disk/vhd-fixed", "A.EXE 600\n"
			    "SHORT 512 [damaged: FAT: a chain of clusters ends]\n"
			    "\345X 0\n"
			    "! [damaged: FAT: an entry or a directory]\n" },
	{ "disk/vhdx", "disk 4096\n"
		       "! disk [damaged: VHDX: the regions ([MS-VHDX] 2.2.3)]\n" },
	{ "disk/vhdx-bad", "! [damaged: VHDX: the metadata ([MS-VHDX] 2.6)]\n" },
	{ "disk/vhdx-decoy", "disk 4096\n"
			     "! disk [damaged: VHDX: the regions ([MS-VHDX] 2.2.3)]\n" },
	{ "disk/vhdx-differs", "! [unsupported:VHDX that differs from another]\n" },
	{ "disk/vhdx-log", "disk 0 [damaged: VHDX: the image ends within it]\n"
			   "! [unsupported:VHDX with a log]\n" },
	{ "disk/vhdx-regions", "! [damaged: VHDX: the regions ([MS-VHDX] 2.2.3)]\n" },
};

enum { N_DISKS = sizeof disks / sizeof *disks };

static void what_is_on_a_disk_comes_out(void **state)
{
	(void)state;
	document_check(disks, N_DISKS);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(disks, N_DISKS, 2100);
}

/* Tables and directories of the larger ones: a few bytes at a time. */
static void damaged_tables_are_safe(void **state)
{
	static uint8_t bytes[1 << 18];
	static const struct {
		const char *name;
		size_t from, to, step;
	} part[] = { { "disk/ntfs", 2048, 2600, 3 },
		     { "disk/ntfs", 26000, 32000, 17 },
		     { "disk/udf-metadata", 131072, 134000, 13 },
		     { "disk/udf-metadata", 153000, 166000, 29 },
		     { "disk/fat-small", 0, 2600, 7 },
		     { "disk/vhd-dynamic", 0, 2100, 11 } };

	(void)state;
	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		struct span s = document_load(part[i].name);
		for (size_t at = part[i].from; at < part[i].to && at < s.n; at += part[i].step) {
			memcpy(bytes, s.p, s.n);
			bytes[at] ^= 0xff;
			document_try((struct span){ bytes, s.n });
		}
	}
}

static void a_short_name_may_begin_with_a_dot(void **state)
{
	static uint8_t bytes[1 << 18];
	struct span s = document_load("disk/fat-small");
	struct collect c = { 0 };

	(void)state;
	memcpy(bytes, s.p, s.n);
	uint8_t *name = (uint8_t *)(uintptr_t)memmem(bytes, s.n, "A       EXE", 11);
	assert_non_null(name);
	memcpy(name, ".A", 2);
	assert_true(collect(&c, (struct span){ bytes, s.n }, NULL));
	if (strstr((const char *)c.list.p, ".A.EXE 600\n") == NULL)
		fail_msg("%s", (const char *)c.list.p);
	collect_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_on_a_disk_comes_out),
		cmocka_unit_test(any_damage_is_safe),
		cmocka_unit_test(damaged_tables_are_safe),
		cmocka_unit_test(a_short_name_may_begin_with_a_dot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
