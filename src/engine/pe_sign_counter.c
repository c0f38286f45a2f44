/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pe_sign_part.h"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <string.h>

/*
 * Countersignatures: PKCS #9's (RFC 2985, 5.3.6), a SignerInfo over the signature, and time stamps
 * (RFC 3161), which are signatures of their own over the signature's digest.
 */

static struct value *add(struct signing *s, struct value *list)
{
	struct value *v = NULL;

	if (s->n_countersignatures < PE_SIGN_MAX) {
		s->n_countersignatures++;
		v = value_grow_slots(list, s->arena, pe_countersignature_fields, PE_SIGN_MAX);
		s->spent = s->spent || v == NULL;
	}
	if (v != NULL) {
		value_int(&v[PE_COUNTERSIGNATURE_VERIFIED], 0);
		value_int(&v[PE_COUNTERSIGNATURE_SIGN_TIME], 0);
		value_int(&v[PE_COUNTERSIGNATURE_LENGTH_OF_CHAIN], 0);
	}
	return v;
}

/* Is `digest` the digest of the bytes? */
static bool digest_is(const EVP_MD *md, const void *p, size_t n, const ASN1_OCTET_STRING *digest)
{
	uint8_t own[EVP_MAX_MD_SIZE];
	unsigned n_own = 0;

	return EVP_Digest(p, n, own, &n_own, md, NULL) == 1 && digest->length == (int)n_own &&
	       memcmp(own, digest->data, n_own) == 0;
}

/* ---- PKCS #9 */

/* Does the signer's signature hold the digest of the signed attributes, bare or as a DigestInfo? */
static bool attributes_hold(const PKCS7_SIGNER_INFO *si, X509 *signer, const EVP_MD *md)
{
	EVP_PKEY *key = X509_get0_pubkey(signer);
	EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	size_t n = key != NULL && EVP_PKEY_get_size(key) > 0 ? (size_t)EVP_PKEY_get_size(key) : 0;
	uint8_t *plain = n != 0 ? OPENSSL_malloc(n) : NULL, *der = NULL;
	int n_der = ASN1_item_i2d((const ASN1_VALUE *)si->auth_attr, &der,
				  ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
	X509_SIG *info = NULL;
	bool holds = false;

	if (ctx != NULL && plain != NULL && n_der > 0 && EVP_PKEY_verify_recover_init(ctx) == 1 &&
	    EVP_PKEY_verify_recover(ctx, plain, &n, si->enc_digest->data,
				    (size_t)si->enc_digest->length) == 1) {
		ASN1_OCTET_STRING bare = { .length = (int)n,
					   .data = plain,
					   .type = V_ASN1_OCTET_STRING };
		const ASN1_OCTET_STRING *digest = &bare;
		const uint8_t *at = plain;
		if ((int)n != EVP_MD_get_size(md)) {
			info = d2i_X509_SIG(NULL, &at, (long)n);
			digest = NULL;
			if (info != NULL)
				X509_SIG_get0(info, NULL, &digest);
		}
		holds = digest != NULL && digest_is(md, der, (size_t)n_der, digest);
	}
	X509_SIG_free(info);
	OPENSSL_free(der);
	OPENSSL_free(plain);
	EVP_PKEY_CTX_free(ctx);
	return holds;
}

static void put_signer_info(struct signing *s, struct value *v, PKCS7_SIGNER_INFO *si,
			    STACK_OF(X509) * certs, const ASN1_OCTET_STRING *signature)
{
	int nid = OBJ_obj2nid(si->digest_alg->algorithm);
	const ASN1_TYPE *time = PKCS7_get_signed_attribute(si, NID_pkcs9_signingTime);

	pe_sign_put_text(s, &v[PE_COUNTERSIGNATURE_DIGEST_ALG], OBJ_nid2ln(nid));
	if (time == NULL)
		return;
	bool is_time = time->type == V_ASN1_UTCTIME || time->type == V_ASN1_GENERALIZEDTIME;
	value_int(&v[PE_COUNTERSIGNATURE_SIGN_TIME],
		  pe_sign_time(is_time ? time->value.utctime : NULL));
	X509 *signer = X509_find_by_issuer_and_serial(certs, si->issuer_and_serial->issuer,
						      si->issuer_and_serial->serial);
	if (signer == NULL)
		return;
	pe_sign_put_chain(s, &v[PE_COUNTERSIGNATURE_CHAIN], &v[PE_COUNTERSIGNATURE_LENGTH_OF_CHAIN],
			  signer, certs);
	const ASN1_TYPE *digest = PKCS7_get_signed_attribute(si, NID_pkcs9_messageDigest);
	const EVP_MD *md = EVP_get_digestbynid(nid);
	if (digest == NULL || digest->type != V_ASN1_OCTET_STRING || md == NULL)
		return;
	pe_sign_put_hex(s, &v[PE_COUNTERSIGNATURE_DIGEST], digest->value.octet_string->data,
			(size_t)digest->value.octet_string->length);
	value_int(&v[PE_COUNTERSIGNATURE_VERIFIED],
		  digest->value.octet_string->length != 0 && attributes_hold(si, signer, md) &&
			  digest_is(md, signature->data, (size_t)signature->length,
				    digest->value.octet_string));
}

void pe_sign_put_pkcs9(struct signing *s, struct value *list, const ASN1_TYPE *der,
		       STACK_OF(X509) * certs, const ASN1_OCTET_STRING *signature)
{
	const uint8_t *at = der->value.sequence->data;
	PKCS7_SIGNER_INFO *si = d2i_PKCS7_SIGNER_INFO(NULL, &at, der->value.sequence->length);
	struct value *v = add(s, list);

	if (si != NULL && v != NULL)
		put_signer_info(s, v, si, certs, signature);
	PKCS7_SIGNER_INFO_free(si);
}

static const char PKCS9_COUNTERSIGNATURE[] = "1.2.840.113549.1.9.6";

/* Is it good for that signature?  *witness is whose it is. */
static bool counter_holds(PKCS7_SIGNER_INFO *si, STACK_OF(X509) * certs,
			  const ASN1_OCTET_STRING *signature, X509 **witness, int64_t *at)
{
	const ASN1_TYPE *time = PKCS7_get_signed_attribute(si, NID_pkcs9_signingTime);
	const ASN1_TYPE *digest = PKCS7_get_signed_attribute(si, NID_pkcs9_messageDigest);
	const EVP_MD *md = EVP_get_digestbynid(OBJ_obj2nid(si->digest_alg->algorithm));

	*witness = X509_find_by_issuer_and_serial(certs, si->issuer_and_serial->issuer,
						  si->issuer_and_serial->serial);
	if (*witness == NULL || md == NULL || digest == NULL || time == NULL ||
	    digest->type != V_ASN1_OCTET_STRING ||
	    (time->type != V_ASN1_UTCTIME && time->type != V_ASN1_GENERALIZEDTIME))
		return false;
	*at = pe_sign_time(time->value.utctime);
	return attributes_hold(si, *witness, md) &&
	       digest_is(md, signature->data, (size_t)signature->length,
			 digest->value.octet_string);
}

enum pe_countersigned pe_sign_countersigner(const PKCS7_SIGNER_INFO *si, STACK_OF(X509) * certs,
					    X509 **witness, int64_t *at)
{
	X509_ATTRIBUTE *a = pe_sign_attribute(si->unauth_attr, PKCS9_COUNTERSIGNATURE);
	const ASN1_TYPE *t = pe_sign_attribute_value(a, 0);

	if (a == NULL)
		return PE_NOT_COUNTERSIGNED;
	if (t == NULL)
		return PE_BADLY_COUNTERSIGNED;
	const uint8_t *der = t->value.sequence->data;
	PKCS7_SIGNER_INFO *counter = d2i_PKCS7_SIGNER_INFO(NULL, &der, t->value.sequence->length);
	bool good = counter != NULL && counter_holds(counter, certs, si->enc_digest, witness, at);
	PKCS7_SIGNER_INFO_free(counter);
	return good ? PE_COUNTERSIGNED : PE_BADLY_COUNTERSIGNED;
}

/* ---- time stamps: PKCS #7, or CMS where that does not parse */

struct token {
	PKCS7 *p7;
	CMS_ContentInfo *cms;
	STACK_OF(X509) * certs; /* of cms: ours */
	TS_TST_INFO *info;
	X509 *signer; /* one of the certificates */
};

static STACK_OF(X509) * token_certs(const struct token *t)
{
	return t->p7 != NULL ? t->p7->d.sign->cert : t->certs;
}

static void find_cms_signer(struct token *t)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(t->cms);

	t->certs = CMS_get1_certs(t->cms);
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers) && t->signer == NULL; i++)
		for (int k = 0; k < sk_X509_num(t->certs) && t->signer == NULL; k++)
			if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(signers, i),
						    sk_X509_value(t->certs, k)) == 0)
				t->signer = sk_X509_value(t->certs, k);
}

static void open_cms(struct token *t, const ASN1_STRING *der)
{
	const uint8_t *at = der->data;

	t->cms = d2i_CMS_ContentInfo(NULL, &at, der->length);
	if (t->cms == NULL || OBJ_obj2nid(CMS_get0_type(t->cms)) != NID_pkcs7_signed)
		return;
	ASN1_OCTET_STRING **content = CMS_get0_content(t->cms);
	const ASN1_OBJECT *type = CMS_get0_eContentType(t->cms);
	if (type == NULL || OBJ_obj2nid(type) != NID_id_smime_ct_TSTInfo || content == NULL ||
	    *content == NULL)
		return;
	at = (*content)->data;
	t->info = d2i_TS_TST_INFO(NULL, &at, (*content)->length);
	find_cms_signer(t);
}

static void open_token(struct token *t, const ASN1_STRING *der)
{
	const uint8_t *at = der->data;

	t->p7 = d2i_PKCS7(NULL, &at, der->length);
	if (t->p7 == NULL) {
		open_cms(t, der);
		return;
	}
	if (!PKCS7_type_is_signed(t->p7) || t->p7->d.sign == NULL) {
		PKCS7_free(t->p7);
		t->p7 = NULL;
		return;
	}
	t->info = PKCS7_to_TS_TST_INFO(t->p7);
	STACK_OF(X509) *signers = PKCS7_get0_signers(t->p7, t->p7->d.sign->cert, 0);
	t->signer = sk_X509_value(signers, 0);
	sk_X509_free(signers);
}

static void close_token(struct token *t)
{
	TS_TST_INFO_free(t->info);
	PKCS7_free(t->p7);
	sk_X509_pop_free(t->certs, X509_free);
	CMS_ContentInfo_free(t->cms);
}

/* Is the token's own signature good under the certificate that it brings along? */
static bool token_holds(const struct token *t)
{
	BIO *bio = t->p7 != NULL ? PKCS7_dataInit(t->p7, NULL) : CMS_dataInit(t->cms, NULL);
	uint8_t rest[4096];
	bool holds = false;

	if (bio == NULL)
		return false;
	while (BIO_read(bio, rest, sizeof rest) > 0)
		continue; /* it is digested on the way */
	if (t->p7 != NULL) {
		PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(t->p7), 0);
		holds = si != NULL && PKCS7_signatureVerify(bio, t->p7, si, t->signer) == 1;
	} else {
		CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(t->cms), 0);
		CMS_SignerInfo_set1_signer_cert(si, t->signer);
		holds = CMS_SignerInfo_verify(si) == 1 &&
			CMS_SignerInfo_verify_content(si, bio) == 1;
	}
	BIO_free_all(bio);
	return holds;
}

static void put_stamp(struct signing *s, struct value *v, const struct token *t,
		      const ASN1_OCTET_STRING *signature)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(t->info);

	pe_sign_put_chain(s, &v[PE_COUNTERSIGNATURE_CHAIN], &v[PE_COUNTERSIGNATURE_LENGTH_OF_CHAIN],
			  t->signer, token_certs(t));
	if (imprint == NULL)
		return;
	int nid = OBJ_obj2nid(TS_MSG_IMPRINT_get_algo(imprint)->algorithm);
	const ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(imprint);
	const EVP_MD *md = EVP_get_digestbynid(nid);
	pe_sign_put_text(s, &v[PE_COUNTERSIGNATURE_DIGEST_ALG], OBJ_nid2ln(nid));
	pe_sign_put_hex(s, &v[PE_COUNTERSIGNATURE_DIGEST], digest->data, (size_t)digest->length);
	value_int(&v[PE_COUNTERSIGNATURE_VERIFIED],
		  md != NULL && TS_TST_INFO_get_version(t->info) == 1 &&
			  digest_is(md, signature->data, (size_t)signature->length, digest) &&
			  token_holds(t));
}

void pe_sign_put_stamp(struct signing *s, struct value *list, const ASN1_TYPE *der,
		       struct value *certificates, const ASN1_OCTET_STRING *signature)
{
	struct value *v = add(s, list);
	struct token t = { 0 };

	if (v != NULL)
		open_token(&t, der->value.sequence);
	if (t.info != NULL && TS_TST_INFO_get_time(t.info) != NULL) {
		value_int(&v[PE_COUNTERSIGNATURE_SIGN_TIME],
			  pe_sign_time(TS_TST_INFO_get_time(t.info)));
		if (t.signer != NULL) {
			put_stamp(s, v, &t, signature);
			pe_sign_put_certificates(s, certificates, token_certs(&t));
		}
	}
	close_token(&t);
}
