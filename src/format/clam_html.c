/* SPDX-License-Identifier: Apache-2.0 */
#include "format/clam_text.h"
#include "format/html_names.h"

/*
 * HTML as clamscan normalises it: a machine that looks at one byte at a time.
 * Its oddities are kept, for signatures are written from what comes out of it:
 * a quoted value loses its quotes' meaning at its first blank, and a byte above
 * 0x7f is put twice into the text without tags.
 */

enum { WORD = 1024 /* bytes of a tag, attribute or value that are kept */ };

enum state {
	TEXT,
	WIDE,       /* bytes above 0x7f, up to three together */
	COMMENT,    /* from "<!" to ">" */
	REFERENCE,  /* behind "&" */
	NAMED,      /* "&name" */
	NUMBERED,   /* "&#12" */
	SKIP_BLANK, /* and go on with `next` */
	FOLD_BLANK, /* the same, but for one space */
	TAG,
	ATTRIBUTE,
	EQUALS, /* perhaps, behind an attribute */
	VALUE,
	TAG_DONE,
	DATA_TYPE, /* "data:text/html;base64", up to "," */
	DATA,
	STATES
};

struct word {
	uint8_t p[WORD];
	size_t n;
};

struct norm {
	struct clam_html_out *whole, *bare;
	struct span in;
	size_t at;
	enum state state, next;
	bool script;      /* within <script> or <style> */
	bool style;       /* ... the latter */
	bool spaced;      /* the last byte of `bare` is a space */
	uint8_t quote;    /* of the value at hand; 0: none */
	uint32_t wide;    /* bytes of WIDE, the last one lowest */
	uint32_t inner;   /* the same in a value */
	uint64_t number;  /* of NUMBERED */
	bool hexadecimal; /* NUMBERED */
	struct word tag, attribute, value, name;
	struct word href, src; /* of the tag at hand, the first of each */
	bool has_href, has_src;
	/* links: */
	const struct clam_link_host *host; /* NULL: nobody wants to know */
	struct word action, target,
		shown;         /* of a form; of the link at hand, and what is seen of it */
	bool in_link, in_text; /* within one; and in text of it that is seen */
	size_t text_at;        /* where that began */
};

/* ---- what comes out */

static void put(struct clam_html_out *o, uint8_t c)
{
	if (o->n < o->max)
		o->p[o->n++] = c;
}

static void put_word(struct clam_html_out *o, const struct word *w)
{
	for (size_t i = 0; i < w->n; i++)
		put(o, w->p[i]);
}

static void take_back(struct clam_html_out *o)
{
	if (o->n != 0)
		o->n--;
}

static void add(struct word *w, uint8_t c)
{
	if (w->n < WORD)
		w->p[w->n++] = c;
}

static struct span span_of_word(const struct word *w) { return (struct span){ w->p, w->n }; }

static bool word_is(const struct word *w, const char *s) { return span_is(span_of_word(w), s); }

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static bool is_blank(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

static void put_space(struct norm *n)
{
	if (n->script || n->spaced)
		return;
	put(n->bare, ' ');
	n->spaced = true;
}

static void go(struct norm *n, enum state state, enum state next)
{
	n->state = state;
	n->next = next;
}

/* Full stops of Chinese and Japanese, in UTF-8, and in Big5 with a byte that follows. */
static bool is_stop(uint32_t wide, uint8_t follows)
{
	return wide == 0xe38082 || wide == 0xefbc8e || wide == 0xefb992 ||
	       (wide == 0xa1 && (follows == 0x43 || follows == 0x44 || follows == 0x4f));
}

/* A character of 16 bits: below 0xff itself, else "&#x03b1;". */
static void put_code(struct clam_html_out *o, uint16_t code, struct word *also)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t text[8] = { '&', '#', 'x', 0, 0, 0, 0, ';' };
	size_t length = 8;

	if (code == 0)
		return;
	if (code < 0xff || code == 0x3002 || code == 0xff0e || code == 0xfe52) {
		text[0] = code < 0xff ? (uint8_t)code : '.';
		length = 1;
	}
	for (unsigned i = 0; length == 8 && i < 4; i++)
		text[3 + i] = (uint8_t)digits[code >> (12 - 4 * i) & 15];
	for (size_t i = 0; i < length; i++) {
		put(o, text[i]);
		if (also != NULL)
			add(also, text[i]);
	}
}

static void step_skip(struct norm *n, uint8_t c)
{
	if (is_blank(c)) {
		n->at++;
		return;
	}
	if (n->state == FOLD_BLANK && !n->script)
		put(n->whole, ' ');
	n->state = n->next;
}

static void step_wide(struct norm *n, uint8_t c)
{
	if (c >= 0x80 && n->wide < 0x10000) {
		n->wide = n->wide << 8 | c;
		n->at++;
		return;
	}
	uint8_t part[3] = { (uint8_t)(n->wide >> 16), (uint8_t)(n->wide >> 8), (uint8_t)n->wide };
	if (is_stop(n->wide, c)) {
		put(n->whole, '.');
		put(n->bare, '.');
		if (n->wide == 0xa1) { /* more of them may follow; the state stays */
			n->at++;
			n->wide = 0;
			return;
		}
	} else {
		for (unsigned i = n->wide >= 0x10000 ? 0 : n->wide >= 0x100 ? 1 : 2; i < 3; i++) {
			put(n->whole, part[i]);
			put(n->bare, i == 2 ? part[1] : part[i]);
		}
	}
	n->wide = 0;
	go(n, n->next, TEXT);
}

static void end_link(struct norm *n)
{
	if (n->in_link)
		n->host->link(n->host->ctx, span_of_word(&n->target), span_of_word(&n->shown),
			      false);
	n->in_link = false;
}

/* At a "<": what stood before it is seen.  Behind a comment nothing is, until the next tag. */
static void add_shown(struct norm *n)
{
	for (size_t i = n->text_at; n->in_link && n->in_text && i < n->at; i++)
		add(&n->shown, n->in.p[i]);
	n->in_text = false;
}

static void end_tag(struct norm *n)
{
	if (word_is(&n->tag, "/a") || (word_is(&n->tag, "a") && n->has_href)) {
		end_link(n);
	} else if (word_is(&n->tag, "form") && n->action.n != 0) {
		n->host->link(n->host->ctx, span_of_word(&n->action), (struct span){ 0 }, false);
	} else if ((word_is(&n->tag, "img") || word_is(&n->tag, "iframe")) && n->has_src &&
		   n->in_link) {
		n->host->link(n->host->ctx, span_of_word(&n->target), span_of_word(&n->src), true);
	}
	if (word_is(&n->tag, "a") && n->has_href) {
		n->target = n->href;
		n->shown.n = 0;
		n->in_link = true;
	}
	n->action.n = 0;
	n->in_text = true;
	n->text_at = n->at;
}

static void step_text(struct norm *n, uint8_t c)
{
	if (c == '<' && n->host != NULL)
		add_shown(n);
	n->at++;
	if (c == '<') {
		put(n->whole, '<');
		put_space(n);
		n->tag.n = 0;
		go(n, SKIP_BLANK, TAG);
	} else if (is_blank(c)) {
		put_space(n);
		n->at--;
		go(n, FOLD_BLANK, TEXT);
	} else if (c == '&') {
		put_space(n);
		go(n, REFERENCE, TEXT);
	} else if (c >= 0x80) {
		n->wide = c;
		go(n, WIDE, TEXT);
	} else {
		put(n->whole, n->script && c == '\'' ? '"' : lower(c));
		if (c < 0x20) {
			put_space(n);
		} else if (!n->script) {
			put(n->bare, lower(c));
			n->spaced = false;
		}
	}
}

static void step_comment(struct norm *n, uint8_t c)
{
	n->at++;
	if (n->script && !is_blank(c))
		put(n->whole, c == '\'' ? '"' : lower(c));
	if (c == '>')
		go(n, SKIP_BLANK, TEXT);
}

/* ---- references to characters */

static void step_reference(struct norm *n, uint8_t c)
{
	n->number = 0;
	n->hexadecimal = false;
	n->name.n = 0;
	n->state = c == '#' ? NUMBERED : NAMED;
	if (c == '#')
		n->at++;
}

/* As it stands there, in lower case. */
static void put_name(struct norm *n, bool closed)
{
	struct word *also = n->next == VALUE ? &n->value : NULL;

	put(n->whole, '&');
	if (also != NULL)
		add(also, '&');
	for (size_t i = 0; i < n->name.n; i++) {
		put(n->whole, lower(n->name.p[i]));
		if (also != NULL)
			add(also, lower(n->name.p[i]));
	}
	if (!closed)
		return;
	put(n->whole, ';');
	if (also != NULL)
		add(also, ';');
}

static void step_named(struct norm *n, uint8_t c)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == ':' || c == '-';

	if (letter && n->name.n < WORD) {
		add(&n->name, c);
		n->at++;
		return;
	}
	uint16_t code = c == ';' ? html_name_code(span_of_word(&n->name)) : 0;
	if (code != 0)
		put_code(n->whole, code, n->next == VALUE ? &n->value : NULL);
	else
		put_name(n, c == ';');
	if (c == ';')
		n->at++;
	n->name.n = 0;
	n->state = n->next;
}

static int digit_of(uint8_t c, bool hexadecimal)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return hexadecimal && lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

static void step_numbered(struct norm *n, uint8_t c)
{
	int digit = digit_of(c, n->hexadecimal);

	if (n->number == 0 && lower(c) == 'x') {
		n->hexadecimal = true;
		n->at++;
		return;
	}
	if (digit >= 0 && n->number < (uint64_t)1 << 57) {
		n->number = n->number * (n->hexadecimal ? 16 : 10) + (unsigned)digit;
		n->at++;
		return;
	}
	if (c == ';') {
		if (n->next == VALUE)
			add(&n->value, (uint8_t)n->number);
		if (n->number < 0x80)
			put(n->whole, lower((uint8_t)n->number));
		else
			put_code(n->whole, (uint16_t)n->number, NULL);
	} else {
		put(n->whole, (uint8_t)n->number);
	}
	if (c == ';' || digit >= 0)
		n->at++;
	n->state = n->next;
}

/* ---- tags */

static void step_tag(struct norm *n, uint8_t c)
{
	if (n->tag.n == 0 && c == '!') {
		if (n->script)
			put(n->whole, '!');
		else
			take_back(n->whole); /* the "<" */
		n->at++;
		n->state = COMMENT;
	} else if (c == '>') {
		put(n->whole, '>');
		n->at++;
		go(n, SKIP_BLANK, TAG_DONE);
	} else if (!is_blank(c)) {
		put(n->whole, lower(c));
		if (n->script && n->tag.n == 0 && c != '/') /* only </script> ends a script */
			n->state = TEXT;
		add(&n->tag, lower(c));
		n->at++;
	} else {
		n->attribute.n = 0;
		go(n, SKIP_BLANK, n->script ? TAG_DONE : ATTRIBUTE);
	}
}

static void begin_value(struct norm *n)
{
	put(n->whole, '=');
	n->at++;
	n->quote = 0;
	n->value.n = 0;
	go(n, SKIP_BLANK, VALUE);
}

static void step_attribute(struct norm *n, uint8_t c)
{
	if (c == '=') {
		begin_value(n);
	} else if (is_blank(c)) {
		n->at++;
		go(n, SKIP_BLANK, EQUALS);
	} else if (c == '>') {
		put(n->whole, '>');
		n->at++;
		n->state = TAG_DONE;
	} else {
		if (n->attribute.n == 0)
			put(n->whole, ' ');
		put(n->whole, lower(c));
		add(&n->attribute, lower(c));
		n->at++;
	}
}

static void step_equals(struct norm *n, uint8_t c)
{
	if (c == '=') {
		begin_value(n);
		return;
	}
	n->attribute.n = 0;
	n->state = ATTRIBUTE;
}

/* The value ends here: it is kept where it is an address. */
static void end_value(struct norm *n)
{
	struct word *to = word_is(&n->attribute, "href") && !n->has_href ? &n->href
			  : word_is(&n->attribute, "src") && !n->has_src ? &n->src
			  : word_is(&n->attribute, "action")             ? &n->action
									 : NULL;

	if (to != NULL) {
		size_t from = n->value.n != 0 && n->value.p[0] == '"';
		size_t end = n->value.n - (from != 0 && n->value.n > 1);
		to->n = end - from;
		memcpy(to->p, n->value.p + from, to->n);
		n->has_href = n->has_href || to == &n->href;
		n->has_src = n->has_src || to == &n->src;
	}
	n->attribute.n = 0;
	go(n, SKIP_BLANK, ATTRIBUTE);
}

static void step_quote(struct norm *n, uint8_t c)
{
	bool ends = n->value.n != 0 && n->quote == c;

	if (n->value.n == 0)
		n->quote = c;
	put(n->whole, '"');
	add(&n->value, '"');
	n->at++;
	if (ends)
		end_value(n);
}

/* Bytes above 0x7f of a value, which are held back until there are three or one below follows.
 * True: `c`, the one that follows, was one of them. */
static bool flush_inner(struct norm *n, uint8_t c)
{
	uint32_t wide = n->inner;

	if (wide == 0 || (c >= 0x80 && wide < 0x10000))
		return false;
	n->inner = 0;
	if (is_stop(wide, c)) {
		put(n->whole, '.');
		add(&n->value, '.');
		if (wide == 0xa1)
			n->at++;
		return wide == 0xa1;
	}
	for (unsigned shift = wide >= 0x10000 ? 24
			      : wide >= 0x100 ? 16
					      : 8;
	     shift != 0; shift -= 8) {
		put(n->whole, (uint8_t)(wide >> (shift - 8)));
		add(&n->value, (uint8_t)(wide >> (shift - 8)));
	}
	return false;
}

static void step_value(struct norm *n, uint8_t c)
{
	if (word_is(&n->value, "data:") || word_is(&n->value, "\"data:")) {
		take_back(n->whole);
		if (n->quote != 0)
			put(n->whole, '"');
		n->value.n = 0;
		go(n, DATA_TYPE, ATTRIBUTE);
	} else if (c == '&') {
		n->at++;
		go(n, REFERENCE, VALUE);
	} else if (c == '\'' || c == '"') {
		step_quote(n, c);
	} else if ((is_blank(c) || c == '>') && n->quote == 0) {
		end_value(n);
	} else if (is_blank(c) || c == '>') {
		put(n->whole, c);
		add(&n->value, c == '>' ? '>' : ' ');
		n->quote = 0;
		n->at++;
		go(n, SKIP_BLANK, VALUE);
	} else if (!flush_inner(n, c)) {
		if (c >= 0x80) {
			n->inner = n->inner << 8 | c;
		} else {
			put(n->whole, lower(c));
			add(&n->value, c);
		}
		n->at++;
	}
}

static void step_tag_done(struct norm *n, uint8_t c)
{
	const struct word *address = word_is(&n->tag, "a") && n->has_href    ? &n->href
				     : word_is(&n->tag, "img") && n->has_src ? &n->src
									     : NULL;

	(void)c;
	if (word_is(&n->tag, "/script") || (n->style && word_is(&n->tag, "/style")))
		n->script = false;
	else if (word_is(&n->tag, "script") || word_is(&n->tag, "style"))
		n->script = true;
	n->style = word_is(&n->tag, "style") || (n->style && n->script);
	if (address != NULL && address->n != 0) {
		put_word(n->bare, address);
		put(n->bare, ' ');
		n->spaced = true;
	}
	if (n->host != NULL)
		end_tag(n);
	n->has_href = n->has_src = false;
	go(n, SKIP_BLANK, TEXT);
}

/* ---- "data:", of which nothing is put */

static void step_data_type(struct norm *n, uint8_t c)
{
	bool blank = is_blank(c) || c == '>';

	if (c == ',') {
		n->state = DATA;
	} else if ((n->quote != 0 && c == n->quote) || (blank && n->quote == 0)) {
		n->attribute.n = 0;
		go(n, SKIP_BLANK, ATTRIBUTE);
		if (blank)
			return;
	} else if (blank) {
		n->quote = 0;
		go(n, SKIP_BLANK, DATA_TYPE);
	}
	n->at++;
}

static void step_data(struct norm *n, uint8_t c)
{
	bool ends = n->quote != 0 ? c == n->quote : is_blank(c) || c == '>';

	n->at++;
	if (!ends)
		return;
	n->quote = 0;
	go(n, SKIP_BLANK, ATTRIBUTE);
}

static void (*const steps[STATES])(struct norm *, uint8_t) = {
	[TEXT] = step_text,           [WIDE] = step_wide,           [COMMENT] = step_comment,
	[REFERENCE] = step_reference, [NAMED] = step_named,         [NUMBERED] = step_numbered,
	[SKIP_BLANK] = step_skip,     [FOLD_BLANK] = step_skip,     [TAG] = step_tag,
	[ATTRIBUTE] = step_attribute, [EQUALS] = step_equals,       [VALUE] = step_value,
	[TAG_DONE] = step_tag_done,   [DATA_TYPE] = step_data_type, [DATA] = step_data,
};

static void run(struct norm *n)
{
	while (n->at < n->in.n) {
		uint8_t c = n->in.p[n->at];
		if (c == '\0' || (c == '\r' && n->state != DATA))
			n->at++;
		else
			steps[n->state](n, c == '\n' && n->state != DATA ? ' ' : c);
	}
}

void clam_html_links(struct span html, const struct clam_link_host *host)
{
	struct clam_html_out none = { 0 };
	struct norm n = { .whole = &none,
			  .bare = &none,
			  .in = html,
			  .host = host,
			  .state = SKIP_BLANK,
			  .next = TEXT };

	run(&n);
	add_shown(&n);
	end_link(&n);
}

void clam_html_normal(struct span html, struct clam_html_out *whole, struct clam_html_out *bare)
{
	struct norm n = {
		.whole = whole, .bare = bare, .in = html, .state = SKIP_BLANK, .next = TEXT
	};

	run(&n);
	/* a name without an end */
	uint16_t code = n.state == NAMED ? html_name_code(span_of_word(&n.name)) : 0;
	if (code != 0)
		put_code(whole, code, NULL);
	else if (n.state == NAMED && n.name.n != 0)
		put_name(&n, false);
}
