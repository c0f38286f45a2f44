/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_spell.h"

#include <string.h>

/* Text that spells other text: what stands in the way between what is written and what is read. */

static bool is_letter(unsigned c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static bool is_digit(unsigned c) { return c >= '0' && c <= '9'; }

static int hex_value(uint32_t c)
{
	return is_digit(c)                          ? (int)(c - '0')
	       : (c | 32) >= 'a' && (c | 32) <= 'f' ? (int)((c | 32) - 'a' + 10)
						    : -1;
}

static void put_code(struct audit_bytes *out, uint32_t code)
{
	uint8_t utf8[4];
	size_t n = 0;

	if (code < 0x80)
		utf8[n++] = (uint8_t)code;
	else if (code < 0x800)
		utf8[n++] = (uint8_t)(0xC0 | code >> 6);
	else
		utf8[n++] = (uint8_t)(0xE0 | (code >> 12 & 15));
	if (code >= 0x800)
		utf8[n++] = (uint8_t)(0x80 | (code >> 6 & 63));
	if (code >= 0x80)
		utf8[n++] = (uint8_t)(0x80 | (code & 63));
	for (size_t i = 0; i < n && out->n < AUDIT_MAX_BYTES; i++) {
		out->byte[out->n] = utf8[i];
		out->kind[out->n++] = UNIT_LITERAL;
	}
}

static bool read_digits(const struct audit_bytes *b, size_t at, size_t n, unsigned base,
			uint32_t *v)
{
	*v = 0;
	for (size_t i = at; i < at + n; i++) {
		int d = i < b->n ? hex_value(b->byte[i]) : -1;
		if (d < 0 || d >= (int)base)
			return false;
		*v = *v * base + (uint32_t)d;
	}
	return true;
}

/* &uuml; and the like: the letter without its mark is near enough. */
static size_t named_entity(const struct audit_bytes *b, size_t at, uint32_t *code)
{
	static const char *const marks[] = { "uml",   "acute", "grave", "circ", "tilde",
					     "cedil", "ring",  "caron", "slash" };
	char name[9] = "";
	size_t n = 0;

	while (n < 8 && at + 1 + n < b->n && is_letter(b->byte[at + 1 + n])) {
		name[n] = (char)b->byte[at + 1 + n];
		n++;
	}
	if (n < 3 || at + 1 + n >= b->n || b->byte[at + 1 + n] != ';')
		return 0;
	name[n] = '\0';
	*code = (uint8_t)name[0];
	if (strcmp(name, "nbsp") == 0 || strcmp(name, "szlig") == 0)
		*code = name[0] == 'n' ? ' ' : 's';
	else if (strcmp(name, "shy") == 0)
		*code = 0xAD;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strcmp(name + 1, marks[i]) == 0)
			return n + 2;
	return *code == ' ' || *code == 0xAD || name[1] == 'z' ? n + 2 : 0;
}

/* &#1087; and &#x43f; */
static size_t entity(const struct audit_bytes *b, size_t at, uint32_t *code)
{
	bool hex = at + 2 < b->n && (b->byte[at + 2] | 32) == 'x';
	size_t from = at + (hex ? 3 : 2), n = 0;

	if (at + 2 >= b->n || b->byte[at + 1] != '#')
		return named_entity(b, at, code);
	while (n < 6 && from + n < b->n && hex_value(b->byte[from + n]) >= 0 &&
	       (hex || is_digit(b->byte[from + n])))
		n++;
	if (n == 0 || !read_digits(b, from, n, hex ? 16 : 10, code))
		return 0;
	return from + n - at + (from + n < b->n && b->byte[from + n] == ';' ? 1u : 0u);
}

/* The bytes of one escape at `at`; *is_byte: *code is a byte and not a character.  0: there is
 * none. */
static size_t escape(const struct audit_bytes *b, size_t at, uint32_t *code, bool *is_byte)
{
	unsigned c = b->byte[at], next = at + 1 < b->n ? b->byte[at + 1] : 0;

	*is_byte = true;
	if ((c == '%' || c == '=') && read_digits(b, at + 1, 2, 16, code))
		return 3;
	if (c == '\\' && (next == '\'' || next == 'x') && read_digits(b, at + 2, 2, 16, code))
		return 4;
	if (c == '\\' && read_digits(b, at + 1, 3, 8, code) && *code < 256)
		return 4; /* octal: PDF, C */
	*is_byte = false;
	if (c == '&')
		return entity(b, at, code);
	if ((c == '\\' || c == '%') && next == 'u' && read_digits(b, at + 2, 4, 16, code)) {
		uint32_t decimal = 0;
		/* RTF writes them in decimals, with a mark behind */
		bool rtf = at + 6 < b->n && b->byte[at + 6] == '?' &&
			   read_digits(b, at + 2, 4, 10, &decimal);
		*code = rtf ? decimal : *code;
		return rtf ? 7 : 6;
	}
	if (c == '\\' && next == 'u' && read_digits(b, at + 2, 3, 10, code))
		return at + 5 < b->n && b->byte[at + 5] == '?' ? 6 : 5;
	return 0;
}

bool audit_unescape(const struct audit_bytes *b, struct audit_bytes *out)
{
	size_t escaped = 0;
	uint32_t code = 0;

	out->n = 0;
	for (size_t i = 0; i < b->n;) {
		bool is_byte = false;
		size_t k = escape(b, i, &code, &is_byte);
		escaped += k;
		if (k != 0 && !is_byte)
			put_code(out, code);
		if ((k == 0 || is_byte) && out->n < AUDIT_MAX_BYTES) {
			out->byte[out->n] = k == 0 ? b->byte[i] : (uint8_t)code;
			out->kind[out->n++] = k == 0 ? b->kind[i] : UNIT_LITERAL;
		}
		i += k != 0 ? k : 1;
	}
	return escaped >= 3;
}

bool audit_unhex(const struct audit_bytes *b, struct audit_bytes *out)
{
	size_t digits = 0;
	int high = -1;

	out->n = 0;
	for (size_t i = 0; i < b->n; i++) {
		int d = hex_value(b->byte[i]);
		if (d < 0 && memchr(" ,<>:-", b->byte[i], 6) != NULL && high < 0)
			continue;
		if (d < 0 || b->kind[i] != UNIT_LITERAL)
			return false;
		digits++;
		if (high < 0) {
			high = d;
			continue;
		}
		if (out->n < AUDIT_MAX_BYTES) {
			out->byte[out->n] = (uint8_t)(high << 4 | d);
			out->kind[out->n++] = UNIT_LITERAL;
		}
		high = -1;
	}
	return digits >= 10;
}

bool audit_unbase64(const struct audit_bytes *b, unsigned skip, struct audit_bytes *out)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	/* of the first byte only a part may be there */
	unsigned n = (8 - 6 * skip % 8) % 8;
	bool part = skip != 0;
	uint32_t v = 0;

	out->n = 0;
	for (size_t i = 0; i < b->n && b->byte[i] != '='; i++) {
		const char *p = memchr(alphabet, b->byte[i], 64);
		if (p == NULL || b->kind[i] != UNIT_LITERAL)
			return false;
		v = v << 6 | (uint32_t)(p - alphabet);
		n += 6;
		if (n >= 8 && out->n < AUDIT_MAX_BYTES) {
			n -= 8;
			if (!part) {
				out->byte[out->n] = (uint8_t)(v >> n);
				out->kind[out->n++] = UNIT_LITERAL;
			}
			part = false;
		}
	}
	return out->n >= 8;
}

/* decode('...: what stands before is the name of a function that is called with it. */
static bool is_argument(const struct audit_bytes *b, size_t at)
{
	while (at > 0 && (b->byte[at - 1] == '\'' || b->byte[at - 1] == '"'))
		at--;
	return at >= 2 && b->byte[at - 1] == '(' && is_letter(b->byte[at - 2]);
}

bool audit_longest_run(const struct audit_bytes *b, struct audit_bytes *out)
{
	size_t best = 0, best_n = 0;

	for (size_t i = 0, n = 0; i < b->n; i++) {
		unsigned c = b->byte[i];
		bool in = b->kind[i] == UNIT_LITERAL && c < 0x80 &&
			  (is_letter(c) || is_digit(c) || c == '+' || c == '/');
		n = in ? n + 1 : 0;
		if (n > best_n) {
			best_n = n;
			best = i + 1 - n;
		}
	}
	memcpy(out->byte, b->byte + best, best_n);
	memcpy(out->kind, b->kind + best, best_n);
	out->n = best_n;
	return !is_argument(b, best);
}
