/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_TLSH_H
#define PEL_FORMAT_TLSH_H

#include "base/compiler.h"
#include "base/cursor.h"

enum { TLSH_TEXT_SIZE = 72, /* "T1" and 70 digits */ TLSH_MIN_SIZE = 50 /* bytes of input */ };

/*
 * The TLSH of s (J. Oliver, C. Cheng, Y. Chen: "TLSH, A Locality Sensitive Hash", 2013; version 4:
 * 128 buckets, one byte of checksum) in upper-case hexadecimal with a NUL; `text` has room for
 * TLSH_TEXT_SIZE + 1.  False where s is too short or too uniform to have one.
 */
NODISCARD bool tlsh_of(struct span s, char *text);

#endif
