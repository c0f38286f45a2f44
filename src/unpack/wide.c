/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/wide.h"

size_t wide_put(uint32_t code, uint8_t to[WIDE_ROOM])
{
	if (code < 0x80) {
		to[0] = (uint8_t)code;
		return 1;
	}
	size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; code >>= 6)
		to[i] = (uint8_t)(0x80 | (code & 63));
	to[0] = (uint8_t)(0xf00 >> n | code);
	return n;
}

static uint32_t take_unit(struct cursor *c, bool big)
{
	return big ? cursor_be16(c) : cursor_le16(c);
}

static uint32_t take(struct cursor *c, bool big)
{
	uint32_t high = take_unit(c, big);
	struct cursor next = *c;

	if (high < 0xd800 || high > 0xdfff)
		return high;
	uint32_t low = cursor_left(&next) >= 2 ? take_unit(&next, big) : 0;
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*c = next;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

uint32_t wide_take(struct cursor *c) { return take(c, false); }

uint32_t wide_take_be(struct cursor *c) { return take(c, true); }

size_t wide_text(struct span s, char *out, size_t size)
{
	struct cursor c = cursor_of(s);
	uint8_t one[WIDE_ROOM];
	size_t n = 0;

	while (cursor_left(&c) >= 2) {
		uint32_t code = wide_take(&c);
		size_t k = wide_put(code, one);
		if (code == 0 || n + k >= size)
			break;
		memcpy(out + n, one, k);
		n += k;
	}
	out[n] = 0;
	return n;
}

size_t wide_narrow(struct span s, char *out, size_t size)
{
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;
	size_t n = nul != NULL ? (size_t)(nul - s.p) : s.n;

	if (n >= size)
		n = size - 1;
	if (n != 0)
		memcpy(out, s.p, n);
	out[n] = 0;
	return n;
}
