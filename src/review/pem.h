/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_PEM_H
#define PEL_REVIEW_PEM_H

/* Bytes in text between two lines: certificates (RFC 7468) and OpenPGP's armour (RFC 4880, 6.2). */

#include "base/buf.h"

/* Appends the base64 of `text` up to the first '=', decoded; other characters are passed over. What
 * does not fit marks the buffer failed. */
void pem_decode(struct span text, struct buf *out);

/* The next block of *text that begins with the line `begin`, without its two lines; *text goes on
 * behind it.  False where there is none. */
bool pem_next(struct span *text, const char *begin, struct span *body);

/* The next block of any of those labels ("CERTIFICATE" ...); blocks of others are passed over. */
bool pem_next_of(struct span *text, const char *const *labels, size_t n, struct span *body);

/* Of an armour's block what follows its headers, which an empty line ends. */
struct span pem_armour(struct span body);

#endif
