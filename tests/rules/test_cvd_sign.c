/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "base/io.h"
#include "rules/clamav/cvd_sign.h"
#include "tests/mutate.h"

#include <stdio.h>

/* The seeds of the fuzz target (make_signed.py): a container, certificates, and its signatures. */
struct seed {
	struct buf file;
	int64_t now;
	struct span container, pem, sign;
	struct cvd_certs *certs;
	struct buf said;
};

static void open_seed(struct seed *s, const char *name)
{
	char path[256];
	struct error e;

	snprintf(path, sizeof path, "fuzz/corpus/cvd_sign/%s", name);
	buf_init(&s->file, 1 << 20);
	buf_init(&s->said, 1 << 16);
	assert_true(io_read_file(path, &s->file, &e));
	struct cursor c = cursor_of(buf_span(&s->file));
	s->now = (int64_t)cursor_le64(&c);
	s->container = cursor_take(&c, cursor_le32(&c));
	s->pem = cursor_take(&c, cursor_le32(&c));
	s->sign = cursor_take(&c, cursor_left(&c));
	assert_true(cursor_ok(&c));
	assert_true(cvd_certs_new(s->now, &s->certs, &e));
}

static void close_seed(struct seed *s)
{
	cvd_certs_free(s->certs);
	buf_release(&s->file);
	buf_release(&s->said);
}

static void expect(const char *name, enum cvd_sign wanted, const char *words)
{
	struct seed s;
	struct error e;

	open_seed(&s, name);
	assert_true(cvd_certs_add(s.certs, s.pem, &e));
	enum cvd_sign is = cvd_sign_check(s.container, s.sign, s.certs, &s.said);
	buf_put_u8(&s.said, 0);
	if (is != wanted || strstr((const char *)s.said.p, words) == NULL)
		print_error("%s: %d: %s\n", name, is, s.said.p);
	assert_int_equal(is, wanted);
	assert_non_null(strstr((const char *)s.said.p, words));
	close_seed(&s);
}

static void what_a_trusted_certificate_vouches_for_holds(void **state)
{
	(void)state;
	expect("one", CVD_SIGN_HOLDS, "signed by one (SHA256)");
	expect("two", CVD_SIGN_HOLDS, "signed by two (SHA256); signed by one (SHA256)");
	expect("middle-trusted", CVD_SIGN_HOLDS, "signed by two");
	expect("stranger-first", CVD_SIGN_HOLDS, "stranger (SHA256), for whom no trusted");
	expect("in-itself", CVD_SIGN_HOLDS, "signed by one");
	expect("same-name", CVD_SIGN_HOLDS,
	       "signed by one"); /* one and the same twice is no harm */
}

static void a_stranger_is_not_believed(void **state)
{
	(void)state;
	expect("stranger", CVD_SIGN_STRANGE, "no trusted certificate vouches");
	expect("middle-missing", CVD_SIGN_STRANGE, "no trusted certificate vouches");
	expect("no-certificates", CVD_SIGN_STRANGE, "no trusted certificate vouches");
	expect("early", CVD_SIGN_STRANGE, "not yet valid");
}

static void a_false_signature_is_seen_beside_a_good_one(void **state)
{
	(void)state;
	expect("false", CVD_SIGN_FALSE, "but not this file");
	expect("false-behind", CVD_SIGN_FALSE, "signed by one (SHA256); signed by one");
}

static void what_cannot_be_judged_proves_nothing(void **state)
{
	(void)state;
	expect("sha1", CVD_SIGN_NOTHING, "(SHA1), which proves nothing");
	expect("other-level", CVD_SIGN_NOTHING, "no signature for this program");
	expect("kind", CVD_SIGN_NOTHING, "a line of no kind");
	expect("version", CVD_SIGN_NOTHING, "#clamsign-1.0");
	expect("base64", CVD_SIGN_NOTHING, "a damaged signature");
	expect("no-digest", CVD_SIGN_NOTHING, "a damaged signature");
	expect("two-digests", CVD_SIGN_NOTHING, "a damaged signature");
	expect("many", CVD_SIGN_NOTHING, "a damaged signature");
}

static void certificates_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum reason why;
	} of[] = { { "two-of-a-name", REASON_UNSUPPORTED }, { "certificate-cut", REASON_DAMAGED } };

	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		struct seed s;
		struct error e = { .why = REASON_NONE };
		open_seed(&s, of[i].name);
		assert_false(cvd_certs_add(s.certs, s.pem, &e));
		assert_int_equal(e.why, of[i].why);
		close_seed(&s);
	}
}

static const struct seed *whole; /* of the test below */
static unsigned n_held;

static void try_sign(struct span sign)
{
	struct buf said;

	buf_init(&said, 1 << 16);
	n_held += cvd_sign_check(whole->container, sign, whole->certs, &said) == CVD_SIGN_HOLDS;
	buf_release(&said);
}

/* A file of signatures that is cut or has a bit flipped holds where what is signed is untouched: a
 * comment, a blank, the bounds. */
static void no_altered_file_of_signatures_holds_but_by_what_is_not_signed(void **state)
{
	static struct seed s;
	struct error e;

	(void)state;
	open_seed(&s, "one");
	assert_true(cvd_certs_add(s.certs, s.pem, &e));
	whole = &s;
	const uint8_t *at = memmem(s.sign.p, s.sign.n, "220::", 5);
	assert_non_null(at);
	/* the head, the line's beginning, and the last bytes of the signature itself */
	mutate(span_cut(s.sign, 0, (size_t)(at - s.sign.p) + 60), try_sign);
	assert_int_equal(n_held, 0); /* each is cut */
	for (size_t i = s.sign.n - 90; i < s.sign.n - 3; i++) {
		uint8_t *p = malloc(s.sign.n);
		memcpy(p, s.sign.p, s.sign.n);
		p[i] = p[i] == 'A' ? 'B' : 'A';
		try_sign((struct span){ p, s.sign.n });
		free(p);
	}
	assert_int_equal(n_held, 0);
	try_sign(s.sign);
	assert_int_equal(n_held, 1);
	close_seed(&s);
}

static void try_certificates(struct span pem)
{
	struct cvd_certs *c;
	struct error e = { .why = REASON_NONE };

	assert_true(cvd_certs_new(0, &c, &e));
	if (!cvd_certs_add(c, pem, &e))
		assert_int_not_equal(e.why, REASON_NONE);
	cvd_certs_free(c);
}

static void any_bytes_are_safe_as_certificates(void **state)
{
	struct seed s;

	(void)state;
	open_seed(&s, "one");
	mutate(span_cut(s.pem, 0, 300), try_certificates);
	try_certificates(s.pem);
	close_seed(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_trusted_certificate_vouches_for_holds),
		cmocka_unit_test(a_stranger_is_not_believed),
		cmocka_unit_test(a_false_signature_is_seen_beside_a_good_one),
		cmocka_unit_test(what_cannot_be_judged_proves_nothing),
		cmocka_unit_test(certificates_are_refused),
		cmocka_unit_test(no_altered_file_of_signatures_holds_but_by_what_is_not_signed),
		cmocka_unit_test(any_bytes_are_safe_as_certificates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
