/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode_text.h"

#include "base/text.h"

/* ---- lines and words */

struct span decode_line(struct span *in)
{
	const uint8_t *end = in->n != 0 ? memchr(in->p, '\n', in->n) : NULL;
	struct span line = *in;

	if (end != NULL)
		line.n = (size_t)(end - in->p);
	*in = span_cut(*in, end != NULL ? line.n + 1 : line.n, in->n);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

struct span decode_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_cut(s, 1, s.n);
	return s;
}

bool decode_starts(struct span s, const char *what)
{
	size_t i = 0;

	for (; what[i] != 0; i++)
		if (i >= s.n || text_lower(s.p[i]) != text_lower((uint8_t)what[i]))
			return false;
	return true;
}

/* The next c in s from `at` on; s.n: there is none. */
static size_t next_byte(struct span s, size_t at, int c)
{
	const uint8_t *p = at < s.n ? memchr(s.p + at, c, s.n - at) : NULL;

	return p != NULL ? (size_t)(p - s.p) : s.n;
}

size_t decode_find(struct span s, const char *what)
{
	uint8_t low = text_lower((uint8_t)what[0]);
	uint8_t high = low >= 'a' && low <= 'z' ? (uint8_t)(low - 'a' + 'A') : low;
	size_t i = next_byte(s, 0, low), k = high != low ? next_byte(s, 0, high) : s.n;

	while (i < s.n || k < s.n) {
		size_t at = i < k ? i : k;
		if (decode_starts(span_cut(s, at, s.n), what))
			return at;
		if (i < k)
			i = next_byte(s, at + 1, low);
		else
			k = next_byte(s, at + 1, high);
	}
	return s.n;
}

/* ---- base64 */

/* The value of a digit; 64 for padding, 65 for what is no digit.  The text holds value + 40 of '+'
 * to 'z'. */
static uint8_t base64_value(uint8_t c)
{
	static const char value[] =
		"fiiig\\]^_`abcdeiiihiii()*+,-./0123456789:;<=>?@AiiiiiiBCDEFGHIJKLMNOPQRSTUVWXYZ[";

	return c < '+' || c > 'z' ? 65 : (uint8_t)(value[c - '+'] - 40);
}

size_t decode_base64(struct decode_state *d, struct span *in, uint8_t *out, size_t room)
{
	size_t n = 0, i = 0;

	while (i < in->n && room - n >= 3) {
		uint8_t a, b, c, e;
		if (d->n_bits == 0 && in->n - i >= 4 && (a = base64_value(in->p[i])) < 64 &&
		    (b = base64_value(in->p[i + 1])) < 64 &&
		    (c = base64_value(in->p[i + 2])) < 64 &&
		    (e = base64_value(in->p[i + 3])) < 64) {
			out[n++] = (uint8_t)(a << 2 | b >> 4);
			out[n++] = (uint8_t)(b << 4 | c >> 2);
			out[n++] = (uint8_t)(c << 6 | e);
			i += 4;
			continue;
		}
		a = base64_value(in->p[i++]);
		if (a == 65)
			continue;
		if (a == 64) { /* a new group begins after padding, but for one of one digit */
			d->n_bits = d->n_bits == 6 ? 6 : 0;
			continue;
		}
		d->bits = d->bits << 6 | a;
		d->n_bits += 6;
		if (d->n_bits >= 8) {
			d->n_bits -= 8;
			out[n++] = (uint8_t)(d->bits >> d->n_bits);
		}
	}
	*in = span_cut(*in, i, in->n);
	return n;
}

/* ---- quoted-printable, hexadecimal, percent */

/* The bytes of a soft line break after "=": blanks, CR, LF; 0 where there is none. */
static size_t soft_break(struct span s)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	if (i == s.n)
		return i;
	if (s.p[i] == '\n')
		return i + 1;
	if (s.p[i] == '\r')
		return i + 1 < s.n && s.p[i + 1] == '\n' ? i + 2 : i + 1;
	return 0;
}

/* The byte that two hexadecimal digits at the front of s give; -1 where they are none. */
static int hex_pair(struct span s)
{
	int high = s.n >= 2 ? text_hex_digit(s.p[0]) : -1;
	int low = high >= 0 ? text_hex_digit(s.p[1]) : -1;

	return low >= 0 ? high << 4 | low : -1;
}

size_t decode_quoted(struct decode_state *d, struct span *in, uint8_t *out, size_t room)
{
	size_t n = 0;

	(void)d;
	while (in->n > 0 && n < room) {
		uint8_t byte = in->p[0];
		struct span rest = span_cut(*in, 1, in->n);
		*in = rest;
		if (byte != '=') {
			out[n++] = byte;
			continue;
		}
		int value = hex_pair(rest);
		size_t gone = value < 0 ? soft_break(rest) : 2;
		if (value >= 0)
			out[n++] = (uint8_t)value;
		else if (gone == 0 && rest.n > 0)
			out[n++] = byte;
		*in = span_cut(rest, gone, rest.n);
	}
	return n;
}

size_t decode_hex(struct decode_state *d, struct span *in, uint8_t *out, size_t room)
{
	size_t n = 0, i = 0;

	for (; i < in->n && n < room; i++) {
		int digit = text_hex_digit(in->p[i]);
		if (digit < 0)
			continue;
		d->bits = d->bits << 4 | (uint32_t)digit;
		d->n_bits += 4;
		if (d->n_bits == 8) {
			out[n++] = (uint8_t)d->bits;
			d->n_bits = 0;
		}
	}
	*in = span_cut(*in, i, in->n);
	return n;
}

size_t decode_percent(struct decode_state *d, struct span *in, uint8_t *out, size_t room)
{
	size_t n = 0;

	(void)d;
	while (in->n > 0 && n < room) {
		int value = in->p[0] == '%' ? hex_pair(span_cut(*in, 1, 2)) : -1;
		out[n++] = value < 0 ? in->p[0] : (uint8_t)value;
		*in = span_cut(*in, value < 0 ? 1 : 3, in->n);
	}
	return n;
}

size_t decode_base64_percent(struct decode_state *d, struct span *in, uint8_t *out, size_t room)
{
	struct decode_state none = { 0 };
	uint8_t piece[DECODE_MIN_ROOM];
	size_t n = 0;

	while (in->n > 0 && room - n >= sizeof piece) { /* what comes out is less */
		struct span digits = { piece, decode_percent(&none, in, piece, sizeof piece) };
		n += decode_base64(d, &digits, out + n, room - n);
	}
	return n;
}

/* ---- uuencode: a line at a time, of at most 63 bytes.  `n_bits` is how many bytes of the line at
 * the front of *in were written before. */

static uint8_t uu_at(struct span line, size_t i)
{
	return i < line.n ? (uint8_t)((line.p[i] - 32) & 63)
			  : 0; /* blanks at the end may be lost */
}

size_t decode_uu(struct decode_state *d, struct span *in, uint8_t *out, size_t room)
{
	size_t n = 0;

	while (in->n > 0 && n < room) {
		struct span after = *in;
		struct span line = decode_line(&after);
		bool data = line.n > 0 && line.p[0] >= 32 && line.p[0] <= 96;
		size_t length = data ? uu_at(line, 0) : 0;
		if (span_is(decode_trim(line), "end")) {
			*in = span_cut(*in, in->n, 0);
			break;
		}
		while (d->n_bits < length && n < room) {
			size_t k = d->n_bits / 3 * 4 + 1;
			uint32_t four = (uint32_t)uu_at(line, k) << 18 |
					(uint32_t)uu_at(line, k + 1) << 12 |
					(uint32_t)uu_at(line, k + 2) << 6 | uu_at(line, k + 3);
			out[n++] = (uint8_t)(four >> (16 - 8 * (d->n_bits % 3)));
			d->n_bits++;
		}
		if (d->n_bits < length)
			break;
		d->n_bits = 0;
		*in = after;
	}
	return n;
}

size_t decode_yenc(struct decode_state *d, struct span *in, uint8_t *out, size_t room)
{
	size_t n = 0, i = 0;

	for (; i < in->n && n < room; i++) {
		uint8_t c = in->p[i];
		if (c == '\r' || c == '\n')
			continue;
		if (c == '=' && !d->escaped) {
			d->escaped = true;
			continue;
		}
		out[n++] = (uint8_t)(c - 42 - (d->escaped ? 64 : 0));
		d->escaped = false;
	}
	*in = span_cut(*in, i, in->n);
	return n;
}
