/* SPDX-License-Identifier: Apache-2.0 */
#include "format/clam_link.h"
#include "format/clam_link_part.h"

/*
 * What is shown is an address only where it ends in a top-level domain that clamscan knows, which
 * is a list of 2008.  Addresses are cut behind the host before they are compared; blanks in what is
 * shown are taken out, but a host that is listed may begin behind one.
 */

static const char countries[] =
	"ac ad ae af ag ai al am an ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo "
	"br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cx cy cz de dj dk dm do "
	"dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt "
	"gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp "
	"kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms "
	"mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr "
	"ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr st su sv sy sz "
	"tc td tf tg th tj tk tl tm tn to tp tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu "
	"wf ws ye yt yu za zm zw ";
static const char generic[] = "biz cat com edu gov int mil net org pro aero arpa coop info jobs "
			      "mobi name asia tel travel museum ";
/* those beneath which hosts are named in two levels */
static const char two_levels[] =
	"ad af ai al am ao aq ar at au aw ax az ba bb bd be bf bg bh bi bj bm bo br bs bt bv bw by "
	"bz ca ch cl cm cn co cr cu cv cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fo "
	"fr ga gb gd ge gf gg gh gi gl gm gn gp gr gt gu gw gy hk hn hr ht hu id ie il in io iq ir "
	"is it je jm jo jp ke kg kh ki km kn kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md "
	"mg mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne ng ni nl no np nr nu nz om pa "
	"pe pf pg ph pk pl pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn "
	"sr st su sv sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc "
	"ve vg vi vn vu ws ye za zm zw ";

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

/* Is the word one of those, each behind which a blank stands? */
static bool listed(struct span word, const char *all)
{
	size_t k = 0;

	if (word.n < 2)
		return false;
	for (const char *p = all; *p != '\0'; p++) {
		if (*p == ' ') {
			if (k == word.n)
				return true;
			k = 0;
		} else if (k < word.n && lower(word.p[k]) == (uint8_t)*p) {
			k++;
		} else {
			k = word.n + 1;
		}
	}
	return false;
}

static bool is_top(struct span s) { return listed(s, countries) || listed(s, generic); }

bool clam_link_begins(struct span s, const char *with)
{
	size_t n = strlen(with);
	return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* Is it one of these bytes? */
static bool is_any(uint8_t c, const char *any)
{
	while (*any != '\0' && (uint8_t)*any != c)
		any++;
	return *any != '\0';
}

size_t clam_link_find(struct span s, const char *any)
{
	size_t i = 0;

	while (i < s.n && !is_any(s.p[i], any))
		i++;
	return i;
}

/* Where `text` is in `s`; s.n where it is not. */
static size_t find_text(struct span s, const char *text)
{
	size_t i = 0;

	while (i < s.n && !clam_link_begins(span_cut(s, i, s.n), text))
		i++;
	return i;
}

/* ---- is it an address? */

static bool is_host_byte(uint8_t c) { return is_alnum(c) || is_any(c, "!\"#$%&'()*+,-@_"); }

static bool is_scheme(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_host_byte(s.p[i]) || s.p[i] == '#' || s.p[i] == '+')
			return false;
	return s.n != 0 && lower(s.p[0]) >= 'a' && lower(s.p[0]) <= 'z';
}

/* A mail's address is none, but for foo.com@host. */
static bool is_mail_address(struct span host)
{
	size_t at = clam_link_find(host, "@"), dot = at;

	if (at == host.n)
		return false;
	while (dot > 0 && host.p[dot - 1] != '.')
		dot--;
	return dot <= 1 || !is_top(span_cut(host, dot, at - dot));
}

/* Does it end in a top-level domain?  `any`: a part of it may, and it is cut behind that. */
static bool is_host(struct clam_address *a, size_t from, struct span host, bool any)
{
	size_t at = 0, cut = 0;

	for (;;) {
		struct span rest = span_cut(host, at, host.n);
		size_t dot = clam_link_find(rest, ".");
		if (dot == rest.n)
			break;
		for (size_t i = 0; i < dot; i++)
			if (!is_host_byte(rest.p[i]))
				return false;
		if (dot == 0)
			return false;
		if (any && is_top(span_cut(rest, 0, dot)))
			cut = from + at + dot;
		at += dot + 1;
	}
	size_t end = host.n;
	while (end > at && host.p[end - 1] == ' ')
		end--;
	if (at != 0 && is_top(span_cut(host, at, end - at)))
		return true;
	if (at != 0 && cut != 0)
		a->n = cut;
	return at != 0 && cut != 0;
}

/* `any`: it may have any scheme, or none. */
static bool is_address(struct clam_address *a, bool any)
{
	static const char *const schemes[] = { "https:", "http:", "ftp:", "mailto:" };
	struct span s = { a->p, a->n };
	size_t from = 0, colon = s.n;

	while (from < s.n && s.p[from] == ' ')
		from++;
	s = span_cut(s, from, s.n);
	for (size_t i = 0; i < 4 && colon == a->n; i++)
		if (clam_link_begins(s, schemes[i]) && (i < 3 || clam_link_begins(s, "mailto://")))
			colon = strlen(schemes[i]) - 1;
	if (colon != a->n && clam_link_begins(span_cut(s, colon, s.n), "://"))
		return true;
	if (any)
		colon = clam_link_find(s, ":");
	bool scheme = colon < s.n && is_scheme(span_cut(s, 0, colon));
	size_t start = 0;
	if (scheme)
		start = colon + 1 + clam_link_begins(span_cut(s, colon + 1, s.n), "/") +
			clam_link_begins(span_cut(s, colon + 1, s.n), "//");
	struct span host = span_cut(s, start, s.n);
	host = span_cut(host, 0, clam_link_find(host, "/"));
	return (scheme || !is_mail_address(host)) && is_host(a, from + start, host, any);
}

/* ---- made alike */

static void remove_text(struct clam_address *a, const char *what)
{
	size_t n = strlen(what), to = 0;

	for (size_t i = 0; i < a->n;) {
		if (clam_link_begins((struct span){ a->p + i, a->n - i }, what))
			i += n;
		else
			a->p[to++] = a->p[i++];
	}
	a->n = to;
}

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9'                 ? c - '0'
	       : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
						    : -1;
}

void clam_link_decode(struct clam_address *a)
{
	for (bool again = true; again;) {
		size_t to = 0;
		again = false;
		for (size_t i = 0; i < a->n; i++) {
			int hi = i + 2 < a->n && a->p[i] == '%' ? digit(a->p[i + 1]) : -1;
			int lo = hi >= 0 ? digit(a->p[i + 2]) : -1;
			uint8_t c = a->p[i];
			if (lo >= 0) {
				c = (uint8_t)(hi << 4 | lo);
				c = c == 0 ? 1 : c;
				again = again || c == '%';
				i += 2;
			}
			a->p[to++] = c;
		}
		a->n = to;
	}
}

/* Cuts behind the host, and makes that lower case. */
static void cut_behind_host(struct clam_address *a)
{
	struct span s = { a->p, a->n };
	size_t at = clam_link_find(s, ":");

	if (at < s.n) {
		while (at + 1 < s.n && s.p[at + 1] == '/')
			at++;
		at++;
	} else {
		at = 0;
	}
	struct span host = span_cut(s, at, s.n);
	size_t n = clam_link_find(host, ":/?");
	for (size_t i = at; i < at + n && i < a->n; i++)
		a->p[i] = lower(a->p[i]);
	a->n = at + n;
}

static void trim(struct clam_address *a, bool (*stays)(uint8_t))
{
	size_t from = 0;

	while (a->n > 0 && !stays(a->p[a->n - 1]))
		a->n--;
	while (from < a->n && !stays(a->p[from]))
		from++;
	memmove(a->p, a->p + from, a->n - from);
	a->n -= from;
}

static bool is_ink(uint8_t c) { return c != ' '; }

/* *seen is, of what is shown, the same with its blanks. */
static void make_alike(struct clam_address *a, struct clam_address *seen)
{
	for (size_t i = 0; i < a->n; i++) {
		a->p[i] &= 0x7f;
		a->p[i] = a->p[i] < ' ' ? ' ' : a->p[i];
		a->p[i] = a->p[i] == '\\' ? '/' : a->p[i];
	}
	trim(a, is_ink);
	struct span s = { a->p, a->n };
	if (a->n < 2 || clam_link_begins(s, ".net") || clam_link_begins(s, "ado.net") ||
	    clam_link_begins(s, "asp.net")) {
		a->n = 0;
		return;
	}
	cut_behind_host(a);
	for (size_t i = 0; i < a->n; i++)
		if (is_any(a->p[i], "<>\";"))
			a->p[i] = ' ';
	remove_text(a, "&lt");
	remove_text(a, "&gt");
	clam_link_decode(a);
	if (seen != NULL) {
		trim(a, is_ink);
		*seen = *a;
	}
	remove_text(a, " ");
	if (seen != NULL)
		trim(a, is_alnum);
}

/* ---- hosts */

/* The host, behind what a mail program passes over; false where it is none. */
static bool host_of(const struct clam_address *a, bool real, struct span *out)
{
	struct span s = { a->p, a->n };
	size_t at = find_text(s, "://");
	bool mail = at == s.n && clam_link_begins(s, "mailto:");

	s = span_cut(s, at < s.n ? at + 3 : mail ? strlen("mailto:") : 0, s.n);
	for (;;) {
		size_t end = clam_link_find(s, ":/?"), user = clam_link_find(s, "@");
		if (user == s.n || (end != 0 && user > end))
			break;
		s = span_cut(s, user + 1, s.n);
	}
	*out = span_cut(s, 0, clam_link_find(s, ":/?"));
	if (real && (mail || out->n == 0 || find_text(*out, "..") != out->n))
		return false;
	return memchr(out->p, ' ', out->n) == NULL;
}

/* Where the label begins that ends before byte `end`. */
static size_t label_at(struct span host, size_t end)
{
	while (end > 0 && host.p[end - 1] != '.')
		end--;
	return end;
}

/* example.com of www.example.com, example.co.uk of www.example.co.uk. */
static struct span domain_of(struct span host)
{
	size_t top = label_at(host, host.n);

	if (top == 0)
		return host;
	size_t second = label_at(host, top - 1);
	struct span label = span_cut(host, second, top - 1 - second);
	if (listed(span_cut(host, top, host.n), two_levels) && is_top(label) && second != 0)
		second = label_at(host, second - 1);
	return span_cut(host, second, host.n);
}

/* ---- the lists */

/* The byte of what was seen that stands before the last n bytes of the host, a blank too. */
static uint8_t before(const struct clam_address *seen, size_t position)
{
	size_t i = 0;

	while (i < seen->n && !is_alnum(seen->p[i]))
		i++;
	for (; i < seen->n && position > 0; position--) {
		while (i < seen->n && seen->p[i] == ' ')
			i++;
		i++;
	}
	while (i < seen->n && seen->p[i] == ' ')
		i++;
	return i == 0 || i > seen->n ? 0 : seen->p[i - 1];
}

/* Does `text` end in the pattern, at its beginning or behind a dot?  `seen`: or a blank there, of
 * which the host begins at byte `host_at`. */
static bool ends_in(struct span text, struct span pattern, const struct clam_address *seen,
		    size_t host_at)
{
	if (pattern.n > text.n || memcmp(text.p + text.n - pattern.n, pattern.p, pattern.n) != 0)
		return false;
	if (pattern.n == text.n)
		return true;
	size_t at = text.n - pattern.n;
	uint8_t c = seen != NULL ? before(seen, host_at + at) : text.p[at - 1];
	return c == '.' || c == ' ';
}

static void put(struct clam_address *a, struct span s)
{
	size_t n = s.n < sizeof a->p - a->n ? s.n : sizeof a->p - a->n;

	if (n != 0)
		memcpy(a->p + a->n, s.p, n);
	a->n += n;
}

/* "real:shown/", or "shown/". */
static struct clam_address pair_of(struct span real, struct span shown)
{
	struct clam_address a = { .n = 0 };

	put(&a, real);
	if (real.n != 0)
		put(&a, span_of(":"));
	put(&a, shown);
	put(&a, span_of("/"));
	return a;
}

/* The next line of those kinds; false at the end. */
static bool next_line(struct span lines, size_t *at, const char *kinds, char *kind,
		      struct span *rest)
{
	while (*at < lines.n) {
		struct span s = span_cut(lines, *at, lines.n);
		const uint8_t *end = memchr(s.p, '\n', s.n);
		s = span_cut(s, 0, end != NULL ? (size_t)(end - s.p) : s.n);
		*at += s.n + 1;
		if (s.n == 0 || !is_any(s.p[0], kinds))
			continue;
		*kind = (char)s.p[0];
		*rest = span_cut(s, 1, s.n);
		return true;
	}
	return false;
}

static bool is_allowed(const struct clam_link_lists *l, struct span real, struct span shown)
{
	struct clam_address both = pair_of(real, shown);
	struct span text = { both.p, both.n }, pattern;
	size_t at = 0;
	char kind;

	while (next_line(l->lines, &at, "XYM", &kind, &pattern))
		if (kind == 'M' ? ends_in(text, pattern, NULL, 0)
				: l->matches(l->ctx, pattern, text))
			return true;
	return false;
}

static bool is_listed(const struct clam_link_lists *l, struct span real, struct span shown)
{
	struct clam_address both = pair_of(real, shown);
	struct span pattern;
	size_t at = 0;
	char kind;

	while (next_line(l->lines, &at, "R", &kind, &pattern))
		if (l->matches(l->ctx, pattern, (struct span){ both.p, both.n }))
			return true;
	return false;
}

/* Is the host that is shown, or one above it?  *domain is then what is compared. */
static bool is_listed_host(const struct clam_link_lists *l, const struct clam_address *seen,
			   size_t host_at, struct span *host)
{
	struct clam_address text = pair_of((struct span){ 0 }, *host);
	struct span pattern;
	size_t at = 0;
	char kind;

	while (next_line(l->lines, &at, "H", &kind, &pattern)) {
		if (!ends_in((struct span){ text.p, text.n }, pattern, seen, host_at))
			continue;
		size_t n = pattern.n - 1, from = host->n - n;
		if (from != 0 && host->p[from - 1] != '.')
			*host = span_cut(*host, from, n); /* behind a blank */
		return true;
	}
	return false;
}

/* ---- one link */

static struct clam_address address_of(struct span s)
{
	struct clam_address a = { .n = 0 };
	const uint8_t *end = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	if (s.n != 0)
		put(&a, span_cut(s, 0, end != NULL ? (size_t)(end - s.p) : s.n));
	a.n = a.n < CLAM_LINK_MOST ? a.n : CLAM_LINK_MOST;
	return a;
}

static enum clam_link_finding compare(const struct clam_link_lists *l, struct clam_address *real,
				      struct clam_address *shown, const struct clam_address *seen,
				      bool image)
{
	struct span from = { real->p, real->n }, to = { shown->p, shown->n }, host, shown_host;

	if (is_allowed(l, from, to))
		return CLAM_LINK_NONE;
	bool is_one = is_listed(l, from, to);
	if (!host_of(shown, false, &shown_host) || !host_of(real, true, &host) ||
	    is_allowed(l, host, shown_host))
		return CLAM_LINK_NONE;
	bool by_host = is_listed_host(l, seen, (size_t)(shown_host.p - shown->p), &shown_host);
	if (by_host && memchr(real->p, 1, real->n) != NULL)
		return CLAM_LINK_CLOAKED;
	if (by_host && !image && clam_link_begins(to, "https:") &&
	    !clam_link_begins(from, "https:"))
		return CLAM_LINK_SSL;
	if ((image || !is_one) && !by_host)
		return CLAM_LINK_NONE;
	return span_equal(domain_of(host), domain_of(shown_host)) ? CLAM_LINK_NONE
								  : CLAM_LINK_SPOOFED;
}

enum clam_link_finding clam_link_check(const struct clam_link_lists *l, struct span real,
				       struct span shown, bool image)
{
	struct clam_address a = address_of(real), b = address_of(shown), seen;
	enum clam_link_finding found;

	if (!is_address(&a, false))
		return CLAM_LINK_NONE;
	if (l->digests.n != 0 && clam_link_is_hashed(l, &a, &found))
		return found;
	if (b.n == 0 || span_equal((struct span){ a.p, a.n }, (struct span){ b.p, b.n }))
		return CLAM_LINK_NONE;
	make_alike(&a, NULL);
	make_alike(&b, &seen);
	if (a.n == 0 || b.n == 0 ||
	    span_equal((struct span){ a.p, a.n }, (struct span){ b.p, b.n }) ||
	    !is_address(&b, true))
		return CLAM_LINK_NONE;
	return compare(l, &a, &b, &seen, image);
}
