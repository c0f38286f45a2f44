/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_WIDE_H
#define PEL_UNPACK_WIDE_H

/* UTF-16, as Windows' formats write names and texts, to UTF-8. */

#include "base/cursor.h"

enum { WIDE_ROOM = 4 }; /* most bytes that one character takes */

/* Writes a character (0 to 0x10ffff) as UTF-8 (RFC 3629); returns its length. */
size_t wide_put(uint32_t code, uint8_t to[WIDE_ROOM]);

/* The UTF-16LE character at the cursor, or the UTF-16BE one; U+FFFD for half a pair. */
uint32_t wide_take(struct cursor *c);
uint32_t wide_take_be(struct cursor *c);

/* UTF-16LE up to a NUL or the end as a C string of at most `size` bytes with its NUL; what does not
 * fit is left out.  Returns its length. */
size_t wide_text(struct span s, char *out, size_t size);

/* The same for text whose bytes stand for themselves. */
size_t wide_narrow(struct span s, char *out, size_t size);

#endif
