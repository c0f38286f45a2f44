/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/hex.h"
#include "base/text.h"

bool hex_read(struct span digits, uint8_t *out, size_t n)
{
	if (digits.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = text_hex_digit(digits.p[2 * i]),
		    low = text_hex_digit(digits.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool hex_number(struct span s, uint64_t *out)
{
	bool hex = s.n > 2 && s.p[0] == '0' && s.p[1] == 'x';
	uint64_t v = 0;

	if (s.n == 0 || s.n > 18)
		return false;
	for (size_t i = hex ? 2 : 0; i < s.n; i++) {
		int d = text_hex_digit(s.p[i]);
		if (d < 0 || (!hex && d > 9))
			return false;
		v = v * (hex ? 16 : 10) + (uint64_t)d;
	}
	*out = v;
	return true;
}
