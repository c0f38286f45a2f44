/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/mail_header.h"

#include "base/text.h"

static void text_add(struct mail_text *t, uint8_t c)
{
	if (t->n < MAIL_NAME_MAX)
		t->text[t->n++] = (char)c;
	t->text[t->n] = 0;
}

static void text_add_span(struct mail_text *t, struct span s)
{
	for (size_t i = 0; i < s.n && t->n < MAIL_NAME_MAX; i++)
		text_add(t, s.p[i]);
}

static void text_add_code(struct mail_text *t, uint8_t latin1)
{
	if (latin1 < 0x80) {
		text_add(t, latin1);
		return;
	}
	text_add(t, (uint8_t)(0xc0 | latin1 >> 6));
	text_add(t, (uint8_t)(0x80 | (latin1 & 63)));
}

/* ---- characters of other sets (names alone; bytes of a set that is not known stay as they are) */

static bool is_latin(struct span charset)
{
	return decode_starts(charset, "iso-8859-1") || decode_starts(charset, "windows-1252") ||
	       decode_starts(charset, "latin1");
}

static void text_add_charset(struct mail_text *t, struct span s, struct span charset)
{
	if (!is_latin(charset)) {
		text_add_span(t, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++)
		text_add_code(t, s.p[i]);
}

/* Adds s, decoded, from the character set named. */
static void add_decoded(struct mail_text *t, decode_text *decode, struct span s,
			struct span charset)
{
	struct decode_state state = { 0 };
	uint8_t block[64];

	while (s.n > 0) {
		size_t n = decode(&state, &s, block, sizeof block);
		text_add_charset(t, (struct span){ block, n }, charset);
	}
}

/* An encoded word "=?charset?B?text?=" (RFC 2047 2) at the front of s: decoded; its length, or 0.
 */
static size_t add_encoded_word(struct mail_text *t, struct span s)
{
	struct span piece[3];
	size_t at = 2;

	if (s.n < 8 || s.p[0] != '=' || s.p[1] != '?')
		return 0;
	for (size_t i = 0; i < 3; i++) {
		size_t from = at;
		while (at < s.n && s.p[at] != '?')
			at++;
		if (at == s.n)
			return 0;
		piece[i] = span_cut(s, from, at - from);
		at++;
	}
	if (at >= s.n || s.p[at] != '=' || piece[1].n != 1)
		return 0;
	if (text_lower(piece[1].p[0]) == 'b') {
		add_decoded(t, decode_base64, piece[2], piece[0]);
		return at + 1;
	}
	if (text_lower(piece[1].p[0]) != 'q')
		return 0;
	for (size_t i = 0; i < piece[2].n;) { /* as quoted-printable, with "_" for a blank */
		size_t n = piece[2].p[i] == '=' ? 3 : 1;
		struct span one = span_cut(piece[2], i, n);
		if (n == 1 && one.p[0] == '_')
			text_add(t, ' ');
		else
			add_decoded(t, decode_quoted, one, piece[0]);
		i += n;
	}
	return at + 1;
}

/* `raw` with its encoded words decoded; blanks between two of them are nothing (RFC 2047 6.2). */
static void decode_words(const struct mail_text *raw, struct mail_text *out)
{
	struct span s = mail_text_span(raw);
	size_t gap = 0;
	bool after_word = false;

	while (s.n > 0) {
		size_t mark = out->n;
		struct mail_text word = { .n = 0 };
		size_t n = add_encoded_word(&word, s);
		if (n != 0) {
			if (after_word)
				out->n = mark - gap;
			text_add_span(out, mail_text_span(&word));
		} else {
			text_add(out, s.p[0]);
		}
		bool blank = n == 0 && s.p[0] == ' ';
		gap = blank && after_word && out->n > mark ? gap + 1 : 0;
		after_word = n != 0 || (blank && after_word);
		s = span_cut(s, n != 0 ? n : 1, s.n);
	}
}

/* ---- values and their parameters */

/* A value as it stands in the file, breaks of folded lines in it. */
static void skip_blanks(struct cursor *c)
{
	unsigned depth = 0; /* of comments */

	while (cursor_left(c) > 0) {
		uint8_t b = c->p[c->at];
		if (b == '(')
			depth++;
		else if (b == ')' && depth > 0)
			depth--;
		else if (b == '\\' && depth > 0)
			cursor_skip(c, 1);
		else if (depth == 0 && b != ' ' && b != '\t' && b != '\r' && b != '\n')
			return;
		cursor_skip(c, 1);
	}
}

static bool ends_name(uint8_t c)
{
	return c == ';' || c == '=' || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '"';
}

static struct span take_name(struct cursor *c)
{
	size_t from = c->at;

	while (cursor_left(c) > 0 && !ends_name(c->p[c->at]))
		cursor_skip(c, 1);
	return (struct span){ c->p + from, c->at - from };
}

/* A quoted string, or all up to the next ";".  Line breaks in it are nothing. */
static void take_value(struct cursor *c, struct mail_text *out)
{
	bool quoted = cursor_left(c) > 0 && c->p[c->at] == '"';

	out->n = 0;
	if (quoted)
		cursor_skip(c, 1);
	while (cursor_left(c) > 0) {
		uint8_t b = cursor_u8(c);
		if (b == (quoted ? '"' : ';'))
			break;
		if (b == '\\' && quoted && cursor_left(c) > 0 &&
		    (c->p[c->at] == '"' || c->p[c->at] == '\\'))
			b = cursor_u8(c);
		if (b != '\r' && b != '\n')
			text_add(out, b == '\t' ? ' ' : b);
	}
	while (!quoted && out->n > 0 && out->text[out->n - 1] == ' ')
		out->text[--out->n] = 0;
}

/* ---- parameters in segments "name*0*=", "name*1=" ... (RFC 2231 3 and 4), joined in order
 */

/* Decodes one segment into `out`; *charset comes from the first one and holds for all. */
static void join_one(struct mail_text *out, struct span s, bool extended, bool first,
		     struct span *charset)
{
	if (!extended) {
		text_add_charset(out, s, *charset);
		return;
	}
	if (first) { /* charset'language' */
		const uint8_t *quote = memchr(s.p, '\'', s.n);
		size_t n = quote != NULL ? (size_t)(quote - s.p) : s.n;
		const uint8_t *second = n < s.n ? memchr(s.p + n + 1, '\'', s.n - n - 1) : NULL;
		if (second != NULL) {
			*charset = span_cut(s, 0, n);
			s = span_cut(s, (uint64_t)(second - s.p) + 1, s.n);
		}
	}
	add_decoded(out, decode_percent, s, *charset);
}

struct parameter {
	struct mail_text plain; /* name=value */
	bool has_plain;
	bool has_segments;
	size_t n_segments; /* highest number + 1 */
	struct mail_text segment[MAIL_SEGMENTS];
	bool extended[MAIL_SEGMENTS];
};

/* Keeps a parameter "key[*N][*]=value" where it is called `name`. */
static void parameter_keep(struct parameter *p, const char *name, struct span key,
			   const struct mail_text *value)
{
	size_t n = strlen(name), number = 0;

	if (!decode_starts(key, name))
		return;
	struct span rest = span_cut(key, n, key.n);
	if (rest.n == 0) {
		if (!p->has_plain)
			p->plain = *value;
		p->has_plain = true;
		return;
	}
	if (rest.p[0] != '*')
		return;
	bool extended = rest.p[rest.n - 1] == '*';
	for (size_t i = 1; i < rest.n && rest.p[i] >= '0' && rest.p[i] <= '9' && number < 100; i++)
		number = number * 10 + (size_t)(rest.p[i] - '0');
	if (number >= MAIL_SEGMENTS)
		return;
	p->segment[number] = *value;
	p->extended[number] = extended;
	p->has_segments = true;
	if (number >= p->n_segments)
		p->n_segments = number + 1;
}

/* The value of a parameter: RFC 2231's form first, as newer mail programs do; *out stays empty
 * where there is none. */
static void parameter_value(const struct parameter *p, struct mail_text *out)
{
	struct span charset = { NULL, 0 };

	out->n = 0;
	if (p->has_segments)
		for (size_t i = 0; i < p->n_segments; i++)
			join_one(out, mail_text_span(&p->segment[i]), p->extended[i], i == 0,
				 &charset);
	else if (p->has_plain)
		decode_words(&p->plain, out);
}

/* ---- fields */

/* Reads the parameters after a value; the one called `name` goes to *out where it is there. */
static void read_parameters(struct cursor *c, const char *name, struct mail_text *out)
{
	struct parameter p = { .n_segments = 0 };
	struct mail_text value;

	while (cursor_left(c) > 0) {
		skip_blanks(c);
		struct span key = take_name(c);
		skip_blanks(c);
		if (cursor_left(c) == 0)
			break;
		if (c->p[c->at] != '=') { /* no parameter: a ";", or a word that a lost ";" left */
			if (key.n == 0)
				cursor_skip(c, 1);
			continue;
		}
		cursor_skip(c, 1);
		skip_blanks(c);
		take_value(c, &value);
		parameter_keep(&p, name, key, &value);
	}
	parameter_value(&p, out);
}

/* Keeps a boundary that no field before named. */
static void keep_boundary(struct mail_header *h, const struct mail_text *boundary)
{
	for (size_t i = 0; i < h->n_boundaries; i++)
		if (h->boundary[i].n == boundary->n &&
		    memcmp(h->boundary[i].text, boundary->text, boundary->n) == 0)
			return;
	if (h->n_boundaries == MAIL_BOUNDARIES)
		h->more_boundaries = true;
	else
		h->boundary[h->n_boundaries++] = *boundary;
}

static void read_type(struct span value, struct mail_header *h)
{
	struct cursor c = cursor_of(value);
	struct mail_text found;

	skip_blanks(&c);
	struct span type = take_name(&c);
	if (h->type.n == 0)
		for (size_t i = 0; i < type.n; i++)
			text_add(&h->type, text_lower(type.p[i]));
	struct cursor again = c;
	read_parameters(&c, "boundary", &found);
	if (found.n > MAIL_BOUNDARY_MAX)
		found.n = MAIL_BOUNDARY_MAX;
	while (found.n > 0 && found.text[found.n - 1] == ' ')
		found.n--;
	if (found.n != 0)
		keep_boundary(h, &found);
	read_parameters(&again, "name", &found);
	if (found.n != 0 && h->name.n == 0)
		h->name = found;
}

static void read_disposition(struct span value, struct mail_header *h)
{
	struct cursor c = cursor_of(value);
	struct mail_text found;

	skip_blanks(&c);
	struct span kind = take_name(&c);
	skip_blanks(&c);
	if (cursor_left(&c) > 0 && c.p[c.at] == '=') /* "filename=x" and no kind before it */
		c = cursor_of(span_cut(value, (uint64_t)(kind.p - value.p), value.n));
	read_parameters(&c, "filename", &found);
	if (found.n != 0)
		h->name = found;
}

/* Each name that mail programs take for an encoding; what is not known is read as it stands. */
static void read_encoding(struct span value, struct mail_header *h)
{
	static const struct {
		const char *word;
		enum mail_encoding encoding;
	} known[] = {
		{ "base64", MAIL_BASE64 },   { "quoted-printable", MAIL_QUOTED },
		{ "x-uu", MAIL_UU },         { "uuencode", MAIL_UU },
		{ "x-yenc", MAIL_YENC },     { "yenc", MAIL_YENC },
		{ "x-base64", MAIL_BASE64 },
	};
	struct cursor c = cursor_of(value);

	skip_blanks(&c);
	struct span word = decode_trim(span_cut(value, c.at, value.n));
	if (word.n > 0 && word.p[0] == '"')
		word = span_cut(word, 1, word.n);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (decode_starts(word, known[i].word)) {
			h->encodings |= known[i].encoding;
			return;
		}
	h->encodings |= MAIL_PLAIN;
}

bool mail_header_field(struct span line)
{
	size_t i = 0;

	while (i < line.n && line.p[i] > ' ' && line.p[i] < 0x7f && line.p[i] != ':')
		i++;
	if (i == 0)
		return false;
	while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
		i++;
	return i < line.n && line.p[i] == ':';
}

/* Names that begin fields which mails have and other texts seldom do. */
static bool is_known(struct span field)
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

/* Fields that a mail has whatever else stands in its header. */
static bool is_own(struct span field)
{
	static const char *const names[] = { "from:", "mime-version:", "content-type:",
					     "content-transfer-encoding:" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (decode_starts(field, names[i]))
			return true;
	return false;
}

/* One field with its folded lines. */
static void read_field(struct span field, struct mail_header *h)
{
	const uint8_t *colon = memchr(field.p, ':', field.n);
	size_t n = (size_t)(colon - field.p);
	struct span value = span_cut(field, n + 1, field.n);
	struct span name = decode_trim(span_cut(field, 0, n));

	h->n_fields++;
	h->n_known += is_known(field);
	h->mime = h->mime || decode_starts(name, "content-") || decode_starts(name, "mime-version");
	h->own = h->own || is_own(field);
	if (name.n == 12 && decode_starts(name, "content-type"))
		read_type(value, h);
	else if (name.n == 25 && decode_starts(name, "content-transfer-encoding"))
		read_encoding(value, h);
	else if (name.n == 19 && decode_starts(name, "content-disposition"))
		read_disposition(value, h);
}

/* Whether a header goes on after a line that is no field: one of MIME's fields follows, and the
 * line is no delimiter. */
static bool goes_on(struct span line, struct span after)
{
	struct span next = decode_line(&after);

	return !decode_starts(line, "--") && mail_header_field(next) &&
	       (decode_starts(next, "content-") || decode_starts(next, "mime-version"));
}

void mail_header_read(struct span *in, struct mail_header *out)
{
	bool strange = false; /* there was a line that is no field */

	*out = (struct mail_header){ .n_fields = 0 };
	while (in->n > 0) {
		struct span after = *in;
		struct span line = decode_line(&after);
		if (line.n == 0) {
			*in = after;
			out->ended = !strange;
			return;
		}
		if (!mail_header_field(line)) {
			strange = true;
			if (out->n_fields == 0 || !goes_on(line, after))
				return;
			*in = after;
			continue;
		}
		if (out->n_fields == MAIL_FIELDS_MAX) {
			out->more_fields = true;
			return;
		}
		while (after.n > 0 && (after.p[0] == ' ' || after.p[0] == '\t')) {
			struct span next = after;
			if (decode_trim(decode_line(&next)).n == 0)
				break;
			after = next;
		}
		read_field(span_cut(*in, 0, (uint64_t)(after.p - in->p)), out);
		*in = after;
	}
}

struct span mail_header_unmark(struct span object)
{
	return decode_starts(object, "\xef\xbb\xbf") ? span_cut(object, 3, object.n) : object;
}

bool mail_header_looks(struct span object)
{
	struct span s = span_cut(mail_header_unmark(object), 0, MAIL_HEADER_MAX);
	struct mail_header h;

	for (size_t i = 0; i < 8 && s.n > 0 && (s.p[0] == '\r' || s.p[0] == '\n'); i++)
		s = span_cut(s, 1, s.n);
	bool mbox = decode_starts(s, "From ") || decode_starts(s, ">From ");
	if (mbox)
		(void)decode_line(&s);
	mail_header_read(&s, &h);
	if (h.ended && h.own && h.n_known >= 2) /* whatever others stand before */
		return true;
	return h.n_known >= (mbox || h.mime ? 1 : 2) && h.n_known * 4 >= h.n_fields;
}
