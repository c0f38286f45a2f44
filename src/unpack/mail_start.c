/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is a mail, and where it begins: at the front, behind empty lines or a number, or behind
 * other things.  A mail program reads what it is given, and Word a web archive (MHT) of which
 * others see a PDF.
 */

#include "unpack/mail_start.h"

#include "base/text.h"

enum {
	HEADER_MAX = 1 << 18, /* bytes of a header that are looked at */
	BEHIND_MAX = 1 << 16, /* bytes that may stand before the header */
	NUMBER_MAX = 20,      /* bytes of a line that is but a number */
};

bool mail_start_is_known(struct span field)
{
	static const char *const names[] = { "received:",
					     "return-path:",
					     "delivered-to:",
					     "message-id:",
					     "mime-version:",
					     "content-type:",
					     "subject:",
					     "from:",
					     "to:",
					     "date:",
					     "reply-to:",
					     "x-mailer:",
					     "envelope-to:",
					     "cc:",
					     "x-",
					     "in-reply-to:",
					     "references:",
					     "dkim-",
					     "sender:",
					     "content-transfer-",
					     "delivery-date",
					     "resent-",
					     "arc-",
					     "list-",
					     "authentication-results:",
					     "user-agent:",
					     "newsgroups:",
					     "path:",
					     "organization:",
					     "bcc:",
					     "comments:",
					     "keywords:",
					     "importance:",
					     "priority:",
					     "sensitivity:",
					     "precedence:",
					     "thread-",
					     "accept-language:",
					     "content-language:",
					     "content-disposition:",
					     "content-class:",
					     "auto-submitted:",
					     "received-spf:",
					     "disposition-notification-to:",
					     "errors-to:",
					     "feedback-id:",
					     "autocrypt:",
					     "msip_labels:",
					     "original-recipient:" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (decode_starts(field, names[i]))
			return true;
	return false;
}

bool mail_start_is_own(struct span field)
{
	static const char *const names[] = { "from:", "mime-version:", "content-type:",
					     "content-transfer-encoding:" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (decode_starts(field, names[i]))
			return true;
	return false;
}

static bool is_break(uint8_t c) { return c == '\r' || c == '\n'; }

/* s without its first line where that is the length of the mail, as in an .emlx. */
static struct span without_number(struct span s)
{
	struct span near = span_cut(s, 0, NUMBER_MAX + 2),
		    after = near; /* a file may have no lines */
	struct span line = decode_trim(mail_header_line(&after));

	for (size_t i = 0; i < line.n; i++)
		if (i == NUMBER_MAX || line.p[i] < '0' || line.p[i] > '9')
			return s;
	return line.n != 0 ? span_cut(s, near.n - after.n, s.n) : s;
}

/* The object without a mark of UTF-8 before it, empty lines and a number. */
static struct span front_of(struct span object)
{
	struct span s =
		decode_starts(object, "\xef\xbb\xbf") ? span_cut(object, 3, object.n) : object;
	size_t i = 0;

	while (i < s.n && is_break(s.p[i]))
		i++;
	return without_number(span_cut(s, i, s.n));
}

/* Whether s begins as mails do: two fields that mails have, before anything else; an mbox's "From "
 * line may come first.  A quarter of the fields is to be such, but where all up to an empty line
 * are fields and one is From or MIME's own. */
static bool looks(struct span s)
{
	struct mail_header h;

	s = span_cut(s, 0, HEADER_MAX);
	bool mbox = decode_starts(s, "From ") || decode_starts(s, ">From ");
	if (mbox)
		(void)mail_header_line(&s);
	mail_header_read(&s, &h);
	if (h.ended && h.own && h.n_known >= 2) /* whatever others stand before */
		return true;
	return h.n_known >= (mbox || h.mime ? 1 : 2) && h.n_known * 4 >= h.n_fields;
}

/* Where the field begins whose name ends before `colon`; `colon` itself where it is not called so,
 * or does not begin a line. */
static size_t field_at(struct span s, size_t colon, const char *name)
{
	size_t n = strlen(name);

	if (colon < n || !decode_starts(span_cut(s, colon - n, n), name) ||
	    (colon > n && !is_break(s.p[colon - n - 1])))
		return colon;
	return colon - n;
}

/* Where the header of a multipart begins, in the first bytes of s; s.n where it does not. */
static size_t find_multipart(struct span s)
{
	struct span near = span_cut(s, 0, BEHIND_MAX);
	struct mail_header h;
	const uint8_t *p;

	for (size_t at = 0; at < near.n && (p = memchr(near.p + at, ':', near.n - at)) != NULL;) {
		size_t colon = (size_t)(p - near.p);
		uint8_t last = colon > 0 ? near.p[colon - 1] | 32 : 0;
		at = colon + 1;
		if (last != 'n' && last != 'e')
			continue;
		size_t from = field_at(near, colon, last == 'n' ? "mime-version" : "content-type");
		if (from == colon)
			continue;
		struct span rest = span_cut(s, from, HEADER_MAX);
		size_t had = rest.n;
		mail_header_read(&rest, &h);
		if (h.multipart && h.n_boundaries != 0)
			return from;
		at = from + had - rest.n;
	}
	return s.n;
}

/* Where the last part of a PDF ends (ISO 32000-1, 7.5.5). */
static size_t end_of_pdf(struct span s)
{
	const uint8_t *p;

	for (size_t n = s.n; (p = memrchr(s.p, '%', n)) != NULL;) {
		n = (size_t)(p - s.p);
		if (decode_starts(span_cut(s, n, 4), "%EOF"))
			return n + 4;
	}
	return s.n;
}

/* What may have a mail behind its beginning: a PDF, or what is no binary. */
static bool may_hold(struct span object)
{
	struct span start = span_cut(object, 0, 512);

	return decode_starts(start, "%PDF") ||
	       (start.n != 0 && memchr(start.p, 0, start.n) == NULL);
}

bool mail_start_find(struct span object, struct span *from)
{
	struct span front = front_of(object), after = front;
	struct mail_header h;

	*from = front;
	if (looks(front))
		return true;
	if (!may_hold(object))
		return false;
	size_t at = find_multipart(front);
	if (at == front.n && decode_starts(front, "%PDF")) {
		size_t end = end_of_pdf(front);
		at = end + find_multipart(span_cut(front, end, front.n));
	}
	if (at == front.n)
		return false;
	mail_header_read(&after, &h);
	if (h.n_fields == 0)
		*from = span_cut(front, at, front.n);
	return true;
}
