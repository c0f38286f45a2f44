/* SPDX-License-Identifier: Apache-2.0 */
#include "format/lnk.h"
#include "tests/format/loaded.h"
#include "tests/mutate.h"

static const char *const both[] = { "fuzz/corpus/lnk/wide", "fuzz/corpus/lnk/narrow" };

static void strings_and_link_info_are_read_wide_and_narrow(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l;
		loaded_file(&l, &lnk_module, both[i]);
		assert_true(l.ok);
		expect_int(&l, "is_lnk", 1);
		expect_int(&l, "creation_time", 1600000000);
		expect_nothing(&l, "write_time");
		expect_int(&l, "show_command", 7);
		expect_text(&l, "name", "description");
		expect_text(&l, "relative_path", "..\\x.exe");
		expect_text(&l, "cmd_line_args", "-enc AAAA");
		expect_text(&l, "icon_location", "icon.ico");
		expect_text(&l, "local_base_path", "C:\\Users\\x");
		expect_text(&l, "common_path_suffix", "suffix");
		expect_text(&l, "volume_label", "VOL");
		expect_int(&l, "drive_serial_number", 0xdeadbeef);
		expect_text(&l, "tracker_data.machine_id", "machine");
		expect_text(&l, "tracker_data.droid_file_id",
			    "13121110-1514-1716-1819-1a1b1c1d1e1f");
		expect_int(&l, "overlay_size", i == 0 ? 0 : 7);
		loaded_release(&l);
	}
}

static void shell_items_are_told_apart(void **state)
{
	struct loaded l;

	(void)state;
	loaded_file(&l, &lnk_module, both[0]);
	assert_int_equal(loaded_count(&l, "target_id_list"), 8);
	expect_int(&l, "target_id_list[0].item_type", 0x1f);
	expect_text(&l, "target_id_list[0].root_folder_id", "03020100-0504-0706-0809-0a0b0c0d0e0f");
	expect_text(&l, "target_id_list[1].volume_name", "C:\\");
	expect_text(&l, "target_id_list[2].volume_id", "13121110-1514-1716-1819-1a1b1c1d1e1f");
	expect_text(&l, "target_id_list[3].file_entry_name", "Users");
	expect_text(&l, "target_id_list[4].file_entry_name", "n\xc3\xa4me");
	expect_text(&l, "target_id_list[5].network_location", "\\\\host\\share");
	expect_text(&l, "target_id_list[6].cpl_file_path", "c:\\evil.cpl");
	expect_int(&l, "target_id_list[7].item_type", 0x99);
	loaded_release(&l);
}

static void another_header_is_no_shortcut(void **state)
{
	struct loaded l;

	(void)state;
	loaded_bytes(&l, &lnk_module, (struct span){ (const uint8_t *)"L\0\0\0", 4 });
	assert_false(l.ok);
	expect_int(&l, "is_lnk", 0);
	loaded_release(&l);
}

static void what_stands_before_the_damage_stays(void **state)
{
	struct loaded l, cut;

	(void)state;
	loaded_file(&l, &lnk_module, both[0]);
	loaded_bytes(&cut, &lnk_module, span_cut(l.file, 0, l.file.n - 100));
	assert_false(cut.ok);
	expect_int(&cut, "is_lnk", 1);
	expect_text(&cut, "cmd_line_args", "-enc AAAA");
	expect_nothing(&cut, "overlay_size");
	loaded_release(&cut);
	loaded_release(&l);
}

static void read_all(struct span s)
{
	struct loaded l;

	loaded_bytes(&l, &lnk_module, s);
	loaded_release(&l);
}

static void no_damage_is_read_out_of_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l;
		loaded_file(&l, &lnk_module, both[i]);
		mutate(l.file, read_all);
		loaded_release(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_and_link_info_are_read_wide_and_narrow),
		cmocka_unit_test(shell_items_are_told_apart),
		cmocka_unit_test(another_header_is_no_shortcut),
		cmocka_unit_test(what_stands_before_the_damage_stays),
		cmocka_unit_test(no_damage_is_read_out_of_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
