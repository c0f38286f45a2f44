/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "engine/pe_sign_part.h"

#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <string.h>

/* X.509 certificates as fields of the module `pe`. */

enum {
	NAME_SIZE = 256,
	SERIAL_MOST = 22 /* octets with DER's tag and length: X.509 has at most 20 */
};

_Static_assert((int)PE_SIGNATURE_NOT_AFTER == (int)PE_CERTIFICATE_NOT_AFTER,
	       "a signature begins with the fields of its certificate");

void pe_sign_put_text(struct signing *s, struct value *v, const char *p)
{
	if (p == NULL)
		return;
	const char *copy = arena_text(s->arena, p, strlen(p));
	if (copy != NULL)
		value_string(v, span_of(copy));
	s->spent = s->spent || copy == NULL;
}

void pe_sign_put_hex(struct signing *s, struct value *v, const uint8_t *p, size_t n)
{
	char *text = n != 0 ? arena_alloc(s->arena, 2 * n + 1) : NULL;

	s->spent = s->spent || (text == NULL && n != 0);
	if (text == NULL)
		return;
	hex_text(p, n, text);
	value_string(v, span_of(text));
}

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t pe_sign_time(const ASN1_TIME *t)
{
	struct tm tm = { 0 };

	if (t == NULL || (t->type != V_ASN1_UTCTIME && t->type != V_ASN1_GENERALIZEDTIME) ||
	    ASN1_TIME_to_tm(t, &tm) != 1)
		tm = (struct tm){ 0 };
	return days_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 + tm.tm_hour * 3600 +
	       tm.tm_min * 60 + tm.tm_sec;
}

/* OpenSSL's old line, /C=../CN=.., without the escapes of slashes that it has had since 3.0. */
static void put_name(struct signing *s, struct value *v, const X509_NAME *name)
{
	char line[NAME_SIZE];
	size_t n = 0;

	if (X509_NAME_oneline(name, line, sizeof line) == NULL)
		return;
	for (size_t i = 0; line[i] != '\0'; i++)
		if (line[i] != '\\' || line[i + 1] != '/')
			line[n++] = line[i];
	line[n] = '\0';
	pe_sign_put_text(s, v, line);
}

/* 01:23:ef, of the octets that DER has; nothing where there are too many. */
static void put_serial(struct signing *s, struct value *v, const ASN1_INTEGER *serial)
{
	uint8_t der[SERIAL_MOST], *end = der;
	int n = i2d_ASN1_INTEGER(serial, NULL);

	if (n < 3 || n > SERIAL_MOST || i2d_ASN1_INTEGER(serial, &end) != n)
		return;
	char text[3 * SERIAL_MOST];
	size_t at = 0;
	for (int i = 2; i < n; i++) {
		hex_text(der + i, 1, text + at);
		at += 2;
		text[at++] = i + 1 < n ? ':' : '\0';
	}
	pe_sign_put_text(s, v, text);
}

void pe_sign_put_certificate(struct signing *s, struct value *v, X509 *c)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char oid[NAME_SIZE] = "";
	unsigned n = 0;
	int algorithm = X509_get_signature_nid(c);

	if (X509_digest(c, EVP_sha1(), digest, &n) == 1)
		pe_sign_put_hex(s, &v[PE_CERTIFICATE_THUMBPRINT], digest, n);
	put_name(s, &v[PE_CERTIFICATE_ISSUER], X509_get_issuer_name(c));
	put_name(s, &v[PE_CERTIFICATE_SUBJECT], X509_get_subject_name(c));
	value_int(&v[PE_CERTIFICATE_VERSION], X509_get_version(c) + 1);
	pe_sign_put_text(s, &v[PE_CERTIFICATE_ALGORITHM], OBJ_nid2ln(algorithm));
	(void)OBJ_obj2txt(oid, sizeof oid, OBJ_nid2obj(algorithm), 1);
	pe_sign_put_text(s, &v[PE_CERTIFICATE_ALGORITHM_OID], oid);
	put_serial(s, &v[PE_CERTIFICATE_SERIAL], X509_get0_serialNumber(c));
	value_int(&v[PE_CERTIFICATE_NOT_BEFORE], pe_sign_time(X509_get0_notBefore(c)));
	value_int(&v[PE_CERTIFICATE_NOT_AFTER], pe_sign_time(X509_get0_notAfter(c)));
}

void pe_sign_put_certificates(struct signing *s, struct value *list, const STACK_OF(X509) * certs)
{
	for (int i = 0; i < sk_X509_num(certs) && list->list->n < PE_SIGN_MAX_CERTIFICATES; i++) {
		struct value *v = value_grow_slots(list, s->arena, pe_certificate_fields,
						   PE_SIGN_MAX_CERTIFICATES);
		if (v == NULL) {
			s->spent = true;
			return;
		}
		pe_sign_put_certificate(s, v, sk_X509_value(certs, i));
	}
}

/*
 * OpenSSL builds the chain on its way to a verdict, which is not asked for: roots are not at hand.
 * Of several issuers it takes one that is valid now, or else the one that is so the longest: to a
 * worker it is always 1970, so that the chain of an image is the same on every day.
 */
void pe_sign_put_chain(struct signing *s, struct value *list, struct value *length, X509 *signer,
		       STACK_OF(X509) * certs)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	value_int(length, 0);
	if (!value_make_list(list, s->arena, 0))
		s->spent = true;
	else if (store != NULL && ctx != NULL && sk_X509_num(certs) <= PE_SIGN_MAX_CERTIFICATES &&
		 X509_STORE_CTX_init(ctx, store, signer, certs) == 1) {
		X509_STORE_CTX_set_time(ctx, 0, 0);
		(void)X509_verify_cert(ctx);
		pe_sign_put_certificates(s, list, X509_STORE_CTX_get0_chain(ctx));
		value_int(length, (int64_t)list->list->n);
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
}
