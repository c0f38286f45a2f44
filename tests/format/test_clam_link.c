/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/format/look.h"
#include "tests/test.h"

#include "format/clam_link.h"
#include "format/clam_target.h"
#include "format/clam_text.h"

#include <stdio.h>
#include <string.h>

/* What clamscan answers to some hundred links is asked in tests/clamav/links.py. */

static bool never(void *ctx, struct span expression, struct span text)
{
	(void)ctx;
	(void)expression;
	(void)text;
	return false;
}

static const char hosts[] = "Hwww.bank.com/\nHbank.org/\nMmail.good.com:www.bank.com/\n";

static enum clam_link_finding ask(const char *real, const char *shown)
{
	const struct clam_link_lists l = { .lines = span_of(hosts), .matches = never };
	return clam_link_check(&l, span_of(real), span_of(shown), false);
}

static void a_link_that_leads_elsewhere_than_it_shows_is_found(void **state)
{
	(void)state;
	assert_int_equal(ask("http://evil.example.com/x", "www.bank.com"), CLAM_LINK_SPOOFED);
	assert_int_equal(ask("http://evil.example.com/x", "Go to bank.org"), CLAM_LINK_SPOOFED);
	assert_int_equal(ask("http://www.bank.com/", "https://www.bank.com"), CLAM_LINK_SSL);
	assert_int_equal(ask("http://a.com%00.b.com/", "www.bank.com"), CLAM_LINK_CLOAKED);
}

static void others_are_not(void **state)
{
	(void)state;
	assert_int_equal(ask("http://click.bank.com/", "www.bank.com"), CLAM_LINK_NONE);
	assert_int_equal(ask("http://mail.good.com/", "www.bank.com"), CLAM_LINK_NONE);
	assert_int_equal(ask("http://evil.example.com/", "www.mybank.org"), CLAM_LINK_NONE);
	assert_int_equal(ask("http://evil.example.com/", "here"), CLAM_LINK_NONE);
	assert_int_equal(ask("", "www.bank.com"), CLAM_LINK_NONE);
}

/* Links as "real=shown", each behind a blank; of images with a "!". */
static void write_down(void *ctx, struct span real, struct span shown, bool image)
{
	char *to = ctx;
	size_t n = strlen(to);

	snprintf(to + n, 256 - n, " %.*s%s%.*s", (int)real.n, (const char *)real.p,
		 image ? "!" : "=", (int)shown.n, (const char *)shown.p);
}

static void assert_links(const char *html, const char *expected)
{
	char all[256] = "";
	const struct clam_link_host host = { .link = write_down, .ctx = all };

	clam_html_links(span_of(html), &host);
	assert_string_equal(all, expected);
}

static void links_are_read_as_they_stand(void **state)
{
	(void)state;
	assert_links("<a href=\"R/X\">a <b>B</b> c</a> d", " R/X=a Bc");
	assert_links("<A HREF=r>a<img src=s>b<a href=q>c", " r!s r=ab q=c");
	assert_links("<a href=r>a<!-- c -->b<i>d</a>", " r=ad");
	assert_links("<form action=f>x</form><img src=s><a>y</a>", " f=");
	assert_links("<script><a href=r>x</a></script>", "");
}

/* Whether the links of a page can be told within so many steps, and what is left of these. */
static bool told(uint64_t steps, uint64_t *left)
{
	static const char page[] = "<a href=http://a.example.com/>www.bank.com</a>"
				   "<a href=http://b.example.com/>www.bank.com</a>";
	const struct clam_where where = { .depth = 0 };
	struct clam_links_found found = { 0 };
	const struct clam_host host = { .where = &where, .links = &found };
	struct value out = { 0 }, values[] = { { .kind = VALUE_STRING, .s = span_of(hosts) },
					       { .kind = VALUE_STRING },
					       { .kind = VALUE_INT, .i = CLAM_LINK_SPOOFED } };
	struct look l;

	look_open(&l, &clamav_module, span_of(page), 1 << 20);
	l.steps = steps;
	l.host = &host;
	bool ok = look_call(&l, "", "link", "ssi", values, &out);
	*left = l.steps;
	assert_true(!ok || out.i == 1);
	look_close(&l);
	return ok;
}

static void each_link_costs_steps(void **state)
{
	uint64_t left;

	(void)state;
	assert_true(told(1000, &left));
	assert_true(left < 1000 - 2 * 64);
	assert_false(told(100, &left));
	assert_int_equal(left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_that_leads_elsewhere_than_it_shows_is_found),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(links_are_read_as_they_stand),
		cmocka_unit_test(each_link_costs_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
