/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/address.h"
#include "base/text.h"
#include "unpack/give.h"
#include "unpack/wide.h"

enum { TYPE_MAX = 100 /* bytes of a media type */ };

bool address_ends(uint8_t c)
{
	return c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == ')' || c == '`';
}

/* What browsers take out of an address (URL Living Standard, 4.4). */
bool address_break(uint8_t c) { return c == '\t' || c == '\n' || c == '\r'; }

/* Whether a word, here from its end, stands before *at with nothing but breaks in it; *at moves to
 * where it begins. */
static bool is_behind(struct span text, const char *drow, size_t *at)
{
	size_t i = *at;

	for (; *drow != 0; drow++) {
		while (i > 0 && address_break(text.p[i - 1]))
			i--;
		if (i == 0 || text_lower(text.p[i - 1]) != (uint8_t)*drow)
			return false;
		i--;
	}
	*at = i;
	return true;
}

/* Whether the colon at `colon` ends "data:"; *at is where that begins.  No byte is looked at for
 * two colons. */
static bool is_data(struct span text, size_t colon, size_t *at)
{
	*at = colon;
	return is_behind(text, "atad", at);
}

/* What stands before an address, or blanks before it; 0: nothing. */
static uint8_t byte_before(struct span text, size_t at)
{
	size_t i = at;

	while (i > 0 && text.p[i - 1] <= ' ')
		i--;
	return i > 0 ? text.p[i - 1] : 0;
}

/* The address whose "data:" begins at `at`, its colon at `colon`: up to the quote that stands
 * before it; behind the "=" of an attribute to a blank or ">" (HTML Living Standard, 13.2.5.38),
 * else to what ends one in other texts too. */
static struct span address_at(struct span text, size_t at, size_t colon)
{
	uint8_t before = byte_before(text, at);
	bool quoted = before == '"' || before == '\'';
	const uint8_t *end = quoted ? memchr(text.p + at, before, text.n - at) : NULL;
	size_t n = end != NULL ? (size_t)(end - text.p) - at : colon - at;

	for (; end == NULL && at + n < text.n; n++) {
		uint8_t c = text.p[at + n];
		if (before == '=' ? c <= ' ' || c == '>' : address_ends(c))
			break;
	}
	return span_cut(text, at, n);
}

/* The last parameter of a media type is "base64", as browsers ask it to be; breaks may stand in it
 * as in all of an address. */
static bool ends_in_base64(struct span media)
{
	size_t i = media.n;

	while (i > 0 && media.p[i - 1] <= ' ')
		i--;
	return is_behind(media, "46esab", &i) && byte_before(media, i) == ';';
}

/* The body of an address in each way that it may be meant: a word "base64" that is not the last
 * parameter is one to some readers, and not to browsers. */
static bool give_body(struct unpack *u, struct span media, const char *type, struct span body)
{
	bool last = ends_in_base64(media), base64 = last || decode_find(media, "base64") < media.n;
	bool percent = memchr(body.p, '%', body.n) != NULL;
	decode_text *decode = percent ? decode_base64_percent : decode_base64;
	const struct span none = { NULL, 0 };

	return (!base64 || give_decoded(u, none, type, decode, body)) &&
	       (last || give_decoded(u, none, type, decode_percent, body));
}

/* "data:image/png;base64,...": a member of that type; the address without its "data:". */
static bool give_address(struct unpack *u, struct span address)
{
	char type[TYPE_MAX + 1];
	const uint8_t *comma = address.n != 0 ? memchr(address.p, ',', address.n) : NULL;

	if (comma == NULL)
		return true;
	struct span media = span_cut(address, 0, (size_t)(comma - address.p));
	struct span body = span_cut(address, media.n + 1, address.n);
	const uint8_t *semicolon = media.n != 0 ? memchr(media.p, ';', media.n) : NULL;
	size_t n = semicolon != NULL ? (size_t)(semicolon - media.p) : media.n;
	(void)wide_narrow(span_cut(media, 0, n), type, sizeof type);
	return body.n == 0 || give_body(u, media, type, body);
}

/* Behind "=" all that a browser leaves in an address belongs to it, and in a script, where it ends
 * sooner, others may follow: how far to go on. */
static size_t next_place(struct span text, size_t at, struct span address, size_t colon)
{
	size_t n = colon + 1 - at;

	if (byte_before(text, at) != '=')
		return at + address.n;
	while (n < address.n && !address_ends(text.p[at + n]))
		n++;
	return at + n;
}

bool address_give_all(struct unpack *u, struct span text)
{
	for (size_t at = 4, from; at < text.n;) {
		const uint8_t *p = memchr(text.p + at, ':', text.n - at);
		if (p == NULL)
			break;
		size_t colon = (size_t)(p - text.p);
		at = colon + 1;
		if (!is_data(text, colon, &from))
			continue;
		struct span address = address_at(text, from, colon);
		if (address.n <= at - from) /* a quote stands before the colon */
			continue;
		size_t next = next_place(text, from, address, colon);
		if (next != from + address.n && !unpack_steps(u, address.n))
			return false;
		if (!give_address(u, span_cut(address, at - from, address.n)))
			return false;
		at = next;
	}
	return true;
}

bool address_is_in(struct span text)
{
	const uint8_t *p;
	size_t from;

	for (size_t at = 0; (p = memchr(text.p + at, ':', text.n - at)) != NULL;) {
		at = (size_t)(p - text.p) + 1;
		if (is_data(text, at - 1, &from))
			return true;
	}
	return false;
}
