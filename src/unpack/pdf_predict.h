/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PDF_PREDICT_H
#define PEL_UNPACK_PDF_PREDICT_H

/* Predictors (ISO 32000-1, 7.4.4.4): rows of samples that were written as differences. */

#include "base/cursor.h"

struct pdf_predictor {
	bool png;
	size_t pixel, row;     /* bytes */
	unsigned bits, colors; /* of a sample; samples of a pixel */
	uint8_t *above, *line; /* `row` bytes each; line has the filter type before it for PNG */
	size_t n;              /* of the line that are there */
	size_t room;           /* of `above`; `line` has one more */
};

/* Undoes one row in place.  PNG's filter is of that type (PNG 9.2), and the row is kept as the one
 * above the next. */
void pdf_predict_png(struct pdf_predictor *p, uint8_t type, uint8_t *row);

/* TIFF's (TIFF 6.0, 14): to each sample the one of the pixel before is added.  Other widths than
 * PDF allows are passed on as they are. */
void pdf_predict_tiff(const struct pdf_predictor *p, uint8_t *row);

#endif
