/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PNG_FILTER_H
#define PEL_UNPACK_PNG_FILTER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Undoes the filter of one row of PNG, in place (W3C PNG 9.2), which PDF's streams have too
 * (ISO 32000-1, 7.4.4.4).  `row` and `above`, the row before it as it came out (zeros for the
 * first), have n bytes, and a pixel `by` of them, 1 at least.  Another type than 0 to 4 is none.
 */
void png_filter_undo(unsigned type, size_t by, const uint8_t *above, uint8_t *row, size_t n);

#endif
