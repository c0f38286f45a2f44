/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

#define TREE                                                                                       \
	"a.exe 49\n"                                                                               \
	"dir/big 22600\n"                                                                          \
	"dir/deep/b.txt 53\n"                                                                      \
	"empty 0\n"

/* What tests/unpack/make_images.py laid, and what must come out of it. */
static const struct document images[] = {
	{ "squashfs/gzip", TREE },
	{ "squashfs/xz", TREE },
	{ "squashfs/lzma", TREE },
	{ "squashfs/lz4", TREE },
	{ "squashfs/zstd", TREE },
	{ "squashfs/stored", TREE },
	{ "squashfs/no-fragments", TREE },
	{ "squashfs/lzo", TREE },
	{ "squashfs/cut", TREE "! [damaged: squashfs: it ends too soon]\n" },
	{ "xar/all", "a.exe 49\n"
		     "z 49\n"
		     "b 49\n"
		     "x 49\n"
		     "l 49\n" },
	{ "xar/unknown", "a.exe 0 [unsupported:xar encoding style=\"application/x-other\"/]\n" },
	{ "xar/cut", "a.exe 40 [damaged: xar: the archive ends within it]\n" },
	{ "dmg/kinds", "1: 3072\n" },
	{ "dmg/unknown", "1: 1024 [unsupported:DMG with runs of kind 0x80000099]\n" },
	{ "dmg/no-list", "! [damaged: DMG: there is no property list]\n" },
};

enum { N_IMAGES = sizeof images / sizeof *images };

static void what_is_in_an_image_comes_out(void **state)
{
	(void)state;
	document_check(images, N_IMAGES);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(images, N_IMAGES, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_an_image_comes_out),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
