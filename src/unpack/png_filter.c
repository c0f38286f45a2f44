/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/png_filter.h"

enum { NONE, LEFT, ABOVE, MEAN, PAETH };

static uint8_t paeth(int a, int b, int c)
{
	int p = a + b - c, pa = p > a ? p - a : a - p, pb = p > b ? p - b : b - p,
	    pc = p > c ? p - c : c - p;

	return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

void png_filter_undo(unsigned type, size_t by, const uint8_t *above, uint8_t *row, size_t n)
{
	for (size_t i = 0; type > NONE && type <= PAETH && i < n; i++) {
		uint8_t left = i >= by ? row[i - by] : 0, corner = i >= by ? above[i - by] : 0;
		uint8_t add = type == LEFT    ? left
			      : type == ABOVE ? above[i]
			      : type == MEAN  ? (uint8_t)((left + above[i]) / 2)
					      : paeth(left, above[i], corner);
		row[i] = (uint8_t)(row[i] + add);
	}
}
