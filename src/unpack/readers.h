/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_READERS_H
#define PEL_UNPACK_READERS_H

/* Every reader's two functions, for the table in readers.c.  What a reader reads, and what it does
 * not, stands at the head of its file and in docs/coverage.md. */

#include "unpack/unpack.h"

/* ---- gzip.c */
bool gzip_known(const struct unpack_look *look);
bool gzip_read(struct span object, struct unpack *u, struct error *e);

#endif
