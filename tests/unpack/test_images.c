/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"
#include "unpack/image.h"

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
	{ "xar/blanks", "a.exe 49\n" },
	{ "xar/no-length", "a.exe 0 [damaged: xar: the table does not say where its bytes are]\n" },
	{ "xar/twice", "a.exe 0 [damaged: xar: the table does not say where its bytes are]\n" },
	{ "xar/wrong-size", "a.exe 49 [damaged: xar: 49 bytes, 53 are stated]\n" },
	{ "xar/wide", "! [damaged: xar: the table of contents]\n" },
	{ "xar/unknown", "a.exe 0 [unsupported:xar encoding style=\"application/x-other\"/]\n" },
	{ "xar/cut", "a.exe 40 [damaged: xar: the archive ends within it]\n" },
	{ "dmg/kinds", "1: 3072\n" },
	{ "dmg/shuffled", "1: 1536\n" },
	{ "dmg/holes", "1: 2560\n" },
	{ "dmg/overlap", "1: 1024 [damaged: DMG: runs for the same sectors]\n" },
	{ "dmg/short", "1: 1536 [damaged: DMG: a run of 49 bytes, 512 are stated] "
		       "[damaged: DMG: a run of 1024 bytes, 512 are stated]\n" },
	{ "dmg/encrypted", "! [encrypted: DMG]\n" },
	{ "dmg/encrypted-1", "! [encrypted: DMG]\n" },
	{ "dmg/unknown", "1: 1024 [unsupported:DMG with runs of kind 0x80000099]\n" },
	{ "dmg/no-list", "! [damaged: DMG: there is no property list]\n" },
};

enum { N_IMAGES = sizeof images / sizeof *images };

static void what_is_in_an_image_comes_out(void **state)
{
	(void)state;
	document_check(images, N_IMAGES);
}

/* The program is at the start, and the text behind it, however the table has them. */
static void the_runs_of_a_disk_image_go_where_they_belong(void **state)
{
	static const struct {
		const char *name;
		size_t text_at;
	} laid[] = { { "dmg/shuffled", 512 }, { "dmg/holes", 2048 } };

	(void)state;
	for (size_t i = 0; i < sizeof laid / sizeof *laid; i++) {
		struct collect c = { 0 };
		assert_true(collect(&c, document_load(laid[i].name), NULL));
		assert_memory_equal(c.last.p, PAYLOAD, strlen(PAYLOAD));
		assert_memory_equal(c.last.p + laid[i].text_at, "a text", 6);
		collect_release(&c);
	}
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(images, N_IMAGES, 1000);
}

/* A progressive JPEG of one block, whose scans all say the same of it. */
static bool read_scans(unsigned n, struct error *e)
{
	static const uint8_t head[] = "\xff\xd8\xff\xc2\0\x0b\x08\0\x08\0\x08\1\1\x11\0"
				      "\xff\xc4\0\x14\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
			     scan[] = "\xff\xda\0\x08\1\1\0\0\0\0\x7f", last[] = "\xff\xd9";
	struct buf b;
	struct arena a;
	struct image m;

	buf_init(&b, 1 << 20);
	arena_init(&a, IMAGE_MEMORY);
	buf_put(&b, head, 2);
	buf_put(&b, "\xff\xdb\0\x43\0", 5);
	for (unsigned i = 0; i < 64; i++)
		buf_put_u8(&b, 1);
	buf_put(&b, head + 2, sizeof head - 3);
	for (unsigned i = 0; i < n; i++)
		buf_put(&b, scan, sizeof scan - 1);
	buf_put(&b, last, 2);
	bool ok = image_read(buf_span(&b), &a, &m, e);
	arena_release(&a);
	buf_release(&b);
	return ok;
}

static void a_picture_of_scans_without_end_is_left(void **state)
{
	struct error e;

	(void)state;
	assert_true(read_scans(100, &e));
	assert_false(read_scans(1000, &e));
	assert_int_equal(e.why, REASON_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_an_image_comes_out),
		cmocka_unit_test(the_runs_of_a_disk_image_go_where_they_belong),
		cmocka_unit_test(any_damage_is_safe),
		cmocka_unit_test(a_picture_of_scans_without_end_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
