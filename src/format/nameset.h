/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_NAMESET_H
#define PEL_FORMAT_NAMESET_H

/*
 * Names (of symbols, of libraries) put into one canonical text: lower case, sorted, joined by
 * commas.  Digests of such texts tell programs of one family: import hashes, telfhash.
 */

#include "format/module.h"

enum { NAMESET_MAX_TEXT = 16 << 20 /* bytes of the whole text */ };

struct nameset {
	struct call *call;
	struct span *name;
	size_t n, max;
	size_t text; /* bytes of all names */
};

/* Room for max names in the call's arena.  False where memory is spent. */
NODISCARD bool nameset_init(struct nameset *s, struct call *c, size_t max);

/* A lower-case copy of the name, one step for each byte.  False where memory, steps, room or
 * NAMESET_MAX_TEXT are spent; of the call's steps none is left where it was these or the text. */
NODISCARD bool nameset_add(struct nameset *s, struct span name);

/* Sorts by bytes and joins; `once` keeps one of equal names.  An empty span where memory is spent.
 */
struct span nameset_text(struct nameset *s, bool once);

/* The MD5 of that text in lower-case hexadecimal.  False where there is no name. */
bool nameset_md5(struct nameset *s, bool once, struct value *out);

/* Without blanks at both ends. */
struct span nameset_trim(struct span s);

#endif
