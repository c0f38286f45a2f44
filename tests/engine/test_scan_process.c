/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scan.h"
#include "rules/yara/yara.h"
#include "tests/test.h"

#include <stdlib.h>

/* Three regions in an image, with gaps; the second and third are neighbours in the process. */
static const char image[] = "HEADneedle__"
			    "..needle...."
			    "nee.dle"
			    "\0\0\0\0\0"
			    "0123456789ab";

static const struct scan_region regions[] = {
	{ .address = 0x1000, .n = 12, .at = 12 },
	{ .address = 0x2000, .n = 3, .at = 24 },
	{ .address = 0x2003, .n = 4, .at = 27 },
	{ .address = 0x7fff00000000, .n = 12, .at = 36 },
};

static const char rules[] =
	"rule found { strings: $a = \"needle\" condition: #a == 1 and @a == 0x1002 }\n"
	"rule at_it { strings: $a = \"needle\" condition: $a at 0x1002 }\n"
	"rule not_there { strings: $a = \"needle\" condition: $a at 2 or $a at 14 }\n"
	"rule inside { strings: $a = \"needle\" condition: $a in (0x1000..0x100f) }\n"
	"rule across { strings: $a = \"nee.dle\" condition: $a }\n"
	"rule header { strings: $a = \"HEAD\" condition: $a }\n"
	"rule high { strings: $a = /[0-9]{5}a?/ condition: #a >= 1 and @a[1] == 0x7fff00000000 }\n"
	"rule read { condition: uint8(0x2000) == 0x6e and uint16(0x7fff00000000) == 0x3130 }\n"
	"rule read_across { condition: defined uint32(0x2000) }\n"
	"rule size { condition: defined filesize }\n";

static void places_in_a_process_are_addresses(void **state)
{
	static const char *const expected[] = { "found", "at_it", "inside", "high", "read" };
	struct scan_options o = { .process = true, .strings = true };
	struct scanner *s;
	struct ruleset set;
	struct verdict v;
	struct error e;
	struct buf file;
	struct db *db;
	(void)state;

	ruleset_init(&set);
	buf_init(&file, 1 << 24);
	struct yara *y = yara_new(&set, &(struct yara_options){ 0 });
	assert_true(yara_add(y, span_of("test"), span_of(rules), span_of("default"), &e));
	assert_true(db_build(&set, &file, &e));
	assert_int_equal(set.n_errors, 0);
	assert_true(db_open(buf_span(&file), &db, &e));
	assert_true(scanner_new(db, &o, &s, &e));
	scanner_process(s, (struct span){ (const uint8_t *)image, sizeof image - 1 }, regions, 4,
			&v);
	assert_int_equal(v.n_matches, 5);
	for (size_t i = 0; i < v.n_matches; i++) {
		struct db_rule rule;
		assert_true(db_rule(db, v.match[i].rule, &rule));
		assert_true(span_is(rule.name, expected[i]));
	}
	assert_int_equal(v.match[0].string[0].at, 0x1002);
	assert_true(span_is(v.match[0].string[0].excerpt, "needle"));
	assert_false(v.has_sha256);

	/* the next object is a file again */
	scanner_object(s, span_of("needle"), &v);
	assert_int_equal(v.n_matches, 0);
	scanner_process(s, (struct span){ (const uint8_t *)image, sizeof image - 1 }, regions, 0,
			&v);
	assert_int_equal(v.n_matches, 0);
	scanner_free(s);
	db_free(db);
	yara_free(y);
	ruleset_release(&set);
	buf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(places_in_a_process_are_addresses) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
