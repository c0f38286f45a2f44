/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/hex.h"
#include "base/text.h"

static int digit_of(uint8_t c)
{
	c = text_lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_read(struct span digits, uint8_t *out, size_t n)
{
	if (digits.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit_of(digits.p[2 * i]), low = digit_of(digits.p[2 * i + 1]);
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
		int d = digit_of(s.p[i]);
		if (d < 0 || (!hex && d > 9))
			return false;
		v = v * (hex ? 16 : 10) + (uint64_t)d;
	}
	*out = v;
	return true;
}

int hex_digit64(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}
