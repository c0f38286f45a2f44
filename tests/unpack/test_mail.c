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
	{ "mail/enveloped", "! [encrypted: CMS: only who receives it has a key]\n" },
	{ "mail/signed", "1:smime.p7m 238\n"
			 "1:smime.p7m/1: 158\n"
			 "1:smime.p7m/1:/1:a.exe 49\n" },
	{ "mail/signed-cut", "1: 40 [damaged: CMS: the content is cut off]\n" },
	{ "mail/signed-elsewhere", "" },
	{ "mail/signed-nested", "1: 158\n"
				"1:/1:a.exe 49\n" },
	{ "mail/signed-other", "1: 50 [damaged: CMS: the content is cut off]\n" },
	{ "mail/signed-pieces", "1: 158\n"
				"1:/1:a.exe 49\n" },
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

/* What programs differ in: each way is taken. */
static void what_one_program_decodes_comes_out(void **state)
{
#define MULTI  "MIME-Version: 1.0\nContent-Type: multipart/mixed; "
#define PART   "\n\n--x\nContent-Transfer-Encoding: base64\n\nTVoh\n--x--\n"
#define BASE64 "Content-Transfer-Encoding: base64\n\nTVoh\n--x--\n"
	static const struct {
		const char *mail, *list;
	} mails[] = {
		/* boundaries */
		{ MULTI "boundary=x; boundary*=utf-8''fake" PART, "1: 3\n" },
		{ MULTI "boundary=x; boundary*0=fa; boundary*1=ke" PART, "1: 3\n" },
		{ MULTI "boundary=fake; boundary=x" PART, "1: 3\n" },
		{ MULTI "boundary=\"\\x\"" PART, "1: 3\n" },
		/* the type */
		{ "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Type: multipart/mixed; "
		  "boundary=x" PART,
		  "1: 3\n" },
		{ "MIME-Version: 1.0\nContent-Type: multipart / mixed; boundary=x" PART, "1: 3\n" },
		{ "MIME-Version: 1.0\nContent-Type: multipart; boundary=x" PART, "1: 3\n" },
		/* the encoding, and a digit before padding */
		{ MULTI "boundary=x\n\n--x\nContent-Transfer-Encoding: 7bit, base64\n\nTVoh\n",
		  "1: 3\n" },
		{ MULTI "boundary=x\n\n--x\nContent-Transfer-Encoding: base64\n\nT=VohT=VohT=Voh",
		  "1: 9\n" },
		{ MULTI "boundary=x\n\n--x\nContent-Transfer-Encoding: quoted-printable\n\n"
			"x\nbegin 644 a\n#35HA\n`\nend\n",
		  "1: 26\n2:a 3\n" },
		/* lines that end in CR, beside others */
		{ "MIME-Version: 1.0\nSubject: x\rContent-Type: multipart/mixed; boundary=x" PART,
		  "1: 3\n" },
		{ MULTI "boundary=x\n\n--x\nX: a\r" BASE64, "1: 3\n" },
		{ MULTI "boundary=x\n\n--x\n\nhello\r--x\r" BASE64, "1: 5\n2: 49\n3: 3\n" },
		{ "MIME-Version: 1.0\r\r\nContent-Type: multipart/mixed; boundary=x" PART,
		  "1: 3\n" },
		/* lines of blanks, and such as are no fields */
		{ MULTI "boundary=x\n\n--x\nX: a\n \n b\n" BASE64, "1: 3\n2: 25\n" },
		{ MULTI "boundary=x\n\n--x\nX: a\nno field\nY: b\n" BASE64, "1: 3\n2: 31\n" },
		{ MULTI "boundary=x\n\n--x\nX: a\nno field\nnor this\n" BASE64, "1: 3\n2: 35\n" },
		{ "From: a\nno field\nX: a\n" MULTI "boundary=x" PART, "1: 3\n" },
		/* what stands before it */
		{ "\n\n\n\n\n\n\n\n\n\n" MULTI "boundary=x" PART, "1: 3\n" },
		{ "No field\n" MULTI "boundary=x" PART, "1: 3\n" },
		{ " From: a\n" MULTI "boundary=x" PART, "1: 3\n" },
		{ "Aa: 1\nBb: 2\nCc: 3\nDd: 4\nEe: 5\nContent-Type: multipart/mixed; "
		  "boundary=x" PART,
		  "1: 3\n" },
		{ "17\nFrom: a\nTo: b\n" BASE64, "1: 3\n" },
		{ "%PDF-1.7\n" MULTI "boundary=x" PART, "1: 3\n" },
		/* lines "From " of no date, or behind a line that is not empty */
		{ "From a Thu Jan  1 00:00:00 2020\nFrom: a\n\ntext\nFrom b\nTo: b\n" BASE64,
		  "1: 64\n2: 52\n2:/1: 3\n" },
		{ "From a Thu Jan  1 00:00:00 2020\nFrom: a\n\ntext\nFrom me to you\n", "1: 20\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		struct collect c = { 0 };
		if (!collect(&c, span_of(mails[i].mail), NULL))
			fail_msg("no mail: %s", mails[i].mail);
		if (strcmp((const char *)c.list.p, mails[i].list) != 0)
			fail_msg("%s:\n%s", mails[i].mail, (const char *)c.list.p);
		collect_release(&c);
	}
#undef MULTI
#undef PART
#undef BASE64
}

/* A boundary of which more was cut off than is compared never closes. */
static void a_long_boundary_is_one(void **state)
{
	char boundary[300 + 1], mail[2048];

	(void)state;
	memset(boundary, 'a', sizeof boundary - 1);
	boundary[sizeof boundary - 1] = 0;
	for (size_t n = 190; n < sizeof boundary - 8; n++) {
		struct collect c = { 0 };
		memcpy(boundary + n, "--aaaaaa", 8);
		(void)snprintf(mail, sizeof mail,
			       "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=%s\n\n"
			       "--%s\nContent-Transfer-Encoding: base64\n\nTVoh\n",
			       boundary, boundary);
		assert_true(collect(&c, span_of(mail), NULL));
		assert_string_equal((const char *)c.list.p, "1: 3\n");
		collect_release(&c);
		memset(boundary + n, 'a', 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_is_read_as_mail_programs_do),
		cmocka_unit_test(a_million_parts_end_at_the_budget),
		cmocka_unit_test(what_is_too_much_is_a_limit),
		cmocka_unit_test(an_encoded_multipart_keeps_its_boundaries),
		cmocka_unit_test(what_one_program_decodes_comes_out),
		cmocka_unit_test(a_long_boundary_is_one),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
