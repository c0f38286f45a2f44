/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_ARCHIVE_NAMES_H
#define PEL_UNPACK_ARCHIVE_NAMES_H

/*
 * Names of members, for libarchive, which asks iconv(3) about every one.  The C library's
 * iconv opens files to learn of character sets, which a worker may not.  Ours takes its
 * place in every program that holds this room: it turns UTF-16 into UTF-8, not back, and
 * lets all other bytes be, so that a name is what stands in the archive.
 */

#include "base/cursor.h"

struct archive_entry;

/* A member's name; empty where it has none.  Lasts as long as the entry. */
struct span archive_names_of(struct archive_entry *entry);

#endif
