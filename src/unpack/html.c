/* SPDX-License-Identifier: Apache-2.0 */

/*
 * HTML, SVG and XML: the scripts that stand in elements, the files that stand in "data:" addresses
 * (address.h) and those that office programs write as base64 into elements of flat XML.
 *
 * Read as browsers do (HTML Living Standard, 13.2): letters of both cases, a script ends at
 * "</script", and base64 passes over blanks.  A text in UTF-16 is turned into UTF-8 first, and is
 * then a member itself.
 */

#include "base/text.h"
#include "unpack/address.h"
#include "unpack/give.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

/* What elements of scripts are given as: the tags in them are in the page too. */
static const char SCRIPT_TYPE[] = "text/javascript";

enum {
	HINT_MAX = 1024,     /* bytes, behind blanks, that tell what a text is */
	OPEN_MAX = 64,       /* tags without an end */
	TAG_NAME_MAX = 1024, /* of an element, with its prefix */
	REFERENCE_MAX = 64,  /* bytes of one to a character */
};

struct reader {
	struct unpack *u;
	bool stop; /* the budget is spent */
};

/* ---- character references (HTML Living Standard, 13.5), which addresses may be written with */

/* The character that a reference at the front of s stands for, and in *n its length; 0: it is none,
 * or one that would end an address.  Breaks, which browsers take out of an address, do not. */
static uint32_t reference(struct span s, size_t *n)
{
	static const struct {
		const char *name;
		uint8_t c;
	} named[] = { { "&colon;", ':' },   { "&comma;", ',' }, { "&semi;", ';' },
		      { "&sol;", '/' },     { "&plus;", '+' },  { "&equals;", '=' },
		      { "&percnt;", '%' },  { "&amp;", '&' },   { "&Tab;", '\t' },
		      { "&NewLine;", '\n' } };
	uint32_t v = 0, base = 10;
	size_t i = 2;

	for (size_t k = 0; k < sizeof named / sizeof *named; k++) {
		*n = strlen(named[k].name);
		if (s.n >= *n && memcmp(s.p, named[k].name, *n) == 0)
			return named[k].c;
	}
	if (s.n < 3 || s.p[1] != '#')
		return 0;
	if ((s.p[2] | 32) == 'x') {
		base = 16;
		i++;
	}
	size_t first = i;
	while (i < s.n && s.p[i] == '0')
		i++;
	for (int digit; i < s.n && v < 0x110000 && (digit = text_hex_digit(s.p[i])) >= 0 &&
			(uint32_t)digit < base;
	     i++)
		v = v * base + (uint32_t)digit;
	*n = i + (i < s.n && s.p[i] == ';');
	if (i == first || v >= 0x80)
		return 0;
	return address_ends((uint8_t)v) && !address_break((uint8_t)v) ? 0 : v;
}

/* A copy without references (and the breaks that they stand for); the text itself where there are
 * none, or no room. */
static struct span resolve(struct reader *r, struct span text)
{
	const uint8_t *first = memchr(text.p, '&', text.n);
	uint8_t *out = first != NULL && unpack_steps(r->u, text.n * 2)
			       ? arena_alloc(&r->u->arena, text.n)
			       : NULL;
	size_t to = 0, n;

	for (size_t i = 0; out != NULL && i < text.n;) {
		uint32_t c = text.p[i] == '&' ? reference(span_cut(text, i, text.n), &n) : 0;
		if (c == 0)
			out[to++] = text.p[i];
		else if (!address_break((uint8_t)c))
			out[to++] = (uint8_t)c;
		i += c != 0 ? n : 1;
	}
	return out != NULL && to != text.n ? (struct span){ out, to } : text;
}

/* ---- elements */

/* Elements whose text is a file in base64: Word 2003's, flat OPC's, flat ODF's, XDP's.  A document
 * chooses the prefixes that stand before them. */
static bool is_binary(struct span name)
{
	static const char *const names[] = { "bindata", "binarydata", "binary-data", "chunk" };
	const uint8_t *colon = name.n != 0 ? memrchr(name.p, ':', name.n) : NULL;

	if (colon != NULL)
		name = span_cut(name, (size_t)(colon - name.p) + 1, name.n);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (name.n == strlen(names[i]) && decode_starts(name, names[i]))
			return true;
	return false;
}

/* Does an element of that name hold something? */
static bool holds(struct span name)
{
	return (name.n == 6 && decode_starts(name, "script")) || is_binary(name);
}

/* The name of the element that begins after "<". */
static struct span element_name(struct span text)
{
	size_t n = 0;

	while (n < text.n && n < TAG_NAME_MAX && text.p[n] > ' ' && text.p[n] != '>' &&
	       text.p[n] != '/' && text.p[n] != '<')
		n++;
	return span_cut(text, 0, n);
}

static bool is_blank(uint8_t c) { return c == ' ' || c == '\f' || address_break(c); }

/* Where a tag ends, of which all behind its name is `text`: after its ">".  Another may stand in
 * quotes before it, which count only where a value begins: behind the "=" of a name, and blanks
 * (HTML Living Standard, 13.2.5.32 to 13.2.5.39).  0: nowhere. */
static size_t tag_end(struct span text)
{
	enum { BETWEEN, NAMED, VALUE, BARE } in = BETWEEN;
	uint8_t quote = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		bool blank = is_blank(c);
		if (quote != 0) {
			quote = c == quote ? 0 : quote;
			continue;
		}
		if (c == '>')
			return i + 1;
		if (in == VALUE && (c == '"' || c == '\'')) {
			quote = c;
			in = BETWEEN;
		} else if (in == VALUE) {
			in = blank ? VALUE : BARE;
		} else if (in == BARE) {
			in = blank ? BETWEEN : BARE;
		} else if (in == NAMED && c == '=') {
			in = VALUE;
		} else if (c == '/') {
			in = BETWEEN;
		} else if (!blank) {
			in = NAMED;
		}
	}
	return 0;
}

/* How far what begins with the "<" at the front of s is no part of a text in XML: a comment or an
 * instruction; and how far the mark before a CDATA section, or of all the section (`whole`). */
static size_t passed(struct span s, bool whole)
{
	static const struct {
		const char *from, *to;
		bool text;
	} kinds[] = { { "<!--", "-->", false },
		      { "<![CDATA[", "]]>", true },
		      { "<?", "?>", false } };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i].from);
		if (s.n < n || memcmp(s.p, kinds[i].from, n) != 0)
			continue;
		if (kinds[i].text && !whole)
			return n;
		const uint8_t *end = memmem(s.p + n, s.n - n, kinds[i].to, strlen(kinds[i].to));
		return end != NULL ? (size_t)(end - s.p) + strlen(kinds[i].to) : s.n;
	}
	return 0;
}

/* Where "</name" next begins; text.n where it does not. */
static size_t end_tag(struct span text, struct span name, bool xml)
{
	for (size_t at = 0; at < text.n;) {
		const uint8_t *p = memchr(text.p + at, '<', text.n - at);
		if (p == NULL)
			break;
		at = (size_t)(p - text.p);
		struct span tag = span_cut(text, at + 2, name.n);
		size_t same = 0;
		while (same < tag.n && (tag.p[same] | 32) == (name.p[same] | 32))
			same++;
		if (at + 1 < text.n && text.p[at + 1] == '/' && same == name.n)
			return at;
		size_t n = xml ? passed(span_cut(text, at, text.n), true) : 0;
		at += n != 0 ? n : 1;
	}
	return text.n;
}

/* Bytes up to the ";" that ends a reference; 1: none does. */
static size_t reference_size(struct span s)
{
	const uint8_t *end = memchr(s.p, ';', s.n < REFERENCE_MAX ? s.n : REFERENCE_MAX);
	return end != NULL ? (size_t)(end - s.p) + 1 : 1;
}

/* The digits of base64 in the text of an element, as a reader of XML gets them: without comments,
 * with what references and CDATA sections stand for; the text itself where there is no room. */
static struct span digits_of(struct reader *r, struct span text)
{
	bool marked = memchr(text.p, '<', text.n) != NULL || memchr(text.p, '&', text.n) != NULL;
	uint8_t *out =
		marked && unpack_steps(r->u, text.n * 2) ? arena_alloc(&r->u->arena, text.n) : NULL;
	size_t to = 0, n;

	for (size_t i = 0; out != NULL && i < text.n; i += n) {
		struct span rest = span_cut(text, i, text.n);
		n = rest.p[0] == '<' ? passed(rest, false) : 0;
		if (n != 0)
			continue;
		uint32_t c = rest.p[0];
		n = 1;
		if (c == '&' && (c = reference(rest, &n)) == 0) /* to what is no digit */
			n = reference_size(rest);
		if (c != 0)
			out[to++] = (uint8_t)c;
	}
	return out != NULL ? (struct span){ out, to } : text;
}

/* An element that holds something, whose tag begins after the "<" at the front of `text`: how far
 * to go on; as far as its name where the tag has no end. */
static size_t read_element(struct reader *r, struct span text, struct span name)
{
	bool script = name.n == 6 && decode_starts(name, "script");
	size_t tag = tag_end(span_cut(text, name.n, text.n));

	if (tag == 0)
		return name.n;
	tag += name.n;
	struct span inside = span_cut(text, tag, text.n);
	inside.n = end_tag(inside, name, !script);
	if (decode_trim(inside).n != 0) {
		bool more = script ? give_whole(r->u, span_of("script"), SCRIPT_TYPE, inside)
				   : give_decoded(r->u, (struct span){ NULL, 0 }, NULL,
						  decode_base64, digits_of(r, inside));
		r->stop = !more;
	}
	if (script)
		return tag + inside.n;
	/* to a browser it is an element like others, which ends elsewhere and may hold scripts */
	r->stop = r->stop || !unpack_steps(r->u, inside.n);
	return tag;
}

/* What looks like a tag in another's value, or in a text, may have no end, and those behind it
 * have: some such are passed over, each of which costs the rest of the text. */
static void find_elements(struct reader *r, struct span text)
{
	unsigned n_open = 0; /* tags without an end */

	for (size_t at = 0; at < text.n && !r->stop;) {
		const uint8_t *p = memchr(text.p + at, '<', text.n - at);
		if (p == NULL)
			return;
		at = (size_t)(p - text.p) + 1;
		struct span rest = span_cut(text, at, text.n), name = element_name(rest);
		if (!holds(name))
			continue;
		if (n_open == OPEN_MAX) {
			unpack_gap(r->u, REASON_LIMIT, give_place(r->u, rest),
				   "tags: more than %d without an end", OPEN_MAX);
			return;
		}
		size_t on = read_element(r, rest, name);
		n_open += on == name.n;
		at += on;
	}
}

/* ---- what is HTML */

static bool is_letter(uint8_t c) { return text_lower(c) >= 'a' && text_lower(c) <= 'z'; }

/* What may follow the "<" that a text begins with. */
static bool opens(uint8_t c) { return is_letter(c) || c == '!' || c == '?'; }

/* UTF-16: a mark of it stands before the text, or the "<" of a tag and another character do. */
static bool is_wide(struct span s)
{
	if (s.n < 4)
		return false;
	if ((s.p[0] == 0xff && s.p[1] == 0xfe) || (s.p[0] == 0xfe && s.p[1] == 0xff))
		return true;
	return (s.p[0] == '<' && s.p[1] == 0 && opens(s.p[2]) && s.p[3] == 0) ||
	       (s.p[0] == 0 && s.p[1] == '<' && s.p[2] == 0 && opens(s.p[3]));
}

/* The next character of such a text, of which `object` is the whole. */
static uint32_t take_wide(struct span object, struct cursor *c)
{
	return object.p[0] == 0xfe || object.p[0] == 0 ? wide_take_be(c) : wide_take(c);
}

/* Such a text without its mark. */
static struct span wide_body(struct span object)
{
	return span_cut(object, object.p[0] >= 0xfe ? 2 : 0, object.n);
}

static bool name_ends(struct span name, const char *with)
{
	size_t n = strlen(with);

	return name.n >= n && decode_starts(span_cut(name, name.n - n, n), with);
}

static bool has_element(struct span text)
{
	const uint8_t *p;

	for (size_t at = 0; (p = memchr(text.p + at, '<', text.n - at)) != NULL;) {
		at = (size_t)(p - text.p) + 1;
		if (holds(element_name(span_cut(text, at, text.n))))
			return true;
	}
	return false;
}

/* Are there references that "data:" may be written with? */
static bool has_reference(struct span text)
{
	const uint8_t *p;

	for (size_t at = 0; (p = memchr(text.p + at, '&', text.n - at)) != NULL;) {
		at = (size_t)(p - text.p) + 1;
		struct span name = span_cut(text, at, 8);
		if (decode_starts(name, "#") || decode_starts(name, "colon;") ||
		    decode_starts(name, "Tab;") || decode_starts(name, "NewLine;"))
			return true;
	}
	return false;
}

/* Does a tag's name stand at the front of `text`, perhaps with that of an attribute behind "/", and
 * not that of a file, as in a program's "#include"? */
static bool is_tag(struct span text)
{
	bool slash = false, dot = false;
	size_t n = 0;

	for (; n < text.n; n++) {
		uint8_t c = text.p[n];
		slash = slash || c == '/';
		dot = dot || c == '.';
		if (!is_letter(c) && (n == 0 || ((c < '-' || c > ':') && c != '_')))
			break;
	}
	if (n == 0 || n == text.n)
		return false;
	return (text.p[n] == '>' && !dot) || is_blank(text.p[n]) || (slash && text.p[n] == '=');
}

/* Does a tag stand in what is no binary? */
static bool has_tag(struct span text)
{
	const uint8_t *p = text.p;
	size_t n_control = 0;

	for (size_t at = 0; (p = memchr(text.p + at, '<', text.n - at)) != NULL;) {
		at = (size_t)(p - text.p) + 1;
		if (is_tag(span_cut(text, at, text.n)))
			break;
	}
	for (size_t i = 0; p != NULL && i < text.n; i++)
		n_control += text.p[i] < ' ' && !is_blank(text.p[i]);
	return p != NULL && n_control * 16 <= text.n;
}

/* What tells what the text is, which begins behind blanks; one in UTF-16 is written to `narrow`. */
static struct span hint_of(struct span object, uint8_t narrow[HINT_MAX])
{
	if (is_wide(object)) {
		struct cursor c = cursor_of(wide_body(object));
		size_t n = 0;
		while (cursor_left(&c) >= 2 && HINT_MAX - n >= WIDE_ROOM) {
			uint32_t code = take_wide(object, &c);
			if (n != 0 || code > ' ')
				n += wide_put(code, narrow + n);
		}
		return (struct span){ narrow, n };
	}
	struct span s =
		decode_starts(object, "\xef\xbb\xbf") ? span_cut(object, 3, object.n) : object;
	size_t i = 0;
	while (i < s.n && is_blank(s.p[i]))
		i++;
	return span_cut(s, i, HINT_MAX);
}

/* A text in which there is nothing to be found is not read: a worker that reads is replaced. */
bool html_known(const struct unpack_look *look)
{
	static const char *const starts[] = { "<!doctype", "<!--", "<?xml" };
	uint8_t narrow[HINT_MAX];
	struct span s = hint_of(look->bytes, narrow);

	if (s.n == 0)
		return false;
	bool html = decode_starts(look->type, "text/html") || name_ends(look->name, ".html") ||
		    name_ends(look->name, ".htm") || name_ends(look->name, ".hta") ||
		    name_ends(look->name, ".svg") ||
		    (!decode_starts(look->type, SCRIPT_TYPE) && has_tag(s));
	for (size_t i = 0; s.p[0] == '<' && i < sizeof starts / sizeof *starts; i++)
		html = html || decode_starts(s, starts[i]);
	return html && (is_wide(look->bytes) || has_element(look->bytes) ||
			address_is_in(look->bytes) || has_reference(look->bytes));
}

/* UTF-16 as a member in UTF-8, which this reader then gets. */
static bool give_narrow(struct unpack *u, struct span object)
{
	struct unpack_member m = { .type = span_of("text/html"),
				   .size = UNPACK_UNKNOWN,
				   .packed = object.n,
				   .at = 0,
				   .name = span_of("utf-8") };
	struct cursor c = cursor_of(wide_body(object));
	uint8_t *to;

	if (!unpack_begin(u, &m))
		return false;
	while (cursor_left(&c) >= 2 && (to = unpack_room(u, WIDE_ROOM * 1024)) != NULL) {
		size_t n = 0;
		for (int i = 0; i < 1024 && cursor_left(&c) >= 2; i++)
			n += wide_put(take_wide(object, &c), to + n);
		unpack_filled(u, n);
	}
	unpack_end(u);
	return true;
}

bool html_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader r = { .u = u };

	(void)e;
	if (is_wide(object)) {
		r.stop = !give_narrow(u, object);
		return true;
	}
	if (!unpack_steps(u, object.n))
		return true;
	find_elements(&r, object);
	r.stop = r.stop || !address_give_all(u, resolve(&r, object));
	return true;
}
