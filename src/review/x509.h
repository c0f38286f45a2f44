/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_X509_H
#define PEL_REVIEW_X509_H

/* What a review says of a certificate, read by our own cursor (RFC 5280, 4.1; X.690). */

#include "base/error.h"
#include "policy/fact.h"

struct x509 {
	struct span name; /* of the subject: its common name, else unit, else organisation */
	struct span organisation;
	struct span public_key; /* SubjectPublicKeyInfo, whole */
	char not_after[11];     /* YYYY-MM-DD; "" where it is none */
	bool self_signed;       /* subject and issuer are the same */
};

/* Reads one certificate in DER; names are as they stand there, of whatever string type.  The spans
 * lie in `der`. */
NODISCARD bool x509_read(struct span der, struct x509 *out, struct error *e);

/* The length of the DER object that begins `s`, with its head; 0 where there is none whole. */
size_t x509_size(struct span s);

/* A whole fact of FACT_CERTIFICATE: names, SHA-256 of the certificate and, as `id`, of its public
 * key, end of validity.  `owner` is FACT_OWNED_BY's, "" for none.  False, and nothing is written,
 * where it is none. */
bool x509_put(struct fact_writer *w, struct span der, const char *type, const char *location,
	      const char *owner);

#endif
