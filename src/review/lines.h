/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_LINES_H
#define PEL_REVIEW_LINES_H

/* The small text formats of a Unix system: lines, fields, `Key: value` and `key=value`. */

#include "base/cursor.h"

/* The next line of *rest without its end; false where there is none. */
bool lines_next(struct span *rest, struct span *line);
/* Without blanks and tabs (and a carriage return) at both ends. */
struct span lines_trim(struct span s);
/* Splits at the first `at`; false where there is none. */
bool lines_split(struct span s, char at, struct span *before, struct span *after);
/* The next word of *rest, where words are parted by blanks and tabs; false where there is none. */
bool lines_word(struct span *rest, struct span *word);
bool lines_starts(struct span s, const char *with);
bool lines_ends(struct span s, const char *with);
/* What follows the last '/'. */
struct span lines_base(struct span path);
/* A decimal number that is the whole span; false where it is none or over 2^63. */
bool lines_number(struct span s, uint64_t *out);

#endif
