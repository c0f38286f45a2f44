/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "format/clam_link.h"
#include "format/clam_target.h"
#include "format/clam_text.h"
#include "format/exe.h"
#include "format/icon.h"
#include "format/modules.h"
#include "format/range.h"

/*
 * The module `clamav`: what the offsets and attributes of ClamAV's signatures
 * are measured by.  Signatures are compiled to conditions that ask it, so that
 * evidence shows what they read.
 */

/* What is known of a program. */
struct program {
	struct program *self;
	struct span file;
	struct exe exe;
	uint64_t *steps;   /* as in struct module_input, for module_cut() */
	uint32_t *version; /* places of the strings' keys, once they were asked for */
	size_t n_version;
	struct icon *icon; /* once they were asked for */
	size_t n_icons;
	bool icons_cut; /* there may be more */
};

static const struct exe *exe_of(const struct call *c)
{
	const struct program *p = c->state;
	return p != NULL ? &p->exe : NULL;
}

/* The place of version string i, from 1. */
static bool version_at(struct call *c, struct value *out)
{
	const struct program *p = c->state;
	int64_t i = c->args[0].i;

	if (p == NULL || i < 1 || (uint64_t)i > p->n_version)
		return false;
	value_int(out, p->version[i - 1]);
	return true;
}

static bool section_at(struct call *c, struct value *out)
{
	const struct exe *x = exe_of(c);
	int64_t i = c->args[0].i;

	if (x == NULL || i < 0 || (uint64_t)i >= x->n_sections)
		return false;
	value_int(out, (int64_t)x->section[i].raw_at);
	return true;
}

static bool section_end(struct call *c, struct value *out)
{
	const struct exe *x = exe_of(c);
	int64_t i = c->args[0].i;

	if (x == NULL || i < 0 || (uint64_t)i >= x->n_sections)
		return false;
	value_int(out, (int64_t)(x->section[i].raw_at + x->section[i].raw_size));
	return true;
}

/* ---- numbers in the file (byte compare) */

struct number_form {
	char kind; /* h d a i */
	bool big, exact;
	unsigned n; /* bytes */
};

static bool read_form(struct span s, struct number_form *f)
{
	*f = (struct number_form){ 0 };
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		if (c == 'h' || c == 'd' || c == 'a' || c == 'i')
			f->kind = (char)c;
		else if (c == 'b')
			f->big = true;
		else if (c == 'e')
			f->exact = true;
		else if (c >= '0' && c <= '9')
			f->n = f->n * 10 + c - '0';
		else if (c != 'l')
			return false;
		if (f->n > 64)
			return false;
	}
	return f->kind != 0 && f->n != 0;
}

static bool is_blank(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

/* Digits of that base as strtol(3) reads them, none of which are 0; `n_exact`: they end there. */
static bool read_digits(struct span s, int base, size_t n_exact, int64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < s.n && is_blank(s.p[i]))
		i++;
	bool minus = i < s.n && s.p[i] == '-';
	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	if (base == 16 && s.n - i > 1 && s.p[i] == '0' && (s.p[i + 1] | 32) == 'x')
		i += 2;
	size_t from = i;
	for (int d; i < s.n && (d = text_hex_digit(s.p[i])) >= 0 && d < base; i++)
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)d, &v) || v >= INT64_MAX)
			return false; /* ClamAV compares nothing that is too large */
	if (n_exact != 0 && (i == from || i != n_exact))
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

static bool read_binary(struct span s, bool big, int64_t *out)
{
	uint64_t v = 0;

	if (s.n != 1 && s.n != 2 && s.n != 4 && s.n != 8)
		return false;
	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[big ? i : s.n - 1 - i];
	*out = (int64_t)v;
	return true;
}

static bool is_hex_mark(struct span s) { return s.n > 2 && s.p[0] == '0' && (s.p[1] | 32) == 'x'; }

/*
 * Hexadecimal text, lowest pair of digits first, as ClamAV turns it: an odd number of
 * digits gets a 0 before them, 0x becomes something that ends a number, and what is no digit
 * makes zeros of all pairs behind it (matcher-byte-comp.c, cli_bcomp_normalize_buffer).
 */
static bool read_little_hex(struct span s, bool exact, int64_t *out)
{
	uint8_t padded[66], turned[66];
	size_t n = s.n + s.n % 2;

	if (s.n == 1)
		return read_digits(s, 16, exact ? 1 : 0, out);
	if (n > sizeof turned)
		return false;
	memset(padded, '0', sizeof padded);
	memcpy(padded + n - s.n, s.p, s.n);
	if (is_hex_mark(s)) {
		padded[0] = 'x';
		padded[n - s.n + 1] = s.n % 2 != 0 ? '0' : padded[1];
		padded[n - s.n] = s.n % 2 != 0 ? '0' : 'x';
	}
	memset(turned, '0', sizeof turned);
	for (size_t i = 0; i < n; i++) {
		uint8_t c = padded[n - 2 - i + i % 2 * 2];
		if (text_hex_digit(c) >= 0 || (c | 32) == 'x') {
			turned[i] = c;
			continue;
		}
		memset(turned, '0', sizeof turned);
		i += i % 2 == 0; /* of such a pair neither is taken */
	}
	return read_digits((struct span){ turned, n }, 16, exact ? s.n : 0, out);
}

static bool read_text(struct span s, const struct number_form *f, int64_t *out)
{
	size_t blanks = 0;

	while (blanks < s.n && is_blank(s.p[blanks]))
		blanks++;
	if (f->exact && blanks != 0)
		return false;
	s = span_cut(s, blanks, s.n);
	bool hex = f->kind == 'h' || (f->kind == 'a' && is_hex_mark(s));
	if (hex && !f->big)
		return read_little_hex(s, f->exact, out);
	/* none of less than three characters is told to be either; no decimal number has its lowest
	 * digit first; `d` is `b`, whatever is said */
	return (hex || f->kind == 'd' || (f->big && s.n > 2)) &&
	       read_digits(s, hex ? 16 : 10, f->exact ? s.n : 0, out);
}

static bool number_at(struct call *c, struct value *out)
{
	struct number_form f;
	int64_t at = c->args[0].i, v;

	/* ClamAV does not look at the first byte */
	if (at <= 0 || !read_form(c->args[1].s, &f))
		return false;
	struct span s = span_cut(c->file, (uint64_t)at, f.n);
	if (s.n != f.n || !(f.kind == 'i' ? read_binary(s, f.big, &v) : read_text(s, &f, &v)))
		return false;
	value_int(out, v);
	return true;
}

/* ---- where the object lies */

static const struct clam_where *where_of(const void *host)
{
	const struct clam_host *h = host;
	return h != NULL ? h->where : NULL;
}

/* The container `up` levels above the object, 1 the one that it lies in, is of that type; the type
 * CL_TYPE_ANY is any of them, and for 1 none at all. */
static bool within(struct call *c, struct value *out)
{
	const struct clam_where *w = where_of(c->host);
	int64_t up = c->args[0].i;
	struct span type = c->args[1].s;

	if (w == NULL || up < 1)
		return false;
	bool there = (uint64_t)up <= w->depth;
	if (span_is(type, "CL_TYPE_ANY"))
		value_int(out, up == 1 ? !there : there);
	else
		value_int(out,
			  there && clam_is_container(w->format[w->depth - (uint64_t)up],
						     up == 1 ? w->name : (struct span){ 0 }, type));
	return true;
}

static bool search(const struct call *c, const struct clam_search *q, struct value *out)
{
	const struct clam_host *h = c->host;
	int64_t n;

	if (h == NULL || h->pcre == NULL || !h->pcre(h->ctx, q, c->steps, &n))
		return false;
	value_int(out, n);
	return true;
}

static bool name_matches(struct call *c, struct value *out)
{
	const struct clam_where *w = where_of(c->host);
	struct clam_search q = { .pattern = c->args[0].s };

	if (w == NULL || w->depth == 0)
		return false;
	q.text = w->name;
	return search(c, &q, out);
}

static bool pcre(struct call *c, struct value *out)
{
	struct clam_search q = { .pattern = c->args[0].s, .flags = c->args[1].s, .text = c->file };
	return search(c, &q, out);
}

static bool pcre_at(struct call *c, struct value *out)
{
	struct clam_search q = { .pattern = c->args[0].s,
				 .flags = c->args[1].s,
				 .text = c->file,
				 .placed = true,
				 .low = c->args[2].i,
				 .shift = c->args[3].i };
	return search(c, &q, out);
}

/* Is an icon of the program like one of those whose digits stand one after another? */
static bool icon(struct call *c, struct value *out)
{
	struct program *p = c->state;
	struct span all = c->args[0].s;
	bool like = false;
	struct icon wanted;

	if (p == NULL || p->exe.kind != EXE_PE)
		return false;
	if (p->icon == NULL) {
		p->icon = arena_array(c->arena, ICON_MOST, sizeof *p->icon);
		if (p->icon == NULL)
			return false;
		p->n_icons = icon_read_all(p->file, &p->exe, c->arena, p->icon, ICON_MOST,
					   &p->icons_cut);
	}
	for (size_t at = 0; !like && at + ICON_DIGITS <= all.n; at += ICON_DIGITS)
		for (size_t i = 0; !like && i < p->n_icons; i++)
			like = icon_parse(span_cut(all, at, ICON_DIGITS), &wanted) &&
			       icon_like(&p->icon[i], &wanted);
	if (!like && p->icons_cut)
		module_cut(c->steps);
	value_int(out, like);
	return true;
}

static bool certificate(struct call *c, struct value *out)
{
	const struct clam_host *h = c->host;
	bool yes;

	if (h == NULL || h->certificate == NULL || !h->certificate(h->ctx, c->args[0].s, &yes))
		return false;
	value_int(out, yes);
	return true;
}

/* ---- links */

struct link_search {
	struct call *call;
	struct clam_link_lists lists;
	bool failed;
	uint32_t found;
};

static bool link_matches(void *ctx, struct span expression, struct span text)
{
	struct link_search *s = ctx;
	const struct clam_host *h = s->call->host;
	struct clam_search q = { .pattern = expression, .text = text };
	int64_t n = 0;

	if (s->failed || h->pcre == NULL || !h->pcre(h->ctx, &q, s->call->steps, &n))
		s->failed = true;
	return !s->failed && n > 0;
}

static void look_at_link(void *ctx, struct span real, struct span shown, bool image)
{
	enum { A_LINK = 64, A_LINES_SHARE = 16, A_DIGEST = 2048 };
	struct link_search *s = ctx;
	uint64_t steps = A_LINK + (uint64_t)real.n + shown.n + s->lists.lines.n / A_LINES_SHARE +
			 (s->lists.digests.n != 0 ? A_DIGEST : 0);

	/* each link is held against all lists */
	if (s->failed || !range_steps(s->call, steps)) {
		s->failed = true;
		return;
	}
	enum clam_link_finding f = clam_link_check(&s->lists, real, shown, image);
	if (f != CLAM_LINK_NONE)
		s->found |= 1u << f;
}

/* Is there such a link in a part of a mail that is no attachment?  All are looked for at once. */
static bool link(struct call *c, struct value *out)
{
	const struct clam_host *h = c->host;
	int64_t kind = c->args[2].i;

	if (h == NULL || h->where == NULL || h->links == NULL || kind < 0 ||
	    kind >= CLAM_LINK_FINDINGS)
		return false;
	if (h->links->lists != c->args[0].s.p) {
		struct link_search s = { .call = c,
					 .lists = { .lines = c->args[0].s,
						    .digests = c->args[1].s,
						    .matches = link_matches,
						    .ctx = &s } };
		const struct clam_link_host host = { .link = look_at_link, .ctx = &s };
		if (h->where->name.n == 0 && c->file.n <= CLAM_HTML_MOST)
			clam_html_links(c->file, &host);
		if (s.failed)
			return false;
		*h->links = (struct clam_links_found){ c->args[0].s.p, s.found };
	}
	value_int(out, h->links->found >> kind & 1);
	return true;
}

static bool trusted(struct call *c, struct value *out)
{
	const struct clam_host *h = c->host;
	bool yes;

	if (h == NULL || h->trusted == NULL || !h->trusted(h->ctx, c->args[0].s, &yes))
		return false;
	value_int(out, yes);
	return true;
}

static bool image(struct call *c, struct value *out)
{
	static const char digits[] = "0123456789abcdef";
	const struct clam_host *h = c->host;
	uint8_t hash[8], *text = arena_alloc(c->arena, 2 * sizeof hash);

	if (text == NULL || h == NULL || h->image == NULL)
		return false;
	if (!h->image(h->ctx, hash)) { /* no picture is none of those that are asked for */
		value_string(out, (struct span){ text, 0 });
		return true;
	}
	for (size_t i = 0; i < 2 * sizeof hash; i++)
		text[i] = (uint8_t)digits[hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
	value_string(out, (struct span){ text, 2 * sizeof hash });
	return true;
}

/* clang-format off */
static const struct field fields[] = {
	[CLAM_TARGET] = { .name = "target", .kind = VALUE_INT,
	  .doc = "ClamAV's number for the type of the object" },
	[CLAM_ENTRY] = { .name = "entry_point", .kind = VALUE_INT,
	  .doc = "place of a program's entry point in the file" },
	[CLAM_SECTIONS] = { .name = "number_of_sections", .kind = VALUE_INT, .doc = "of a program" },
	[CLAM_LAST] = { .name = "last_section", .kind = VALUE_INT,
	  .doc = "place of a program's last section in the file" },
	[CLAM_SECTION_AT] = { .name = "section", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "i",
	  .call = section_at, .doc = "place of a section in the file" },
	[CLAM_SECTION_END] = { .name = "section_end", .kind = VALUE_FUNCTION, .of = VALUE_INT,
	  .args = "i", .call = section_end, .doc = "the end of a section in the file" },
	[CLAM_NUMBER] = { .name = "number", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "is",
	  .call = number_at, .doc = "the number at a place, in a form such as hb4" },
	[CLAM_DEPTH] = { .name = "depth", .kind = VALUE_INT,
	  .doc = "how many containers the object lies in" },
	[CLAM_WITHIN] = { .name = "within", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "is",
	  .call = within, .doc = "1 where the container so many levels up is of ClamAV's type" },
	[CLAM_NAME] = { .name = "name", .kind = VALUE_STRING, .doc = "its name in its container" },
	[CLAM_NAME_MATCHES] = { .name = "name_matches", .kind = VALUE_FUNCTION, .of = VALUE_INT,
	  .args = "s", .call = name_matches, .doc = "1 where that name matches the expression" },
	[CLAM_NUMBER_WITHIN] = { .name = "number_within", .kind = VALUE_INT,
	  .doc = "its number in its container, from 1" },
	[CLAM_PACKED_SIZE] = { .name = "packed_size", .kind = VALUE_INT,
	  .doc = "bytes that it takes there, as the container says" },
	[CLAM_REAL_SIZE] = { .name = "real_size", .kind = VALUE_INT,
	  .doc = "bytes that it has unpacked, as the container says" },
	[CLAM_ENCRYPTED] = { .name = "encrypted", .kind = VALUE_INT,
	  .doc = "1 where it is encrypted there" },
	[CLAM_CRC] = { .name = "crc", .kind = VALUE_INT, .doc = "its CRC-32, as the container says" },
	[CLAM_CONTAINER_SIZE] = { .name = "container_size", .kind = VALUE_INT,
	  .doc = "bytes of the container" },
	[CLAM_PCRE] = { .name = "pcre", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ss",
	  .call = pcre, .doc = "how often the expression of PCRE, with these flags, matches" },
	[CLAM_PCRE_AT] = { .name = "pcre_at", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ssii",
	  .call = pcre_at, .doc = "the same from a place on, so many bytes behind it at most" },
	[CLAM_VERSION_STRINGS] = { .name = "version_strings", .kind = VALUE_INT,
	  .doc = "strings with a value in a program's version information" },
	[CLAM_VERSION_AT] = { .name = "version_at", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "i",
	  .call = version_at, .doc = "place of such a string's key in the file, from 1" },
	[CLAM_IMAGE] = { .name = "image", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "",
	  .call = image, .doc = "the hash of what a picture shows, as imagehash.phash() has it" },
	[CLAM_ICON] = { .name = "icon", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s",
	  .call = icon, .doc = "1 where a program has an icon like one of ClamAV's, whose digits are given" },
	[CLAM_CERTIFICATE] = { .name = "certificate", .kind = VALUE_FUNCTION, .of = VALUE_INT,
	  .args = "s", .call = certificate,
	  .doc = "1 where a signed program brings the certificate along that an entry of ClamAV's names" },
	[CLAM_TRUSTED] = { .name = "trusted", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s",
	  .call = trusted,
	  .doc = "1 where a program's signature goes back to one of such entries, and holds" },
	[CLAM_LINK] = { .name = "link", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ssi",
	  .call = link,
	  .doc = "1 where a part of a mail has a link that is not what it shows, by ClamAV's lists" },
	{ 0 },
};
/* clang-format on */

static void say_where(const struct clam_where *w, struct value *slots)
{
	value_int(&slots[CLAM_DEPTH], (int64_t)w->depth);
	if (w->depth == 0)
		return;
	value_string(&slots[CLAM_NAME], w->name);
	value_int(&slots[CLAM_NUMBER_WITHIN], (int64_t)w->number);
	value_int(&slots[CLAM_ENCRYPTED], w->encrypted);
	value_int(&slots[CLAM_CONTAINER_SIZE], (int64_t)w->container_size);
	if (w->packed != CLAM_NOT_SAID)
		value_int(&slots[CLAM_PACKED_SIZE], (int64_t)w->packed);
	if (w->size != CLAM_NOT_SAID)
		value_int(&slots[CLAM_REAL_SIZE], (int64_t)w->size);
	if (w->has_crc)
		value_int(&slots[CLAM_CRC], (int64_t)w->crc);
}

/* Signatures of texts and HTML are for what clamscan makes of them. */
static enum clam_target_type target_of(const struct clam_where *w, struct span file)
{
	if (w != NULL && w->as != CLAM_ANY)
		return w->as;
	enum clam_target_type t = clam_target(file);
	return w != NULL && w->plain && (t == CLAM_HTML || t == CLAM_TEXT) ? CLAM_ANY : t;
}

/* Version information is read when it is first asked for. */
static void count_versions(const struct value_later *l, struct value *out)
{
	struct program *p = *(struct program *const *)l->from;

	bool cut = true;
	p->version = arena_array(l->arena, EXE_MAX_VERSION_STRINGS, sizeof *p->version);
	if (p->version != NULL)
		p->n_version = exe_version_strings(p->file, &p->exe, p->version,
						   EXE_MAX_VERSION_STRINGS, &cut);
	if (cut)
		module_cut(p->steps);
	value_int(out, (int64_t)p->n_version);
}

static bool load(struct module_input *in, struct value *slots, struct error *e)
{
	struct program *p = arena_alloc(in->arena, sizeof *p);

	if (p == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "clamav: no memory");
	value_int(&slots[CLAM_TARGET], target_of(where_of(in->host), in->file));
	if (where_of(in->host) != NULL)
		say_where(where_of(in->host), slots);
	if (!exe_read(in->file, &p->exe))
		return true;
	const struct exe *x = &p->exe;
	*in->state = p;
	if (x->entry >= 0)
		value_int(&slots[CLAM_ENTRY], x->entry);
	value_int(&slots[CLAM_SECTIONS], (int64_t)x->n_sections);
	if (x->n_sections != 0)
		value_int(&slots[CLAM_LAST], (int64_t)x->section[x->n_sections - 1].raw_at);
	p->file = in->file;
	p->self = p;
	p->steps = in->steps;
	if (!value_put_off(&slots[CLAM_VERSION_STRINGS], in->arena, &p->self, count_versions))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "clamav: no memory");
	return true;
}

const struct module clamav_module = { .name = "clamav",
				      .fields = fields,
				      .classes = CLASS_ALL,
				      .load = load,
				      .doc = "what ClamAV's signatures ask of an object" };
