/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pdf_predict.h"
#include "unpack/png_filter.h"

void pdf_predict_png(struct pdf_predictor *p, uint8_t type, uint8_t *row)
{
	png_filter_undo(type, p->pixel, p->above, row, p->row);
	memcpy(p->above, row, p->row);
}

/* Samples of 1, 2 or 4 bits, the highest of each byte first. */
static void add_small_samples(const struct pdf_predictor *p, uint8_t *row)
{
	size_t in_byte = 8 / p->bits, mask = (1u << p->bits) - 1;

	for (size_t i = p->colors; i < p->row * in_byte; i++) {
		size_t shift = 8 - p->bits * (i % in_byte + 1), before = i - p->colors;
		size_t last = row[before / in_byte] >> (8 - p->bits * (before % in_byte + 1));
		size_t v = ((row[i / in_byte] >> shift) + last) & mask;
		row[i / in_byte] = (uint8_t)((row[i / in_byte] & ~(mask << shift)) | v << shift);
	}
}

void pdf_predict_tiff(const struct pdf_predictor *p, uint8_t *row)
{
	if (p->bits == 1 || p->bits == 2 || p->bits == 4) {
		add_small_samples(p, row);
	} else if (p->bits == 8) {
		for (size_t i = p->pixel; i < p->row; i++)
			row[i] = (uint8_t)(row[i] + row[i - p->pixel]);
	} else if (p->bits == 16) {
		for (size_t i = p->pixel; i + 1 < p->row; i += 2) {
			unsigned v = (unsigned)(row[i] + row[i - p->pixel]) << 8;
			v += (unsigned)row[i + 1] + row[i + 1 - p->pixel];
			row[i] = (uint8_t)(v >> 8);
			row[i + 1] = (uint8_t)v;
		}
	}
}
