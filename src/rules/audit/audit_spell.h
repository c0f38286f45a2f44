/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_SPELL_H
#define PEL_RULES_AUDIT_SPELL_H

/* Text that spells other text.  Each writes what is spelled to *out; false: nothing is. */

#include "rules/audit/audit_text.h"

/* Escapes: \'e9 and \u1089? (RTF), =E9 (mail), %E9 and %u0441 (addresses), &#1089; &#x441; &uuml;
 * (HTML), \xE9 \351 \u0441 (programs, PDF).  What is not escaped stays. */
bool audit_unescape(const struct audit_bytes *b, struct audit_bytes *out);

/* 546f70 or 54 6f 70 or <546F70>: digits that are bytes. */
bool audit_unhex(const struct audit_bytes *b, struct audit_bytes *out);

/* Base64 that was cut `skip` (0 to 3) characters before a group of four begins; of the bytes those
 * that are there in full. */
bool audit_unbase64(const struct audit_bytes *b, unsigned skip, struct audit_bytes *out);

/* The longest run of what looks like one word of base64 or hexadecimal digits.  False where it is
 * what a program calls a function with: then the string is of the program. */
bool audit_longest_run(const struct audit_bytes *b, struct audit_bytes *out);

#endif
