/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/strict.h"
#include "base/text.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool strict_decimal(struct span s, uint64_t *out)
{
	struct cursor c = cursor_of(s);
	uint64_t v = 0;

	if (s.n == 0 || s.n >= STRICT_DECIMAL_SIZE)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t b = cursor_u8(&c);
		if (b < '0' || b > '9' || (i == 1 && v == 0))
			return false;
		v = v * 10 + (uint64_t)(b - '0'); /* 19 digits: below 2^64 */
	}
	if (v > STRICT_MAX_DECIMAL)
		return false;
	*out = v;
	return true;
}

/* The value of a base64 character; 64 for any other byte. */
static uint32_t sextet(uint8_t b)
{
	const char *at = b != '\0' ? memchr(alphabet, b, 64) : NULL;

	return at != NULL ? (uint32_t)(at - alphabet) : 64;
}

/* Four characters, of which the last `pads` are `=`, to 3 - pads bytes. */
static bool quartet(struct cursor *c, unsigned pads, uint8_t *to)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint8_t b = cursor_u8(c);
		uint32_t x = i < 4 - pads ? sextet(b) : b == '=' ? 0 : 64;
		if (x == 64)
			return false;
		v = v << 6 | x;
	}
	for (unsigned i = 0; i < 3 - pads; i++)
		to[i] = (uint8_t)(v >> (16 - 8 * i));
	return (v & ((1u << 8 * pads) - 1)) == 0; /* the bits that no byte takes */
}

bool strict_base64(struct span s, uint8_t *to, size_t room, size_t *n)
{
	struct cursor c = cursor_of(s);
	size_t done = 0;
	unsigned pads = 0;

	if (s.n % 4 != 0)
		return false;
	if (s.n != 0)
		pads = span_is(span_cut(s, s.n - 2, 2), "==")  ? 2
		       : span_is(span_cut(s, s.n - 1, 1), "=") ? 1
							       : 0;
	if (s.n / 4 * 3 - pads > room)
		return false;
	for (size_t i = 0; i < s.n / 4; i++) {
		unsigned here = i == s.n / 4 - 1 ? pads : 0;
		if (!quartet(&c, here, to + done))
			return false;
		done += 3 - here;
	}
	*n = done;
	return true;
}

bool strict_base64_hash(struct span s, uint8_t out[32])
{
	uint8_t bytes[32];
	size_t n;

	if (!strict_base64(s, bytes, sizeof bytes, &n) || n != sizeof bytes)
		return false;
	memcpy(out, bytes, sizeof bytes);
	return true;
}

bool strict_hex_hash(struct span s, uint8_t out[32])
{
	static const char digits[] = "0123456789abcdef";
	struct cursor c = cursor_of(s);
	uint8_t bytes[32] = { 0 };

	if (s.n != 2 * sizeof bytes)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t b = cursor_u8(&c);
		const char *at = b != '\0' ? memchr(digits, b, 16) : NULL;
		if (at == NULL)
			return false;
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | (uint8_t)(at - digits));
	}
	memcpy(out, bytes, sizeof bytes);
	return true;
}

void strict_base64_write(struct span s, char *to)
{
	struct cursor c = cursor_of(s);

	while (cursor_left(&c) != 0) {
		size_t n = cursor_left(&c) < 3 ? cursor_left(&c) : 3;
		uint32_t v = 0;
		for (size_t i = 0; i < 3; i++)
			v = v << 8 | (i < n ? cursor_u8(&c) : 0);
		for (size_t i = 0; i < 4; i++)
			*to++ = i <= n ? alphabet[v >> (18 - 6 * i) & 63] : '=';
	}
	*to = '\0';
}

bool strict_text(struct span s)
{
	while (s.n != 0) {
		uint32_t code;
		size_t n = text_utf8(s, &code);
		if (n == 0 || (code < 0x20 && code != '\n'))
			return false;
		s = span_cut(s, n, s.n);
	}
	return true;
}

struct span strict_word(struct cursor *line)
{
	struct cursor ahead = *line;
	size_t n = 0;

	while (cursor_left(&ahead) != 0 && cursor_u8(&ahead) != ' ')
		n++;
	struct span word = cursor_take(line, n);
	if (cursor_left(line) > 1)
		cursor_skip(line, 1);
	return word;
}

bool strict_after(struct span line, const char *prefix, struct span *rest)
{
	size_t n = strlen(prefix);

	if (!span_is(span_cut(line, 0, n), prefix))
		return false;
	*rest = span_cut(line, n, line.n);
	return true;
}

bool strict_name(struct span s, const char *more, size_t max)
{
	struct cursor c = cursor_of(s);

	if (s.n == 0 || s.n > max)
		return false;
	while (cursor_left(&c) != 0) {
		uint8_t b = cursor_u8(&c);
		if (!text_is_alnum(b) && (b == '\0' || memchr(more, b, strlen(more)) == NULL))
			return false;
	}
	return true;
}
