/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PDF_LEX_H
#define PEL_UNPACK_PDF_LEX_H

/*
 * The text of PDF objects (ISO 32000-1, 7.2 and 7.3), lazily: a value is the span of its source,
 * and is looked into when somebody asks.  So an object costs nothing but its place, and nothing
 * recurses.
 *
 * Each byte that is looked at takes one step of a budget that the whole document shares: unclosed
 * strings and nested dictionaries, over which a reader may be led again and again, end there.
 */

#include "base/cursor.h"

enum { PDF_NAME_MAX = 127 /* bytes of a name (ISO 32000-1 annex C) */ };

enum pdf_kind {
	PDF_END, /* also when steps are spent */
	PDF_NUMBER,
	PDF_STRING, /* (...) */
	PDF_HEX,    /* <...> */
	PDF_NAME,
	PDF_WORD, /* obj, R, true, stream ... */
	PDF_ARRAY,
	PDF_ARRAY_END,
	PDF_DICT,
	PDF_DICT_END,
};

struct pdf_token {
	enum pdf_kind kind;
	struct span text; /* without its delimiters: what stands between ( and ), after / ... */
	int64_t number;   /* of PDF_NUMBER, cut to a whole one */
	size_t at;        /* where it begins */
};

struct pdf_lex {
	struct span s;
	size_t at;
	uint64_t *steps; /* bytes that may yet be looked at */
};

/* The next token; comments and blanks are passed over. */
struct pdf_token pdf_next(struct pdf_lex *l);

/* Passes over one value (a reference "12 0 R" too), however deep it is, and gives its source. Empty
 * at the end, at the end of an array or dictionary, and at the words endobj and obj, none of which
 * is passed. */
struct span pdf_value(struct pdf_lex *l);

/* The value of a key in the dictionary whose source, with << and >>, is `dict`; empty where it is
 * not there. */
struct span pdf_get(struct span dict, const char *key, uint64_t *steps);

/* The last one, where the key stands more than once. */
struct span pdf_get_last(struct span dict, const char *key, uint64_t *steps);

/* The first token of a value. */
struct pdf_token pdf_first(struct span value, uint64_t *steps);

/* A name with its "#XX" decoded (7.3.5), cut to fit; returns its length. */
size_t pdf_name_text(struct span name, char out[PDF_NAME_MAX + 1]);

/* `name` is `what`, its "#XX" decoded. */
bool pdf_name_is(struct span name, const char *what);

/* The bytes of a string token (7.3.4), at most t.text.n of them, to `out`; returns how many. */
size_t pdf_string_bytes(struct pdf_token t, uint8_t *out);

#endif
