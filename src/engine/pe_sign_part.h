/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_PE_SIGN_PART_H
#define PEL_ENGINE_PE_SIGN_PART_H

/* What the parts of pe_sign share. */

#include "format/pe_table.h"

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

enum {
	PE_SIGN_MAX = 64,               /* signatures, and countersignatures, of a file; ours */
	PE_SIGN_MAX_NESTED = 16,        /* of one attribute, as in YARA */
	PE_SIGN_MAX_DEPTH = 8,          /* of signatures in signatures; ours */
	PE_SIGN_MAX_CERTIFICATES = 512, /* of one list; ours */
	PE_SIGN_MAX_DIGESTS = 8,        /* algorithms that a file is digested by; ours */
};

struct signing {
	struct span file;
	struct arena *arena;
	bool spent; /* the arena is */
	unsigned n_countersignatures;
};

/* A copy in the arena; nothing where p is NULL. */
void pe_sign_put_text(struct signing *s, struct value *v, const char *p);
/* Lower-case hexadecimal; nothing where n is 0. */
void pe_sign_put_hex(struct signing *s, struct value *v, const uint8_t *p, size_t n);
/* Seconds since 1970; of what is no time, YARA's value for that. */
int64_t pe_sign_time(const ASN1_TIME *t);

/* The fields from PE_CERTIFICATE_THUMBPRINT to PE_CERTIFICATE_NOT_AFTER, which signatures have too.
 */
void pe_sign_put_certificate(struct signing *s, struct value *v, X509 *c);
/* Adds all of them to a list of certificates; how many there were may be more than fit. */
void pe_sign_put_certificates(struct signing *s, struct value *list, const STACK_OF(X509) * certs);
/* The chain from the signer up, built from `certs` as far as they reach; and its length. */
void pe_sign_put_chain(struct signing *s, struct value *list, struct value *length, X509 *signer,
		       STACK_OF(X509) * certs);

/* Where an image has its certificate table. */
struct pe_sign_place {
	uint64_t header_at;
	bool wide;         /* PE32+ */
	uint64_t table_at; /* a place in the file, where YARA would look at it; 0: there is none */
	uint32_t table_n;  /* bytes */
};
/* Fills *out; false where the file is no image or has no table. */
bool pe_sign_find(struct span file, struct pe_sign_place *out);
/* The digest that signatures are over: without the checksum, the directory entry, and the table
 * itself; EVP_MAX_MD_SIZE bytes at most. */
bool pe_sign_digest(struct span file, const struct pe_sign_place *place, int nid, uint8_t *out,
		    unsigned *n);
/* Is the content that is signed the digest of the image? */
bool pe_sign_covers(struct span file, const struct pe_sign_place *place, const PKCS7 *p7);
/* Is the signature good under the certificate, for the content that stands beside it? */
bool pe_sign_holds(PKCS7 *p7, PKCS7_SIGNER_INFO *si, X509 *signer);

/* The certificate and the time (seconds since 1970) of the first countersignature of PKCS #9's
 * kind. */
enum pe_countersigned { PE_NOT_COUNTERSIGNED, PE_BADLY_COUNTERSIGNED, PE_COUNTERSIGNED };
enum pe_countersigned pe_sign_countersigner(const PKCS7_SIGNER_INFO *si, STACK_OF(X509) * certs,
					    X509 **witness, int64_t *at);

/* The first attribute of that type; NULL where there is none.  Its value number i, which must be a
 * sequence. */
X509_ATTRIBUTE *pe_sign_attribute(const STACK_OF(X509_ATTRIBUTE) * attributes, const char *dotted);
const ASN1_TYPE *pe_sign_attribute_value(X509_ATTRIBUTE *a, int i);

/* Countersignatures (pe_sign_counter.c): one element of a list of them; `signature` is what it
 * signs. A time stamp's own certificates are added to `certificates`. */
void pe_sign_put_pkcs9(struct signing *s, struct value *list, const ASN1_TYPE *der,
		       STACK_OF(X509) * certs, const ASN1_OCTET_STRING *signature);
void pe_sign_put_stamp(struct signing *s, struct value *list, const ASN1_TYPE *der,
		       struct value *certificates, const ASN1_OCTET_STRING *signature);

#endif
