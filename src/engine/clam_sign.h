/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_CLAM_SIGN_H
#define PEL_ENGINE_CLAM_SIGN_H

/*
 * ClamAV's .crb files: certificates by which a signed PE image is passed over, or reported.
 *
 * An entry is what stands in the file from its third field on:
 * SubjectSHA1;SerialSHA1;PubKey;Exponent;CodeSign;TimeSign;CertSign, the digests over DER's
 * contents, the key's modulus in hexadecimal digits, the exponent 65537 whatever it says.
 * As in clamscan 1.4, a signature counts where it is the last thing in the file.
 */

#include "base/arena.h"
#include "base/cursor.h"

/* What is known of the certificates that an image brings along. */
struct clam_signed {
	bool known; /* the rest is that of the object at hand */
	/* a certificate, as entries name it */
	struct clam_signer {
		uint8_t subject[20], serial[20]; /* SHA-1 */
		struct span modulus; /* big-endian, without zeros before it; 1024 bytes at most */
	} const *signer;
	size_t n_signers;
};

/* Reads them, once: they are kept in the arena until `known` is cleared.  False where that is
 * spent. */
NODISCARD bool clam_sign_read(struct span image, struct arena *a, struct clam_signed *s);

/* Is a certificate of the image the one that the entry names?  An entry without a serial number
 * names all of that subject and key. */
bool clam_sign_names(const struct clam_signed *s, struct span entry);

/*
 * Is the image signed, unchanged, by a certificate that goes back to one of the entries, one a
 * line?  Certificates must be for what they are used for; the signer's must be valid at `now`
 * (seconds since 1970), or at the time of a countersignature that goes back to an entry too.  False
 * too where the arena has no room, which it says.
 */
bool clam_sign_trusts(struct span image, struct span entries, int64_t now, struct arena *a);

#endif
