/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_TEXT_H
#define PEL_BASE_TEXT_H

/* Hostile bytes made fit to be shown to a person. */

#include "base/buf.h"

/*
 * Appends a file name or other hostile text for a terminal: well-formed UTF-8 (RFC 3629) stays, but
 * control characters (C0, DEL, C1), bidirectional overrides, and bytes that are no UTF-8 are
 * written \xHH, and a backslash is doubled.  What comes out holds no control character.
 */
void text_escape(struct buf *b, struct span s);

/* The same with backslashes as they are: for source text, whose columns are counted and whose
 * escapes are its own. */
void text_show(struct buf *b, struct span s);

/*
 * Appends a name as it is where it has no more than TEXT_SHOWN bytes, else its first TEXT_HEAD and
 * its last TEXT_TAIL, by whole characters, with "[... N bytes ...]" in place of the N that lie
 * between.  To be escaped after that.
 */
enum { TEXT_SHOWN = 256, TEXT_HEAD = 160, TEXT_TAIL = 64 };
void text_shorten(struct buf *b, struct span s);

/* No control character but the ends of lines: a writer of JSON escapes them, a worker that was
 * taken over need not. */
bool text_is_plain(struct span s);

/* The length in bytes (1 to 4) of the well-formed UTF-8 character that s begins with; 0 where there
 * is none.  *code receives the character. */
size_t text_utf8(struct span s, uint32_t *code);

/* What a digit of base64 (RFC 4648, section 4) stands for; -1: it is none. */
int text_base64_digit(uint8_t c);

/* ASCII only, whatever the locale says. */
static inline uint8_t text_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }
static inline bool text_is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What a hexadecimal digit of either case stands for; -1: it is none. */
static inline int text_hex_digit(int c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

#endif
