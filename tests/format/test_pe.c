/* SPDX-License-Identifier: Apache-2.0 */
#include "format/exe.h"
#include "format/icon.h"
#include "format/pe.h"
#include "tests/format/look.h"
#include "tests/format/make_pe.h"
#include "tests/test.h"

enum { BUDGET = 64 << 20 };

static struct value number(int64_t i) { return (struct value){ .kind = VALUE_INT, .i = i }; }
static struct value text(const char *s)
{
	return (struct value){ .kind = VALUE_STRING, .s = span_of(s) };
}

/* The result of a function of no argument or one or two; INT64_MIN where it is undefined. */
static int64_t call(struct look *l, const char *self, const char *name, const char *args,
		    struct value a, struct value b)
{
	struct value values[] = { a, b }, out = { 0 };

	return look_call(l, self, name, args, values, &out) ? out.i : INT64_MIN;
}

static void open_image(struct look *l, struct make_pe *m, bool wide)
{
	look_open(l, &pe_module, make_pe(m, wide), BUDGET);
}

static void headers_are_read(void **state)
{
	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		struct make_pe m;
		struct look l;
		open_image(&l, &m, wide);
		assert_true(l.ok);
		assert_int_equal(look_int(&l, "is_pe"), 1);
		assert_int_equal(look_int(&l, "machine"), wide ? 0x8664 : 0x14c);
		assert_int_equal(look_int(&l, "opthdr_magic"), wide ? 0x20b : 0x10b);
		assert_int_equal(look_int(&l, "linker_version.major"), 1);
		assert_int_equal(look_int(&l, "linker_version.minor"), 14);
		assert_int_equal(look_int(&l, "image_base"), 0x400000);
		assert_int_equal(look_int(&l, "entry_point"), 0x400);
		assert_int_equal(look_int(&l, "entry_point_raw"), 0x1000);
		assert_int_equal(look_int(&l, "checksum"), 0x12345678);
		assert_int_equal(look_defined(&l, "base_of_data"), !wide);
		assert_int_equal(look_int(&l, "data_directories[1].virtual_address"), 0x2000);
		assert_false(look_defined(&l, "data_directories[16].size"));
		assert_int_equal(look_int(&l, "overlay.offset"), 0x1000);
		assert_int_equal(look_int(&l, "overlay.size"), MAKE_PE_SIZE - 0x1000);
		look_close(&l);
	}
}

static void an_entry_point_outside_is_minus_one(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;
	struct span file = make_pe(&m, false);

	make_pe_put(&m, MAKE_PE_HEADER + 24 + 16, 0x7000, 4);
	look_open(&l, &pe_module, file, BUDGET);
	assert_int_equal(look_int(&l, "entry_point"), -1);
	assert_int_equal(look_int(&l, "entry_point_raw"), 0x7000);
	look_close(&l);
}

static void long_section_names_come_from_the_string_table(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	open_image(&l, &m, true);
	assert_int_equal(look_int(&l, "number_of_sections"), 3);
	assert_true(look_text(&l, "sections[0].full_name", ".text"));
	assert_true(look_text(&l, "sections[2].name", "/4"));
	assert_true(look_text(&l, "sections[2].full_name", ".longname"));
	look_close(&l);
	m.p[0x1006] = 0x80; /* not printable */
	look_open(&l, &pe_module, (struct span){ m.p, sizeof m.p }, BUDGET);
	assert_true(look_text(&l, "sections[2].name", "/4"));
	assert_false(look_defined(&l, "sections[2].full_name"));
	look_close(&l);
}

static void imports_by_name_and_by_ordinal(void **state)
{
	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		struct make_pe m;
		struct look l;
		open_image(&l, &m, wide);
		assert_int_equal(look_int(&l, "number_of_imports"), 2);
		assert_int_equal(look_int(&l, "number_of_imported_functions"), 4);
		assert_true(look_text(&l, "import_details[0].library_name", "KERNEL32.dll"));
		assert_true(look_text(&l, "import_details[0].functions[1].name", "ExitProcess"));
		/* the name between them is none, but its place in the table counts */
		assert_int_equal(look_int(&l, "import_details[0].functions[1].rva"),
				 0x1100 + (wide ? 16 : 8));
		assert_false(look_defined(&l, "import_details[0].functions[1].ordinal"));
		assert_true(look_text(&l, "import_details[1].functions[0].name", "accept"));
		assert_true(look_text(&l, "import_details[1].functions[1].name", "ord999"));
		assert_int_equal(look_int(&l, "import_details[1].functions[1].ordinal"), 999);
		assert_int_equal(
			call(&l, "", "imports", "ss", text("kernel32.DLL"), text("exitprocess")),
			1);
		assert_int_equal(call(&l, "", "imports", "ss", text("kernel32.dll"), text("Exit")),
				 0);
		assert_int_equal(call(&l, "", "imports", "si", text("ws2_32.dll"), number(999)), 1);
		assert_int_equal(call(&l, "", "imports", "s", text("ws2_32.dll"), number(0)), 2);
		assert_int_equal(call(&l, "", "imports", "is", number(2), text("user32.dll")), 2);
		assert_int_equal(call(&l, "", "imports", "is", number(1), text("user32.dll")), 0);
		assert_int_equal(
			call(&l, "", "import_rva", "ss", text("kernel32.dll"), text("CreateFileA")),
			0x1100);
		assert_int_equal(call(&l, "", "import_rva", "si", text("kernel32.dll"), number(1)),
				 INT64_MIN);
		look_close(&l);
	}
}

static void delayed_imports_need_both_tables(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	open_image(&l, &m, false);
	assert_int_equal(look_int(&l, "number_of_delayed_imports"), 1);
	assert_true(look_text(&l, "delayed_import_details[0].functions[0].name", "MessageBoxW"));
	assert_int_equal(look_int(&l, "delayed_import_details[0].functions[1].ordinal"), 7);
	assert_int_not_equal(
		call(&l, "", "delayed_import_rva", "si", text("USER32.dll"), number(7)), INT64_MIN);
	look_close(&l);
}

static void the_import_hash_is_known(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;
	struct value out = { 0 };

	/* MD5 of kernel32.createfilea,kernel32.exitprocess,ws2_32.accept,ws2_32.ord999 */
	open_image(&l, &m, true);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(look_call(&l, "", "imphash", "", NULL, &out));
		assert_true(span_is(out.s, "7d6bc8d60651d685a18b49adf2dee8df"));
	}
	look_close(&l);
}

static void exports_with_and_without_names(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	open_image(&l, &m, true);
	assert_true(look_text(&l, "dll_name", "made.dll"));
	assert_int_equal(look_int(&l, "export_timestamp"), MAKE_PE_TIMESTAMP + 1);
	assert_int_equal(look_int(&l, "number_of_exports"), 3);
	assert_true(look_text(&l, "export_details[0].name", "Alpha"));
	assert_int_equal(look_int(&l, "export_details[0].offset"), 0x410);
	assert_int_equal(look_int(&l, "export_details[1].ordinal"), 6);
	assert_int_equal(look_int(&l, "export_details[1].rva"), 0x9999);
	assert_false(look_defined(&l, "export_details[1].name"));
	assert_false(look_defined(&l, "export_details[1].offset"));
	assert_true(look_text(&l, "export_details[2].forward_name", "NTDLL.RtlMoveMemory"));
	assert_false(look_defined(&l, "export_details[2].offset"));
	assert_int_equal(call(&l, "", "exports", "s", text("alpha"), number(0)), 1);
	assert_int_equal(call(&l, "", "exports", "s", text("beta"), number(0)), 0);
	assert_int_equal(call(&l, "", "exports_index", "s", text("MOVE"), number(0)), 2);
	assert_int_equal(call(&l, "", "exports_index", "s", text("beta"), number(0)), INT64_MIN);
	/* ordinals beyond the number of exports are not looked for, as in YARA */
	assert_int_equal(call(&l, "", "exports", "i", number(5), number(0)), 0);
	look_close(&l);
}

static void resources_and_version_information(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	open_image(&l, &m, false);
	assert_int_equal(look_int(&l, "number_of_resources"), 2);
	assert_int_equal(look_int(&l, "resource_version.minor"), 2);
	assert_int_equal(look_int(&l, "resources[0].type"), 16);
	assert_int_equal(look_int(&l, "resources[0].language"), 0x409);
	assert_int_equal(look_int(&l, "resources[1].offset"), 0x400);
	assert_false(look_defined(&l, "resources[1].id"));
	struct value name = look_at(&l, "resources[1].name_string");
	assert_true(name.kind == VALUE_STRING && name.s.n == 4 &&
		    memcmp(name.s.p, "x\0y\0", 4) == 0);
	assert_int_equal(look_int(&l, "number_of_version_infos"), 2);
	assert_true(look_text(&l, "version_info[Name]", "abc"));
	assert_true(look_text(&l, "version_info_list[1].key", "Empty"));
	assert_true(look_text(&l, "version_info_list[1].value", ""));
	assert_int_equal(call(&l, "", "locale", "i", number(0x409), number(0)), 1);
	assert_int_equal(call(&l, "", "language", "i", number(0x07), number(0)), 1);
	assert_int_equal(call(&l, "", "language", "i", number(0x0a), number(0)), 0);
	look_close(&l);
}

static void the_rich_header_is_decoded(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	open_image(&l, &m, false);
	assert_int_equal(look_int(&l, "rich_signature.offset"), MAKE_PE_RICH);
	assert_int_equal(look_int(&l, "rich_signature.length"), 32);
	assert_int_equal(look_int(&l, "rich_signature.key"), MAKE_PE_RICH_KEY);
	assert_int_equal(look_at(&l, "rich_signature.version_data").s.n, 8);
	assert_int_equal(call(&l, "rich_signature", "version", "i", number(2), number(0)), 3);
	assert_int_equal(call(&l, "rich_signature", "version", "ii", number(5), number(1)), 4);
	assert_int_equal(call(&l, "rich_signature", "toolid", "i", number(1), number(0)), 7);
	assert_int_equal(call(&l, "rich_signature", "toolid", "ii", number(1), number(9)), 0);
	assert_int_equal(call(&l, "rich_signature", "version", "i", number(-1), number(0)), 0);
	look_close(&l);
}

static void the_path_of_the_symbols(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	open_image(&l, &m, true);
	assert_true(look_text(&l, "pdb_path", "c:\\made.pdb"));
	look_close(&l);
}

static void small_functions(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;
	uint32_t sum = 0;

	open_image(&l, &m, true);
	assert_int_equal(call(&l, "", "is_dll", "", number(0), number(0)), 0x2000);
	assert_int_equal(call(&l, "", "is_32bit", "", number(0), number(0)), 0);
	assert_int_equal(call(&l, "", "is_64bit", "", number(0), number(0)), 1);
	assert_int_equal(call(&l, "", "section_index", "s", text("/4"), number(0)), 2);
	assert_int_equal(call(&l, "", "section_index", "i", number(0x600), number(0)), 1);
	assert_int_equal(call(&l, "", "section_index", "i", number(0x1000), number(0)), INT64_MIN);
	assert_int_equal(call(&l, "", "rva_to_offset", "i", number(0x3010), number(0)), 0xe10);
	assert_int_equal(call(&l, "", "rva_to_offset", "i", number(0x10), number(0)), 0x10);
	assert_int_equal(call(&l, "", "rva_to_offset", "i", number(0x3200), number(0)), INT64_MIN);
	assert_int_equal(call(&l, "", "rva_to_offset", "i", number(-1), number(0)), INT64_MIN);
	for (size_t at = 0; at < sizeof m.p; at += 2) {
		bool field = at == MAKE_PE_HEADER + 88 || at == MAKE_PE_HEADER + 90;
		sum += field ? 0 : m.p[at] | (uint32_t)m.p[at + 1] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	assert_int_equal(call(&l, "", "calculate_checksum", "", number(0), number(0)),
			 sum + sizeof m.p);
	look_close(&l);
}

/* Sections may be cut off, and then nothing is mapped. */
static void a_cut_section_table_maps_nothing(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;
	struct span file = make_pe(&m, false);

	file.n = MAKE_PE_HEADER + 24 + 224 + 40 * 2 + 39;
	look_open(&l, &pe_module, file, BUDGET);
	assert_true(l.ok);
	assert_int_equal(look_int(&l, "number_of_sections"), 3);
	assert_true(look_defined(&l, "sections[1].name"));
	assert_false(look_defined(&l, "sections[2].name"));
	assert_int_equal(look_int(&l, "entry_point"), -1);
	assert_int_equal(look_int(&l, "number_of_imports"), 0);
	look_close(&l);
}

static void text_is_no_image(void **state)
{
	(void)state;
	static const char file[128] = "MZ";
	struct look l;

	look_open(&l, &pe_module, (struct span){ (const uint8_t *)file, sizeof file }, BUDGET);
	assert_false(l.ok);
	assert_int_equal(l.e.why, REASON_DAMAGED);
	assert_int_equal(look_int(&l, "is_pe"), 0);
	assert_false(look_defined(&l, "machine"));
	assert_int_equal(call(&l, "", "imports", "s", text("x"), number(0)), INT64_MIN);
	assert_int_equal(call(&l, "", "is_dll", "", number(0), number(0)), INT64_MIN);
	look_close(&l);
}

/* ---- limits of work, which end the rule that asks */

static void steps_end_a_checksum(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	open_image(&l, &m, true);
	l.steps = l.file.n - 1;
	assert_int_equal(call(&l, "", "calculate_checksum", "", number(0), number(0)), INT64_MIN);
	assert_int_equal(l.steps, 0);
	look_close(&l);
}

/* What `field` leaves of the steps where so many bytes of texts may be gone through. */
static uint64_t steps_of(size_t text, const char *field)
{
	struct make_pe m;
	struct look l;

	open_image(&l, &m, false);
	((struct pe *)l.state)->text = text;
	(void)look_at(&l, field);
	look_close(&l);
	return l.steps;
}

static void texts_of_images_are_bounded(void **state)
{
	(void)state;
	/* .longname; user32.dll and its NUL; the texts of the version information, with their NULs
	 */
	static const struct {
		const char *field;
		size_t text;
	} all[] = { { "sections", 10 }, { "delayed_import_details", 11 }, { "resources", 150 } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		assert_int_equal(steps_of(all[i].text, all[i].field), UINT64_MAX);
		assert_int_equal(steps_of(all[i].text - 1, all[i].field), 0);
	}
}

/* An image whose last section is large: version information of so many strings at its start. */
enum { LARGE_AT = 0x1200, LARGE = 0x28000 };

static struct span make_large(struct make_pe *m, uint8_t *p, unsigned n)
{
	struct span small = make_pe(m, false);
	size_t root = make_pe_at(m->resources);

	make_pe_put(m, root + 0x50, 0x3000, 4);
	make_pe_put(m, root + 0x54, 0x8000, 4);
	make_pe_section(m, 2, "/4", 0x3000, LARGE_AT, LARGE);
	memset(p, 0, LARGE_AT + LARGE);
	memcpy(p, small.p, small.n < LARGE_AT ? small.n : LARGE_AT);
	memcpy(p + LARGE_AT, m->p + make_pe_at(m->version), 92 + 36 + 24);
	size_t first = LARGE_AT + 92 + 36 + 24;
	for (unsigned i = 0; i < n; i++) {
		static const uint8_t block[20] = { 20, 0, 1, 0, 1, 0, 'k', 0, 0, 0,
						   0,  0, 0, 0, 0, 0, 'v', 0, 0, 0 };
		uint8_t *to = p + first + 20 * (size_t)i;
		memcpy(to, block, sizeof block);
		for (unsigned k = 0, rest = i; k < 3; k++, rest /= 16)
			to[12 - 2 * k] = (uint8_t)('a' + rest % 16);
	}
	for (size_t k = 0; k < 3; k++) { /* the whole, the strings, their table */
		static const uint8_t at[] = { 0, 92, 92 + 36 };
		size_t size = 92 + 36 + 24 + 20 * (size_t)n - at[k];
		p[LARGE_AT + at[k]] = (uint8_t)size;
		p[LARGE_AT + at[k] + 1] = (uint8_t)(size >> 8);
	}
	return (struct span){ p, LARGE_AT + LARGE };
}

static void version_strings_are_all_there_or_cut(void **state)
{
	(void)state;
	static uint8_t p[LARGE_AT + LARGE];
	static uint32_t at[EXE_MAX_VERSION_STRINGS];
	struct make_pe m;
	struct look l;
	struct exe x;
	bool cut;

	struct span file = make_large(&m, p, 300);
	look_open(&l, &pe_module, file, BUDGET);
	assert_int_equal(look_int(&l, "number_of_version_infos"), 300);
	assert_true(look_text(&l, "version_info[kbbc]", "v")); /* number 274 */
	assert_int_equal(l.steps, UINT64_MAX);
	look_close(&l);
	file = make_large(&m, p, 1025);
	look_open(&l, &pe_module, file, BUDGET);
	assert_int_equal(look_int(&l, "number_of_version_infos"), 1024);
	assert_int_equal(l.steps, 0);
	look_close(&l);
	assert_true(exe_read(file, &x));
	assert_int_equal(exe_version_strings(file, &x, at, EXE_MAX_VERSION_STRINGS, &cut), 1025);
	assert_false(cut);
	assert_int_equal(exe_version_strings(file, &x, at, 1024, &cut), 1024);
	assert_true(cut);
}

static void debug_entries_are_bounded(void **state)
{
	(void)state;
	static uint8_t p[LARGE_AT + LARGE];
	struct make_pe m;
	struct look l;

	for (unsigned more = 0; more < 2; more++) {
		struct span file = make_large(&m, p, 0);
		make_pe_set_directory(&m, 6, 0x3000 + 0x8000, 28 * (4096 + more));
		memcpy(p, m.p, 0x400);
		look_open(&l, &pe_module, file, BUDGET);
		assert_false(look_defined(&l, "pdb_path"));
		assert_int_equal(l.steps, more != 0 ? 0 : UINT64_MAX);
		look_close(&l);
	}
}

/* One directory of 4096 entries, each of which points to it: 2^36 of them on three levels. */
static void a_tree_of_resources_that_bites_its_tail_is_cut(void **state)
{
	(void)state;
	static uint8_t p[LARGE_AT + LARGE];
	static char digits[ICON_DIGITS];
	struct value icon = { .kind = VALUE_STRING, .s = { (const uint8_t *)digits, ICON_DIGITS } };
	struct make_pe m;
	struct look l;
	struct span file = make_large(&m, p, 0);

	make_pe_set_directory(&m, 2, 0x3000, 0x10000);
	memcpy(p, m.p, 0x400);
	memset(p + LARGE_AT, 0, LARGE);
	p[LARGE_AT + 15] = 0x10; /* NumberOfIdEntries: 4096 */
	for (size_t i = 0; i < 4096; i++) {
		p[LARGE_AT + 16 + 8 * i] = i % 2 == 0 ? 16 : 14;
		p[LARGE_AT + 16 + 8 * i + 7] = 0x80;
	}
	memset(digits, '0', sizeof digits);
	look_open(&l, &clamav_module, file, BUDGET);
	assert_int_equal(look_int(&l, "version_strings"), 0);
	assert_int_equal(l.steps, 0);
	l.steps = 1000;
	assert_int_equal(call(&l, "", "icon", "s", icon, icon), 0);
	assert_int_equal(l.steps, 0);
	look_close(&l);
}

/* Every budget ends well: with all fields, or with the reason. */
static void memory_may_end_anywhere(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;
	struct span file = make_pe(&m, true);
	bool ok = false;

	for (size_t budget = 0; !ok; budget += 61) {
		look_open(&l, &pe_module, file, budget);
		ok = l.ok;
		assert_true(ok || l.slots == NULL || l.e.why == REASON_MEMORY);
		(void)look_walk_all(&l);
		look_close(&l);
	}
}

static void try_image(struct span file)
{
	struct value out = { 0 }, values[] = { number(0x409), number(1) };
	struct look l;

	look_open(&l, &pe_module, file, BUDGET);
	(void)look_walk_all(&l);
	(void)look_call(&l, "", "imphash", "", NULL, &out);
	(void)look_call(&l, "", "calculate_checksum", "", NULL, &out);
	(void)look_call(&l, "", "locale", "i", values, &out);
	(void)look_call(&l, "", "section_index", "i", values, &out);
	(void)look_call(&l, "", "exports", "i", values, &out);
	look_close(&l);
}

/* Only the parts that hold structure: the rest is filler. */
static void damaged_images_do_no_harm(void **state)
{
	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		struct make_pe m;
		struct span file = make_pe(&m, wide);
		size_t end = make_pe_at(m.rva);
		for (size_t n = 0; n <= file.n; n += n < 0x220 ? 1 : 7) {
			uint8_t *p = malloc(
				n +
				1); /* of its own length, so that ASan sees what is read beyond */
			memcpy(p + 1, m.p, n);
			try_image((struct span){ p + 1, n });
			free(p);
		}
		for (size_t i = 0; i < end; i++) {
			static const uint8_t to[] = { 0x00, 0x7f, 0x80, 0xff };
			uint8_t was = m.p[i];
			if (i >= 0x400 && i < 0x600)
				continue;
			for (size_t k = 0; k < sizeof to; k++) {
				m.p[i] = to[k];
				try_image(file);
			}
			m.p[i] = was ^ 1;
			try_image(file);
			m.p[i] = was;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(an_entry_point_outside_is_minus_one),
		cmocka_unit_test(long_section_names_come_from_the_string_table),
		cmocka_unit_test(imports_by_name_and_by_ordinal),
		cmocka_unit_test(delayed_imports_need_both_tables),
		cmocka_unit_test(the_import_hash_is_known),
		cmocka_unit_test(exports_with_and_without_names),
		cmocka_unit_test(resources_and_version_information),
		cmocka_unit_test(the_rich_header_is_decoded),
		cmocka_unit_test(the_path_of_the_symbols),
		cmocka_unit_test(small_functions),
		cmocka_unit_test(a_cut_section_table_maps_nothing),
		cmocka_unit_test(text_is_no_image),
		cmocka_unit_test(steps_end_a_checksum),
		cmocka_unit_test(texts_of_images_are_bounded),
		cmocka_unit_test(version_strings_are_all_there_or_cut),
		cmocka_unit_test(debug_entries_are_bounded),
		cmocka_unit_test(a_tree_of_resources_that_bites_its_tail_is_cut),
		cmocka_unit_test(memory_may_end_anywhere),
		cmocka_unit_test(damaged_images_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
