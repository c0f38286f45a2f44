/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

static const struct document documents[] = {
	{ "mail/after-close", "1: 5\n"
			      "2:a.exe 49\n" },
	{ "mail/attachment", "1: 5\n"
			     "2:a.exe 49\n" },
	{ "mail/bare-cr", "1: 5\n"
			  "2:a.exe 49\n" },
	{ "mail/digest", "1: 380\n"
			 "1:/1: 5\n"
			 "1:/2:a.exe 49\n" },
	{ "mail/encoded-multipart", "1: 306\n"
				    "1:/1: 5\n"
				    "1:/2:a.exe 49\n" },
	{ "mail/forwarded", "1: 380\n"
			    "1:/1: 5\n"
			    "1:/2:a.exe 49\n" },
	{ "mail/forwarded-base64", "1: 380\n"
				   "1:/1: 5\n"
				   "1:/2:a.exe 49\n" },
	{ "mail/loose-delimiter", "1: 15\n"
				  "2: 51\n"
				  "3: 48\n" },
	{ "mail/mbox", "1: 364\n"
		       "1:/1: 5\n"
		       "1:/2:a.exe 49\n"
		       "2: 364\n"
		       "2:/1: 5\n"
		       "2:/2:a.exe 49\n" },
	{ "mail/names", "1:\342\202\254-rates.exe 1\n"
			"2:\342\202\254 \303\251.exe 1\n"
			"3:c\"d.exe 1\n"
			"4:spaced name.exe 1\n" },
	{ "mail/nested", "1: 5\n"
			 "2:a.exe 49\n"
			 "3:a.exe 49\n" },
	{ "mail/no-boundary", "1: 5\n"
			      "2:a.exe 49\n" },
	{ "mail/not-closed", "1: 5\n"
			     "2:a.exe 49\n" },
	{ "mail/padding-inside", "1: 49\n" },
	{ "mail/partial",
	  "1: 4\n"
	  "! [unsupported:message/partial: the rest is in other mails (RFC 2046 5.2.2)]\n" },
	{ "mail/quoted", "1: 26\n" },
	{ "mail/two-encodings", "1:a.exe 49\n"
				"2:a.exe 69\n" },
	{ "mail/uu-in-text", "1: 110\n"
			     "2:a.exe 49\n" },
	{ "mail/yenc-in-text", "1: 116\n"
			       "2:a b.exe 49\n" },
};

enum { N_DOCUMENTS = sizeof documents / sizeof *documents };

static void a_mail_is_read_as_mail_programs_do(void **state)
{
	(void)state;
	document_check(documents, N_DOCUMENTS);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(documents, N_DOCUMENTS, 700);
}

/* A part of each of a million, of a byte: the budget ends it, and says of what. */
static void a_million_parts_end_at_the_budget(void **state)
{
	static const char head[] =
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n",
			  part[] = "--b\n\nx\n";
	struct collect c = { .quiet = true };
	struct buf mail;

	(void)state;
	buf_init(&mail, 16 << 20);
	buf_put_text(&mail, head);
	for (int i = 0; i < 1000000; i++)
		buf_put_text(&mail, part);
	assert_true(collect(&c, buf_span(&mail), NULL));
	assert_int_equal(c.n_members, BUDGET_OBJECTS);
	assert_int_equal(c.n_gaps, 1);
	collect_release(&c);
	buf_release(&mail);
}

/* `gap`, or none where it is NULL, is what a mail has that is `n` texts, each with its number
 * in the middle, and has `head` before and `tail` behind them. */
static void assert_gap(const char *head, unsigned n, const char *const each[2], const char *tail,
		       const char *gap)
{
	struct collect c = { 0 };
	struct buf mail;

	buf_init(&mail, 16 << 20);
	buf_put_text(&mail, head);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&mail, "%s%u%s", each[0], i, each[1]);
	buf_put_text(&mail, tail);
	assert_true(collect(&c, buf_span(&mail), NULL));
	assert_int_equal(c.n_gaps, gap != NULL);
	assert_non_null(strstr((const char *)c.list.p, gap != NULL ? gap : ""));
	collect_release(&c);
	buf_release(&mail);
}

static void what_is_too_much_is_a_limit(void **state)
{
	static const char multipart[] =
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n";
	static const char *const loose[2] = { "--b\n\nx\n--b", "\n\ny\n" };
	static const char *const type[2] = { "Content-Type: multipart/mixed; boundary=b", "\n" };
	static const char *const field[2] = { "X-", ": y\n" };

	(void)state;
	assert_gap(multipart, 16, loose, "--b--\n", NULL);
	assert_gap(multipart, 18, loose, "--b--\n",
		   "! [limit:delimiters: more than 16 lines that only begin with one]\n");
	assert_gap("MIME-Version: 1.0\n", 4, type, "\n--b3\n\nx\n--b3--\n", NULL);
	assert_gap("MIME-Version: 1.0\n", 5, type, "Content-Type: a; boundary=b4\n\n--b4\n\nx\n",
		   "! [limit:boundaries: more than 4 of a part]\n");
	assert_gap("MIME-Version: 1.0\n", 4, type, "Content-Type: a; boundary=b3\n\n--b3\n\nx\n",
		   NULL);
	assert_gap("", 20000, field, "\nx\n", NULL);
	assert_gap("", 20000, field, "MIME-Version: 1.0\n\nx\n",
		   "! [limit:fields: more than 20000 of a part]\n");
}

/* A multipart that is encoded as a whole has all the boundaries that its header names. */
static void an_encoded_multipart_keeps_its_boundaries(void **state)
{
	static const char mail[] = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n"
				   "Content-Type: multipart/mixed; boundary=b\n"
				   "Content-Transfer-Encoding: base64\n\n"
				   "LS1iCgp4Ci0tYi0tCg==\n"; /* --b, x, --b-- */
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, span_of(mail), NULL));
	assert_string_equal((const char *)c.list.p, "1: 105\n1:/1: 1\n");
	collect_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_is_read_as_mail_programs_do),
		cmocka_unit_test(a_million_parts_end_at_the_budget),
		cmocka_unit_test(what_is_too_much_is_a_limit),
		cmocka_unit_test(an_encoded_multipart_keeps_its_boundaries),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
