/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/mail_header.h"

#include "base/text.h"
#include "unpack/mail_start.h"

enum {
	CRS_MAX = 4,    /* before an LF */
	AHEAD_MAX = 16, /* lines that are looked at to tell whether a header goes on */
};

static void text_clear(struct mail_text *t)
{
	t->n = 0;
	t->cut = false;
}

static void text_add(struct mail_text *t, uint8_t c)
{
	if (t->n < MAIL_NAME_MAX)
		t->text[t->n++] = (char)c;
	else
		t->cut = true;
	t->text[t->n] = 0;
}

static void text_add_span(struct mail_text *t, struct span s)
{
	for (size_t i = 0; i < s.n && !t->cut; i++)
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

	text_clear(out);
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
	bool more;         /* a higher one was there */
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
	p->more = p->more || number >= MAIL_SEGMENTS;
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

	text_clear(out);
	for (size_t i = 0; i < p->n_segments && !out->cut; i++) {
		join_one(out, mail_text_span(&p->segment[i]), p->extended[i], i == 0, &charset);
		out->cut = out->cut || p->segment[i].cut;
	}
	out->cut = out->cut || p->more;
	if (!p->has_segments && p->has_plain) {
		decode_words(&p->plain, out);
		out->cut = out->cut || p->plain.cut;
	}
}

/* ---- fields */

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

/* Without blanks at its end, which delimiters do not show; an empty one is none. */
static void add_boundary(struct mail_header *h, struct mail_text *boundary)
{
	while (boundary->n > 0 && boundary->text[boundary->n - 1] == ' ')
		boundary->n--;
	if (boundary->n != 0)
		keep_boundary(h, boundary);
}

/* One as it is written; and if backslashes stand in it, as programs read it that take each for a
 * quoting one. */
static void add_plain_boundary(struct mail_header *h, struct mail_text *boundary)
{
	struct mail_text bare = { .cut = boundary->cut };

	add_boundary(h, boundary);
	for (size_t i = 0; i < boundary->n; i++)
		if (boundary->text[i] != '\\')
			text_add(&bare, (uint8_t)boundary->text[i]);
	add_boundary(h, &bare);
}

/* Reads the parameters after a value; the one called `name` goes to *out where it is there.  Where
 * `each` is given, all of that name and without a number are boundaries. */
static void read_parameters(struct cursor *c, const char *name, struct mail_text *out,
			    struct mail_header *each)
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
		if (each != NULL && key.n == strlen(name) && decode_starts(key, name))
			add_plain_boundary(each, &value);
	}
	parameter_value(&p, out);
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
	h->multipart = h->multipart || decode_starts(type, "multipart");
	struct cursor again = c;
	read_parameters(&c, "boundary", &found, h);
	add_boundary(h, &found);
	read_parameters(&again, "name", &found, NULL);
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
	read_parameters(&c, "filename", &found, NULL);
	if (found.n != 0)
		h->name = found;
}

/* The encoding that a word names; 0: none that is known. */
static unsigned encoding_of(struct span word)
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

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (decode_starts(word, known[i].word))
			return known[i].encoding;
	return 0;
}

static bool is_word(uint8_t c)
{
	return (text_lower(c) >= 'a' && text_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Each word that mail programs take for an encoding; what is not known is read as it stands. */
static void read_encoding(struct span value, struct mail_header *h)
{
	struct cursor c = cursor_of(value);
	unsigned found = 0;

	while (cursor_left(&c) > 0) {
		skip_blanks(&c);
		size_t from = c.at;
		while (cursor_left(&c) > 0 && is_word(c.p[c.at]))
			cursor_skip(&c, 1);
		found |= encoding_of(span_cut(value, from, c.at - from));
		if (c.at == from)
			cursor_skip(&c, 1);
	}
	h->encodings |= found != 0 ? found : (unsigned)MAIL_PLAIN;
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

/* One field with its folded lines. */
static void read_field(struct span field, struct mail_header *h)
{
	const uint8_t *colon = memchr(field.p, ':', field.n);
	size_t n = (size_t)(colon - field.p);
	struct span value = span_cut(field, n + 1, field.n);
	struct span name = decode_trim(span_cut(field, 0, n));

	h->n_fields++;
	h->n_known += mail_start_is_known(field);
	h->mime = h->mime || decode_starts(name, "content-") || decode_starts(name, "mime-version");
	h->own = h->own || mail_start_is_own(field);
	if (name.n == 12 && decode_starts(name, "content-type"))
		read_type(value, h);
	else if (name.n == 25 && decode_starts(name, "content-transfer-encoding"))
		read_encoding(value, h);
	else if (name.n == 19 && decode_starts(name, "content-disposition"))
		read_disposition(value, h);
}

struct span mail_header_line(struct span *in)
{
	size_t n = in->n, next = in->n;

	for (size_t from = 0, step = 128; from < in->n; from += step, step *= 2) {
		struct span piece = span_cut(*in, from, step);
		const uint8_t *lf = memchr(piece.p, '\n', piece.n);
		const uint8_t *cr =
			memchr(piece.p, '\r', lf != NULL ? (size_t)(lf - piece.p) : piece.n);
		const uint8_t *end = cr != NULL ? cr : lf;
		if (end == NULL)
			continue;
		n = (size_t)(end - in->p);
		next = n;
		while (next < in->n && next - n < CRS_MAX && in->p[next] == '\r')
			next++;
		next = next < in->n && in->p[next] == '\n' ? next + 1 : n + 1;
		break;
	}
	struct span line = span_cut(*in, 0, n);
	*in = span_cut(*in, next, in->n);
	return line;
}

/* Whether a header goes on after a line that is no field: one of MIME's fields follows soon, and
 * neither the line nor one between is a delimiter. */
static bool goes_on(struct span line, struct span after)
{
	for (size_t i = 0; i < AHEAD_MAX && line.n != 0 && !decode_starts(line, "--"); i++) {
		if (mail_header_field(line) &&
		    (decode_starts(line, "content-") || decode_starts(line, "mime-version")))
			return true;
		line = mail_header_line(&after);
	}
	return false;
}

static bool is_folded(struct span in) { return in.n > 0 && (in.p[0] == ' ' || in.p[0] == '\t'); }

/* Whether a field goes on after a line of blanks: by a folded line, or another field follows. */
static bool folds_on(struct span after)
{
	for (size_t i = 0; i < AHEAD_MAX; i++) {
		bool folded = is_folded(after);
		struct span line = mail_header_line(&after);
		if (decode_trim(line).n != 0)
			return folded || mail_header_field(line);
		if (line.n == 0)
			return false;
	}
	return false;
}

/* Takes the folded lines of a field off the front of *in; *doubt is the first that is but blanks.
 */
static void take_folds(struct span *in, const uint8_t **doubt)
{
	while (is_folded(*in)) {
		struct span next = *in;
		if (decode_trim(mail_header_line(&next)).n == 0) {
			if (!folds_on(next))
				return;
			*doubt = *doubt != NULL ? *doubt : in->p;
		}
		*in = next;
	}
}

void mail_header_read(struct span *in, struct mail_header *out)
{
	bool strange = false;        /* there was a line that is no field */
	const uint8_t *doubt = NULL; /* where other programs see the header's end */

	*out = (struct mail_header){ .n_fields = 0 };
	while (in->n > 0) {
		struct span after = *in;
		struct span line = mail_header_line(&after);
		if (line.n == 0) {
			*in = after;
			out->ended = !strange;
			break;
		}
		if (!mail_header_field(line)) {
			strange = true;
			if (out->n_fields == 0 || !goes_on(line, after))
				break;
			doubt = doubt != NULL ? doubt : in->p;
			*in = after;
			continue;
		}
		if (out->n_fields == MAIL_FIELDS_MAX) {
			out->more_fields = true;
			break;
		}
		take_folds(&after, &doubt);
		read_field(span_cut(*in, 0, (uint64_t)(after.p - in->p)), out);
		*in = after;
	}
	out->n_doubtful = doubt != NULL ? (size_t)(in->p - doubt) : 0;
}
