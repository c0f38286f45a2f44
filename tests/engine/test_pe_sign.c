/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pe_sign.h"
#include "format/pe_table.h"
#include "tests/format/look.h"
#include "tests/format/make_pe.h"
#include "tests/test.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* Images that are signed here, under certificates that are made here. */

enum { BUDGET = 64 << 20, MOST = 16 << 10, DIGEST = 32 };

struct signer {
	EVP_PKEY *key;
	X509 *own, *root;
};

static void name_it(X509_NAME *n, const char *common)
{
	const unsigned char *cn = (const unsigned char *)common, *c = (const unsigned char *)"SE",
			    *o = (const unsigned char *)"A/S Test";

	X509_NAME_add_entry_by_txt(n, "C", MBSTRING_ASC, c, -1, -1, 0);
	X509_NAME_add_entry_by_txt(n, "O", MBSTRING_ASC, o, -1, -1, 0);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, cn, -1, -1, 0);
}

static X509 *certificate(const char *common, const char *issuer, EVP_PKEY *key, long serial)
{
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	ASN1_TIME_set(X509_getm_notBefore(x), 1500000000);
	ASN1_TIME_set(X509_getm_notAfter(x), 1600000000);
	X509_set_pubkey(x, key);
	name_it(X509_get_subject_name(x), common);
	name_it(X509_get_issuer_name(x), issuer);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

static int make_signer(void **state)
{
	static struct signer s;

	s.key = EVP_RSA_gen(2048);
	s.own = certificate("Leaf", "Root", s.key, 0x1234);
	s.root = certificate("Root", "Root", s.key, 1);
	*state = &s;
	return 0;
}

static int free_signer(void **state)
{
	struct signer *s = *state;

	X509_free(s->own);
	X509_free(s->root);
	EVP_PKEY_free(s->key);
	return 0;
}

/* SpcIndirectDataContent for a SHA-256 digest, with its header of two bytes. */
static size_t content(uint8_t *to, const uint8_t *digest)
{
	static const uint8_t head[] = {
		0x30, 0x43, /* all of it */
		0x30, 0x0e, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37,   0x02,
		0x01, 0x0f, 0x05, 0x00, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,   0x86,
		0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, DIGEST,
	};

	memcpy(to, head, sizeof head);
	memcpy(to + sizeof head, digest, DIGEST);
	return sizeof head + DIGEST;
}

/* A PKCS #7 signature over the content; `inner` becomes a nested signature. */
static PKCS7 *sign(const struct signer *s, const uint8_t *digest, PKCS7 *inner)
{
	PKCS7 *p7 = PKCS7_new(), *other = PKCS7_new();
	uint8_t der[256];
	size_t n = content(der, digest);
	ASN1_STRING *sequence = ASN1_STRING_new();

	PKCS7_set_type(p7, NID_pkcs7_signed);
	PKCS7_add_certificate(p7, s->root);
	PKCS7_add_certificate(p7, s->own);
	PKCS7_SIGNER_INFO *si = PKCS7_add_signature(p7, s->own, s->key, EVP_sha256());
	PKCS7_content_new(p7, NID_pkcs7_data);
	PKCS7_add_signed_attribute(si, NID_pkcs9_contentType, V_ASN1_OBJECT,
				   OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1));
	BIO *bio = PKCS7_dataInit(p7, NULL);
	BIO_write(bio, der + 2, (int)n - 2);
	assert_int_equal(PKCS7_dataFinal(p7, bio), 1);
	BIO_free_all(bio);
	ASN1_STRING_set(sequence, der, (int)n);
	other->type = OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1);
	other->d.other = ASN1_TYPE_new();
	ASN1_TYPE_set(other->d.other, V_ASN1_SEQUENCE, sequence);
	PKCS7_set_content(p7, other);
	if (inner != NULL) {
		uint8_t *bytes = NULL;
		int n_bytes = i2d_PKCS7(inner, &bytes);
		X509_ATTRIBUTE *a = X509_ATTRIBUTE_create_by_txt(NULL, "1.3.6.1.4.1.311.2.4.1",
								 V_ASN1_SEQUENCE, bytes, n_bytes);
		si->unauth_attr = sk_X509_ATTRIBUTE_new_null();
		sk_X509_ATTRIBUTE_push(si->unauth_attr, a);
		OPENSSL_free(bytes);
	}
	return p7;
}

struct signed_image {
	uint8_t p[MAKE_PE_SIZE + MOST];
	size_t n;
};

static void digest_of(const struct make_pe *m, uint8_t *digest)
{
	size_t checksum = MAKE_PE_HEADER + 0x58, entry = make_pe_directory(m, 4);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	EVP_DigestUpdate(ctx, m->p, checksum);
	EVP_DigestUpdate(ctx, m->p + checksum + 4, entry - checksum - 4);
	EVP_DigestUpdate(ctx, m->p + entry + 8, sizeof m->p - entry - 8);
	EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
}

/* The image with a certificate table of so many equal entries behind it. */
static void attach(struct signed_image *to, struct make_pe *m, PKCS7 *p7, unsigned n_entries)
{
	uint8_t *der = NULL;
	int n = i2d_PKCS7(p7, &der);
	size_t size = ((size_t)n + 8 + 7) & ~(size_t)7;

	assert_true(n > 0 && size * n_entries <= MOST);
	make_pe_set_directory(m, 4, MAKE_PE_SIZE, (uint32_t)(size * n_entries));
	memset(to, 0, sizeof *to);
	memcpy(to->p, m->p, MAKE_PE_SIZE);
	to->n = MAKE_PE_SIZE + size * n_entries;
	for (unsigned i = 0; i < n_entries; i++) {
		uint8_t *at = to->p + MAKE_PE_SIZE + i * size;
		for (unsigned k = 0; k < 4; k++)
			at[k] = (uint8_t)(((size_t)n + 8) >> (8 * k));
		at[5] = 2; /* revision 2.0 */
		at[6] = 2; /* PKCS signed data */
		memcpy(at + 8, der, (size_t)n);
	}
	OPENSSL_free(der);
}

static void make_signed(const struct signer *s, struct signed_image *to, bool wide, bool nested,
			unsigned n_entries)
{
	struct make_pe m;
	uint8_t digest[DIGEST];

	make_pe(&m, wide);
	digest_of(&m, digest);
	PKCS7 *inner = nested ? sign(s, digest, NULL) : NULL, *p7 = sign(s, digest, inner);
	attach(to, &m, p7, n_entries);
	PKCS7_free(inner);
	PKCS7_free(p7);
}

static void open_signed(struct look *l, struct span file, size_t budget)
{
	look_open(l, &pe_module, file, budget);
	struct module_input in = { .file = file, .arena = &l->arena, .state = &l->state };
	l->ok = l->ok && pe_sign_load(&in, l->slots, &l->e);
}

static void an_unsigned_image_has_none(void **state)
{
	(void)state;
	struct make_pe m;
	struct look l;

	open_signed(&l, make_pe(&m, true), BUDGET);
	assert_true(l.ok);
	assert_int_equal(look_int(&l, "number_of_signatures"), 0);
	assert_int_equal(look_int(&l, "is_signed"), 0);
	assert_false(look_defined(&l, "signatures[0].thumbprint"));
	look_close(&l);
}

static void a_good_signature_is_verified(void **state)
{
	for (unsigned wide = 0; wide < 2; wide++) {
		struct signed_image image;
		struct look l;
		make_signed(*state, &image, wide, false, 1);
		open_signed(&l, (struct span){ image.p, image.n }, BUDGET);
		assert_int_equal(look_int(&l, "number_of_signatures"), 1);
		assert_int_equal(look_int(&l, "is_signed"), 1);
		assert_int_equal(look_int(&l, "signatures[0].verified"), 1);
		assert_true(look_text(&l, "signatures[0].issuer", "/C=SE/O=A/S Test/CN=Root"));
		assert_true(look_text(&l, "signatures[0].subject", "/C=SE/O=A/S Test/CN=Leaf"));
		assert_true(look_text(&l, "signatures[0].serial", "12:34"));
		assert_true(look_text(&l, "signatures[0].algorithm", "sha256WithRSAEncryption"));
		assert_true(look_text(&l, "signatures[0].algorithm_oid", "1.2.840.113549.1.1.11"));
		assert_int_equal(look_int(&l, "signatures[0].version"), 3);
		assert_int_equal(look_int(&l, "signatures[0].not_before"), 1500000000);
		assert_int_equal(look_int(&l, "signatures[0].not_after"), 1600000000);
		assert_true(look_text(&l, "signatures[0].digest_alg", "sha256"));
		assert_true(span_equal(look_at(&l, "signatures[0].digest").s,
				       look_at(&l, "signatures[0].file_digest").s));
		assert_int_equal(look_int(&l, "signatures[0].number_of_certificates"), 2);
		assert_int_equal(look_int(&l, "signatures[0].number_of_countersignatures"), 0);
		assert_int_equal(look_int(&l, "signatures[0].signer_info.length_of_chain"), 2);
		assert_true(look_text(&l, "signatures[0].signer_info.digest_alg", "sha256"));
		assert_int_equal(look_at(&l, "signatures[0].thumbprint").s.n, 40);
		look_close(&l);
	}
}

static void a_time_is_within_the_certificate(void **state)
{
	struct signed_image image;
	struct look l;
	struct value out = { 0 }, when = { .kind = VALUE_INT, .i = 1600000000 };

	make_signed(*state, &image, true, false, 1);
	open_signed(&l, (struct span){ image.p, image.n }, BUDGET);
	struct value v = look_at(&l, "signatures[0]");
	struct call c = { .args = &when, .self = v.slots, .top = l.slots };
	assert_true(pe_signature_fields[PE_SIGNATURE_VALID_ON].call(&c, &out));
	assert_int_equal(out.i, 1);
	when.i++;
	assert_true(pe_signature_fields[PE_SIGNATURE_VALID_ON].call(&c, &out));
	assert_int_equal(out.i, 0);
	look_close(&l);
}

static void a_changed_file_is_not_verified(void **state)
{
	struct signed_image image;
	struct look l;

	make_signed(*state, &image, true, false, 1);
	image.p[0x400] ^= 1;
	open_signed(&l, (struct span){ image.p, image.n }, BUDGET);
	assert_int_equal(look_int(&l, "number_of_signatures"), 1);
	assert_int_equal(look_int(&l, "signatures[0].verified"), 0);
	assert_int_equal(look_int(&l, "is_signed"), 0);
	look_close(&l);
	image.p[0x400] ^= 1;
	image.p[MAKE_PE_HEADER + 0x58] ^= 1; /* the checksum is not part of it */
	open_signed(&l, (struct span){ image.p, image.n }, BUDGET);
	assert_int_equal(look_int(&l, "is_signed"), 1);
	look_close(&l);
}

static void another_key_does_not_verify(void **state)
{
	const struct signer *s = *state;
	struct signer other = { EVP_RSA_gen(2048), s->own, s->root };
	struct make_pe m;
	struct signed_image image;
	struct look l;
	uint8_t digest[DIGEST];

	make_pe(&m, true);
	digest_of(&m, digest);
	X509 *stranger = certificate("Leaf", "Root", other.key, 0x1234);
	other.own = stranger;
	PKCS7 *p7 = sign(&other, digest, NULL);
	/* the certificate of the right name, but with another key */
	sk_X509_pop_free(p7->d.sign->cert, X509_free);
	p7->d.sign->cert = sk_X509_new_null();
	PKCS7_add_certificate(p7, s->own);
	attach(&image, &m, p7, 1);
	open_signed(&l, (struct span){ image.p, image.n }, BUDGET);
	assert_int_equal(look_int(&l, "number_of_signatures"), 1);
	assert_int_equal(look_int(&l, "is_signed"), 0);
	look_close(&l);
	PKCS7_free(p7);
	X509_free(stranger);
	EVP_PKEY_free(other.key);
}

static void nested_and_further_signatures_are_listed(void **state)
{
	struct signed_image image;
	struct look l;

	make_signed(*state, &image, true, true, 1);
	open_signed(&l, (struct span){ image.p, image.n }, BUDGET);
	assert_int_equal(look_int(&l, "number_of_signatures"), 2);
	assert_int_equal(look_int(&l, "signatures[1].verified"), 1);
	look_close(&l);
	make_signed(*state, &image, false, false, 3);
	open_signed(&l, (struct span){ image.p, image.n }, BUDGET);
	assert_int_equal(look_int(&l, "number_of_signatures"), 3);
	look_close(&l);
}

static void memory_may_end_anywhere(void **state)
{
	struct signed_image image;
	struct look l;

	make_signed(*state, &image, true, true, 1);
	for (size_t budget = 20000; budget < 80000; budget += 611) {
		open_signed(&l, (struct span){ image.p, image.n }, budget);
		(void)look_walk_all(&l);
		look_close(&l);
	}
}

static void try_image(const uint8_t *p, size_t n)
{
	struct look l;

	open_signed(&l, (struct span){ p, n }, BUDGET);
	(void)look_walk_all(&l);
	look_close(&l);
}

static void damaged_signatures_do_no_harm(void **state)
{
	struct signed_image image;
	size_t directory = MAKE_PE_HEADER + 24 + 112 + 8 * 4;

	make_signed(*state, &image, true, false, 1);
	for (size_t n = MAKE_PE_SIZE; n < image.n; n += 13)
		try_image(image.p, n);
	for (size_t i = directory; i < image.n; i = i == directory + 7 ? MAKE_PE_SIZE : i + 1) {
		uint8_t was = image.p[i];
		image.p[i] = (uint8_t)(was ^ (1u << i % 8));
		try_image(image.p, image.n);
		image.p[i] = 0xff;
		try_image(image.p, image.n);
		image.p[i] = was;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unsigned_image_has_none),
		cmocka_unit_test(a_good_signature_is_verified),
		cmocka_unit_test(a_time_is_within_the_certificate),
		cmocka_unit_test(a_changed_file_is_not_verified),
		cmocka_unit_test(another_key_does_not_verify),
		cmocka_unit_test(nested_and_further_signatures_are_listed),
		cmocka_unit_test(memory_may_end_anywhere),
		cmocka_unit_test(damaged_signatures_do_no_harm),
	};

	return cmocka_run_group_tests(tests, make_signer, free_signer);
}
