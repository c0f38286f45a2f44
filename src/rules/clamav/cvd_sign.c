/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clamav/cvd_sign.h"
#include "base/text.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>

enum {
	LEAST_DIGEST = 28, /* bytes: SHA-224; of MD5 and SHA-1 two texts of one digest are made */
	MAX_NAME = 128,    /* bytes of a signer's name that are shown */
	LEVEL_DIGITS = 9,  /* of a number of a level */
	BASE64_IN = 4,     /* characters ... */
	BASE64_OUT = 3,    /* ... for so many bytes */
};

/* ---- base64 */

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Appends what is meant; blanks are passed over.  False: it is none. */
static bool decode(struct span text, struct buf *out)
{
	struct buf plain;
	bool ok = true;

	buf_init(&plain, CVD_SIGN_MAX_FILE);
	for (size_t i = 0; i < text.n; i++)
		if (!is_blank(text.p[i]))
			buf_put_u8(&plain, text.p[i]);
	ok = buf_ok(&plain) && plain.n != 0 && plain.n % BASE64_IN == 0;
	uint8_t *to = ok ? buf_grow(out, plain.n / BASE64_IN * BASE64_OUT) : NULL;
	ok = to != NULL && EVP_DecodeBlock(to, plain.p, (int)plain.n) >= 0;
	for (size_t i = plain.n; ok && i > plain.n - 2 && plain.p[i - 1] == '='; i--)
		out->n--;
	buf_release(&plain);
	return ok;
}

/* ---- certificates */

struct cvd_certs {
	X509_STORE *store;
	X509 *x[CVD_SIGN_MAX_CERTS]; /* ours */
	size_t n;
};

bool cvd_certs_new(int64_t now, struct cvd_certs **out, struct error *e)
{
	struct cvd_certs *c = calloc(1, sizeof *c);

	if (c != NULL)
		c->store = X509_STORE_new();
	if (c == NULL || c->store == NULL) {
		cvd_certs_free(c);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for certificates");
	}
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(c->store), (time_t)now);
	*out = c;
	return true;
}

void cvd_certs_free(struct cvd_certs *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		X509_free(c->x[i]);
	X509_STORE_free(c->store);
	free(c);
}

bool cvd_certs_any(const struct cvd_certs *c) { return c != NULL && c->n != 0; }

/* Takes x over. */
static bool add_one(struct cvd_certs *c, X509 *x, struct error *e)
{
	bool ok = c->n < CVD_SIGN_MAX_CERTS ||
		  error_set(e, REASON_LIMIT, PLACE_NONE, "more than %d certificates",
			    CVD_SIGN_MAX_CERTS);

	for (size_t i = 0; ok && i < c->n; i++) {
		if (X509_cmp(c->x[i], x) == 0) { /* the same once more */
			X509_free(x);
			return true;
		}
		if (X509_NAME_cmp(X509_get_subject_name(c->x[i]), X509_get_subject_name(x)) == 0)
			ok = error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				       "two certificates of one name");
	}
	ok = ok && (X509_STORE_add_cert(c->store, x) == 1 ||
		    error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a certificate"));
	if (ok)
		c->x[c->n++] = x;
	else
		X509_free(x);
	return ok;
}

bool cvd_certs_add(struct cvd_certs *c, struct span pem, struct error *e)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE";
	const uint8_t *at;
	struct buf der;
	bool ok = true;

	buf_init(&der, CVD_SIGN_MAX_FILE);
	while (ok && (at = memmem(pem.p, pem.n, begin, sizeof begin - 1)) != NULL) {
		struct span rest = span_cut(pem, (size_t)(at - pem.p) + sizeof begin - 1, pem.n);
		const uint8_t *to = memmem(rest.p, rest.n, end, sizeof end - 1);
		size_t n = to != NULL ? (size_t)(to - rest.p) : rest.n;
		buf_reset(&der);
		ok = to != NULL && decode(span_cut(rest, 0, n), &der);
		const uint8_t *p = der.p;
		X509 *x = ok ? d2i_X509(NULL, &p, (long)der.n) : NULL;
		if (x == NULL || p != der.p + der.n) {
			X509_free(x);
			ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "a damaged certificate");
			break;
		}
		ok = add_one(c, x, e);
		pem = span_cut(rest, n, rest.n);
	}
	buf_release(&der);
	ERR_clear_error();
	return ok;
}

/* ---- a line */

struct line {
	uint64_t min, max;
	struct span kind, text;
};

static bool read_level(struct span s, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(s.p[i] - '0');
	}
	return s.n != 0 && s.n <= LEVEL_DIGITS;
}

/* What stands before the next `c`, which is taken from *rest together with it; all where there is
 * none. */
static struct span before(struct span *rest, char c)
{
	const uint8_t *at = rest->n != 0 ? memchr(rest->p, c, rest->n) : NULL;
	struct span s = span_cut(*rest, 0, at != NULL ? (size_t)(at - rest->p) : rest->n);

	*rest = span_cut(*rest, s.n + 1, rest->n);
	return s;
}

static struct span trimmed(struct span s)
{
	while (s.n != 0 && is_blank(s.p[0]))
		s = span_cut(s, 1, s.n);
	while (s.n != 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool read_line(struct span rest, struct line *l)
{
	struct span min = before(&rest, ':'), max = before(&rest, ':');

	l->kind = before(&rest, ':');
	l->text = before(&rest, ':');
	l->max = UINT64_MAX;
	return read_level(min, &l->min) && (max.n == 0 || read_level(max, &l->max)) &&
	       l->text.n != 0;
}

/* ---- a signature */

static void say_name(const X509 *x, struct buf *said)
{
	const X509_NAME *name = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	uint8_t *text = NULL;
	int n = at < 0 ? 0
		       : ASN1_STRING_to_UTF8(
				 &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));

	if (n <= 0)
		buf_put_text(said, "somebody without a name");
	else
		text_escape(said, (struct span){ text, n < MAX_NAME ? (size_t)n : MAX_NAME });
	OPENSSL_free(text);
}

/* "NAME, NAME (SHA512)"; false where one of the digests is of those that can be forged. */
static bool say_signers(PKCS7 *p7, struct buf *said)
{
	STACK_OF(X509) *who = PKCS7_get0_signers(p7, NULL, 0);
	STACK_OF(PKCS7_SIGNER_INFO) *all = PKCS7_get_signer_info(p7);
	bool strong = true;

	for (int i = 0; i < sk_X509_num(who); i++) {
		buf_put_text(said, i == 0 ? "" : ", ");
		say_name(sk_X509_value(who, i), said);
	}
	for (int i = 0; i < sk_PKCS7_SIGNER_INFO_num(all); i++) {
		X509_ALGOR *digest = NULL;
		const ASN1_OBJECT *id = NULL;
		PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(all, i), NULL, &digest,
					    NULL);
		X509_ALGOR_get0(&id, NULL, NULL, digest);
		const EVP_MD *md = EVP_get_digestbyobj(id);
		strong = strong && md != NULL && EVP_MD_get_size(md) >= LEAST_DIGEST;
		buf_printf(said, "%s%s", i == 0 ? " (" : ", ",
			   md != NULL ? EVP_MD_get0_name(md) : "?");
	}
	buf_put_text(said, sk_PKCS7_SIGNER_INFO_num(all) > 0 ? ")" : "");
	sk_X509_free(who);
	return strong;
}

/* Why PKCS7_verify() said no. */
static enum cvd_sign why_not(void)
{
	unsigned long code = ERR_peek_last_error();

	switch (ERR_GET_LIB(code) == ERR_LIB_PKCS7 ? ERR_GET_REASON(code) : 0) {
	case PKCS7_R_CERTIFICATE_VERIFY_ERROR:
	case PKCS7_R_SIGNER_CERTIFICATE_NOT_FOUND:
		return CVD_SIGN_STRANGE;
	case PKCS7_R_SIGNATURE_FAILURE:
		return CVD_SIGN_FALSE;
	case PKCS7_R_NO_SIGNATURES_ON_DATA:
	case PKCS7_R_NO_SIGNERS:
		return CVD_SIGN_NOTHING;
	default:
		return CVD_SIGN_FALSE;
	}
}

static enum cvd_sign judge_p7(struct span container, PKCS7 *p7, const struct cvd_certs *c,
			      struct buf *said)
{
	struct buf who;
	BIO *in = BIO_new_mem_buf(container.p, (int)container.n);
	enum cvd_sign is = CVD_SIGN_NOTHING;

	buf_init(&who, 1 << 12);
	bool strong = say_signers(p7, &who);
	const char *why = "";
	int flags = 0;
	ERR_clear_error();
	if (in == NULL)
		buf_put_text(said, "no memory to judge a signature");
	else if (PKCS7_verify(p7, NULL, c->store, in, NULL, PKCS7_DETACHED | PKCS7_BINARY) != 1)
		is = why_not();
	else
		is = strong ? CVD_SIGN_HOLDS : CVD_SIGN_NOTHING;
	(void)ERR_peek_last_error_data(&why, &flags);
	if (is != CVD_SIGN_STRANGE || (flags & ERR_TXT_STRING) == 0)
		why = "";
	BIO_free(in);
	if (said->n != 0)
		buf_put_text(said, "; ");
	buf_printf(said, "signed by %.*s", (int)who.n, (const char *)who.p);
	buf_put_text(said, is == CVD_SIGN_STRANGE ? ", for whom no trusted certificate vouches"
			   : is == CVD_SIGN_FALSE ? ", but not this file"
			   : is == CVD_SIGN_HOLDS ? ""
						  : ", which proves nothing");
	if (*why != '\0')
		buf_printf(said, " (%s)", why);
	buf_release(&who);
	return is;
}

/* One digest, as in ClamAV's, and one that is known: of another PKCS7_verify() of OpenSSL 3.0 loses
 * a little memory. */
static bool has_one_digest(const PKCS7 *p7)
{
	const X509_ALGOR *digest = sk_X509_ALGOR_value(p7->d.sign->md_algs, 0);

	return sk_X509_ALGOR_num(p7->d.sign->md_algs) == 1 &&
	       EVP_get_digestbyobj(digest->algorithm) != NULL;
}

/* One line that is a signature. */
static enum cvd_sign judge_line(struct span container, struct span line, const struct cvd_certs *c,
				struct buf *said)
{
	enum cvd_sign is = CVD_SIGN_NOTHING;
	struct line l;
	struct buf der;
	PKCS7 *p7 = NULL;

	if (!read_line(line, &l) || !span_is(l.kind, "pkcs7-pem")) {
		buf_put_text(said, said->n == 0 ? "a line of no kind that is known"
						: "; a line of no kind that is known");
		return is;
	}
	if (l.min > CVD_SIGN_LEVEL || l.max < CVD_SIGN_LEVEL)
		return is;
	buf_init(&der, CVD_SIGN_MAX_FILE);
	if (decode(l.text, &der)) {
		const uint8_t *p = der.p;
		p7 = d2i_PKCS7(NULL, &p, (long)der.n);
	}
	if (p7 != NULL && PKCS7_type_is_signed(p7) && p7->d.sign != NULL && has_one_digest(p7))
		is = judge_p7(container, p7, c, said);
	else
		buf_put_text(said, said->n == 0 ? "a damaged signature" : "; a damaged signature");
	PKCS7_free(p7);
	buf_release(&der);
	ERR_clear_error();
	return is;
}

/* What all say together: who lies is not believed for another's sake. */
static enum cvd_sign together(enum cvd_sign a, enum cvd_sign b)
{
	static const enum cvd_sign order[] = { CVD_SIGN_FALSE, CVD_SIGN_HOLDS, CVD_SIGN_STRANGE };

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return CVD_SIGN_NOTHING;
}

enum cvd_sign cvd_sign_check(struct span container, struct span sign, const struct cvd_certs *c,
			     struct buf *said)
{
	enum cvd_sign is = CVD_SIGN_NOTHING;
	struct span rest = sign, head = trimmed(before(&rest, '\n'));
	unsigned n = 0;

	if (!span_is(head, "#clamsign-1.0") || container.n > INT_MAX) {
		buf_put_text(said, "not in a form that is known (#clamsign-1.0)");
		return is;
	}
	while (rest.n != 0) {
		struct span line = trimmed(before(&rest, '\n'));
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (++n > CVD_SIGN_MAX_LINES)
			break;
		is = together(is, judge_line(container, line, c, said));
	}
	if (said->n == 0)
		buf_put_text(said, "it holds no signature for this program");
	return is;
}
