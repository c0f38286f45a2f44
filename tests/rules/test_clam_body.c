/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/clamav/clam.h"
#include "rules/db/db.h"

#include <stdio.h>

/* What is refused, where, and that it costs itself alone; what is found is asked of clamscan too,
 * by tests/clamav. */

struct bad {
	const char *line;
	uint32_t column; /* of what is wrong */
};

static void refuse(const char *file, const char *good, const struct bad *bad, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ruleset set;
		struct buf out;
		struct error e;
		struct db *db;
		char text[4096];
		size_t n_diagnostics;

		snprintf(text, sizeof text, "# head\n%s\r\n%s\n", bad[i].line, good);
		ruleset_init(&set);
		buf_init(&out, 1 << 24);
		struct clam *c = clam_new(&set);
		assert_non_null(c);
		assert_true(clam_add(c, clam_family_of(span_of(file)), span_of(file), span_of(text),
				     span_of("default"), false, &e));
		assert_true(db_build(&set, &out, &e));
		const struct ir_diagnostic *d = ruleset_diagnostics(&set, &n_diagnostics);
		size_t k = 0;
		while (k < n_diagnostics && d[k].severity != IR_ERROR)
			k++;
		if (k == n_diagnostics || d[k].place.column != bad[i].column)
			print_message("# %s: %s\n", bad[i].line,
				      k == n_diagnostics ? "no error"
							 : (const char *)d[k].message.p);
		assert_true(k < n_diagnostics);
		assert_int_equal(d[k].place.line, 2);
		assert_int_equal(d[k].place.column, bad[i].column);
		assert_int_equal(set.n_errors, 1);
		assert_true(db_open(buf_span(&out), &db, &e));
		assert_int_equal(db_n_rules(db), 1);
		assert_int_equal(db_n_left_out(db), 1);
		db_free(db);
		clam_free(c);
		buf_release(&out);
		ruleset_release(&set);
	}
}

static void a_bad_body_is_refused_where_it_is_bad(void **state)
{
	static const struct bad bad[] = {
		{ "A:0:*", 1 },
		{ ":0:*:41424344", 1 },
		{ "A:15:*:41424344", 3 },
		{ "A:x:*:41424344", 3 },
		{ "A:0:*:", 7 },
		{ "A:0:*:4142", 7 },
		{ "A:0:*:4142434", 13 },
		{ "A:0:*:41g24344", 9 },
		{ "A:0:*:41??42??43", 7 },
		{ "A:0:*:414243{4", 13 },
		{ "A:0:*:414243{5-4}4142", 13 },
		{ "A:0:*:414243(41|42", 19 },
		{ "A:0:*:414243(41|)", 17 },
		{ "A:0:*:414243!(41|4243)44", 15 },
		{ "A:0:*:414243!(4?)44", 15 },
		{ "A:0:*:414243!44", 13 },
		{ "A:0:*:414243[1-33]44", 13 },
		{ "A:0:zz:41424344", 5 },
		{ "A:0:EP+0:41424344", 5 },
		{ "A:1:EP:41424344", 7 },
		{ "A:1:S+1:41424344", 5 },
		{ "A:0:EOF-:41424344", 5 },
		{ "A:0:1,x:41424344", 7 },
		{ "A:0:$32$:41424344", 5 },
		{ "A:0:VI:41424344", 5 },
		{ "A:0:*:41424344:x", 16 },
		{ "A:0:*:414243*", 14 },
		{ "A:0:*:*414243", 7 },
	};

	(void)state;
	refuse("a.ndb", "Good:0:*:41424344", bad, sizeof bad / sizeof *bad);
}

static void a_bad_logical_signature_is_refused_where_it_is_bad(void **state)
{
	static const struct bad bad[] = {
		{ "A;Target:0;0", 1 },
		{ "A;Target:99;0;41424344", 10 },
		{ "A;HandlerType:CL_TYPE_NONE_SUCH;0;41424344", 15 },
		{ "A;Handler:CL_TYPE_ZIP;0;41424344", 3 },
		{ "A;Container:ZIP;0;41424344", 13 },
		{ "A;Intermediates:CL_TYPE_ZIP>;0;41424344", 29 },
		{ "A;Target:0,FileSize:9-1;0;41424344", 21 },
		{ "A;Target:0;1;41424344", 12 },
		{ "A;Target:0;0&;41424344", 14 },
		{ "A;Target:0;(0;41424344", 12 },
		{ "A;Target:0;0);41424344", 13 },
		{ "A;Target:0;(0)>1;41424344", 15 },
		{ "A;Target:0;0>;41424344", 14 },
		{ "A;Target:0;0;", 14 },
		{ "A;Target:0;0;41424344::q", 24 },
		{ "A;Target:0;0;EP+0:41424344", 14 },
		{ "A;Target:0;0;${1-2}3$", 14 },
		{ "A;Target:0;0&1;41424344;${1-2}3$", 25 },
		{ "A;Target:0;0&1;41424344;0/x(/", 27 },
		{ "A;Target:0;0&1;41424344;0/x/q", 27 },
		{ "A;Target:0;0&1;41424344;/x/", 25 },
		{ "A;Target:0;0&1;41424344;0/x", 25 },
		{ "A;Target:0;0&1;41424344;1/x/", 25 },
		{ "A;Target:0;0&1;41424344;EP+4:0/x/", 25 },
		{ "A;Target:0;0&1;41424344;1(0#hb2#=1)", 25 },
		{ "A;Target:0;0&1;41424344;0(0#hb2)", 25 },
		{ "A;Target:0;0&1;41424344;0(0#h2#=1)", 29 },
		{ "A;Target:0;0&1;41424344;0(0#ib3#=1)", 29 },
		{ "A;Target:0;0&1;41424344;0(x#hb2#=1)", 27 },
		{ "A;Target:0;0&1;41424344;0(0#hb2#!1)", 33 },
		{ "A;Target:0;0&1;41424344;0(<<0x8000000000000000#ib1#=1)", 27 },
		{ "A;Target:0;0&1;41424344;0(>>4#ib8#=-0x8000000000000000)", 35 },
		{ "A;Target:0;0&1;41424344;0(0#hb2#=0x10000000000000001)", 33 },
		{ "A;Target:0;0;fuzzy_img#0123456789abcde", 14 },
	};

	(void)state;
	refuse("a.ldb", "Good;Target:0;0;41424344", bad, sizeof bad / sizeof *bad);
}

static void families_go_by_the_end_of_the_name(void **state)
{
	(void)state;
	assert_int_equal(clam_family_of(span_of("daily.cvd/daily.HDB")), CLAM_HASH);
	assert_int_equal(clam_family_of(span_of("a.ldu")), CLAM_LOGIC);
	assert_int_equal(clam_family_of(span_of("a.cbc")), CLAM_UNSUPPORTED);
	assert_int_equal(clam_family_of(span_of("a.yar")), CLAM_NONE);
	assert_int_equal(clam_family_of(span_of(".ndb")), CLAM_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_body_is_refused_where_it_is_bad),
		cmocka_unit_test(a_bad_logical_signature_is_refused_where_it_is_bad),
		cmocka_unit_test(families_go_by_the_end_of_the_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
