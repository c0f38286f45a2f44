/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "base/buf.h"
#include "base/hash.h"
#include "rules/clamav/cvd.h"
#include "tests/mutate.h"

#include <stdio.h>

static void put_member(struct buf *tar, const char *name, const char *text, char type)
{
	char head[512] = { 0 };

	snprintf(head, 100, "%s", name);
	snprintf(head + 124, 12, "%011zo", strlen(text));
	head[156] = type;
	buf_put(tar, head, sizeof head);
	buf_put_text(tar, text);
	buf_align(tar, 512);
}

/* A container with two members, and a directory between them. */
static void make(struct buf *out, bool true_digest)
{
	struct buf tar;
	char hex[HASH_MAX_HEX + 1], head[CVD_HEAD + 1];

	buf_init(&tar, 1 << 20);
	put_member(&tar, "COPYING", "free\n", '0');
	put_member(&tar, "directory", "", '5');
	put_member(&tar, "a.ndb", "A:0:*:41424344\n", '0');
	assert_true(hash_hex(HASH_MD5, buf_span(&tar), hex));
	if (!true_digest)
		hex[0] = hex[0] == '0' ? '1' : '0';
	snprintf(head, sizeof head, "%-512s", "");
	int n = snprintf(head, sizeof head,
			 "ClamAV-VDB:27 Nov 2026 00-00 +0000:7:1:90:%s:abcd+/:me:1700000000", hex);
	head[n] = ' ';
	buf_put(out, head, CVD_HEAD);
	buf_put_span(out, buf_span(&tar));
	buf_release(&tar);
}

static void members_come_in_order_without_directories(void **state)
{
	struct cvd_member m;
	struct error e;
	struct buf b;
	struct cvd c;
	size_t at = 0;

	(void)state;
	buf_init(&b, 1 << 20);
	make(&b, true);
	assert_true(cvd_read(buf_span(&b), &c, &e));
	assert_true(span_is(c.version, "7") && span_is(c.builder, "me"));
	assert_true(c.digest_holds && !c.signature_holds && !c.gzip);
	assert_true(cvd_next(c.body, &at, &m, &e) && span_is(m.name, "COPYING"));
	assert_true(cvd_next(c.body, &at, &m, &e) && span_is(m.name, "a.ndb"));
	assert_true(span_is(m.text, "A:0:*:41424344\n"));
	assert_false(cvd_next(c.body, &at, &m, &e));
	assert_int_equal(e.why, REASON_NONE);
	buf_release(&b);
}

static void a_false_digest_is_seen(void **state)
{
	struct error e;
	struct buf b;
	struct cvd c;

	(void)state;
	buf_init(&b, 1 << 20);
	make(&b, false);
	assert_true(cvd_read(buf_span(&b), &c, &e));
	assert_false(c.digest_holds || c.signature_holds);
	buf_release(&b);
}

static void try_it(struct span s)
{
	struct cvd_member m;
	struct error e;
	struct cvd c;
	size_t at = 0, n = 0;

	if (!cvd_read(s, &c, &e))
		return;
	assert_false(c.signature_holds);
	while (cvd_next(c.body, &at, &m, &e) && n < 100)
		n += m.text.p[0] != 0 || m.text.n == 0;
	assert_true(n < 100);
}

static void any_bytes_are_safe_to_read(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	make(&b, true);
	mutate(span_cut(buf_span(&b), 0, 1300), try_it);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_in_order_without_directories),
		cmocka_unit_test(a_false_digest_is_seen),
		cmocka_unit_test(any_bytes_are_safe_to_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
