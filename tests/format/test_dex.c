/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dex.h"
#include "tests/format/loaded.h"
#include "tests/mutate.h"

static const char seed[] = "fuzz/corpus/dex/v035";

static void tables_classes_and_members_are_read(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &dex_module, seed);
	assert_true(l.ok);
	expect_int(&l, "is_dex", 1);
	expect_text(&l, "header.magic", "dex\n035");
	expect_int(&l, "header.string_ids_size", 11);
	expect_text(&l, "string_ids[2].value", "LMain;");
	expect_int(&l, "class_defs[0].source_file_idx", 4);
	expect_int(&l, "class_data_item[0].virtual_methods_size", 1);
	expect_int(&l, "map_list.size", 2);
	expect_int(&l, "map_list.map_item[1].type", 0x1000);
	expect_int(&l, "number_of_fields", 2);
	expect_text(&l, "field[0].name", "count");
	expect_text(&l, "field[1].proto", "I");
	expect_int(&l, "field[0].static", 1);
	expect_int(&l, "number_of_methods", 2);
	expect_text(&l, "method[0].name", "<init>");
	expect_text(&l, "method[1].name", "run");
	expect_text(&l, "method[1].class_name", "LMain;");
	expect_text(&l, "method[1].proto", "VI");
	expect_int(&l, "method[1].virtual", 1);
	expect_int(&l, "method[0].code_item.insns_size", 3);
	loaded_release(&l);
}

static void entries_of_a_map_that_is_cut_off_count(void **state)
{
	struct loaded whole, cut;

	(void)state;
	loaded_file(&whole, &dex_module, seed);
	struct span file = buf_span(&whole.bytes);
	uint32_t at = (uint32_t)file.p[52] | (uint32_t)file.p[53] << 8; /* map_off */
	loaded_bytes(&cut, &dex_module, span_cut(file, 0, at + 4 + 12 + 11));
	expect_int(&cut, "map_list.size", 2);
	expect_int(&cut, "map_list.map_item[0].size", 1);
	expect_nothing(&cut, "map_list.map_item[1].size");
	loaded_release(&cut);
	loaded_release(&whole);
}

static int64_t ask(struct loaded *l, const char *name, const char *letters,
		   const struct value *args)
{
	struct value out;

	return loaded_call(l, name, letters, args, &out) ? out.i : -1;
}

static void methods_and_classes_are_found_by_name_and_by_expression(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &dex_module, seed);
	assert_int_equal(ask(&l, "has_method", "s", (struct value[]){ S("run") }), 1);
	assert_int_equal(ask(&l, "has_method", "s", (struct value[]){ S("Run") }), 0);
	assert_int_equal(ask(&l, "has_method", "ss", (struct value[]){ S("LMain;"), S("run") }), 1);
	assert_int_equal(ask(&l, "has_method", "ss", (struct value[]){ S("LOther;"), S("run") }),
			 0);
	assert_int_equal(ask(&l, "has_class", "s", (struct value[]){ S("LMain;") }), 1);
	assert_int_equal(ask(&l, "has_class", "r", (struct value[]){ RE(0) }), 1);
	assert_int_equal(ask(&l, "has_class", "r", (struct value[]){ RE(1) }), 0);
	assert_int_equal(ask(&l, "has_method", "rr", (struct value[]){ RE(0), RE(1) }), 0);
	assert_int_equal(ask(&l, "contains_string", "s", (struct value[]){ S("Main.java") }), 1);
	assert_int_equal(ask(&l, "contains_method", "s", (struct value[]){ S("<init>") }), 1);
	assert_int_equal(ask(&l, "contains_class", "s", (struct value[]){ S("LMain;") }), 1);
	assert_int_equal(ask(&l, "contains_class", "s", (struct value[]){ S("I") }), 0);
	loaded_release(&l);
}

static void the_checksum_is_the_headers(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	loaded_file(&l, &dex_module, seed);
	assert_true(loaded_call(&l, "checksum", "", NULL, &out));
	expect_int(&l, "header.checksum", out.i);
	assert_true(loaded_call(&l, "signature", "", NULL, &out));
	assert_int_equal(out.s.n, 40);
	loaded_release(&l);
}

static void another_version_is_no_dex_file(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	loaded_bytes(&l, &dex_module, span_of("dex\n040"));
	assert_false(l.ok);
	assert_false(loaded_call(&l, "checksum", "", NULL, &out));
	assert_false(loaded_call(&l, "has_method", "s", (struct value[]){ S("run") }, &out));
	loaded_release(&l);
}

static void steps_end_a_search(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	loaded_file(&l, &dex_module, seed);
	l.steps = 1;
	assert_false(loaded_call(&l, "has_method", "s", (struct value[]){ S("run") }, &out));
	assert_int_equal(l.steps, 0);
	/* an expression costs as much as the text is long */
	l.steps = 2;
	assert_false(loaded_call(&l, "has_class", "r", (struct value[]){ RE(0) }, &out));
	assert_int_equal(l.steps, 0);
	loaded_release(&l);
}

static void read_all(struct span s)
{
	struct loaded l;

	loaded_bytes(&l, &dex_module, s);
	(void)ask(&l, "has_method", "ss", (struct value[]){ S("LMain;"), S("run") });
	(void)ask(&l, "contains_class", "s", (struct value[]){ S("LMain;") });
	(void)ask(&l, "checksum", "", NULL);
	loaded_release(&l);
}

static void no_damage_is_read_out_of_bounds(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &dex_module, seed);
	mutate(l.file, read_all);
	loaded_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_classes_and_members_are_read),
		cmocka_unit_test(entries_of_a_map_that_is_cut_off_count),
		cmocka_unit_test(methods_and_classes_are_found_by_name_and_by_expression),
		cmocka_unit_test(the_checksum_is_the_headers),
		cmocka_unit_test(another_version_is_no_dex_file),
		cmocka_unit_test(steps_end_a_search),
		cmocka_unit_test(no_damage_is_read_out_of_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
