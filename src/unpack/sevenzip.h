/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_SEVENZIP_H
#define PEL_UNPACK_SEVENZIP_H

/*
 * Encrypted 7z archives.  libarchive reads 7z and does not decrypt; so the archive is written anew
 * without its encryption, and that is what it reads.
 */

#include "unpack/unpack.h"

/* Is something in the archive encrypted, its directory or a folder?  Fills `plain` with the same
 * archive where a password fits; empty: none does, which has been noted. */
NODISCARD bool sevenzip_decrypt(struct unpack *u, struct span object, struct buf *plain);

/* ---- archive.c */

/* The members that have bytes and come out whole, and those that do not, of the first `most`, in
 * the first `n` of their bytes.  What tells a wrong password from the right one, where a format has
 * nothing better. */
struct archive_trial {
	uint64_t whole, broken;
};
struct archive_trial archive_try(struct unpack *u, struct span archive, const char *format,
				 uint64_t n, uint64_t most);

/* The same of the first alone: is it not broken? */
NODISCARD bool archive_opens(struct unpack *u, struct span archive, const char *format, uint64_t n);

#endif
