/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_STRICT_H
#define PEL_TRUST_STRICT_H

/*
 * The spellings that the kernel accepts.  A value has one spelling: what would decode to the same
 * value and looks otherwise is refused, so that evidence can be compared byte by byte.
 *
 * Base64 is RFC 4648 section 4 with padding and without anything else; unused bits are zero.
 * Decimals have no sign and no leading zero and end at 2^63 - 1.  Hexadecimals are lower-case.
 */

#include "base/cursor.h"

#define STRICT_MAX_DECIMAL ((UINT64_C(1) << 63) - 1)

enum {
	STRICT_MAX_LINE = 4096,   /* bytes, with the newline */
	STRICT_DECIMAL_SIZE = 20, /* the longest decimal, with a NUL */
};

/* Bytes of the base64 of n bytes, without a NUL. */
#define STRICT_BASE64_SIZE(n) (((n) + 2) / 3 * 4)

NODISCARD bool strict_decimal(struct span s, uint64_t *out);

/* Decodes into `to`, which has room for `room` bytes; *n is what came.  False where it is no such
 * base64 or does not fit. */
NODISCARD bool strict_base64(struct span s, uint8_t *to, size_t room, size_t *n);

/* Exactly 32 bytes, as base64 (44 characters) or hexadecimal (64). */
NODISCARD bool strict_base64_hash(struct span s, uint8_t out[32]);
NODISCARD bool strict_hex_hash(struct span s, uint8_t out[32]);

/* Writes the base64 of s with a NUL; `to` has room for STRICT_BASE64_SIZE(s.n) + 1. */
void strict_base64_write(struct span s, char *to);

/* Well-formed UTF-8 with no control character beneath 0x20 but the newline (signed-note). */
NODISCARD bool strict_text(struct span s);

/* The next word of a line: up to a space, which is taken too, or the end.  Empty where there is
 * none, and where two spaces meet or one ends the line: no word of ours is empty. */
struct span strict_word(struct cursor *line);

/* The rest of `line` after `prefix`; false, with *rest untouched, where it begins otherwise. */
NODISCARD bool strict_after(struct span line, const char *prefix, struct span *rest);

/* Letters, digits, and the characters of `more`; at least one and at most `max`. */
NODISCARD bool strict_name(struct span s, const char *more, size_t max);

#endif
