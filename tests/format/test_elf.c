/* SPDX-License-Identifier: Apache-2.0 */
#include "format/elf.h"
#include "tests/format/loaded.h"
#include "tests/mutate.h"

#include <string.h>

static const char *const both[] = { "fuzz/corpus/elf/elf32le", "fuzz/corpus/elf/elf64be" };

static void the_header_is_read_in_both_classes_and_byte_orders(void **state)
{
	static const int64_t want[][6] = { { 3, 132, 628, 40, 52, 32 },
					   { 62, 192, 832, 64, 64, 56 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l;
		loaded_file(&l, &elf_module, both[i]);
		assert_true(l.ok);
		expect_int(&l, "type", 3);
		expect_int(&l, "machine", want[i][0]);
		expect_int(&l, "entry_point", want[i][1]);
		expect_int(&l, "sh_offset", want[i][2]);
		expect_int(&l, "sh_entry_size", want[i][3]);
		expect_int(&l, "ph_offset", want[i][4]);
		expect_int(&l, "ph_entry_size", want[i][5]);
		expect_int(&l, "number_of_sections", 8);
		expect_int(&l, "osabi", 3);
		loaded_release(&l);
	}
}

static void lists_are_made_when_they_are_asked_for(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &elf_module, both[1]);
	assert_int_equal(l.slots[ELF_SECTIONS].kind, VALUE_LATER);
	assert_int_equal(l.slots[ELF_SYMTAB].kind, VALUE_LATER);
	assert_int_equal(loaded_count(&l, "sections"), 8);
	assert_int_equal(l.slots[ELF_SECTIONS].kind, VALUE_ARRAY);
	assert_int_equal(l.slots[ELF_SYMTAB].kind, VALUE_LATER);
	loaded_release(&l);
}

static void sections_segments_symbols_and_the_dynamic_section_are_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l;
		loaded_file(&l, &elf_module, both[i]);
		expect_text(&l, "sections[1].name", ".text");
		expect_int(&l, "sections[1].size", 64);
		expect_text(&l, "sections[0].name", "");
		expect_int(&l, "segments[1].type", 2);
		expect_int(&l, "segments[0].flags", 5);
		expect_int(&l, "symtab_entries", 7);
		expect_text(&l, "dynsym[3].name", "my_function");
		expect_int(&l, "dynsym[3].type", 2);
		expect_int(&l, "dynsym[3].bind", 1);
		expect_int(&l, "dynsym[5].visibility", 2);
		expect_int(&l, "dynamic_section_entries", 4);
		expect_int(&l, "dynamic[2].type", 0x6ffffffb);
		expect_nothing(&l, "dynamic[4].type");
		loaded_release(&l);
	}
}

static void an_executable_finds_its_entry_point_by_segments(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &elf_module, "fuzz/corpus/elf/elf32be-exec");
	expect_int(&l, "entry_point", 116 + 16);
	loaded_release(&l);
}

/* md5 of "malloc,puts". */
static void imports_are_hashed_in_lower_case_and_order(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	loaded_file(&l, &elf_module, both[0]);
	assert_true(loaded_call(&l, "import_md5", "", NULL, &out));
	assert_true(span_is(out.s, "d64e22e4b42ecd1174f74e5382a94041"));
	loaded_release(&l);
	loaded_file(&l, &elf_module, "fuzz/corpus/elf/elf64le-static");
	assert_false(loaded_call(&l, "import_md5", "", NULL, &out));
	assert_false(loaded_call(&l, "telfhash", "", NULL, &out));
	loaded_release(&l);
}

/* "my_function,other_function" is too short for a TLSH: YARA's answer is the empty text. */
static void a_short_list_of_functions_has_an_empty_telfhash(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	loaded_file(&l, &elf_module, both[0]);
	assert_true(loaded_call(&l, "telfhash", "", NULL, &out));
	assert_int_equal(out.s.n, 0);
	loaded_release(&l);
}

/* A field of a copy of the file is changed: what YARA then reads. */
static void with(const char *path, size_t at, const char *bytes, size_t n, struct loaded *l)
{
	struct buf b;
	struct error e;

	buf_init(&b, 1 << 20);
	assert_true(io_read_file(path, &b, &e));
	memcpy(b.p + at, bytes, n);
	loaded_bytes(l, &elf_module, buf_span(&b));
	l->bytes = b;
}

static void limits_are_yaras(void **state)
{
	struct loaded l;

	(void)state;
	/* the table of names is the last section but no longer: no sections, but segments */
	with(both[0], 50, "\x08\x00", 2, &l);
	expect_int(&l, "number_of_sections", 8);
	expect_nothing(&l, "sections");
	expect_nothing(&l, "symtab_entries");
	assert_int_equal(loaded_count(&l, "segments"), 2);
	loaded_release(&l);
	/* sections that do not fit */
	with(both[0], 48, "\xff\xfe", 2, &l);
	expect_nothing(&l, "sections");
	expect_nothing(&l, "entry_point");
	loaded_release(&l);
	/* e_entry 0 is none */
	with(both[0], 24, "\0\0\0\0", 4, &l);
	expect_nothing(&l, "entry_point");
	loaded_release(&l);
	/* no byte behind the header */
	loaded_file(&l, &elf_module, both[0]);
	struct loaded cut;
	loaded_bytes(&cut, &elf_module, span_cut(l.file, 0, 52));
	assert_false(cut.ok);
	expect_nothing(&cut, "type");
	loaded_release(&cut);
	loaded_bytes(&cut, &elf_module, span_cut(l.file, 0, 53));
	assert_true(cut.ok);
	expect_int(&cut, "type", 3);
	loaded_release(&cut);
	loaded_release(&l);
}

static void steps_end_a_digest_of_names(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	loaded_file(&l, &elf_module, both[0]);
	for (uint64_t steps = 1; steps < 40; steps++) {
		l.steps = steps;
		if (loaded_call(&l, "import_md5", "", NULL, &out))
			break;
		assert_int_equal(l.steps, 0);
	}
	/* symbols, their names, and the two that are taken */
	l.steps = 1000;
	assert_true(loaded_call(&l, "import_md5", "", NULL, &out));
	assert_true(l.steps < 1000 - 6 - 20);
	loaded_release(&l);
}

/* 100 symbols that share one name of 1000 bytes. */
static void names_that_are_shared_are_gone_through_a_few_times(void **state)
{
	enum { N = 100, NAME = 1000, SYMBOLS = 52 + 3 * 40, STRINGS = SYMBOLS + 16 * N };
	static uint8_t p[STRINGS + NAME + 2] = { 0x7f, 'E', 'L', 'F', 1, 1, 1 };
	static const uint32_t section[][10] = {
		{ 0 },
		{ 0, 2, 0, 0, SYMBOLS, 16 * N, 2, 0, 0, 16 },
		{ 0, 3, 0, 0, STRINGS, NAME + 2, 0, 0, 0, 0 },
	};
	struct loaded l;

	(void)state;
	p[32] = 52; /* e_shoff, e_shentsize, e_shnum, e_shstrndx */
	p[46] = 40;
	p[48] = 3;
	p[50] = 2;
	memcpy(p + 52, section, sizeof section);
	for (size_t i = 0; i < N; i++)
		p[SYMBOLS + 16 * i] = 1;
	memset(p + STRINGS + 1, 'n', NAME);
	loaded_bytes(&l, &elf_module, (struct span){ p, sizeof p });
	assert_true(l.ok);
	expect_int(&l, "symtab_entries", N);
	assert_int_equal(l.steps, LOADED_STEPS);
	(void)loaded_at(&l, "symtab");
	assert_int_equal(l.steps, 0);
	loaded_release(&l);
}

static void read_all(struct span s)
{
	struct loaded l;
	struct value out;

	loaded_bytes(&l, &elf_module, s);
	(void)loaded_at(&l, "sections");
	(void)loaded_at(&l, "segments");
	(void)loaded_at(&l, "symtab");
	(void)loaded_at(&l, "dynsym");
	(void)loaded_at(&l, "dynamic");
	(void)loaded_call(&l, "import_md5", "", NULL, &out);
	(void)loaded_call(&l, "telfhash", "", NULL, &out);
	loaded_release(&l);
}

static void no_damage_is_read_out_of_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l;
		loaded_file(&l, &elf_module, both[i]);
		mutate(l.file, read_all);
		loaded_release(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_is_read_in_both_classes_and_byte_orders),
		cmocka_unit_test(lists_are_made_when_they_are_asked_for),
		cmocka_unit_test(sections_segments_symbols_and_the_dynamic_section_are_there),
		cmocka_unit_test(an_executable_finds_its_entry_point_by_segments),
		cmocka_unit_test(imports_are_hashed_in_lower_case_and_order),
		cmocka_unit_test(a_short_list_of_functions_has_an_empty_telfhash),
		cmocka_unit_test(limits_are_yaras),
		cmocka_unit_test(steps_end_a_digest_of_names),
		cmocka_unit_test(names_that_are_shared_are_gone_through_a_few_times),
		cmocka_unit_test(no_damage_is_read_out_of_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
