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

/* Does the first member that has bytes come out whole?  What tells a wrong password from the right
 * one, where a format has nothing better.  `n` bytes are read at most. */
NODISCARD bool archive_opens(struct unpack *u, struct span archive, const char *format, uint64_t n);

#endif
