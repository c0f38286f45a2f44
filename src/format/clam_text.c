/* SPDX-License-Identifier: Apache-2.0 */
#include "format/clam_text.h"

static bool is_blank(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

size_t clam_text_normal(struct span text, uint8_t *out)
{
	bool blank = false; /* the last byte that was put */
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if (is_blank(c)) {
			if (!blank)
				out[n++] = ' ';
			blank = true;
		} else if (c > ' ' && c < 0x80) {
			out[n++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
			blank = false;
		}
	}
	return n;
}
