/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

/* What tests/unpack/make_ext.py had mke2fs lay, and what must come out of it. */
static const struct document volumes[] = {
	{ "disk/ext", "! [damaged: ext: the volume's header]\n" },
	{ "disk/ext2", "a.exe 49\n"
		       "dir/b.exe 13230\n"
		       "dir/deep/text 265\n"
		       "empty 0\n"
		       "far 307249\n"
		       "hole 71729\n"
		       "middle 98\n" },
	{ "disk/ext4", "a.exe 49\n"
		       "dir/b.exe 13230\n"
		       "dir/deep/text 265\n"
		       "empty 0\n"
		       "far 307249\n"
		       "hole 71729\n"
		       "middle 98\n" },
	{ "disk/ext4-clusters", "a.exe 49\n"
				"dir/b.exe 13230\n"
				"dir/deep/text 265\n"
				"empty 0\n"
				"far 307249\n"
				"hole 71729\n"
				"middle 98\n" },
	{ "disk/ext4-inline", "a.exe 49\n"
			      "dir/b.exe 13230\n"
			      "dir/deep/text 265\n"
			      "empty 0\n"
			      "far 307249\n"
			      "hole 71729\n"
			      "middle 98\n" },
	{ "disk/ext4-inline-crowd", "a.exe 49\n"
				    "dir/b.exe 13230\n"
				    "dir/crowd/short 0 0\n"
				    "dir/crowd/short 1 0\n"
				    "dir/crowd/short 2 0\n"
				    "dir/crowd/fourth.x 49\n"
				    "dir/crowd/fifth.exe 49\n"
				    "dir/deep/text 265\n"
				    "empty 0\n"
				    "far 307249\n"
				    "hole 71729\n"
				    "middle 98\n" },
	{ "disk/ext3-crowd", "a.exe 49\n"
			     "dir/b.exe 13230\n"
			     "dir/crowd/a name that takes some room 39 0\n"
			     "dir/crowd/a name that takes some room 13 0\n"
			     "dir/crowd/a name that takes some room 22 0\n"
			     "dir/crowd/a name that takes some room 15 0\n"
			     "dir/crowd/a name that takes some room 27 0\n"
			     "dir/crowd/a name that takes some room 34 0\n"
			     "dir/crowd/a name that takes some room 9 0\n"
			     "dir/crowd/a name that takes some room 8 0\n"
			     "dir/crowd/a name that takes some room 16 0\n"
			     "dir/crowd/a name that takes some room 0 0\n"
			     "dir/crowd/a name that takes some room 7 0\n"
			     "dir/crowd/a name that takes some room 29 0\n"
			     "dir/crowd/a name that takes some room 23 0\n"
			     "dir/crowd/a name that takes some room 19 0\n"
			     "dir/crowd/a name that takes some room 6 0\n"
			     "dir/crowd/a name that takes some room 10 0\n"
			     "dir/crowd/a name that takes some room 26 0\n"
			     "dir/crowd/a name that takes some room 2 0\n"
			     "dir/crowd/a name that takes some room 5 0\n"
			     "dir/crowd/a name that takes some room 4 0\n"
			     "dir/crowd/a name that takes some room 31 0\n"
			     "dir/crowd/a name that takes some room 33 0\n"
			     "dir/crowd/a name that takes some room 14 0\n"
			     "dir/crowd/a name that takes some room 21 0\n"
			     "dir/crowd/a name that takes some room 25 0\n"
			     "dir/crowd/a name that takes some room 37 0\n"
			     "dir/crowd/a name that takes some room 1 0\n"
			     "dir/crowd/a name that takes some room 20 0\n"
			     "dir/crowd/a name that takes some room 11 0\n"
			     "dir/crowd/a name that takes some room 36 0\n"
			     "dir/crowd/a name that takes some room 24 0\n"
			     "dir/crowd/a name that takes some room 3 0\n"
			     "dir/crowd/a name that takes some room 30 0\n"
			     "dir/crowd/a name that takes some room 12 0\n"
			     "dir/crowd/a name that takes some room 18 0\n"
			     "dir/crowd/a name that takes some room 35 0\n"
			     "dir/crowd/a name that takes some room 38 0\n"
			     "dir/crowd/a name that takes some room 32 0\n"
			     "dir/crowd/a name that takes some room 17 0\n"
			     "dir/crowd/a name that takes some room 28 0\n"
			     "dir/deep/text 265\n"
			     "empty 0\n"
			     "far 307249\n"
			     "hole 71729\n"
			     "middle 98\n" },
};

enum { N_VOLUMES = sizeof volumes / sizeof *volumes };

static void what_is_in_a_volume_comes_out(void **state)
{
	(void)state;
	document_check(volumes, N_VOLUMES);
}

enum { BLOCK = 1024, INODE = 128, N_INODES = 24, FILE_BYTES = 49 * 270 };

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* An inode of a seed: by its number, or, where that is 0, the one of `size` bytes. */
static uint8_t *inode_of(uint8_t *p, unsigned number, uint32_t size)
{
	uint8_t *table = p + le32(p + 2 * BLOCK + 8) * BLOCK; /* the first group's */

	for (unsigned i = 1; number == 0 && i <= N_INODES; i++)
		if (le32(table + (i - 1) * INODE + 4) == size)
			number = i;
	assert_int_not_equal(number, 0);
	return table + (number - 1) * INODE;
}

/* What comes out has this in its list. */
static void gives(struct span s, const char *text)
{
	struct collect c = { 0 };

	assert_true(collect(&c, s, NULL));
	if (strstr((const char *)c.list.p, text) == NULL)
		fail_msg("no %s in\n%s", text, (const char *)c.list.p);
	collect_release(&c);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint8_t copy[1 << 17];

static struct span fresh(const char *name)
{
	struct span s = document_load(name);

	memcpy(copy, s.p, s.n);
	return (struct span){ copy, s.n };
}

static void what_is_odd_is_told(void **state)
{
	struct span s = fresh("disk/ext2");

	(void)state;
	gives(span_cut(s, 0, 30 * BLOCK), "[damaged: ext: the image ends too soon]");
	put32(inode_of(copy, 2, 0), 0x8000); /* the first directory is none */
	gives(s, "! [damaged: ext: the first directory]\n");
	s = fresh("disk/ext2");
	put32(copy + BLOCK + 24, 9); /* blocks of 512 KiB */
	gives(s, "! [damaged: ext: the volume's header]\n");
	s = fresh("disk/ext2");
	put32(copy + le32(inode_of(copy, 2, 0) + 40) * BLOCK + 4, 2); /* an entry's length */
	gives(s, "[damaged: ext: an entry or a directory]");
	s = fresh("disk/ext2");
	put32(inode_of(copy, 0, FILE_BYTES) + 40 + 4 * 12, 1u << 30); /* its list of blocks */
	gives(s, "dir/b.exe 12288 [damaged: ext: where its blocks are]\n");
	s = fresh("disk/ext2");
	uint8_t *deep = (uint8_t *)(uintptr_t)memmem(copy, s.n, "deep", 4);
	assert_non_null(deep);
	put32(deep - 8, 2); /* it is the directory that it lies in */
	gives(s, "[damaged: ext: an entry or a directory]");
}

static void a_directory_of_holes_is_counted(void **state)
{
	struct unpack_options o = { .limits.max_steps = 20000000 };
	struct span s = fresh("disk/ext2");
	uint8_t *directory = inode_of(copy, 2, 0);
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, s, &o));
	assert_null(strstr((const char *)c.list.p, "limit:steps"));
	collect_release(&c);
	put32(directory + 4, UINT32_MAX);
	memset(directory + 40, 0, 60);
	(void)collect(&c, s, &o);
	assert_non_null(strstr((const char *)c.list.p, "limit:steps"));
	collect_release(&c);
}

static void extents_are_believed_within_the_image(void **state)
{
	struct span s = fresh("disk/ext4");
	uint8_t *file = inode_of(copy, 0, FILE_BYTES);

	(void)state;
	put32(file + 40, 0); /* no extents */
	gives(s, "dir/b.exe 0 [damaged: ext: where its blocks are]\n");
	s = fresh("disk/ext4");
	put32(file + 40 + 12 + 8, 1u << 30);
	gives(s, "dir/b.exe 0 [damaged: ext: the image ends within it]\n");
	s = fresh("disk/ext4");
	put32(file + 32, 0x80800);
	gives(s, "dir/b.exe 0 [encrypted: ext4: a file]\n");
	s = fresh("disk/ext4");
	file[40 + 12 + 5] = 0x80; /* blocks that were never written */
	gives(s, "dir/b.exe 13230\n");
	s = fresh("disk/ext4");
	copy[BLOCK + 96] |= 0x10;
	gives(s, "! [unsupported:ext4 with groups of groups]\n");
}

/* The attribute, and its name, of the directory and of the file that go on there. */
static void what_an_attribute_does_not_have_is_told(void **state)
{
	struct span s = fresh("disk/ext4-inline-crowd");

	(void)state;
	for (size_t at = 0; at + 4 < s.n; at++)
		if (memcmp(copy + at, "data", 4) == 0 && copy[at - 15] == 7)
			copy[at] = 'b';
	gives(s, "middle 60 [damaged: ext: the attribute that it goes on in]\n");
	gives(s, "dir/crowd/short 2 0\ndir/deep/text 265\n");
	gives(s, "! [damaged: ext: an entry or a directory]\n");
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	for (size_t i = 1; i < N_VOLUMES; i++) {
		struct span s = fresh(volumes[i].name);
		for (size_t at = BLOCK; at < s.n; at += at < 8 * BLOCK ? 13 : 211) {
			uint8_t was = copy[at];
			copy[at] ^= 0xff;
			document_try(s);
			copy[at] = was;
		}
		for (size_t n = 0; n < s.n; n += 511)
			document_try(span_cut(s, 0, n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_a_volume_comes_out),
		cmocka_unit_test(what_is_odd_is_told),
		cmocka_unit_test(a_directory_of_holes_is_counted),
		cmocka_unit_test(extents_are_believed_within_the_image),
		cmocka_unit_test(what_an_attribute_does_not_have_is_told),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
