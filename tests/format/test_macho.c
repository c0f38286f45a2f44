/* SPDX-License-Identifier: Apache-2.0 */
#include "format/macho.h"
#include "tests/format/loaded.h"
#include "tests/mutate.h"

static void segments_sections_and_the_entry_point_are_read(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &macho_module, "fuzz/corpus/macho/x86_64");
	assert_true(l.ok);
	expect_int(&l, "magic", 0xcffaedfe);
	expect_int(&l, "cputype", 0x1000007);
	expect_int(&l, "number_of_segments", 2);
	expect_text(&l, "segments[1].segname", "__TEXT");
	expect_int(&l, "segments[1].fsize", 0x800);
	expect_text(&l, "segments[1].sections[1].sectname", "__a_very_long_na");
	expect_int(&l, "segments[1].sections[1].reserved3", 3);
	expect_int(&l, "entry_point", 0x140);
	expect_int(&l, "stack_size", 0x8000);
	loaded_release(&l);
}

static void the_magic_has_its_high_byte_first(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &macho_module, "fuzz/corpus/macho/ppc");
	expect_int(&l, "magic", 0xfeedface);
	expect_int(&l, "cputype", 0x12);
	expect_int(&l, "segments[1].vmaddr", 0x1000);
	expect_nothing(&l, "reserved");
	loaded_release(&l);
}

static void a_thread_state_gives_the_entry_point(void **state)
{
	static const char *const file[] = { "fuzz/corpus/macho/arm64-thread",
					    "fuzz/corpus/macho/ppc64-be-thread" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l;
		loaded_file(&l, &macho_module, file[i]);
		/* 0x1040 lies in the first segment that holds it, which begins at 0 in the file */
		expect_int(&l, "entry_point", 0x40);
		loaded_release(&l);
	}
}

static void libraries_versions_and_names_are_read(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &macho_module, "fuzz/corpus/macho/x86_64");
	expect_text(&l, "dylibs[0].name", "/usr/lib/libSystem.B.dylib");
	expect_text(&l, "dylibs[0].current_version", "1.2.3");
	expect_text(&l, "dynamic_linker", "/usr/lib/dyld");
	expect_text(&l, "rpaths[0]", "@loader_path/..");
	expect_text(&l, "uuid", "00010203-0405-0607-0809-0A0B0C0D0E0F");
	expect_text(&l, "source_version", "1.2.3.4.5");
	expect_text(&l, "build_version.minos", "11.0.0");
	expect_text(&l, "build_version.tools[0].version", "513.0.0");
	expect_text(&l, "min_version.sdk", "10.14.0");
	expect_text(&l, "linker_options[0]", "-lfoo");
	expect_text(&l, "symtab.entries[0]", "_main");
	expect_text(&l, "symtab.entries[1]", "_Puts");
	expect_nothing(&l, "symtab.entries[2]"); /* nothing but a blank */
	expect_text(&l, "imports[1]", "_malloc");
	expect_text(&l, "exports[0]", "_main");
	expect_text(&l, "exports[1]", "_puts");
	expect_text(&l, "entitlements[0]", "com.apple.security.app-sandbox");
	expect_int(&l, "dysymtab.nlocrel", 17);
	loaded_release(&l);
}

static void names_are_found_in_any_case(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	loaded_file(&l, &macho_module, "fuzz/corpus/macho/x86_64");
	assert_true(loaded_call(&l, "has_import", "s", (struct value[]){ S("_MALLOC") }, &out));
	assert_int_equal(out.i, 1);
	assert_true(loaded_call(&l, "has_export", "s", (struct value[]){ S("_main") }, &out));
	assert_int_equal(out.i, 1);
	assert_true(loaded_call(&l, "has_dylib", "s", (struct value[]){ S("libc") }, &out));
	assert_int_equal(out.i, 0);
	/* md5 of "_malloc,_printf" */
	assert_true(loaded_call(&l, "import_hash", "", NULL, &out));
	assert_true(span_is(out.s, "f11bd1e48227d71c9279769c74733e2a"));
	loaded_release(&l);
}

static void a_fat_file_holds_files(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	loaded_file(&l, &macho_module, "fuzz/corpus/macho/fat");
	expect_int(&l, "fat_magic", 0xcafebabe);
	expect_int(&l, "nfat_arch", 2);
	expect_int(&l, "fat_arch[1].offset", 1536);
	expect_int(&l, "file[1].cputype", 0x100000c);
	expect_text(&l, "file[1].segments[1].segname", "__TEXT");
	expect_nothing(&l, "magic");
	assert_true(loaded_call(&l, "file_index_for_arch", "i", (struct value[]){ I(0x100000c) },
				&out));
	assert_int_equal(out.i, 1);
	assert_false(loaded_call(&l, "file_index_for_arch", "ii", (struct value[]){ I(7), I(99) },
				 &out));
	assert_true(loaded_call(&l, "entry_point_for_arch", "ii",
				(struct value[]){ I(0x100000c), I(3) }, &out));
	assert_int_equal(out.i, 1536 + 0x40);
	loaded_release(&l);
}

static void a_java_class_is_no_fat_file_for_long(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &macho_module, "fuzz/corpus/macho/class");
	assert_false(l.ok);
	expect_int(&l, "nfat_arch", 52);
	expect_nothing(&l, "file");
	loaded_release(&l);
}

/* 2^16 entries that all point to one header: the third limit ends it, not the size of the file. */
static void files_that_share_their_bytes_are_bounded(void **state)
{
	enum { N = 4097 };
	struct buf b;
	struct loaded l;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_put(&b, "\xca\xfe\xba\xbe\0\0\x10\x01", 8);
	for (size_t i = 0; i < N; i++)
		buf_put(&b, "\0\0\0\7\0\0\0\3\0\0\0\0\0\0\1\0\0\0\0\0", 20);
	loaded_bytes(&l, &macho_module, buf_span(&b));
	assert_false(l.ok);
	assert_int_equal(l.error.why, REASON_LIMIT);
	loaded_release(&l);
	buf_release(&b);
}

static void put_numbers(struct buf *b, const uint32_t *number, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_put_le32(b, number[i]);
}

static void limit_ends(struct buf *b)
{
	struct loaded l;

	loaded_bytes(&l, &macho_module, buf_span(b));
	assert_false(l.ok);
	assert_int_equal(l.error.why, REASON_LIMIT);
	loaded_release(&l);
	buf_release(b);
}

/* Three files of a fat one that are the same bytes, nearly all of them options for the linker. */
static void load_commands_that_are_shared_are_read_twice(void **state)
{
	enum { AT = 8 + 3 * 20, SIZE = 2000 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_put(&b, "\xca\xfe\xba\xbe\0\0\0\3", 8);
	for (size_t i = 0; i < 3; i++)
		buf_put(&b, "\0\0\0\7\0\0\0\3\0\0\0\x44\0\0\7\xf0\0\0\0\0", 20);
	put_numbers(&b, (const uint32_t[]){ 0xfeedfacf, 7, 3, 2, 1, SIZE, 0, 0 }, 8);
	put_numbers(&b, (const uint32_t[]){ 0x2d, SIZE, 0xffffffff }, 3);
	for (size_t i = 0; i < SIZE - 12; i++)
		buf_put_u8(&b, 0);
	assert_int_equal(b.n, AT + 0x7f0);
	limit_ends(&b);
}

static void entry_points_are_looked_up_a_few_times(void **state)
{
	enum { N = 2100, SEGMENT = 56, THREAD = 80 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	put_numbers(&b, (const uint32_t[]){ 0xfeedface, 7, 3, 2, 2 * N, N * (SEGMENT + THREAD), 0 },
		    7);
	for (size_t i = 0; i < 2 * N; i++) {
		uint32_t k[THREAD / 4] = { i < N ? 1 : 5, i < N ? SEGMENT : THREAD };
		put_numbers(&b, k, k[1] / 4);
	}
	limit_ends(&b);
}

/* A trie of 130 nodes, each the only one below the other. */
static void an_export_that_is_too_deep_is_said(void **state)
{
	enum { N = 130, AT = 32 + 48 };
	struct loaded l;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	put_numbers(&b, (const uint32_t[]){ 0xfeedfacf, 7, 3, 2, 1, 48, 0, 0 }, 8);
	put_numbers(&b, (const uint32_t[]){ 0x22, 48, 0, 0, 0, 0, 0, 0, 0, 0, AT, 6 * N }, 12);
	for (unsigned i = 1; i <= N; i++) {
		const uint8_t node[] = { i == N,
					 i != N,
					 i == N ? 0 : 'a',
					 0,
					 (uint8_t)(6 * i | 0x80),
					 (uint8_t)(6 * i >> 7) };
		buf_put(&b, node, sizeof node);
	}
	loaded_bytes(&l, &macho_module, buf_span(&b));
	assert_true(l.ok);
	assert_int_equal(l.steps, LOADED_STEPS);
	assert_int_equal(loaded_count(&l, "exports"), 0);
	assert_int_equal(l.steps, 0);
	loaded_release(&l);
	/* from its third node on it is read */
	b.p[32 + 40] = AT;
	b.p[AT + 4] = 18 | 0x80;
	loaded_bytes(&l, &macho_module, buf_span(&b));
	assert_int_equal(loaded_count(&l, "exports"), 1);
	assert_int_equal(l.steps, LOADED_STEPS);
	loaded_release(&l);
	buf_release(&b);
}

static void read_all(struct span s)
{
	static const char *const list[] = { "symtab", "imports", "exports", "entitlements" };
	struct loaded l;
	struct value out;

	loaded_bytes(&l, &macho_module, s);
	for (size_t i = 0; i < 4; i++)
		(void)loaded_at(&l, list[i]);
	(void)loaded_at(&l, "symtab.entries");
	(void)loaded_call(&l, "symhash", "", NULL, &out);
	(void)loaded_call(&l, "has_export", "s", (struct value[]){ S("x") }, &out);
	(void)loaded_call(&l, "entry_point_for_arch", "i", (struct value[]){ I(7) }, &out);
	loaded_release(&l);
}

static void no_damage_is_read_out_of_bounds(void **state)
{
	static const char *const file[] = { "fuzz/corpus/macho/x86_64", "fuzz/corpus/macho/fat64" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l;
		loaded_file(&l, &macho_module, file[i]);
		mutate(l.file, read_all);
		loaded_release(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_sections_and_the_entry_point_are_read),
		cmocka_unit_test(the_magic_has_its_high_byte_first),
		cmocka_unit_test(a_thread_state_gives_the_entry_point),
		cmocka_unit_test(libraries_versions_and_names_are_read),
		cmocka_unit_test(names_are_found_in_any_case),
		cmocka_unit_test(a_fat_file_holds_files),
		cmocka_unit_test(a_java_class_is_no_fat_file_for_long),
		cmocka_unit_test(files_that_share_their_bytes_are_bounded),
		cmocka_unit_test(load_commands_that_are_shared_are_read_twice),
		cmocka_unit_test(entry_points_are_looked_up_a_few_times),
		cmocka_unit_test(an_export_that_is_too_deep_is_said),
		cmocka_unit_test(no_damage_is_read_out_of_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
