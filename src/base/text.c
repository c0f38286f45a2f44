/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

size_t text_utf8(struct span s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n;
	uint32_t c;

	if (s.n == 0)
		return 0;
	uint8_t b = s.p[0];
	if (b < 0x80) {
		*code = b;
		return 1;
	}
	if (b >= 0xc2 && b < 0xe0) {
		n = 2;
		c = b & 0x1fu;
	} else if (b >= 0xe0 && b < 0xf0) {
		n = 3;
		c = b & 0x0fu;
	} else if (b >= 0xf0 && b < 0xf5) {
		n = 4;
		c = b & 0x07u;
	} else {
		return 0;
	}
	if (s.n < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.p[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*code = c;
	return n;
}

/* Characters that move the cursor, change direction, or show nothing at all. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x00ad || c == 0x061c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

static void escape(struct buf *b, struct span s, const char *backslash)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n;) {
		uint32_t c = 0;
		size_t n = text_utf8((struct span){ s.p + i, s.n - i }, &c);

		if (n != 0 && c != '\\' && !is_unsafe(c)) {
			buf_put(b, s.p + i, n);
			i += n;
			continue;
		}
		if (c == '\\' && n == 1) {
			buf_put_text(b, backslash);
			i++;
			continue;
		}
		for (size_t end = i + (n != 0 ? n : 1); i < end; i++) {
			char hex[4] = { '\\', 'x', digit[s.p[i] >> 4], digit[s.p[i] & 15] };
			buf_put(b, hex, sizeof hex);
		}
	}
}

void text_escape(struct buf *b, struct span s) { escape(b, s, "\\\\"); }
void text_show(struct buf *b, struct span s) { escape(b, s, "\\"); }

/* Whether a character of UTF-8 goes on there; of bytes that are none this may be wrong, by at most
 * three. */
static bool goes_on(struct span s, size_t at) { return (s.p[at] & 0xc0) == 0x80; }

void text_shorten(struct buf *b, struct span s)
{
	enum { LONGEST = 4 }; /* bytes of a character */
	size_t head = TEXT_HEAD, tail = TEXT_TAIL;

	if (s.n <= TEXT_SHOWN) {
		buf_put_span(b, s);
		return;
	}
	while (head > TEXT_HEAD - LONGEST && goes_on(s, head))
		head--;
	while (tail > TEXT_TAIL - LONGEST && goes_on(s, s.n - tail))
		tail--;
	buf_put_span(b, span_cut(s, 0, head));
	buf_printf(b, "[... %zu bytes ...]", s.n - head - tail);
	buf_put_span(b, span_cut(s, s.n - tail, tail));
}

bool text_is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < 0x20 && s.p[i] != '\n') || s.p[i] == 0x7f)
			return false;
	return true;
}

int text_base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}
