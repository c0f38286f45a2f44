/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "format/clam_target.h"
#include "rules/clamav/clam.h"
#include "unpack/unpack.h"

#include <string.h>

/* Rules that a file of that name and text makes, and what it is told. */
static size_t count(const char *name, const char *text, size_t *n_errors)
{
	struct ruleset set;
	struct error e;
	size_t n;

	ruleset_init(&set);
	struct clam *c = clam_new(&set);
	assert_non_null(c);
	assert_true(clam_add(c, clam_family_of(span_of(name)), span_of(name), span_of(text),
			     span_of("default"), false, &e));
	(void)ruleset_rules(&set, &n);
	*n_errors = set.n_errors;
	clam_free(c);
	ruleset_release(&set);
	return n;
}

static void types_that_are_handled_have_readers_of_these_names(void **state)
{
	unsigned n_handled = 0;

	(void)state;
	for (unsigned i = 0; clam_type_at(i) != NULL; i++) {
		const struct clam_type *t = clam_type_at(i);
		bool there = t->format == NULL;
		for (size_t k = 0; !there && unpack_readers[k].name != NULL; k++)
			there = strcmp(unpack_readers[k].name, t->format) == 0;
		assert_true(there);
		assert_true(!clam_type_is_handled(i) || i < CLAM_TYPES_HANDLED);
		n_handled += clam_type_is_handled(i);
	}
	assert_int_equal(n_handled, 55);
}

static void a_type_is_found_by_its_name(void **state)
{
	unsigned n;

	(void)state;
	assert_true(clam_type_find(span_of("CL_TYPE_ZIP"), &n));
	assert_string_equal(clam_type_at(n)->name, "ZIP");
	assert_false(clam_type_find(span_of("CL_TYPE_"), &n));
	assert_false(clam_type_find(span_of("CL_TYPE_NONE"), &n));
	assert_false(clam_type_find(span_of("ZIP"), &n));
}

static void what_is_known_anyway_makes_no_rules(void **state)
{
	static const char known[] =
		"0:0:1f8b:GZip:CL_TYPE_ANY:CL_TYPE_GZ\n"
		"0:0:4d5a:MS-EXE/DLL:CL_TYPE_ANY:CL_TYPE_MSEXE\n"
		"0:0:474946:GIF:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n"
		"0:0:52656365697665643a20:Raw mail:CL_TYPE_ANY:CL_TYPE_MAIL\n"
		"1:*:3c696672616d65:HTML data:CL_TYPE_ANY:CL_TYPE_HTML\n"
		"1:*:3c4120*(68|48)(72|52)4546:HTML data:CL_TYPE_ANY:CL_TYPE_HTML\n"
		"1:*:504b0304:ZIP-SFX:CL_TYPE_ANY:CL_TYPE_ZIPSFX\n"
		"0:257:7573746172:TAR-POSIX:CL_TYPE_ANY:CL_TYPE_POSIX_TAR\n"
		"1:0:cafebabe0000003?:Java class file:CL_TYPE_ANY:CL_TYPE_JAVA:73\n"
		"4:1024:482B0004:HFS+ partition:CL_TYPE_PART_ANY:CL_TYPE_PART_HFSPLUS:75\n"
		"0:0:494433:MP3:CL_TYPE_ANY:CL_TYPE_IGNORED\n"
		"0:0:58595a:Later:CL_TYPE_ANY:CL_TYPE_ZIP:9999\n";
	size_t n_errors;

	(void)state;
	assert_int_equal(count("a.ftm", known, &n_errors), 0);
	assert_int_equal(n_errors, 0);
}

static void others_do(void **state)
{
	size_t n_errors;

	(void)state;
	assert_int_equal(count("a.ftm",
			       "0:0:58595a:Mine:CL_TYPE_ANY:CL_TYPE_ZIP\n"
			       "1:*:58595a5a:Mine:CL_TYPE_ANY:CL_TYPE_HTML\n",
			       &n_errors),
			 2);
	assert_int_equal(n_errors, 0);
}

static void a_bad_line_costs_itself(void **state)
{
	static const char *const bad[] = {
		"0:0:58595a:Mine:CL_TYPE_ANY",
		"2:0:58595a:Mine:CL_TYPE_ANY:CL_TYPE_ZIP",
		"0:*:58595a:Mine:CL_TYPE_ANY:CL_TYPE_ZIP",
		"0:0:5859?a:Mine:CL_TYPE_ANY:CL_TYPE_ZIP",
		"0:0:58595a:Mine:CL_TYPE_ANY:CL_TYPE_NONE",
		"0:0:58595a:Mine:CL_TYPE_NONE:CL_TYPE_ZIP",
		"1:EP+0:58595a5a:Mine:CL_TYPE_ANY:CL_TYPE_ZIP",
		"0:0:58595a:Mine:CL_TYPE_ANY:CL_TYPE_ZIP:x",
	};
	size_t n_errors;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		(void)count("a.ftm", bad[i], &n_errors);
		assert_int_equal(n_errors, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_that_are_handled_have_readers_of_these_names),
		cmocka_unit_test(a_type_is_found_by_its_name),
		cmocka_unit_test(what_is_known_anyway_makes_no_rules),
		cmocka_unit_test(others_do),
		cmocka_unit_test(a_bad_line_costs_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
