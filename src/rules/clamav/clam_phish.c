/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/heap.h"
#include "format/clam_link.h"
#include "rules/clamav/clam_parse.h"

/*
 * .pdb .wdb .gdb: lists of links in mail (reference engine C.1.5), which become one text and one
 * table for format/clam_link.h, and a rule for each thing that may be found.
 *
 * R:regex  H:host  X:regex  Y:regex  M:real:shown  S|S1|S2:F:sha256  S:W:sha256  S:P:prefix
 * each perhaps with :min-max, levels of the engine.
 */

enum { DIGEST = CLAM_LINK_DIGEST - 1, PREFIX = 4 };

static const char *const names[CLAM_LINK_FINDINGS] = {
	[CLAM_LINK_SPOOFED] = "Heuristics.Phishing.Email.SpoofedDomain",
	[CLAM_LINK_SSL] = "Heuristics.Phishing.Email.SSL-Spoof",
	[CLAM_LINK_CLOAKED] = "Heuristics.Phishing.Email.Cloaked.Null",
	[CLAM_LINK_MALWARE] = "Heuristics.Safebrowsing.Suspected-malware_safebrowsing.clamav.net",
	[CLAM_LINK_BLOCKED] = "Heuristics.Phishing.URL.Blocked",
	[CLAM_LINK_PHISHING] = "Heuristics.Safebrowsing.Suspected-phishing_safebrowsing.clamav.net",
};

/* Takes ":17-" or ":17-210" off the end; false where it is not for this engine. */
static bool take_level(struct span *s)
{
	size_t colon = s->n, dash;
	uint64_t low = 0, high = UINT64_MAX;

	while (colon > 0 && s->p[colon - 1] != ':')
		colon--;
	struct span level = span_cut(*s, colon, s->n);
	for (dash = 0; dash < level.n && level.p[dash] != '-'; dash++)
		continue;
	struct span first = span_cut(level, 0, dash), last = span_cut(level, dash + 1, level.n);
	if (colon == 0 || dash == level.n ||
	    (first.n != 0 && !clam_number(first, UINT32_MAX, &low)) ||
	    (last.n != 0 && !clam_number(last, UINT32_MAX, &high)))
		return true; /* it is no level */
	s->n = colon - 1;
	return low <= CLAM_LEVEL && CLAM_LEVEL <= high;
}

static bool put(struct clam *c, char kind, struct span s)
{
	buf_put_u8(&c->links, (uint8_t)kind);
	buf_put_span(&c->links, s);
	buf_put(&c->links, "/\n", 2);
	c->failed = c->failed || !buf_ok(&c->links);
	return !c->failed;
}

/* What is looked at ends behind the host, and so does the expression. */
static struct span without_path(struct span s)
{
	static const char *const ends[] = { "([/?].*)?", "([/?].*)" };

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(ends[i]);
		if (s.n > n && memcmp(s.p + s.n - n, ends[i], n) == 0)
			return span_cut(s, 0, s.n - n);
	}
	return s;
}

static bool hash(struct clam *c, struct span line)
{
	struct span f[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ':', f), size;
	uint8_t record[CLAM_LINK_DIGEST];

	if (n != 3 || f[0].n > 2 || f[1].n != 1)
		return clam_error(c, line, "expected S:F:digest, S1:F:digest, S:W:digest ...");
	char what = (char)f[1].p[0];
	size_t wanted = what == 'P' ? PREFIX : DIGEST;
	if ((what != 'P' && what != 'F' && what != 'W') ||
	    (f[0].n == 2 && f[0].p[1] != '1' && f[0].p[1] != '2'))
		return clam_error(c, line, "expected S, S1 or S2, and F, W or P");
	if (!hex_to_bytes(f[2], record, DIGEST, &size) || size != wanted)
		return clam_error(c, f[2], "expected %zu bytes in hexadecimal digits", wanted);
	if (what == 'P') /* it saves a client of Google's a question, and no more */
		return true;
	record[DIGEST] = what == 'W' ? 'W' : f[0].n == 2 ? f[0].p[1] : '0';
	buf_put(&c->link_digests, record, sizeof record);
	c->failed = c->failed || !buf_ok(&c->link_digests);
	return !c->failed;
}

bool clam_link_line(struct clam *c, struct span line)
{
	struct span s = line;

	if (!take_level(&s))
		return true;
	size_t colon = 0;
	while (colon < s.n && s.p[colon] != ':')
		colon++;
	struct span text = span_cut(s, colon + 1, s.n);
	if (colon == 0 || colon == s.n || text.n == 0)
		return clam_error(c, line, "expected a letter, a colon, and hosts");
	if (c->link_place.n == 0) {
		c->link_place = clam_place(c, line);
		c->link_space = c->space;
		c->link_text = c->text;
		c->link_line = line;
	}
	switch (s.p[0]) {
	case 'R':
	case 'X':
	case 'Y':
		return clam_regex_check(c, text, span_cut(text, 0, 0)) &&
		       put(c, (char)s.p[0], without_path(text));
	case 'H':
	case 'M':
		return put(c, (char)s.p[0], text);
	case 'S':
		return hash(c, s);
	default:
		return clam_error(c, line, "expected R, H, X, Y, M or S");
	}
}

/* ---- the table of digests, sorted by heap */

static void swap(void *list, size_t a, size_t b)
{
	uint8_t *p = (uint8_t *)list + a * CLAM_LINK_DIGEST, t[CLAM_LINK_DIGEST];
	uint8_t *q = (uint8_t *)list + b * CLAM_LINK_DIGEST;

	memcpy(t, p, sizeof t);
	memcpy(p, q, sizeof t);
	memcpy(q, t, sizeof t);
}

/* By digest, and of one digest what is allowed first. */
static bool less(const void *list, size_t a, size_t b)
{
	const uint8_t *p = (const uint8_t *)list + a * CLAM_LINK_DIGEST;
	const uint8_t *q = (const uint8_t *)list + b * CLAM_LINK_DIGEST;
	int order = memcmp(p, q, DIGEST);

	return order < 0 || (order == 0 && p[DIGEST] == 'W' && q[DIGEST] != 'W');
}

/* Sorts; of a digest that stands there twice the first stays. */
static void sort(struct buf *b)
{
	const size_t k = CLAM_LINK_DIGEST;
	size_t n = b->n / k, to = 0;

	heap_sort(b->p, n, less, swap);
	for (size_t i = 0; i < n; i++)
		if (to == 0 || memcmp(b->p + (to - 1) * k, b->p + i * k, DIGEST) != 0) {
			memmove(b->p + to * k, b->p + i * k, k);
			to++;
		}
	b->n = to * k;
}

/* ---- rules */

/* A part of a mail in which a link of that kind is. */
static void make_rule(struct clam *c, unsigned kind, const uint32_t place[4])
{
	uint32_t node[2], argument[3];

	if (!clam_rule_at(c, span_of(names[kind]), c->link_line, c->link_line))
		return;
	node[0] = clam_within(c, 1, span_of("CL_TYPE_MAIL"));
	argument[0] = clam_node(c, COND_STRING, VALUE_STRING, place[0], place[1], 0);
	argument[1] = clam_node(c, COND_STRING, VALUE_STRING, place[2], place[3], 0);
	argument[2] = clam_int(c, kind);
	uint32_t call = clam_call(c, CLAM_LINK, argument, 3), one = clam_int(c, 1);
	node[1] = clam_node(c, COND_EQ, VALUE_BOOL, call, one, 0);
	(void)clam_finish(c, clam_all(c, COND_AND, node, 2));
}

void clam_links_end(struct clam *c)
{
	struct buf *text = &c->set->text;

	if (c->link_place.n == 0 || c->failed)
		return;
	sort(&c->link_digests);
	uint32_t place[4] = { (uint32_t)text->n, (uint32_t)c->links.n, 0,
			      (uint32_t)c->link_digests.n };
	buf_put_span(text, buf_span(&c->links));
	place[2] = (uint32_t)text->n;
	buf_put_span(text, buf_span(&c->link_digests));
	c->failed = !buf_ok(text);
	c->source = c->link_place.source;
	c->line = c->link_place.line;
	c->space = c->link_space;
	c->text = c->link_text;
	c->official = true; /* clamscan gives these names no ending */
	for (unsigned i = 0; i < CLAM_LINK_FINDINGS && !c->failed; i++)
		if (i < CLAM_LINK_MALWARE ? c->links.n != 0 : c->link_digests.n != 0)
			make_rule(c, i, place);
	c->link_place.n = 0;
}
