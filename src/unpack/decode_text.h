/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_DECODE_TEXT_H
#define PEL_UNPACK_DECODE_TEXT_H

/*
 * Bytes that were written as text: base64, quoted-printable, uuencode, yEnc, hexadecimal.
 *
 * They are read as mail programs and browsers read them, not as the standards ask: what belongs to
 * no alphabet is skipped, padding ends a group and not the text, a group that is cut off gives what
 * it has. A decoder takes bytes off the front of *in and fills `out`; it is called until *in is
 * empty.  Its state starts as zeros.
 */

#include "base/cursor.h"

enum { DECODE_MIN_ROOM = 4 }; /* least `room` with which each decoder gets on */

struct decode_state {
	uint32_t bits;   /* what was read and not written */
	unsigned n_bits; /* how many of them */
	bool escaped;    /* yEnc: the last byte was the escape */
};

/* One decoder: writes at most `room` (DECODE_MIN_ROOM or more) bytes, returns how many. */
typedef size_t decode_text(struct decode_state *d, struct span *in, uint8_t *out, size_t room);

/* RFC 4648 4: what is not in the alphabet is skipped, as RFC 2045 6.8 asks. */
decode_text decode_base64;
/* RFC 2045 6.7: "=XX", a soft break with or without blanks before it; another "=" stands for
 * itself. */
decode_text decode_quoted;
/* Lines of uuencode (POSIX.1-2017, uuencode), from the one after "begin"; *in becomes empty at
 * "end". */
decode_text decode_uu;
/* yEnc 1.3: lines after "=ybegin" and "=ypart", up to "=yend", which the caller finds. */
decode_text decode_yenc;
/* Pairs of hexadecimal digits; what is none is skipped. */
decode_text decode_hex;
/* "%XX" (RFC 3986 2.1); all else stands for itself. */
decode_text decode_percent;
/* base64 of which some is written like that: "%2B". */
decode_text decode_base64_percent;

/* Takes one line off the front of *in: the span without its line break (LF, or CR LF). */
struct span decode_line(struct span *in);

/* s without blanks, tabs, CR and LF at both ends. */
struct span decode_trim(struct span s);

/* Where `what` first stands in s, letters of both cases being equal; s.n where it does not. */
size_t decode_find(struct span s, const char *what);

/* s begins with `what`, letters of both cases being equal. */
bool decode_starts(struct span s, const char *what);

#endif
