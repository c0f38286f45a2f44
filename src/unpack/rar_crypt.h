/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_RAR_CRYPT_H
#define PEL_UNPACK_RAR_CRYPT_H

/*
 * Encrypted RAR archives.  libarchive reads RAR and does not decrypt; so the archive is written
 * anew without its encryption, block by block, and that is what it reads.
 */

#include "unpack/unpack.h"

enum {
	RAR_MAX_PLAIN = 256 << 20, /* bytes of an archive that are written anew */
	RAR_TRIED = 16 << 20,      /* bytes of a member by which a password is told */
};

/* Is something in the archive encrypted?  Fills `plain` with the same archive where a password
 * fits; empty: the directory is encrypted and none fits, which has been noted.  False: nothing is,
 * or members are that no password fits, which libarchive tells. */
NODISCARD bool rar5_decrypt(struct unpack *u, struct span object, struct buf *plain); /* 5 */
NODISCARD bool rar3_decrypt(struct unpack *u, struct span object, struct buf *plain); /* 3 and 4 */

#endif
