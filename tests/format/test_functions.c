/* SPDX-License-Identifier: Apache-2.0 */
#include "format/mod_magic.h"
#include "tests/format/loaded.h"

#include <math.h>

/* The modules that are functions alone.  The figures are those that yara 4.2.3 prints. */

static const char sample[] = "abcdefabcdef\x80\xff\0abc";

static bool call(struct loaded *l, const char *name, const char *letters, const struct value *args,
		 struct value *out)
{
	return loaded_call(l, name, letters, args, out);
}

static void open_sample(struct loaded *l, const struct module *m)
{
	loaded_bytes(l, m, (struct span){ (const uint8_t *)sample, sizeof sample - 1 });
}

static void expect_float(struct loaded *l, const char *name, const char *letters,
			 const struct value *args, double want)
{
	struct value out;

	assert_true(call(l, name, letters, args, &out));
	if (fabs(out.f - want) > 1e-6)
		fail_msg("%s: %f, not %f", name, out.f, want);
}

static void statistics_are_yaras(void **state)
{
	struct loaded l;

	(void)state;
	open_sample(&l, &math_module);
	expect_float(&l, "entropy", "s", (struct value[]){ S("abcdefabcdef") }, 2.584963);
	expect_float(&l, "entropy", "ii", (struct value[]){ I(0), I(0) }, 0);
	expect_float(&l, "mean", "s", (struct value[]){ S("\x80\xff\0abc\xf0\x01") }, 18.75);
	expect_float(&l, "mean", "ii", (struct value[]){ I(12), I(3) }, (128.0 + 255.0) / 3);
	expect_float(&l, "deviation", "sf", (struct value[]){ S("\xff\x80"), F(10.0) }, 74.5);
	expect_float(&l, "serial_correlation", "s", (struct value[]){ S("abcdefabcdef") }, 1.0 / 7);
	expect_float(&l, "serial_correlation", "s", (struct value[]){ S("") }, -100000);
	expect_float(&l, "monte_carlo_pi", "s", (struct value[]){ S("\x80\xff\0abc\xf0\x01") }, 1);
	loaded_release(&l);
}

static void ranges_are_cut_at_the_end_and_undefined_beyond(void **state)
{
	static const struct value beyond[] = { I(18), I(1) }, before[] = { I(-1), I(1) },
				  negative[] = { I(0), I(-1) }, huge[] = { I(17), I(INT64_MAX) };
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &math_module);
	assert_false(call(&l, "entropy", "ii", beyond, &out));
	assert_false(call(&l, "mean", "ii", before, &out));
	assert_false(call(&l, "mode", "ii", negative, &out));
	assert_true(call(&l, "mode", "ii", huge, &out));
	assert_int_equal(out.i, 'c');
	assert_false(call(&l, "mean", "ii", (struct value[]){ I(0), I(0) }, &out));
	loaded_release(&l);
	loaded_bytes(&l, &math_module, (struct span){ NULL, 0 });
	assert_false(call(&l, "mode", "", NULL, &out));
	assert_false(call(&l, "count", "i", (struct value[]){ I('a') }, &out));
	loaded_release(&l);
}

static void small_helpers_of_math(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &math_module);
	assert_true(call(&l, "count", "i", (struct value[]){ I('a') }, &out));
	assert_int_equal(out.i, 3);
	assert_false(call(&l, "count", "i", (struct value[]){ I('a' + 256) }, &out));
	assert_false(call(&l, "count", "i", (struct value[]){ I(-1) }, &out));
	assert_true(call(&l, "min", "ii", (struct value[]){ I(-1), I(1) }, &out));
	assert_int_equal(out.i, 1); /* unsigned */
	assert_true(call(&l, "abs", "i", (struct value[]){ I(INT64_MIN) }, &out));
	assert_int_equal(out.i, INT64_MIN);
	assert_true(call(&l, "to_string", "ii", (struct value[]){ I(-1), I(16) }, &out));
	assert_true(span_is(out.s, "ffffffffffffffff"));
	assert_true(call(&l, "to_string", "i", (struct value[]){ I(INT64_MIN) }, &out));
	assert_true(span_is(out.s, "-9223372036854775808"));
	assert_false(call(&l, "to_string", "ii", (struct value[]){ I(1), I(2) }, &out));
	assert_true(call(&l, "in_range", "fff", (struct value[]){ F(1.0), F(1.0), F(1.0) }, &out));
	assert_int_equal(out.i, 1);
	assert_true(loaded_at(&l, "MEAN_BYTES")->f == 127.5);
	loaded_release(&l);
}

static void digests_of_ranges_and_strings(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &hash_module);
	assert_true(call(&l, "md5", "s", (struct value[]){ S("abc") }, &out));
	assert_true(span_is(out.s, "900150983cd24fb0d6963f7d28e17f72"));
	assert_true(call(&l, "sha1", "ii", (struct value[]){ I(15), I(100) }, &out));
	assert_true(span_is(out.s, "a9993e364706816aba3e25717850c26c9cd0d89d"));
	assert_true(call(&l, "crc32", "s", (struct value[]){ S("123456789") }, &out));
	assert_int_equal(out.i, 0xcbf43926);
	assert_true(call(&l, "checksum32", "ii", (struct value[]){ I(12), I(2) }, &out));
	assert_int_equal(out.i, 0x80 + 0xff);
	assert_false(call(&l, "sha256", "ii", (struct value[]){ I(18), I(0) }, &out));
	loaded_release(&l);
}

static void the_same_range_is_hashed_once(void **state)
{
	static const struct value all[] = { I(0), I(18) }, more[] = { I(0), I(1000) };
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &hash_module);
	assert_true(call(&l, "md5", "ii", all, &out));
	uint64_t steps = l.steps;
	assert_true(call(&l, "md5", "ii", more, &out));
	assert_int_equal(l.steps, steps);
	assert_true(call(&l, "sha1", "ii", all, &out));
	assert_int_equal(l.steps, steps - 18);
	for (int64_t i = 1; i < 200; i++) /* more than are kept */
		assert_true(call(&l, "crc32", "ii", (struct value[]){ I(0), I(i % 18) }, &out));
	loaded_release(&l);
}

static void spent_steps_are_undefined(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &hash_module);
	l.steps = 17;
	assert_false(call(&l, "md5", "ii", (struct value[]){ I(0), I(18) }, &out));
	assert_int_equal(l.steps, 0);
	loaded_release(&l);
}

static void texts_become_numbers_as_strtoll_has_it(void **state)
{
	static const struct {
		struct value text;
		int64_t base, want;
	} good[] = {
		{ S("1234"), 0, 1234 }, { S(" -0x1f"), 0, -31 },
		{ S("017"), 0, 15 },    { S("17"), 8, 15 },
		{ S("0x11"), 16, 17 },  { S("zz"), 36, 1295 },
		{ S("12\0x"), 0, 12 },  { S("0"), 0, 0 },
		{ S("+5"), 10, 5 },     { S("-9223372036854775808"), 0, INT64_MIN },
	};
	static const struct value bad[] = {
		S(""),    S(" "),  S("0x"),  S("12a"), S("9223372036854775808"),
		S("--1"), S("1 "), S("089"), S("\x80")
	};
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &string_module);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(call(&l, "to_int", "si",
				 (struct value[]){ good[i].text, I(good[i].base) }, &out));
		assert_int_equal(out.i, good[i].want);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(call(&l, "to_int", "s", &bad[i], &out));
	assert_false(call(&l, "to_int", "si", (struct value[]){ S("1"), I(1) }, &out));
	assert_false(call(&l, "to_int", "si", (struct value[]){ S("1"), I(37) }, &out));
	assert_true(call(&l, "length", "s", (struct value[]){ S("a\0b") }, &out));
	assert_int_equal(out.i, 3);
	loaded_release(&l);
}

static void the_console_shows_what_cannot_be_shown(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &console_module);
	assert_true(call(&l, "log", "s", (struct value[]){ S("x\x01\xff\n") }, &out));
	assert_int_equal(out.i, 1);
	assert_true(call(&l, "log", "si", (struct value[]){ S("a\0b: "), I(-5) }, &out));
	assert_true(call(&l, "hex", "si", (struct value[]){ S("h "), I(-1) }, &out));
	assert_true(call(&l, "log", "f", (struct value[]){ F(1.5) }, &out));
	assert_true(span_is(buf_span(&l.log),
			    "x\\x01\\xff\\x0a\na-5\nh 0xffffffffffffffff\n1.500000\n"));
	loaded_release(&l);
}

static void the_time_is_an_input(void **state)
{
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &time_module);
	assert_true(call(&l, "now", "", NULL, &out));
	assert_int_equal(out.i, 12345);
	loaded_release(&l);
}

static int64_t seen(struct loaded *l, const char *name, const char *letters,
		    const struct value *args)
{
	struct value out;

	return call(l, name, letters, args, &out) ? out.i : -1;
}

static void a_report_says_what_was_seen(void **state)
{
	struct loaded file, l;

	(void)state;
	loaded_file(&file, &time_module, "fuzz/corpus/cuckoo/report.json");
	loaded_data(&l, &cuckoo_module, span_of("x"), file.file);
	assert_true(l.ok);
	assert_int_equal(seen(&l, "network.dns_lookup", "r", (struct value[]){ RE(2) }), 1);
	assert_int_equal(seen(&l, "network.dns_lookup", "r", (struct value[]){ RE(1) }), 0);
	assert_int_equal(seen(&l, "network.http_get", "r", (struct value[]){ RE(2) }), 1);
	assert_int_equal(seen(&l, "network.http_post", "r", (struct value[]){ RE(2) }), 0);
	assert_int_equal(seen(&l, "network.http_request", "r", (struct value[]){ RE(2) }), 1);
	assert_int_equal(seen(&l, "network.http_user_agent", "r", (struct value[]){ RE(4) }), 1);
	assert_int_equal(seen(&l, "network.host", "r", (struct value[]){ RE(3) }), 1);
	assert_int_equal(seen(&l, "network.tcp", "ri", (struct value[]){ RE(3), I(443) }), 1);
	assert_int_equal(seen(&l, "network.tcp", "ri", (struct value[]){ RE(3), I(444) }), 0);
	assert_int_equal(seen(&l, "network.udp", "ri", (struct value[]){ RE(3), I(53) }), 1);
	assert_int_equal(seen(&l, "registry.key_access", "r", (struct value[]){ RE(2) }), 1);
	assert_int_equal(seen(&l, "filesystem.file_access", "r", (struct value[]){ RE(2) }), 1);
	assert_int_equal(seen(&l, "sync.mutex", "r", (struct value[]){ RE(4) }),
			 0); /* behind a NUL */
	loaded_release(&l);
	loaded_release(&file);
}

static void without_a_report_nothing_was_seen(void **state)
{
	struct loaded l;

	(void)state;
	loaded_bytes(&l, &cuckoo_module, span_of("x"));
	assert_true(l.ok);
	assert_int_equal(seen(&l, "network.host", "r", (struct value[]){ RE(3) }), 0);
	loaded_release(&l);
	loaded_data(&l, &cuckoo_module, span_of("x"), span_of("{\"network\": "));
	assert_false(l.ok);
	loaded_release(&l);
}

static bool describe(void *ctx, struct span object, bool mime, struct span *text)
{
	++*(int *)ctx;
	(void)object;
	*text = span_of(mime ? "text/plain" : "ASCII text");
	return true;
}

static void libmagic_is_asked_once_for_each_answer(void **state)
{
	int asked = 0;
	struct magic_host host = { .describe = describe, .ctx = &asked };
	struct loaded l;
	struct value out;

	(void)state;
	open_sample(&l, &magic_module);
	assert_false(l.ok);
	assert_false(call(&l, "type", "", NULL, &out)); /* no host */
	l.host = &host;
	for (int i = 0; i < 3; i++) {
		assert_true(call(&l, "type", "", NULL, &out));
		assert_true(span_is(out.s, "ASCII text"));
		assert_true(call(&l, "mime_type", "", NULL, &out));
		assert_true(span_is(out.s, "text/plain"));
	}
	assert_int_equal(asked, 2);
	loaded_release(&l);
}

/* Each module's tables: names that can be told apart, what each kind needs. */
static void check_table(const struct field *table, unsigned depth)
{
	assert_true(depth < 16);
	for (const struct field *f = table; f->name != NULL; f++) {
		if (f->kind == VALUE_FUNCTION) {
			assert_non_null(f->args);
			assert_non_null(f->call);
			assert_true(strspn(f->args, "ifsrb") == strlen(f->args));
		} else {
			assert_ptr_equal(field_find(table, span_of(f->name)),
					 f); /* no other before it */
		}
		if (f->kind == VALUE_STRUCT || f->of == VALUE_STRUCT) {
			assert_non_null(f->members);
			check_table(f->members, depth + 1);
		}
		if (f->constant && f->kind == VALUE_STRING)
			assert_non_null(f->text);
	}
}

static void tables_are_well_formed(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODULE_COUNT; i++) {
		assert_non_null(modules_all[i]);
		assert_non_null(modules_all[i]->doc);
		check_table(modules_all[i]->fields, 0);
		assert_int_equal(modules_find(span_of(modules_all[i]->name)), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics_are_yaras),
		cmocka_unit_test(ranges_are_cut_at_the_end_and_undefined_beyond),
		cmocka_unit_test(small_helpers_of_math),
		cmocka_unit_test(digests_of_ranges_and_strings),
		cmocka_unit_test(the_same_range_is_hashed_once),
		cmocka_unit_test(spent_steps_are_undefined),
		cmocka_unit_test(texts_become_numbers_as_strtoll_has_it),
		cmocka_unit_test(the_console_shows_what_cannot_be_shown),
		cmocka_unit_test(the_time_is_an_input),
		cmocka_unit_test(a_report_says_what_was_seen),
		cmocka_unit_test(without_a_report_nothing_was_seen),
		cmocka_unit_test(libmagic_is_asked_once_for_each_answer),
		cmocka_unit_test(tables_are_well_formed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
