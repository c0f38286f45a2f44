/* SPDX-License-Identifier: Apache-2.0 */

/*
 * iCalendar (RFC 5545) and vCard (2.1, RFC 2426, RFC 6350): files that stand in properties as
 * base64, or as addresses "data:".  A property is a line and those behind it that begin with a
 * blank; lines of base64 may have none in vCard 2.1.
 */

#include "base/text.h"
#include "unpack/give.h"
#include "unpack/readers.h"

enum { HEAD_MAX = 1024 }; /* bytes of a property before its value, without the folds */

static bool is_folded(struct span in) { return in.n > 0 && (in.p[0] == ' ' || in.p[0] == '\t'); }

/* Whether a line that begins with no blank belongs to the property before: base64 has no mark of a
 * name's end, and no folds of its own. */
static bool goes_on(struct span line, struct span after)
{
	return line.n != 0 && memchr(line.p, ':', line.n) == NULL &&
	       memchr(line.p, ';', line.n) == NULL && !is_folded(after);
}

/* Takes a property off the front of *in, with its folds. */
static struct span take_property(struct span *in)
{
	struct span from = *in;

	(void)decode_line(in);
	while (in->n > 0) {
		struct span after = *in;
		struct span line = decode_line(&after);
		if (!is_folded(*in) && !goes_on(line, after))
			break;
		*in = after;
	}
	return span_cut(from, 0, from.n - in->n);
}

/* Takes what stands before the value off the front of *property, unfolded; its length. */
static size_t take_head(struct span *property, uint8_t head[HEAD_MAX])
{
	bool quoted = false, broken = false;
	size_t n = 0, i = 0;

	for (; i < property->n && n < HEAD_MAX; i++) {
		uint8_t c = property->p[i];
		bool fold = broken && (c == ' ' || c == '\t');
		broken = c == '\n';
		if (c == ':' && !quoted)
			break;
		quoted = quoted != (c == '"');
		if (!fold && c != '\r' && c != '\n')
			head[n++] = c;
	}
	*property = span_cut(*property, i + 1, property->n);
	return n;
}

/* The value of a parameter whose name ends in `name`, as "X-FILENAME=" does. */
static struct span parameter(struct span head, const char *name)
{
	size_t from = decode_find(head, name) + strlen(name), n = 0;
	struct span value = span_cut(head, from, head.n);

	if (value.n > 0 && value.p[0] == '"')
		value = span_cut(value, 1, value.n);
	while (n < value.n && value.p[n] != ';' && value.p[n] != '"')
		n++;
	return span_cut(value, 0, n);
}

/* One property; false: the budget is spent. */
static bool give_property(struct unpack *u, struct span property)
{
	uint8_t text[HEAD_MAX];
	struct span head = { text, take_head(&property, text) };
	struct span value = decode_trim(property), encoding = parameter(head, "encoding=");
	bool base64 = text_lower(encoding.n > 0 ? encoding.p[0] : 0) == 'b' ||
		      decode_find(head, ";base64") < head.n; /* vCard 2.1's short form */

	if (head.n == HEAD_MAX)
		unpack_gap(u, REASON_LIMIT, give_place(u, property),
			   "bytes: calendar: a property of over %d before its value", HEAD_MAX);
	if (decode_starts(value, "data:")) {
		size_t comma = decode_find(value, ",");
		base64 = decode_find(span_cut(value, 0, comma), "base64") < comma;
		value = span_cut(value, comma + 1, value.n);
	}
	return !base64 || value.n == 0 ||
	       give_decoded(u, parameter(head, "filename="), NULL, decode_base64, value);
}

bool calendar_known(const struct unpack_look *look)
{
	struct span s = look->bytes;

	if (decode_starts(s, "\xef\xbb\xbf"))
		s = span_cut(s, 3, s.n);
	s = decode_trim(span_cut(s, 0, 64));
	return decode_starts(s, "begin:vcalendar") || decode_starts(s, "begin:vcard");
}

bool calendar_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	while (object.n > 0 && give_property(u, take_property(&object)))
		;
	return true;
}
