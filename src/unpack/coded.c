/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/coded.h"

#include "unpack/give.h"
#include "unpack/readers.h"

/* "begin 644 name" or "begin-base64 644 name": the name; false for any other line. */
static bool is_begin(struct span line, bool *base64, struct span *name)
{
	size_t at = decode_starts(line, "begin-base64 ") ? 13 : 6, digits = 0;

	if (at == 6 && (line.n < 6 || memcmp(line.p, "begin ", 6) != 0))
		return false;
	while (at + digits < line.n && line.p[at + digits] >= '0' && line.p[at + digits] <= '7')
		digits++;
	if (digits < 1 || digits > 7 || at + digits >= line.n || line.p[at + digits] != ' ')
		return false;
	*base64 = at == 13;
	*name = decode_trim(span_cut(line, at + digits, line.n));
	return true;
}

/* The lines up to one that ends the encoded text, which is "====" in base64 and "end" else, for
 * "=" may begin a line of data there; the line that begins another one stays. */
static struct span take_uu(struct span *in, bool base64)
{
	struct span from = *in, name;
	bool other;

	while (in->n > 0) {
		struct span after = *in;
		struct span line = decode_line(&after);
		if (is_begin(line, &other, &name))
			break;
		*in = after;
		if (base64 ? decode_starts(line, "====") : span_is(decode_trim(line), "end"))
			break;
	}
	return span_cut(from, 0, (uint64_t)(in->p - from.p));
}

/* The lines up to "=yend" or another "=ybegin"; "=ypart" is no part of them. */
static struct span take_yenc(struct span *in)
{
	struct span after = *in;

	if (decode_starts(decode_line(&after), "=ypart "))
		*in = after;
	struct span from = *in;
	while (in->n > 0) {
		after = *in;
		struct span line = decode_line(&after);
		if (decode_starts(line, "=yend") || decode_starts(line, "=ybegin "))
			break;
		*in = after;
	}
	return span_cut(from, 0, (uint64_t)(in->p - from.p));
}

bool coded_give(struct unpack *u, struct span text)
{
	while (text.n > 0) {
		struct span line = decode_line(&text), called;
		bool base64 = false, yenc = decode_starts(line, "=ybegin ");
		if (line.n == 0 || (line.p[0] != 'b' && !yenc))
			continue;
		if (yenc) {
			size_t at = decode_find(line, " name=");
			called = decode_trim(span_cut(line, at + 6, line.n));
		} else if (!is_begin(line, &base64, &called)) {
			continue;
		}
		struct span body = yenc ? take_yenc(&text) : take_uu(&text, base64);
		if (!give_decoded(u, called, NULL,
				  yenc     ? decode_yenc
				  : base64 ? decode_base64
					   : decode_uu,
				  body))
			return false;
	}
	return true;
}

/* ---- a file that begins as one, perhaps behind a text */

enum { BEHIND_MAX = 1024 }; /* bytes that may stand before it */

bool uu_known(const struct unpack_look *look)
{
	struct span s = span_cut(look->bytes, 0, BEHIND_MAX), name;
	bool base64, first = true;

	while (s.n >= 8) {
		struct span line = decode_line(&s);
		if (line.n > 0 && (line.p[0] == 'b' || line.p[0] == '=') &&
		    (is_begin(line, &base64, &name) || decode_starts(line, "=ybegin ")))
			return first || !mail_known(look); /* which finds it too */
		if (look->type.n != 0)                     /* the text of a mail, for one */
			return false;
		first = false;
	}
	return false;
}

bool uu_read(struct span object, struct unpack *u, struct error *e)
{
	bool more = coded_give(u, object);

	(void)e;
	(void)more; /* false: the budget is spent, which is noted */
	return true;
}
