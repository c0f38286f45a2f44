/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_CLAMAV_CVD_SIGN_H
#define PEL_RULES_CLAMAV_CVD_SIGN_H

/*
 * The signatures of ClamAV 1.5, which lie beside a container in NAME-VERSION.cvd.sign: a line
 * "#clamsign-1.0", then one signature a line, MIN:MAX:pkcs7-pem:BASE64 (levels of the engine, MAX
 * may be empty; PKCS #7 in DER, detached, over the whole container), blank lines and comments.
 * They are held against certificates that who scans trusts; ClamAV brings its own along
 * (libclamav_rust's codesign.rs, clam-sigutil's digital_sig.rs).
 */

#include "base/buf.h"
#include "base/error.h"

enum {
	CVD_SIGN_LEVEL = 231,       /* of ClamAV 1.5.1, which the lines' bounds are held against */
	CVD_SIGN_MAX_LINES = 16,    /* signatures in a file; ours: each digests the container */
	CVD_SIGN_MAX_CERTS = 256,   /* certificates that are trusted; ours */
	CVD_SIGN_MAX_FILE = 1 << 20 /* bytes of a file of either kind; ours */
};

struct cvd_certs;

/* Certificates that are trusted, none yet; `now` in seconds since 1970 is the time at which they
 * and those that they vouch for must be valid.  Heap.  MEMORY. */
NODISCARD bool cvd_certs_new(int64_t now, struct cvd_certs **out, struct error *e);
void cvd_certs_free(struct cvd_certs *c);

/* Are there any?  Of NULL there are none. */
bool cvd_certs_any(const struct cvd_certs *c);

/* Adds all certificates of a text in PEM; what stands around them is passed over.  DAMAGED where
 * one cannot be read, UNSUPPORTED where two are of one name (which of them would be asked is
 * chance: ClamAV refuses that too), LIMIT. */
NODISCARD bool cvd_certs_add(struct cvd_certs *c, struct span pem, struct error *e);

enum cvd_sign {
	CVD_SIGN_HOLDS,   /* one is good, and one of the certificates vouches for who made it */
	CVD_SIGN_STRANGE, /* none of the certificates vouches for those who signed */
	CVD_SIGN_FALSE, /* the container is not what was signed, or the signature not its maker's */
	CVD_SIGN_NOTHING /* there is none that can be judged: nothing is said against it either */
};

/*
 * Holds all signatures of `sign` against the container, the whole file.  HOLDS where one holds and
 * none is FALSE.  Appends to *said, in words fit to be shown, who signed, or what is wrong.
 * O(container * signatures).
 */
enum cvd_sign cvd_sign_check(struct span container, struct span sign, const struct cvd_certs *c,
			     struct buf *said);

#endif
