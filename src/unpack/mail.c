/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Mail: one message (RFC 5322, MIME: RFC 2045 to 2049) and a file of many (mbox, RFC 4155).
 *
 * What a mail program would show or save is a child, called "2.1:name" by the number of its part
 * (RFC 3501 6.4.5).  The body is read once, a line at a time, against the boundaries of all
 * multiparts that are open.  Where mail programs differ, both ways are taken:
 *   - a delimiter line may be longer than its boundary (RFC 2046 5.1.1 compares the beginning), but
 * an exact one wins, the innermost first;
 *   - parts after the closing delimiter are parts;
 *   - a multipart without a boundary has the one that its first line beginning with "--" shows;
 *   - a header that names two encodings gives two members;
 *   - every boundary that a header names is one, as it stands and without its backslashes;
 *   - a line may end in CR alone, and what follows is given with and without it;
 *   - lines of blanks and lines that are no fields end a header, and do not: two members;
 *   - a line "From ..." before a header field begins another message of an mbox too;
 *   - uuencoded and yEnc files are found in any text, also before and after the parts.
 */

#include "unpack/coded.h"
#include "unpack/give.h"
#include "unpack/mail_start.h"
#include "unpack/readers.h"

#include <stdio.h>

enum {
	MAIL_DEPTH = 64,  /* multiparts inside each other; deeper ones are given as they stand */
	MAIL_LONGER = 16, /* parts that are read a second time, to the next exact delimiter */
};

/* A multipart that is open. */
struct frame {
	struct mail_text boundary[MAIL_BOUNDARIES];
	size_t n_boundaries;
	bool guess;  /* no boundary was named: the first "--" line shows it */
	bool digest; /* parts without a type are messages (RFC 2046 5.1.5) */
};

struct mail {
	struct unpack *u;
	struct span rest;    /* what is not yet read */
	struct frame *frame; /* MAIL_DEPTH of them */
	size_t depth;
	struct span header; /* of the part that is being read, and all after it */
	struct span part;   /* the same from its body on */
	bool coded;         /* a line of this part began as uuencode and yEnc begin */
	unsigned n_longer;  /* parts that were read a second time */
};

/* ---- delimiters */

struct delimiter {
	bool found;
	bool exact;  /* nothing but blanks follows the boundary */
	bool closes; /* "--" follows it */
	size_t frame;
};

/* Compares a line after its "--" with one boundary; true where the line begins with it. */
static bool compare(struct span line, const struct mail_text *boundary, struct delimiter *d)
{
	struct span b = mail_text_span(boundary);

	if (line.n < b.n || memcmp(line.p, b.p, b.n) != 0)
		return false;
	struct span rest = decode_trim(span_cut(line, b.n, line.n));
	d->closes = !boundary->cut && decode_starts(rest, "--");
	d->exact = boundary->cut || rest.n == 0 || (d->closes && rest.n == 2);
	return true;
}

/* Which open multipart a line that begins with "--" belongs to. */
static struct delimiter delimiter_of(struct mail *m, struct span line)
{
	struct delimiter best = { .found = false }, d = { .found = true };
	struct span text = span_cut(line, 2, line.n);

	if (m->depth > 0 && m->frame[m->depth - 1].guess && decode_trim(text).n > 2) {
		struct frame *top = &m->frame[m->depth - 1];
		struct span shown = span_cut(decode_trim(text), 0, MAIL_NAME_MAX);
		memcpy(top->boundary[0].text, shown.p, shown.n);
		top->boundary[0].n = shown.n;
		top->boundary[0].cut = shown.n == MAIL_NAME_MAX;
		top->n_boundaries = 1;
		top->guess = false;
	}
	for (size_t i = m->depth; i-- > 0;)
		for (size_t k = 0; k < m->frame[i].n_boundaries; k++) {
			d.frame = i;
			if (!compare(text, &m->frame[i].boundary[k], &d))
				continue;
			if (d.exact)
				return d;
			if (!best.found)
				best = d;
		}
	return best;
}

/* Takes the lines up to a delimiter or the end.  The line break before a delimiter is part of it.
 */
static struct span take_body(struct mail *m, bool exact_only, struct delimiter *d)
{
	struct span from = m->rest;
	size_t n = from.n;

	*d = (struct delimiter){ .found = false };
	m->coded = false;
	while (m->rest.n > 0) {
		struct span start = m->rest;
		struct span line = mail_header_line(&m->rest);
		if (line.n < 3)
			continue;
		if (line.p[0] == 'b' || line.p[0] == '=')
			m->coded = m->coded || decode_starts(line, "begin") ||
				   decode_starts(line, "=ybegin");
		if (line.p[0] != '-' || line.p[1] != '-')
			continue;
		*d = delimiter_of(m, line);
		size_t at = (size_t)(start.p - from.p);
		if (at > 0 && from.p[at - 1] == '\r') /* not all programs see a line there */
			d->exact = false;
		if (d->found && (d->exact || !exact_only)) {
			n = at;
			break;
		}
		d->found = false;
	}
	if (d->found && n > 0 && from.p[n - 1] == '\n')
		n--;
	if (d->found && n > 0 && from.p[n - 1] == '\r')
		n--;
	return span_cut(from, 0, n);
}

/* ---- parts */

static bool is_multipart(const struct mail_header *h)
{
	return h->multipart || (h->type.n == 0 && h->n_boundaries > 0);
}

/* Opens a multipart; false where the part is none, or is encoded as a whole (which RFC 2045 6.4
 * forbids and some programs read), or is one too many. */
static bool open_multipart(struct mail *m, const struct mail_header *h)
{
	struct span peek = m->rest;
	struct span first = { NULL, 0 };

	if (!is_multipart(h))
		return false;
	while (peek.n > 0 && first.n == 0)
		first = mail_header_line(&peek);
	if ((h->encodings & (MAIL_BASE64 | MAIL_QUOTED)) != 0 && !decode_starts(first, "--"))
		return false;
	if (m->depth == MAIL_DEPTH) {
		unpack_gap(m->u, REASON_LIMIT, give_place(m->u, m->rest),
			   "depth: %d multiparts inside each other", MAIL_DEPTH);
		return false;
	}
	struct frame *f = &m->frame[m->depth++];
	f->n_boundaries = h->n_boundaries;
	memcpy(f->boundary, h->boundary, sizeof f->boundary);
	f->guess = h->n_boundaries == 0;
	f->digest = decode_starts(mail_text_span(&h->type), "multipart/digest");
	return true;
}

/* A multipart that was encoded as a whole: a member that begins as a mail does. */
static bool give_multipart(struct mail *m, const struct mail_header *h, decode_text *decode,
			   struct span body)
{
	char text[2 * MAIL_NAME_MAX + 64];
	bool typed = decode_starts(mail_text_span(&h->type), "multipart/");
	size_t i = 0;
	struct unpack_member member = {
		.type = span_of("message/rfc822"),
		.size = UNPACK_UNKNOWN,
		.packed = body.n,
		.at = give_place(m->u, body),
	};
	bool on;

	if (!unpack_begin(m->u, &member))
		return false;
	do {
		int n = snprintf(text, sizeof text, "Content-Type: %s; boundary=\"%.*s\"\r\n",
				 typed ? h->type.text : "multipart/mixed", (int)h->boundary[i].n,
				 h->boundary[i].text);
		on = unpack_write(m->u, (struct span){ (const uint8_t *)text, (size_t)n });
	} while (on && ++i < h->n_boundaries);
	if (on && unpack_write(m->u, span_of("\r\n")))
		give_into(m->u, decode, body);
	unpack_end(m->u);
	return true;
}

/* One part, by each encoding that its header names. */
static bool give_part(struct mail *m, const struct mail_header *h, struct span body)
{
	static const struct {
		enum mail_encoding encoding;
		decode_text *decode;
	} row[] = { { MAIL_BASE64, decode_base64 }, { MAIL_QUOTED, decode_quoted } };
	unsigned encodings = h->encodings != 0 ? h->encodings : (unsigned)MAIL_PLAIN;
	struct span name = mail_text_span(&h->name);
	const char *type = h->type.n != 0 ? h->type.text : "text/plain"; /* RFC 2045 5.2 */
	bool ok = true;

	if (body.n == 0)
		return true;
	if (decode_starts(mail_text_span(&h->type), "message/partial"))
		unpack_gap(m->u, REASON_UNSUPPORTED, give_place(m->u, body),
			   "message/partial: the rest is in other mails (RFC 2046 5.2.2)");
	for (size_t i = 0; i < sizeof row / sizeof *row && ok; i++) {
		if ((encodings & row[i].encoding) == 0)
			continue;
		ok = is_multipart(h) ? give_multipart(m, h, row[i].decode, body)
				     : give_decoded(m->u, name, type, row[i].decode, body);
	}
	if (ok && (encodings & (MAIL_UU | MAIL_YENC)) != 0 && !m->coded)
		ok = give_decoded(m->u, name, type,
				  (encodings & MAIL_UU) != 0 ? decode_uu : decode_yenc, body);
	if (ok && (encodings & MAIL_PLAIN) != 0)
		ok = give_whole(m->u, name, type, body);
	if (ok && m->coded && (encodings & (MAIL_PLAIN | MAIL_QUOTED | MAIL_UU | MAIL_YENC)) != 0)
		ok = coded_give(m->u, body);
	return ok;
}

/* A part that ended at a line which only begins with its boundary, as programs see it that compare
 * the whole line.  A few times: each costs what it holds. */
static bool give_longer(struct mail *m, const struct mail_header *h)
{
	struct mail ahead = *m;
	struct delimiter d;

	if (m->n_longer == MAIL_LONGER)
		unpack_gap(m->u, REASON_LIMIT, give_place(m->u, m->part),
			   "delimiters: more than %d lines that only begin with one", MAIL_LONGER);
	if (m->n_longer++ >= MAIL_LONGER)
		return true;
	ahead.rest = m->part;
	struct span body = take_body(&ahead, true, &d);
	return give_part(&ahead, h, body);
}

/* A part whose header ended sooner, as some programs see it: the rest of that is encoded too. */
static bool give_sooner(struct mail *m, const struct mail_header *h, struct span body)
{
	struct span all = span_cut(m->header, m->header.n - m->part.n - h->n_doubtful,
				   h->n_doubtful + body.n);

	return h->n_doubtful == 0 || (h->encodings & ~(unsigned)MAIL_PLAIN) == 0 ||
	       give_part(m, h, all);
}

/* The header of the message, or of its next part; what is too much of it is a gap. */
static void read_header(struct mail *m, struct mail_header *h)
{
	uint64_t at = give_place(m->u, m->rest);

	m->header = m->rest;
	mail_header_read(&m->rest, h);
	if (h->more_boundaries)
		unpack_gap(m->u, REASON_LIMIT, at, "boundaries: more than %d of a part",
			   MAIL_BOUNDARIES);
	if (h->more_fields)
		unpack_gap(m->u, REASON_LIMIT, at, "fields: more than %d of a part",
			   MAIL_FIELDS_MAX);
}

/* Reads one message to its end. */
static bool read_message(struct mail *m)
{
	struct mail_header h;
	struct delimiter d;

	m->depth = 0;
	read_header(m, &h);
	bool part = !open_multipart(m, &h);
	for (;;) {
		m->part = m->rest;
		struct span body = take_body(m, false, &d);
		if (part ? !give_part(m, &h, body) : m->coded && !coded_give(m->u, body))
			return false;
		if (part && !give_sooner(m, &h, body))
			return false;
		if (part && d.found && !d.exact && !give_longer(m, &h))
			return false;
		if (!d.found)
			return true;
		m->depth = d.frame + 1;
		part = !d.closes;
		if (!part)
			continue;
		read_header(m, &h);
		if (m->frame[d.frame].digest && h.type.n == 0) {
			memcpy(h.type.text, "message/rfc822", sizeof "message/rfc822");
			h.type.n = sizeof "message/rfc822" - 1;
		}
		part = !open_multipart(m, &h);
	}
}

/* ---- mbox */

/* "From sender Thu Jul 31 13:51:21 2008": the line that begins a message. */
static bool is_from(struct span line)
{
	bool colon = false;
	size_t digits = 0;

	if (line.n < 5 || memcmp(line.p, "From ", 5) != 0)
		return false;
	for (size_t i = 5; i < line.n; i++) {
		colon = colon || line.p[i] == ':';
		digits += line.p[i] >= '0' && line.p[i] <= '9';
	}
	return colon && digits >= 6;
}

/* Takes a message of an mbox: up to an empty line and a "From " line, or the end. */
static struct span take_message(struct span *in)
{
	struct span from = *in;
	bool empty = false;

	while (in->n > 0) {
		struct span after = *in;
		struct span line = decode_line(&after);
		if (empty && is_from(line))
			break;
		empty = line.n == 0;
		*in = after;
	}
	return span_cut(from, 0, (uint64_t)(in->p - from.p));
}

/* Each message of an mbox of several. */
static bool read_mbox(struct mail *m)
{
	struct span rest = m->rest;

	while (rest.n > 0) {
		struct span message = take_message(&rest);
		if (!give_whole(m->u, (struct span){ NULL, 0 }, "message/rfc822", message))
			return false;
		(void)decode_line(&rest);
	}
	return true;
}

/* Messages that begin at any line "From ..." before a header field, which some programs take for
 * one (and Python's for the end of the message before). */
static bool read_loose(struct mail *m, struct span rest)
{
	struct span from = { NULL, 0 }; /* the message that is open */
	bool empty = false;

	while (rest.n > 0) {
		struct span start = rest, line = decode_line(&rest), next = rest;
		bool exact = empty && is_from(line);
		bool loose = !exact && line.n >= 5 && memcmp(line.p, "From ", 5) == 0 &&
			     mail_header_field(mail_header_line(&next));
		empty = line.n == 0;
		if (from.n != 0 && (exact || loose) &&
		    !give_whole(m->u, (struct span){ NULL, 0 }, "message/rfc822",
				span_cut(from, 0, from.n - start.n)))
			return false;
		if (exact || loose)
			from = loose ? rest : (struct span){ NULL, 0 };
	}
	return from.n == 0 || give_whole(m->u, (struct span){ NULL, 0 }, "message/rfc822", from);
}

/* Old Macintosh programs end lines with CR alone. */
static bool has_old_lines(struct span object)
{
	struct span start = span_cut(object, 0, 4096);

	return start.n != 0 && memchr(start.p, '\n', start.n) == NULL &&
	       memchr(start.p, '\r', start.n) != NULL;
}

/* The same text with LF. */
static void mend_lines(uint8_t *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\r')
			text[i] = '\n';
}

bool mail_known(const struct unpack_look *look)
{
	struct span from;

	return decode_starts(look->type, "message/rfc822") ||
	       decode_starts(look->type, "message/global") ||
	       decode_starts(look->type, "message/news") || mail_start_find(look->bytes, &from);
}

bool mail_read(struct span object, struct unpack *u, struct error *e)
{
	struct mail m = { .u = u };

	(void)mail_start_find(object, &m.rest);
	u->numbered = true;
	m.frame = arena_array(&u->arena, MAIL_DEPTH, sizeof *m.frame);
	if (m.frame != NULL && has_old_lines(object)) {
		uint8_t *copy = arena_copy(&u->arena, m.rest.p, m.rest.n);
		if (copy != NULL)
			mend_lines(copy, m.rest.n);
		m.rest = (struct span){ copy, m.rest.n };
	}
	if (m.frame == NULL || m.rest.p == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "mail: no memory");
	if (!decode_starts(m.rest, "From ") && !decode_starts(m.rest, ">From ")) {
		(void)read_message(&m); /* false: the budget is spent, and says so */
		return true;
	}
	(void)decode_line(&m.rest);
	struct span all = m.rest, peek = m.rest;
	(void)take_message(&peek);
	if (peek.n > 0 ? read_mbox(&m) : read_message(&m))
		(void)read_loose(&m, all);
	return true;
}
