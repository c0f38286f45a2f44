/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_XLM_FORMULA_H
#define PEL_UNPACK_XLM_FORMULA_H

/* Formulas of Excel's binary files as text ([MS-XLS] 2.5.198: tokens in postfix order). */

#include "base/cursor.h"

enum {
	XLM_TEXT_MAX = 16384, /* bytes of a formula's text; Excel allows 8192 characters */
	XLM_OPERANDS_MAX = 512,
	XLM_NAMES_MAX = 2048, /* defined names that formulas can refer to */
};

struct xlm_workbook {
	bool biff8;                      /* strings and references as from Excel 97 on */
	bool biff12;                     /* and as in an xlsb ([MS-XLSB] 2.5.97) */
	struct span name[XLM_NAMES_MAX]; /* of defined names, as they stand: bytes, */
	bool wide[XLM_NAMES_MAX];        /* or UTF-16LE */
	size_t n_names;
};

struct xlm_text {
	char p[XLM_TEXT_MAX];
	size_t n;
	uint64_t moved; /* bytes that were moved: what it cost */
};

/* Writes "=EXEC(...)" for the tokens of a formula.  A token that is not known ends it with "...".
 */
void xlm_formula(const struct xlm_workbook *w, struct span tokens, struct xlm_text *out);

/* "AB12" for a cell, both counted from 0; returns its length. */
size_t xlm_cell(unsigned row, unsigned column, char out[16]);

/* Adds text; what does not fit is left out. */
void xlm_add(struct xlm_text *t, struct span s);
/* The same for UTF-16LE. */
void xlm_add_wide(struct xlm_text *t, struct span s);

/* The name of a function or (bit 15) command, and how many arguments it takes where that is fixed,
 * else 0. Empty where none has the number.  Static. */
struct span xlm_function_name(unsigned number, unsigned *n_arguments);

#endif
