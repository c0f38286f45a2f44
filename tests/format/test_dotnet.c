/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "format/dotnet_table.h"
#include "tests/format/look.h"
#include "tests/format/make_pe.h"
#include "tests/test.h"

/* On an assembly that Mono's compiler made of tests/format/sample.cs. */

enum { BUDGET = 64 << 20 };
static const char SAMPLE[] = "fuzz/corpus/dotnet/sample.exe";

static struct buf sample(void)
{
	struct buf b;
	struct error e;

	buf_init(&b, 1 << 20);
	assert_true(io_read_file(SAMPLE, &b, &e));
	return b;
}

static bool is_bytes(struct look *l, const char *path, const char *bytes, size_t n)
{
	struct value v = look_at(l, path);

	return v.kind == VALUE_STRING && v.s.n == n && memcmp(v.s.p, bytes, n) == 0;
}

static void streams_and_heaps_are_read(void **state)
{
	(void)state;
	struct buf b = sample();
	struct look l;

	look_open(&l, &dotnet_module, buf_span(&b), BUDGET);
	assert_true(l.ok);
	assert_int_equal(look_int(&l, "is_dotnet"), 1);
	assert_true(look_text(&l, "version", "v4.0.30319"));
	assert_true(look_text(&l, "module_name", "sample.exe"));
	assert_int_equal(look_int(&l, "number_of_streams"), 5);
	assert_true(look_text(&l, "streams[1].name", "#Strings"));
	assert_int_equal(look_int(&l, "number_of_guids"), 1);
	assert_int_equal(look_at(&l, "guids[0]").s.n, 36);
	assert_int_equal(look_int(&l, "number_of_user_strings"), 2);
	assert_true(is_bytes(&l, "user_strings[0]", "u\0s\0e\0r\0 \0s\0t\0r\0i\0n\0g", 22));
	assert_false(look_defined(&l, "user_strings[2]"));
	look_close(&l);
	buf_release(&b);
}

static void tables_are_read(void **state)
{
	(void)state;
	struct buf b = sample();
	struct look l;

	look_open(&l, &dotnet_module, buf_span(&b), BUDGET);
	assert_true(look_text(&l, "assembly.name", "sample"));
	assert_int_equal(look_int(&l, "assembly.version.major"), 0);
	assert_false(look_defined(&l, "assembly.culture"));
	assert_int_equal(look_int(&l, "number_of_assembly_refs"), 1);
	assert_true(look_text(&l, "assembly_refs[0].name", "mscorlib"));
	assert_int_equal(look_int(&l, "assembly_refs[0].version.major"), 4);
	assert_true(is_bytes(&l, "assembly_refs[0].public_key_or_token",
			     "\xb7\x7a\x5c\x56\x19\x34\xe0\x89", 8));
	assert_int_equal(look_int(&l, "number_of_modulerefs"), 1);
	assert_true(look_text(&l, "modulerefs[0]", "kernel32.dll"));
	assert_true(look_text(&l, "typelib", "12345678-9abc-def0-1234-56789abcdef0"));
	assert_int_equal(look_int(&l, "number_of_constants"), 1);
	assert_true(is_bytes(&l, "constants[0]", "h\0e\0l\0l\0o\0 \0c\0o\0n\0s\0t\0a\0n\0t", 28));
	assert_int_equal(look_int(&l, "number_of_field_offsets"), 1);
	look_close(&l);
	buf_release(&b);
}

static void classes_are_put_together(void **state)
{
	(void)state;
	struct buf b = sample();
	struct look l;

	look_open(&l, &dotnet_module, buf_span(&b), BUDGET);
	assert_int_equal(look_int(&l, "number_of_classes"), 10);
	assert_true(look_text(&l, "classes[0].fullname", "Outer.Inner.IThing"));
	assert_true(look_text(&l, "classes[0].type", "interface"));
	assert_true(look_text(&l, "classes[0].generic_parameters[0]", "T"));
	assert_int_equal(look_int(&l, "classes[1].abstract"), 1);
	assert_int_equal(look_int(&l, "classes[2].sealed"), 1);
	assert_true(look_text(&l, "classes[2].base_types[0]", "Outer.Inner.Base"));
	assert_true(look_text(&l, "classes[2].base_types[1]", "Outer.Inner.IThing<T>"));
	assert_true(look_text(&l, "classes[4].namespace", "Outer.Inner.Thing.Nested"));
	assert_true(look_text(&l, "classes[4].visibility", "public"));
	assert_false(look_defined(&l, "classes[10].name"));
	look_close(&l);
	buf_release(&b);
}

static void methods_have_types(void **state)
{
	(void)state;
	struct buf b = sample();
	struct look l;

	look_open(&l, &dotnet_module, buf_span(&b), BUDGET);
	assert_int_equal(look_int(&l, "classes[1].number_of_methods"), 2);
	assert_true(look_text(&l, "classes[1].methods[0].name", ".ctor"));
	assert_false(look_defined(&l, "classes[1].methods[0].return_type"));
	assert_true(look_text(&l, "classes[1].methods[1].visibility", "protected"));
	assert_true(look_text(&l, "classes[1].methods[1].return_type", "void"));
	assert_true(look_text(&l, "classes[1].methods[1].parameters[1].type", "int[,]"));
	assert_true(look_text(&l, "classes[1].methods[1].parameters[2].type", "string[][]"));
	assert_true(look_text(&l, "classes[2].methods[1].parameters[1].type", "ref string"));
	assert_int_equal(look_int(&l, "classes[2].methods[3].static"), 1);
	assert_true(look_text(&l, "classes[2].methods[3].generic_parameters[0]", "V"));
	assert_true(look_text(&l, "classes[2].methods[3].parameters[0].type", "Ptr<int>"));
	assert_true(look_text(&l, "classes[2].methods[3].parameters[1].type", "V"));
	assert_true(look_text(&l, "classes[2].methods[3].parameters[6].type",
			      "Outer.Inner.Thing.Nested.Deeper<T,U>"));
	assert_true(look_text(&l, "classes[4].methods[1].parameters[0].type",
			      "System.Collections.Generic.List<System.Collections.Generic."
			      "Dictionary<string,T>>"));
	look_close(&l);
	buf_release(&b);
}

static void an_image_without_metadata_is_none(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	look_open(&l, &dotnet_module, make_pe(&m, false), BUDGET);
	assert_true(l.ok);
	assert_int_equal(look_int(&l, "is_dotnet"), 0);
	assert_false(look_defined(&l, "number_of_streams"));
	look_close(&l);
	look_open(&l, &dotnet_module, span_of("no image"), BUDGET);
	assert_false(l.ok);
	assert_false(look_defined(&l, "is_dotnet"));
	look_close(&l);
}

static void memory_may_end_anywhere(void **state)
{
	(void)state;
	struct buf b = sample();
	struct look l;
	bool ok = false;

	for (size_t budget = 0; budget < 200000; budget += budget < 20000 ? 97 : 1999) {
		look_open(&l, &dotnet_module, buf_span(&b), budget);
		ok = l.ok;
		assert_true(ok || l.slots == NULL || l.e.why == REASON_MEMORY);
		(void)look_walk_all(&l);
		look_close(&l);
	}
	assert_true(ok);
	buf_release(&b);
}

static void try_assembly(const uint8_t *bytes, size_t n)
{
	uint8_t *p = malloc(n + 1); /* of its own length, so that ASan sees what is read beyond */
	struct look l;

	memcpy(p + 1, bytes, n);
	look_open(&l, &dotnet_module, (struct span){ p + 1, n }, BUDGET);
	(void)look_walk_all(&l);
	look_close(&l);
	free(p);
}

/* From the metadata on each byte, before it only now and then. */
static void damaged_assemblies_do_no_harm(void **state)
{
	(void)state;
	struct buf b = sample();

	for (size_t n = 0; n <= b.n; n += 3)
		try_assembly(b.p, n);
	for (size_t i = 0; i < b.n; i += i < 0x400 ? 5 : 1) {
		static const uint8_t to[] = { 0x00, 0x7f, 0xff };
		uint8_t was = b.p[i];
		for (size_t k = 0; k < sizeof to; k++) {
			b.p[i] = to[k];
			try_assembly(b.p, b.n);
		}
		b.p[i] = was ^ (uint8_t)(1u << i % 8);
		try_assembly(b.p, b.n);
		b.p[i] = was;
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_and_heaps_are_read),
		cmocka_unit_test(tables_are_read),
		cmocka_unit_test(classes_are_put_together),
		cmocka_unit_test(methods_have_types),
		cmocka_unit_test(an_image_without_metadata_is_none),
		cmocka_unit_test(memory_may_end_anywhere),
		cmocka_unit_test(damaged_assemblies_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
