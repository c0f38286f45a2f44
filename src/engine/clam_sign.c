/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/clam_sign.h"
#include "base/hash.h"
#include "engine/pe_sign_part.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <string.h>

enum {
	SHA1_SIZE = 20,
	MAX_MODULUS = 1024, /* bytes: RSA of 8192 bits; ours */
	MAX_KEYS = 4096,    /* entries and certificates that are trusted at once; ours */
	N_FIELDS = 7
};
enum { SUBJECT, SERIAL, MODULUS, EXPONENT, CODE, TIME, CERT };

/* ---- the signature of an image */

struct signature {
	struct span file;
	struct pe_sign_place place;
	PKCS7 *p7;
};

/* The first of the table, which must end the file.  p7 is NULL where there is none. */
static void open_signature(struct span file, struct signature *s)
{
	*s = (struct signature){ .file = file };
	if (!pe_sign_find(file, &s->place) || s->place.table_at + s->place.table_n != file.n)
		return;
	struct cursor c = cursor_of(file);
	cursor_seek(&c, s->place.table_at);
	uint32_t n = cursor_le32(&c);
	(void)cursor_le32(&c); /* wRevision, wCertificateType */
	struct span der = cursor_take(&c, n > 8 ? n - 8 : 0);
	const uint8_t *at = der.p;
	if (!cursor_ok(&c) || der.n == 0 || der.n > INT32_MAX)
		return;
	s->p7 = d2i_PKCS7(NULL, &at, (long)der.n);
	if (s->p7 != NULL && (!PKCS7_type_is_signed(s->p7) || s->p7->d.sign == NULL)) {
		PKCS7_free(s->p7);
		s->p7 = NULL;
	}
}

static void close_signature(struct signature *s)
{
	PKCS7_free(s->p7);
	ERR_clear_error();
}

/* ---- what an entry names */

/* SHA-1 of the contents of a DER element, without its tag and length. */
static bool digest_contents(const uint8_t *der, size_t n, uint8_t out[SHA1_SIZE])
{
	size_t head = n >= 2 ? 2 + (der[1] > 0x80 ? der[1] & 0x7fu : 0) : n + 1;
	uint8_t digest[HASH_MAX_SIZE];

	if (head > n || !hash_of(HASH_SHA1, (struct span){ der + head, n - head }, digest))
		return false;
	memcpy(out, digest, SHA1_SIZE);
	return true;
}

static bool digest_name(const X509_NAME *name, uint8_t out[SHA1_SIZE])
{
	const uint8_t *der;
	size_t n;

	return X509_NAME_get0_der(name, &der, &n) == 1 && digest_contents(der, n, out);
}

static bool digest_serial(const ASN1_INTEGER *serial, uint8_t out[SHA1_SIZE])
{
	uint8_t *der = NULL;
	int n = i2d_ASN1_INTEGER(serial, &der);

	bool ok = n > 0 && digest_contents(der, (size_t)n, out);
	OPENSSL_free(der);
	return ok;
}

static struct span without_zeros(struct span s)
{
	while (s.n != 0 && s.p[0] == 0)
		s = span_cut(s, 1, s.n);
	return s;
}

/* The modulus of an RSA key; its length, 0 where it is none. */
static size_t modulus_of(const EVP_PKEY *key, uint8_t out[MAX_MODULUS])
{
	BIGNUM *n = NULL;
	size_t size = 0;

	if (key != NULL && EVP_PKEY_get_bn_param(key, "n", &n) == 1 &&
	    BN_num_bytes(n) <= MAX_MODULUS)
		size = (size_t)BN_bn2bin(n, out);
	BN_free(n);
	return size;
}

static bool read_signer(X509 *x, struct arena *a, struct clam_signer *out)
{
	uint8_t modulus[MAX_MODULUS];
	size_t n = modulus_of(X509_get0_pubkey(x), modulus);

	if (n == 0 || !digest_name(X509_get_subject_name(x), out->subject) ||
	    !digest_serial(X509_get0_serialNumber(x), out->serial))
		return false;
	out->modulus = (struct span){ arena_copy(a, modulus, n), n };
	return out->modulus.p != NULL;
}

bool clam_sign_read(struct span image, struct arena *a, struct clam_signed *out)
{
	struct signature s;

	if (out->known)
		return true;
	*out = (struct clam_signed){ .known = true };
	open_signature(image, &s);
	STACK_OF(X509) *certs = s.p7 != NULL ? s.p7->d.sign->cert : NULL;
	int n = sk_X509_num(certs);
	if (n > PE_SIGN_MAX_CERTIFICATES)
		n = PE_SIGN_MAX_CERTIFICATES;
	struct clam_signer *list = n > 0 ? arena_array(a, (size_t)n, sizeof *list) : NULL;
	out->signer = list;
	for (int i = 0; list != NULL && i < n; i++)
		out->n_signers +=
			read_signer(sk_X509_value(certs, i), a, &list[out->n_signers]) ? 1 : 0;
	close_signature(&s);
	return (list != NULL || n <= 0) && !a->spent;
}

/* Fields of an entry; false where they are not all there. */
static bool split(struct span entry, struct span field[N_FIELDS])
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= entry.n && n < N_FIELDS; i++) {
		if (i < entry.n && entry.p[i] != ';')
			continue;
		field[n++] = (struct span){ entry.p + from, i - from };
		from = i + 1;
	}
	return n == N_FIELDS;
}

static bool digits_are(struct span hex, struct span bytes)
{
	uint8_t plain[MAX_MODULUS];
	size_t n;

	if (!hex_to_bytes(hex, plain, sizeof plain, &n))
		return false;
	return span_equal(without_zeros((struct span){ plain, n }), without_zeros(bytes));
}

static bool digest_is(struct span hex, const uint8_t digest[SHA1_SIZE])
{
	uint8_t plain[SHA1_SIZE];
	size_t n;

	return hex_to_bytes(hex, plain, sizeof plain, &n) && n == SHA1_SIZE &&
	       memcmp(plain, digest, n) == 0;
}

bool clam_sign_names(const struct clam_signed *s, struct span entry)
{
	struct span f[N_FIELDS];

	if (!split(entry, f))
		return false;
	for (size_t i = 0; i < s->n_signers; i++)
		if (digest_is(f[SUBJECT], s->signer[i].subject) &&
		    (f[SERIAL].n == 0 || digest_is(f[SERIAL], s->signer[i].serial)) &&
		    digits_are(f[MODULUS], s->signer[i].modulus))
			return true;
	return false;
}

/* ---- who is trusted */

struct trusted {
	uint8_t subject[SHA1_SIZE];
	bool code, time, cert;
	EVP_PKEY *key;      /* ours */
	X509 *x;            /* of the image; NULL: an entry */
	struct span serial; /* of an entry, as written */
};

struct trust {
	struct trusted *list; /* in an arena */
	size_t n;
};

static EVP_PKEY *rsa_key(struct span modulus)
{
	uint8_t plain[MAX_MODULUS];
	size_t n;
	EVP_PKEY *key = NULL;
	BIGNUM *number = NULL;
	OSSL_PARAM *params = NULL;

	if (!hex_to_bytes(modulus, plain, sizeof plain, &n))
		return NULL;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	number = BN_bin2bn(plain, (int)n, NULL);
	if (build != NULL && ctx != NULL && number != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, "n", number) == 1 &&
	    OSSL_PARAM_BLD_push_uint(build, "e", 65537) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(number);
	return key;
}

static void add_entries(struct trust *t, struct span entries)
{
	struct span rest = entries;

	while (t->n < MAX_KEYS && rest.n != 0) {
		struct span f[N_FIELDS];
		const uint8_t *end = memchr(rest.p, '\n', rest.n);
		struct span entry =
			span_cut(rest, 0, end != NULL ? (size_t)(end - rest.p) : rest.n);
		struct trusted k = { 0 };
		size_t n;
		rest = span_cut(rest, entry.n + 1, rest.n);
		if (!split(entry, f) || !hex_to_bytes(f[SUBJECT], k.subject, SHA1_SIZE, &n) ||
		    (k.key = rsa_key(f[MODULUS])) == NULL)
			continue;
		k.serial = f[SERIAL];
		k.code = span_is(f[CODE], "1");
		k.time = span_is(f[TIME], "1");
		k.cert = span_is(f[CERT], "1");
		t->list[t->n++] = k;
	}
}

/* The certificate of the image among those that are trusted; NULL: it is not. */
static struct trusted *find(const struct trust *t, const X509 *x)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].x == x)
			return &t->list[i];
	return NULL;
}

/* What a certificate may be used for: what it says, and the whole chain above it. */
static struct trusted usage_of(X509 *x, const struct trusted *above)
{
	uint32_t extended = X509_get_extended_key_usage(x);
	bool ca = X509_check_ca(x) != 0;

	return (struct trusted){ .x = x,
				 .code = above->code && (extended & XKU_CODE_SIGN) != 0,
				 .time = above->time && (extended & XKU_TIMESTAMP) != 0,
				 .cert = ca && (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) != 0 };
}

/* Adds a certificate of the image that some of those known have signed, for all that any of these
 * allows.  False: there is none, or none allows more than before. */
static bool add_signed(struct trust *t, X509 *x)
{
	uint8_t issuer[SHA1_SIZE];
	struct trusted *had = find(t, x), k = { .x = NULL };

	if ((had == NULL && t->n == MAX_KEYS) || !digest_name(X509_get_issuer_name(x), issuer))
		return false;
	for (size_t i = 0; i < t->n; i++) {
		const struct trusted *above = &t->list[i];
		struct trusted by = usage_of(x, above);
		bool more = had == NULL || (by.code && !had->code) || (by.time && !had->time);
		if (!above->cert || !more || memcmp(above->subject, issuer, SHA1_SIZE) != 0 ||
		    X509_verify(x, above->key) != 1)
			continue;
		by.code = by.code || k.code;
		by.time = by.time || k.time;
		k = by;
	}
	if (k.x == NULL)
		return false;
	if (had != NULL) {
		had->code = had->code || k.code;
		had->time = had->time || k.time;
		return true;
	}
	k.key = X509_get_pubkey(x);
	if (k.key == NULL || !digest_name(X509_get_subject_name(x), k.subject)) {
		EVP_PKEY_free(k.key);
		return false;
	}
	t->list[t->n++] = k;
	return true;
}

static void add_chains(struct trust *t, STACK_OF(X509) * certs)
{
	int n = sk_X509_num(certs);

	if (n > PE_SIGN_MAX_CERTIFICATES)
		return;
	for (bool more = true; more;) { /* 3 n times at most: one is added, or allowed more */
		more = false;
		for (int i = 0; i < n; i++)
			more = add_signed(t, sk_X509_value(certs, i)) || more;
	}
}

/* Is the certificate one of those, or named by an entry, and for that use? */
static bool is_trusted(const struct trust *t, X509 *x, bool for_time)
{
	uint32_t use = for_time ? XKU_TIMESTAMP : XKU_CODE_SIGN;
	uint8_t serial[SHA1_SIZE], subject[SHA1_SIZE];

	if ((X509_get_extended_key_usage(x) & use) == 0 ||
	    !digest_name(X509_get_subject_name(x), subject))
		return false;
	for (size_t i = 0; i < t->n; i++) {
		const struct trusted *k = &t->list[i];
		if (!(for_time ? k->time : k->code))
			continue;
		if (k->x == x)
			return true;
		if (k->x == NULL && memcmp(k->subject, subject, SHA1_SIZE) == 0 &&
		    EVP_PKEY_eq(k->key, X509_get0_pubkey(x)) == 1 &&
		    (k->serial.n == 0 || (digest_serial(X509_get0_serialNumber(x), serial) &&
					  digest_is(k->serial, serial))))
			return true;
	}
	return false;
}

/* ---- is the image */

/* Where there are countersignatures of PKCS #9's kind, one must be good; others are not looked at,
 * and the time is that of the scan. */
static bool valid_then(const struct trust *t, struct signature *s, PKCS7_SIGNER_INFO *si,
		       X509 *signer, int64_t now)
{
	int64_t from = pe_sign_time(X509_get0_notBefore(signer)),
		to = pe_sign_time(X509_get0_notAfter(signer)), at = now;
	X509 *witness;

	switch (pe_sign_countersigner(si, s->p7->d.sign->cert, &witness, &at)) {
	case PE_COUNTERSIGNED:
		if (!is_trusted(t, witness, true))
			return false;
		break;
	case PE_NOT_COUNTERSIGNED:
		at = now;
		break;
	case PE_BADLY_COUNTERSIGNED:
		return false;
	}
	return from <= at && at <= to;
}

static bool trusts(const struct trust *t, struct signature *s, int64_t now)
{
	STACK_OF(PKCS7_SIGNER_INFO) *all = PKCS7_get_signer_info(s->p7);
	PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(all, 0);
	STACK_OF(X509) *signers = PKCS7_get0_signers(s->p7, s->p7->d.sign->cert, 0);
	X509 *signer = sk_X509_value(signers, 0);

	sk_X509_free(signers);
	return si != NULL && signer != NULL && sk_PKCS7_SIGNER_INFO_num(all) == 1 &&
	       is_trusted(t, signer, false) && pe_sign_covers(s->file, &s->place, s->p7) &&
	       pe_sign_holds(s->p7, si, signer) && valid_then(t, s, si, signer, now);
}

bool clam_sign_trusts(struct span image, struct span entries, int64_t now, struct arena *a)
{
	struct trust t = { 0 };
	struct signature s;
	bool yes = false;

	open_signature(image, &s);
	if (s.p7 != NULL && (t.list = arena_array(a, MAX_KEYS, sizeof *t.list)) != NULL) {
		add_entries(&t, entries);
		add_chains(&t, s.p7->d.sign->cert);
		yes = trusts(&t, &s, now);
	}
	for (size_t i = 0; i < t.n; i++)
		EVP_PKEY_free(t.list[i].key);
	close_signature(&s);
	return yes;
}
