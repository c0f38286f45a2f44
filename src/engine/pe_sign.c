/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pe_sign.h"
#include "engine/pe_sign_part.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <string.h>

/*
 * The certificate table of a PE image: a PKCS #7 signature over a digest of the file, which may
 * hold further signatures and countersignatures among its attributes that are not signed.  What
 * counts, and in which order, is YARA's choice.  Made when it is first asked for.
 */

enum {
	TABLE_HEADER = 8,
	PKCS_SIGNED_DATA = 2,
	DER_SEQUENCE = 0x30,
	DER_OCTETS = 0x04,
	DER_OID = 0x06
};

static const char INDIRECT_DATA[] = "1.3.6.1.4.1.311.2.1.4";
static const char OPUS_INFO[] = "1.3.6.1.4.1.311.2.1.12";
static const char NESTED_SIGNATURE[] = "1.3.6.1.4.1.311.2.4.1";
static const char TIME_STAMP[] = "1.3.6.1.4.1.311.3.3.1";
static const char PKCS9_COUNTERSIGNATURE[] = "1.2.840.113549.1.9.6";

/* Whether a signature is good; the first thing that is wrong with it. */
enum outcome { GOOD, BAD, UNLISTED /* YARA does not show it at all */ };

struct digest {
	int nid;
	unsigned n;
	uint8_t bytes[EVP_MAX_MD_SIZE];
};

struct image {
	struct signing s;
	struct pe_sign_place place;
	bool made, is_signed;
	struct digest digest[PE_SIGN_MAX_DIGESTS];
	unsigned n_digests;
	struct value signatures;
};

/* ---- DER, as far as OpenSSL has no reader for it (X.690) */

/* The next element; *whole is all of it, *body its contents.  False at the end or where it is
 * broken. */
static bool der_next(struct cursor *c, uint8_t *tag, struct span *whole, struct span *body)
{
	struct cursor start = *c;

	*tag = cursor_u8(c);
	uint64_t n = cursor_u8(c);
	if (n > 0x80 && n <= 0x84) {
		unsigned n_bytes = (unsigned)n & 0x7f;
		for (n = 0; n_bytes > 0; n_bytes--)
			n = n << 8 | cursor_u8(c);
	} else if (n >= 0x80) {
		return false;
	}
	*body = cursor_take(c, n);
	if (!cursor_ok(c))
		return false;
	*whole = cursor_take(&start, c->at - start.at);
	return true;
}

static bool der_expect(struct cursor *c, uint8_t tag, struct span *whole, struct span *body)
{
	uint8_t found;

	return der_next(c, &found, whole, body) && found == tag;
}

/* SpcIndirectDataContent: data of some kind, then the algorithm and the digest of the file. */
static bool read_content(const ASN1_STRING *der, int *nid, struct span *digest)
{
	struct span whole, body, algorithm;
	struct cursor c = cursor_of((struct span){ der->data, (size_t)der->length });

	if (!der_expect(&c, DER_SEQUENCE, &whole, &body))
		return false;
	c = cursor_of(body);
	if (!der_expect(&c, DER_SEQUENCE, &whole, &body) ||
	    !der_expect(&c, DER_SEQUENCE, &whole, &body))
		return false;
	c = cursor_of(body);
	if (!der_expect(&c, DER_SEQUENCE, &whole, &algorithm) ||
	    !der_expect(&c, DER_OCTETS, &whole, digest))
		return false;
	c = cursor_of(algorithm);
	if (!der_expect(&c, DER_OID, &whole, &body))
		return false;
	const uint8_t *at = whole.p;
	ASN1_OBJECT *oid = d2i_ASN1_OBJECT(NULL, &at, (long)whole.n);
	*nid = OBJ_obj2nid(oid);
	ASN1_OBJECT_free(oid);
	return true;
}

/* SpcSpOpusInfo: [0] { [0] or [1] text }, ... */
static void put_program_name(struct signing *s, struct value *v, const ASN1_STRING *der)
{
	struct span whole, body;
	struct cursor c = cursor_of((struct span){ der->data, (size_t)der->length });
	uint8_t tag, *utf8 = NULL;

	if (!der_expect(&c, DER_SEQUENCE, &whole, &body))
		return;
	c = cursor_of(body);
	if (!der_expect(&c, 0xa0, &whole, &body))
		return;
	c = cursor_of(body);
	if (!der_next(&c, &tag, &whole, &body) || (tag != 0x80 && tag != 0x81) ||
	    body.n > INT32_MAX)
		return;
	ASN1_STRING *text = ASN1_STRING_type_new(tag == 0x80 ? V_ASN1_BMPSTRING : V_ASN1_IA5STRING);
	if (text != NULL && ASN1_STRING_set(text, body.p, (int)body.n) == 1) {
		int n = ASN1_STRING_to_UTF8(&utf8, text);
		if (n >= 0 && n < der->length) {
			const char *copy = arena_text(s->arena, utf8, (size_t)n);
			s->spent = s->spent || copy == NULL;
			if (copy != NULL)
				value_string(v, span_of(copy));
		}
	}
	OPENSSL_free(utf8);
	ASN1_STRING_free(text);
}

/* ---- attributes */

static bool oid_is(const ASN1_OBJECT *o, const char *dotted)
{
	char text[64];

	return OBJ_obj2txt(text, sizeof text, o, 1) > 0 && strcmp(text, dotted) == 0;
}

X509_ATTRIBUTE *pe_sign_attribute(const STACK_OF(X509_ATTRIBUTE) * attributes, const char *dotted)
{
	for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
		X509_ATTRIBUTE *a = sk_X509_ATTRIBUTE_value(attributes, i);
		if (oid_is(X509_ATTRIBUTE_get0_object(a), dotted))
			return a;
	}
	return NULL;
}

const ASN1_TYPE *pe_sign_attribute_value(X509_ATTRIBUTE *a, int i)
{
	const ASN1_TYPE *t =
		a != NULL && i < PE_SIGN_MAX_NESTED ? X509_ATTRIBUTE_get0_type(a, i) : NULL;

	return t != NULL && t->type == V_ASN1_SEQUENCE ? t : NULL;
}

/* ---- the file's digest */

bool pe_sign_digest(struct span file, const struct pe_sign_place *place, int nid, uint8_t *out,
		    unsigned *n)
{
	uint64_t checksum = place->header_at + 0x58,
		 entry = place->header_at + 0x98 + (place->wide ? 16 : 0);
	const EVP_MD *md = EVP_get_digestbynid(nid);

	if (md == NULL || place->table_at > file.n || entry + 8 > place->table_at)
		return false;
	const uint8_t *p = file.p;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
		  EVP_DigestUpdate(ctx, p, checksum) == 1 &&
		  EVP_DigestUpdate(ctx, p + checksum + 4, entry - checksum - 4) == 1 &&
		  EVP_DigestUpdate(ctx, p + entry + 8, place->table_at - entry - 8) == 1 &&
		  EVP_DigestFinal_ex(ctx, out, n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static const struct digest *file_digest(struct image *m, int nid)
{
	for (unsigned i = 0; i < m->n_digests; i++)
		if (m->digest[i].nid == nid)
			return &m->digest[i];
	if (m->n_digests == PE_SIGN_MAX_DIGESTS)
		return NULL;
	struct digest *d = &m->digest[m->n_digests];
	if (!pe_sign_digest(m->s.file, &m->place, nid, d->bytes, &d->n))
		return NULL;
	d->nid = nid;
	m->n_digests++;
	return d;
}

static bool content_of(const PKCS7 *p7, int *nid, struct span *digest)
{
	const PKCS7 *content = p7->d.sign->contents;

	return content != NULL && oid_is(content->type, INDIRECT_DATA) &&
	       content->d.other != NULL && content->d.other->type == V_ASN1_SEQUENCE &&
	       read_content(content->d.other->value.sequence, nid, digest);
}

bool pe_sign_covers(struct span file, const struct pe_sign_place *place, const PKCS7 *p7)
{
	uint8_t own[EVP_MAX_MD_SIZE];
	struct span digest;
	unsigned n;
	int nid;

	return content_of(p7, &nid, &digest) && pe_sign_digest(file, place, nid, own, &n) &&
	       span_equal(digest, (struct span){ own, n });
}

/* ---- one signature */

bool pe_sign_holds(PKCS7 *p7, PKCS7_SIGNER_INFO *si, X509 *signer)
{
	const ASN1_STRING *der = p7->d.sign->contents->d.other->value.sequence;
	struct span signed_bytes = { der->data, (size_t)der->length }, whole, body;
	struct cursor c = cursor_of(signed_bytes);
	uint64_t version = 0;
	uint8_t tag, rest[4096];

	/* of version 1 the header of the content is not signed */
	if (ASN1_INTEGER_get_uint64(&version, p7->d.sign->version) == 1 && version == 1 &&
	    der_next(&c, &tag, &whole, &body))
		signed_bytes = body;
	BIO *content = BIO_new_mem_buf(signed_bytes.p, (int)signed_bytes.n);
	BIO *bio = content != NULL ? PKCS7_dataInit(p7, content) : NULL;
	if (bio == NULL) {
		BIO_free_all(content);
		return false;
	}
	while (BIO_read(bio, rest, sizeof rest) > 0)
		continue; /* it is digested on the way */
	bool holds = PKCS7_signatureVerify(bio, p7, si, signer) == 1;
	BIO_free_all(bio);
	return holds;
}

/* The signer's part: certificate, chain, digest of the content. */
static enum outcome put_signer(struct image *m, struct value *v, PKCS7 *p7, PKCS7_SIGNER_INFO *si)
{
	STACK_OF(X509) *certs = p7->d.sign->cert, *signers = PKCS7_get0_signers(p7, certs, 0);
	X509 *signer = sk_X509_value(signers, 0);
	struct value *info = v[PE_SIGNATURE_SIGNER_INFO].slots;
	struct value *chain = &info[PE_SIGNER_CHAIN];

	sk_X509_free(signers);
	if (signer == NULL)
		return UNLISTED;
	pe_sign_put_chain(&m->s, chain, &info[PE_SIGNER_LENGTH_OF_CHAIN], signer, certs);
	if (chain->kind == VALUE_ARRAY && chain->list->n > 0)
		memcpy(v, chain->list->item[0].slots, (PE_CERTIFICATE_NOT_AFTER + 1) * sizeof *v);
	const ASN1_TYPE *digest = PKCS7_get_signed_attribute(si, NID_pkcs9_messageDigest);
	if (digest == NULL || digest->type != V_ASN1_OCTET_STRING)
		return BAD;
	pe_sign_put_text(&m->s, &info[PE_SIGNER_DIGEST_ALG],
			 OBJ_nid2ln(OBJ_obj2nid(si->digest_alg->algorithm)));
	pe_sign_put_hex(&m->s, &info[PE_SIGNER_DIGEST], digest->value.octet_string->data,
			(size_t)digest->value.octet_string->length);
	const ASN1_TYPE *opus =
		pe_sign_attribute_value(pe_sign_attribute(si->auth_attr, OPUS_INFO), 0);
	if (opus != NULL)
		put_program_name(&m->s, &info[PE_SIGNER_PROGRAM_NAME], opus->value.sequence);
	return pe_sign_holds(p7, si, signer) ? GOOD : BAD;
}

static void put_countersignatures(struct image *m, struct value *v, const PKCS7 *p7,
				  const PKCS7_SIGNER_INFO *si)
{
	struct value *list = &v[PE_SIGNATURE_COUNTERSIGNATURES];
	X509_ATTRIBUTE *pkcs9 = pe_sign_attribute(si->unauth_attr, PKCS9_COUNTERSIGNATURE);
	X509_ATTRIBUTE *stamps = pe_sign_attribute(si->unauth_attr, TIME_STAMP);
	const ASN1_TYPE *t;

	for (int i = 0; (t = pe_sign_attribute_value(pkcs9, i)) != NULL; i++)
		pe_sign_put_pkcs9(&m->s, list, t, p7->d.sign->cert, si->enc_digest);
	for (int i = 0; (t = pe_sign_attribute_value(stamps, i)) != NULL; i++)
		pe_sign_put_stamp(&m->s, list, t, &v[PE_SIGNATURE_CERTIFICATES], si->enc_digest);
	value_int(&v[PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES], (int64_t)list->list->n);
}

/* Holds the signed digest against the file's own. */
static enum outcome put_digests(struct image *m, struct value *v, int nid, struct span digest,
				enum outcome so_far)
{
	pe_sign_put_text(&m->s, &v[PE_SIGNATURE_DIGEST_ALG], OBJ_nid2ln(nid));
	pe_sign_put_hex(&m->s, &v[PE_SIGNATURE_DIGEST], digest.p, digest.n);
	if (digest.n == 0 || EVP_get_digestbynid(nid) == NULL)
		return so_far == GOOD ? BAD : so_far;
	const struct digest *own = file_digest(m, nid);
	if (own == NULL)
		return so_far == GOOD ? UNLISTED : so_far;
	pe_sign_put_hex(&m->s, &v[PE_SIGNATURE_FILE_DIGEST], own->bytes, own->n);
	return digest.n == own->n && memcmp(digest.p, own->bytes, own->n) == 0 ? so_far : BAD;
}

static bool add_signature(struct image *m, struct value **out)
{
	struct value *v =
		value_grow_slots(&m->signatures, m->s.arena, pe_signature_fields, PE_SIGN_MAX);

	if (v == NULL || !value_make_list(&v[PE_SIGNATURE_CERTIFICATES], m->s.arena, 0) ||
	    !value_make_list(&v[PE_SIGNATURE_COUNTERSIGNATURES], m->s.arena, 0)) {
		m->s.spent = m->s.spent || v != NULL || m->signatures.list->n < PE_SIGN_MAX;
		return false;
	}
	*out = v;
	return true;
}

static void put_p7(struct image *m, PKCS7 *p7, unsigned depth);

static void put_signature(struct image *m, const uint8_t *der, long n, unsigned depth)
{
	PKCS7 *p7 = depth < PE_SIGN_MAX_DEPTH ? d2i_PKCS7(NULL, &der, n) : NULL;

	if (p7 != NULL && PKCS7_type_is_signed(p7) && p7->d.sign != NULL)
		put_p7(m, p7, depth);
	PKCS7_free(p7);
}

static void put_p7(struct image *m, PKCS7 *p7, unsigned depth)
{
	struct span digest = { NULL, 0 };
	PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
	size_t place = m->signatures.list->n;
	enum outcome outcome = BAD;
	struct value *v;
	int nid = NID_undef;

	if (!add_signature(m, &v))
		return;
	pe_sign_put_certificates(&m->s, &v[PE_SIGNATURE_CERTIFICATES], p7->d.sign->cert);
	bool sound = content_of(p7, &nid, &digest);
	if (sound && si == NULL) {
		outcome = put_digests(m, v, nid, digest, UNLISTED);
	} else if (sound) {
		if (value_make_struct(&v[PE_SIGNATURE_SIGNER_INFO], m->s.arena, pe_signer_fields) ==
		    NULL) {
			m->s.spent = true;
			return;
		}
		value_int(&v[PE_SIGNATURE_SIGNER_INFO].slots[PE_SIGNER_LENGTH_OF_CHAIN], 0);
		put_countersignatures(m, v, p7, si);
		outcome = put_digests(m, v, nid, digest, put_signer(m, v, p7, si));
	}
	if (v[PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES].kind == VALUE_UNDEFINED)
		value_int(&v[PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES], 0);
	value_int(&v[PE_SIGNATURE_NUMBER_OF_CERTIFICATES],
		  (int64_t)v[PE_SIGNATURE_CERTIFICATES].list->n);
	value_int(&v[PE_SIGNATURE_VERIFIED], outcome == GOOD);
	m->is_signed = m->is_signed || outcome == GOOD;
	if (outcome == UNLISTED)
		m->signatures.list->n = place;
	X509_ATTRIBUTE *nested =
		sound && si != NULL ? pe_sign_attribute(si->unauth_attr, NESTED_SIGNATURE) : NULL;
	const ASN1_TYPE *t;
	for (int i = 0; (t = pe_sign_attribute_value(nested, i)) != NULL; i++)
		put_signature(m, t->value.sequence->data, t->value.sequence->length, depth + 1);
}

/* ---- the table */

/*
 * Entries of a length, a revision, a type and a signature, each padded to eight bytes.  YARA 4.5
 * reads the first alone; 4.2 and YARA-X read all, and so do we, for there are honest files with
 * two.
 */
static void make(struct image *m)
{
	uint64_t at = m->place.table_at, end = m->place.table_at + m->place.table_n;

	m->made = true;
	if (!value_make_list(&m->signatures, m->s.arena, 0) || m->place.table_at == 0)
		return;
	for (unsigned i = 0; i < PE_SIGN_MAX_NESTED && (i == 0 || at < end); i++) {
		struct cursor c = cursor_of(m->s.file);
		cursor_seek(&c, at);
		uint32_t n = cursor_le32(&c); /* dwLength, with its header */
		cursor_skip(&c, 2);
		uint16_t type = cursor_le16(&c);
		struct span der = cursor_take(&c, n > TABLE_HEADER ? n - TABLE_HEADER : 0);
		if (!cursor_ok(&c) || der.n == 0 || der.n > INT32_MAX ||
		    (i > 0 && type != PKCS_SIGNED_DATA))
			break;
		put_signature(m, der.p, (long)der.n, 0);
		at += ((uint64_t)n + 7) & ~UINT64_C(7);
	}
	ERR_clear_error();
}

static struct image *made(const struct value_later *l)
{
	struct image *m = *(struct image *const *)l->from;

	if (!m->made)
		make(m);
	return m;
}

static void make_signatures(const struct value_later *l, struct value *out)
{
	*out = made(l)->signatures;
}

static void count_signatures(const struct value_later *l, struct value *out)
{
	const struct image *m = made(l);

	value_int(out, m->signatures.kind == VALUE_ARRAY ? (int64_t)m->signatures.list->n : 0);
}

static void tell_signed(const struct value_later *l, struct value *out)
{
	value_int(out, made(l)->is_signed);
}

bool pe_sign_find(struct span file, struct pe_sign_place *out)
{
	struct cursor c = cursor_of(file);

	*out = (struct pe_sign_place){ 0 };
	cursor_seek(&c, 0x3c);
	out->header_at = cursor_le32(&c);
	cursor_seek(&c, out->header_at);
	uint32_t magic = cursor_le32(&c);
	cursor_seek(&c, out->header_at + 0x18);
	out->wide = cursor_le16(&c) == 0x20b;
	cursor_seek(&c, out->header_at + 0x98 + (out->wide ? 16 : 0));
	uint32_t at = cursor_le32(&c), n = cursor_le32(&c);
	if (!cursor_ok(&c) || magic != 0x4550 || at > file.n || n > file.n ||
	    (uint32_t)(at + n) > file.n || n < TABLE_HEADER)
		return false;
	out->table_at = at;
	out->table_n = n;
	return at != 0;
}

bool pe_sign_load(struct module_input *in, struct value *slots, struct error *e)
{
	struct image *m = NULL, **self = NULL;

	if (slots[PE_IS_PE].kind != VALUE_INT || slots[PE_IS_PE].i == 0)
		return true;
	value_int(&slots[PE_NUMBER_OF_SIGNATURES], 0);
	value_int(&slots[PE_IS_SIGNED], 0);
	struct image found = { .s = { .file = in->file, .arena = in->arena } };
	if (!pe_sign_find(in->file, &found.place))
		return true;
	m = arena_copy(in->arena, &found, sizeof found);
	self = arena_copy(in->arena, &m, sizeof m);
	if (m == NULL || self == NULL ||
	    !value_put_off(&slots[PE_SIGNATURES], in->arena, self, make_signatures) ||
	    !value_put_off(&slots[PE_NUMBER_OF_SIGNATURES], in->arena, self, count_signatures) ||
	    !value_put_off(&slots[PE_IS_SIGNED], in->arena, self, tell_signed))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "PE: no memory left");
	return true;
}

bool pe_sign_prepare(void) { return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1; }
