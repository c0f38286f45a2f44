/* SPDX-License-Identifier: Apache-2.0 */
#include "match/body_parse.h"
#include "base/text.h"

enum {
	MAX_FILL = 127,       /* a fixed distance up to here is as many wildcards, as in ClamAV */
	MAX_GAP_INSIDE = 200, /* a distance that may stand within one part ... */
	MAX_SLACK = 16,       /* ... if it varies by no more than this */
	MAX_ANCHORED = 32,    /* bytes in [n-m], ClamAV's AC_CH_MAXDIST */
	MAX_PART = 2000,      /* bytes of a part; wide they are within PROG_SCAN_LIMIT */
	MAX_ALTERNATIVE = 256 /* bytes of an alternative under ! */
};

struct reader {
	struct span s;
	size_t at;
	struct arena *a;
	struct error *e;
	bool wide; /* then a byte in brackets is part of the match: it is two */
	bool fold; /* case does not count */
};

static bool fail(struct reader *r, size_t at, const char *what)
{
	return error_set(r->e, REASON_DAMAGED, at, "body: %s", what);
}

static bool no_memory(struct reader *r)
{
	return error_set(r->e, REASON_MEMORY, PLACE_NONE, "body: no memory");
}

static int peek(const struct reader *r) { return r->at < r->s.n ? r->s.p[r->at] : -1; }

static int digit(int c) { return c == '?' ? 16 : text_hex_digit(c); }

static bool add(struct reader *r, struct tree *to, struct tree *one)
{
	if (one == NULL)
		return no_memory(r);
	tree_append(to, one);
	return true;
}

/* ---- bytes and numbers */

static bool byte(struct reader *r, struct tree *to)
{
	int hi = digit(peek(r));
	int lo = r->at + 1 < r->s.n ? digit(r->s.p[r->at + 1]) : -1;

	if (hi < 0)
		return fail(r, r->at, "expected a byte such as `4d` or `?f`");
	if (lo < 0)
		return fail(r, r->at, "a byte of one digit: two are wanted");
	struct tree *t = tree_new(r->a, TREE_SET);
	if (t == NULL)
		return no_memory(r);
	t->exact = hi == 16 || lo == 16; /* as in ClamAV, letters under a nibble too */
	for (int h = hi % 16; h <= (hi == 16 ? 15 : hi); h++)
		for (int l = lo % 16; l <= (lo == 16 ? 15 : lo); l++)
			tree_put(t, (uint8_t)(h << 4 | l));
	r->at += 2;
	tree_append(to, t);
	return true;
}

static bool number(struct reader *r, uint32_t *out)
{
	uint64_t v = 0;
	size_t from = r->at;

	for (; peek(r) >= '0' && peek(r) <= '9'; r->at++)
		v = v > INT32_MAX ? v : v * 10 + (uint64_t)(peek(r) - '0');
	if (r->at == from || v > INT32_MAX)
		return fail(r, from, "expected a number of bytes");
	*out = (uint32_t)v;
	return true;
}

/* n, n-m, n-, -m up to `close`; a most of 0 means any, as ClamAV takes it. */
static bool range(struct reader *r, char close, uint32_t *min, uint32_t *max)
{
	size_t open = r->at - 1;

	*min = 0;
	if (peek(r) != '-' && !number(r, min))
		return false;
	*max = *min;
	if (peek(r) == '-') {
		r->at++;
		*max = TREE_UNBOUNDED;
		if (peek(r) != close && !number(r, max))
			return false;
	}
	if (peek(r) != close)
		return fail(r, open, "a distance that is not closed");
	r->at++;
	if (*max == 0)
		*max = TREE_UNBOUNDED;
	return *max >= *min || fail(r, open, "a distance whose end is smaller than its start");
}

static struct tree *any_bytes(struct reader *r, uint32_t min, uint32_t max)
{
	struct tree *t = tree_new(r->a, TREE_REPEAT), *any = tree_new(r->a, TREE_SET);

	if (t == NULL || any == NULL)
		return NULL;
	memset(any->set, 0xff, sizeof any->set);
	t->lazy = true;
	t->min = min;
	t->max = max;
	tree_append(t, any);
	return t;
}

/* A distance, which is counted in bytes in wide text too. */
static struct tree *distance(struct reader *r, uint32_t min, uint32_t max)
{
	struct tree *t = any_bytes(r, min, max);

	if (t != NULL)
		t->narrow = true;
	return t;
}

/* ---- alternatives */

/* Strings of one length, of which a byte run of that length must be none. */
struct strings {
	uint8_t (*s)[MAX_ALTERNATIVE];
	size_t n, length;
};

static void take_out(struct tree *t, uint8_t byte)
{
	t->set[byte / 64] &= ~(UINT64_C(1) << byte % 64);
}

/* What is unlike all of the strings from byte `from` on; those of which it has been unlike already
 * are left out of which[]. */
static struct tree *unlike(struct reader *r, const struct strings *all, const size_t *which,
			   size_t n, size_t from)
{
	struct tree *alt = tree_new(r->a, TREE_ALT), *cat = tree_new(r->a, TREE_CAT);
	struct tree *other = tree_new(r->a, TREE_SET);
	size_t *same = arena_array(r->a, n, sizeof *same);

	if (alt == NULL || cat == NULL || other == NULL || same == NULL)
		return NULL;
	memset(other->set, 0xff, sizeof other->set);
	other->exact = true;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = all->s[which[i]][from];
		take_out(other, c);
		if (r->fold && c >= 'a' && c <= 'z')
			take_out(other, (uint8_t)(c - 32));
	}
	tree_append(cat, other);
	uint32_t rest = (uint32_t)(all->length - from - 1);
	struct tree *behind = rest != 0 ? any_bytes(r, rest, rest) : NULL;
	if (rest != 0 && behind == NULL)
		return NULL;
	if (behind != NULL)
		tree_append(cat, behind);
	tree_append(alt, cat);
	for (unsigned b = 0; rest != 0 && b < 256; b++) {
		size_t k = 0;
		for (size_t i = 0; i < n; i++)
			if (all->s[which[i]][from] == b)
				same[k++] = which[i];
		if (k == 0)
			continue;
		struct tree *branch = tree_new(r->a, TREE_CAT);
		struct tree *first = tree_byte(r->a, (uint8_t)b);
		struct tree *after = unlike(r, all, same, k, from + 1);
		if (branch == NULL || first == NULL || after == NULL)
			return NULL;
		tree_append(branch, first);
		tree_append(branch, after);
		tree_append(alt, branch);
	}
	return alt->child == alt->last ? cat : alt;
}

/* The reader is behind `!(`. */
static bool negated(struct reader *r, size_t open, struct tree *to)
{
	struct strings all = { 0 };
	size_t max = 1, from = r->at;

	for (size_t i = r->at; i < r->s.n && r->s.p[i] != ')'; i++)
		max += r->s.p[i] == '|';
	all.s = arena_array(r->a, max, sizeof *all.s);
	size_t *which = arena_array(r->a, max, sizeof *which);
	if (all.s == NULL || which == NULL)
		return no_memory(r);
	for (int c = '|'; c == '|'; c = peek(r), r->at++) {
		size_t n = 0;
		for (; digit(peek(r)) >= 0 && n < MAX_ALTERNATIVE; n++, r->at += 2) {
			int hi = digit(peek(r));
			int lo = r->at + 1 < r->s.n ? digit(r->s.p[r->at + 1]) : -1;
			if (hi > 15 || lo < 0 || lo > 15)
				return fail(r, r->at, "only whole bytes may be negated");
			uint8_t b = (uint8_t)(hi << 4 | lo);
			bool upper = r->fold && b >= 'A' && b <= 'Z';
			all.s[all.n][n] = upper ? (uint8_t)(b + 32) : b;
		}
		if (n == 0 || (all.n != 0 && n != all.length))
			return fail(r, from, "negated alternatives must be of one length");
		all.length = n;
		which[all.n] = all.n;
		all.n++;
		if (peek(r) != '|' && peek(r) != ')')
			return fail(r, open, "a parenthesis that is not closed");
	}
	return add(r, to, unlike(r, &all, which, all.n, 0));
}

static bool alternatives(struct reader *r, unsigned depth, struct tree *to);

static bool alternative(struct reader *r, unsigned depth, struct tree *to)
{
	size_t from = r->at;

	while (peek(r) != '|' && peek(r) != ')') {
		if (peek(r) == '(') {
			r->at++;
			if (!alternatives(r, depth + 1, to))
				return false;
		} else if (!byte(r, to)) {
			return false;
		}
	}
	return r->at > from || fail(r, from, "an empty alternative");
}

/* The reader is behind the parenthesis. */
static bool alternatives(struct reader *r, unsigned depth, struct tree *to)
{
	struct tree *alt = tree_new(r->a, TREE_ALT);

	if (depth > BODY_MAX_NESTING)
		return fail(r, r->at, "alternatives nested deeper than 15");
	if (alt == NULL)
		return no_memory(r);
	for (int c = '|'; c == '|'; c = peek(r), r->at++) {
		struct tree *one = tree_new(r->a, TREE_CAT);
		if (one == NULL)
			return no_memory(r);
		if (!alternative(r, depth, one))
			return false;
		tree_append(alt, one);
	}
	tree_append(to, alt->child == alt->last ? alt->child : alt);
	return true;
}

/* ---- marks */

/* As clamscan 1.4.6 was seen to answer for each byte, in files that are no texts: of those it makes
 * others, in which all blanks are spaces. */
static const uint8_t left_boundary[] = " -./<@_";
static const uint8_t right_boundary[] = "\n\r \"'-/=>_";

static bool in(const uint8_t *set, size_t n, uint8_t c) { return memchr(set, c, n) != NULL; }

static bool is_boundary(uint8_t c)
{
	return in(left_boundary, sizeof left_boundary - 1, c) ||
	       in(right_boundary, sizeof right_boundary - 1, c);
}

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool left_holds(unsigned kind, struct span d, uint64_t at)
{
	if (at == 0)
		return true;
	uint8_t c = d.p[at - 1];
	return kind == BODY_MARK_BOUNDARY ? in(left_boundary, sizeof left_boundary - 1, c)
	       : kind == BODY_MARK_LINE   ? c == '\n'
					  : !is_word(c);
}

static bool right_holds(unsigned kind, bool wide, struct span d, uint64_t at)
{
	if (at >= d.n)
		return true;
	uint8_t c = d.p[at];
	if (kind == BODY_MARK_WORD && wide && at + 1 < d.n && d.p[at + 1] != 0)
		return true;
	return kind == BODY_MARK_BOUNDARY ? in(right_boundary, sizeof right_boundary - 1, c)
	       : kind == BODY_MARK_LINE
		       ? c == '\n' || (c == '\r' && at + 1 < d.n && d.p[at + 1] == '\n')
		       : !is_word(c);
}

bool body_mark_left(unsigned mark, bool wide, struct span data, uint64_t at)
{
	unsigned kind = mark & 3u;

	/* clamscan 1.4.6 was seen to look at one byte for the contrary */
	if (mark == BODY_MARK_WORD && wide)
		return at < 2 || data.p[at - 1] != 0 || !is_word(data.p[at - 2]);
	return kind == 0 || left_holds(kind, data, at) != ((mark & BODY_MARK_NOT) != 0);
}

bool body_mark_right(unsigned mark, bool wide, struct span data, uint64_t at)
{
	unsigned kind = mark & 3u;
	return kind == 0 || right_holds(kind, wide, data, at) != ((mark & BODY_MARK_NOT) != 0);
}

static bool is_near(const struct body_near *near, uint8_t c)
{
	return (c & near->mask) == near->value;
}

bool body_near_left(const struct body_near *near, struct span data, uint64_t at)
{
	for (uint64_t d = near->min + 1u; d <= near->max + 1u && d <= at; d++)
		if (is_near(near, data.p[at - d]))
			return true;
	return !near->wanted;
}

bool body_near_right(const struct body_near *near, struct span data, uint64_t at)
{
	for (uint64_t d = near->min; d <= near->max && d < data.n - at; d++)
		if (is_near(near, data.p[at + d]))
			return true;
	return !near->wanted;
}

/* (B), (L) or (W), perhaps behind !; BODY_MARK_NONE: something else stands here. */
static unsigned mark_at(const struct reader *r, size_t *n)
{
	struct span s = span_cut(r->s, r->at, 4);
	bool not = s.n == 4 && s.p[0] == '!';
	struct span m = not ? span_cut(s, 1, 3) : span_cut(s, 0, 3);

	if (m.n != 3 || m.p[0] != '(' || m.p[2] != ')')
		return BODY_MARK_NONE;
	unsigned kind = m.p[1] == 'B'   ? BODY_MARK_BOUNDARY
			: m.p[1] == 'L' ? BODY_MARK_LINE
			: m.p[1] == 'W' ? BODY_MARK_WORD
					: BODY_MARK_NONE;
	*n = not ? 4 : 3;
	return kind == BODY_MARK_NONE ? kind : kind | (not ? BODY_MARK_NOT : 0u);
}

/* In the middle of a part a mark is a byte of its own. */
static bool inner_mark(struct reader *r, unsigned mark, struct tree *to)
{
	struct tree *set = tree_new(r->a, TREE_SET);

	if (set == NULL)
		return no_memory(r);
	for (unsigned c = 0; c < 256; c++) {
		bool is = (mark & 3u) == BODY_MARK_BOUNDARY ? is_boundary((uint8_t)c)
			  : (mark & 3u) == BODY_MARK_LINE   ? c == '\n'
							    : !is_word((uint8_t)c);
		if (is != ((mark & BODY_MARK_NOT) != 0))
			tree_put(set, (uint8_t)c);
	}
	set->narrow = true;
	if (mark != BODY_MARK_LINE) {
		tree_append(to, set);
		return true;
	}
	struct tree *alt = tree_new(r->a, TREE_ALT), *both = tree_new(r->a, TREE_CAT);
	struct tree *cr = tree_byte(r->a, '\r'), *lf = tree_byte(r->a, '\n');
	if (alt == NULL || both == NULL || cr == NULL || lf == NULL)
		return no_memory(r);
	alt->narrow = true;
	tree_append(both, cr);
	tree_append(both, lf);
	tree_append(alt, set);
	tree_append(alt, both);
	tree_append(to, alt);
	return true;
}

/* ---- parts */

/* What is known of a part up to one of its elements. */
struct measure {
	const struct tree *last;
	uint64_t most;  /* bytes that it may take */
	unsigned n_run; /* fixed bytes in a row at its end */
	bool has_run;   /* two fixed bytes in a row, as ClamAV demands */
};

/* Goes on to the part's last element. */
static void measure(struct measure *m, const struct tree *cat)
{
	const struct tree *t = m->last == NULL ? cat->child : m->last->next;
	bool fold;

	for (; t != NULL; t = t->next) {
		m->last = t;
		m->most += tree_most(t);
		m->n_run = tree_single(t, &fold) >= 0 ? m->n_run + 1 : 0;
		m->has_run = m->has_run || m->n_run == 2;
	}
}

/* A byte at r->at that stands near a part. */
static bool near_byte(struct reader *r, uint32_t min, uint32_t max, struct body_near *out)
{
	int hi = digit(peek(r)), lo = r->at + 1 < r->s.n ? digit(r->s.p[r->at + 1]) : -1;

	if (hi < 0 || lo < 0)
		return fail(r, r->at, "expected a byte such as `4d` or `?f`");
	*out = (struct body_near){ .value = (uint8_t)((hi & 15) << 4 | (lo & 15)),
				   .mask = (uint8_t)((hi < 16 ? 0xf0 : 0) | (lo < 16 ? 0x0f : 0)),
				   .min = (uint8_t)min,
				   .max = (uint8_t)max,
				   .wanted = true };
	r->at += 2;
	return true;
}

/* Is r->at `i` digits before the end of a part? */
static bool ends_behind(const struct reader *r, size_t i)
{
	return r->at + i >= r->s.n || r->s.p[r->at + i] == '*' || r->s.p[r->at + i] == '{';
}

/* [n-m], at which the reader stands; `from`: where its part begins. */
static bool anchored(struct reader *r, size_t from, struct body_part *p)
{
	size_t open = r->at++;
	uint32_t min, max;

	if (!range(r, ']', &min, &max))
		return false;
	if (max > MAX_ANCHORED)
		return fail(r, open, "a distance in brackets of more than 32 bytes");
	if (!r->wide && open == from + 2) {
		size_t behind = r->at;
		r->at = from;
		p->tree = tree_new(r->a, TREE_CAT);
		if (p->tree == NULL || !near_byte(r, min, max, &p->before))
			return p->tree != NULL || no_memory(r);
		r->at = behind;
		return true;
	}
	if (!r->wide && ends_behind(r, 2))
		return near_byte(r, min, max, &p->behind);
	return add(r, p->tree, distance(r, min, max));
}

/* `from`: where the part begins. */
static bool one_element(struct reader *r, size_t from, struct body_part *p)
{
	size_t n = 0, open = r->at;
	unsigned mark = mark_at(r, &n);

	if (mark != BODY_MARK_NONE) {
		r->at += n;
		int c = peek(r);
		if (p->tree->child == NULL && p->left == BODY_MARK_NONE)
			p->left = mark;
		else if (c < 0 || c == '*' || c == '{')
			p->right = mark;
		else
			return inner_mark(r, mark, p->tree);
		return true;
	}
	switch (peek(r)) {
	case '!':
		if (r->at + 1 >= r->s.n || r->s.p[r->at + 1] != '(')
			return fail(r, open, "`!` stands before a parenthesis only");
		r->at += 2;
		return negated(r, open, p->tree);
	case '(':
		r->at++;
		return alternatives(r, 1, p->tree);
	case '[':
		return anchored(r, from, p);
	default:
		return byte(r, p->tree);
	}
}

/* Is the part too long to be verified at one go together with the distance and what stands behind
 * it, up to the next distance?  It is cut where both sides have a run of fixed bytes. */
static bool is_long(const struct reader *r, const struct body_part *p, const struct measure *m)
{
	size_t i = r->at;

	while (i < r->s.n && r->s.p[i] != '*' && r->s.p[i] != '{')
		i++;
	if (!m->has_run || m->most + p->max + (i - r->at) / 2 <= MAX_PART)
		return false;
	for (i = r->at; i < r->at + 4; i++)
		if (i >= r->s.n || text_hex_digit(r->s.p[i]) < 0)
			return false;
	return true;
}

/* A distance that is short enough belongs to the part, which is then verified at one go. */
static bool stays_inside(const struct reader *r, const struct body_part *p, const struct measure *m)
{
	size_t n;

	if (p->right != BODY_MARK_NONE || mark_at(r, &n) != BODY_MARK_NONE || p->behind.wanted ||
	    (!r->wide && r->at + 2 < r->s.n && r->s.p[r->at + 2] == '['))
		return false;
	if (is_long(r, p, m))
		return false;
	if (p->min == p->max && p->min <= MAX_FILL)
		return true;
	return p->max <= MAX_GAP_INSIDE && p->max - p->min <= MAX_SLACK;
}

/* One part, and the distance behind it; *more: another one follows. */
static bool one_part(struct reader *r, struct body_part *p, bool *more)
{
	struct measure m = { 0 };
	size_t from = r->at;

	*p = (struct body_part){ .tree = tree_new(r->a, TREE_CAT) };
	if (p->tree == NULL)
		return no_memory(r);
	*more = false;
	while (peek(r) >= 0) {
		bool star = peek(r) == '*';
		if (!star && peek(r) != '{') {
			if (!one_element(r, from, p))
				return false;
			continue;
		}
		r->at++;
		p->min = 0;
		p->max = TREE_UNBOUNDED;
		if (!star && !range(r, '}', &p->min, &p->max))
			return false;
		measure(&m, p->tree);
		if (!stays_inside(r, p, &m)) {
			*more = true;
			break;
		}
		if (!add(r, p->tree, distance(r, p->min, p->max)))
			return false;
	}
	measure(&m, p->tree);
	return m.has_run || fail(r, from, "a part without two fixed bytes in a row");
}

bool body_parse(const struct pattern_source *s, struct arena *a, struct body_part *part, size_t *n,
		struct error *e)
{
	struct reader r = { .s = s->text,
			    .a = a,
			    .e = e,
			    .wide = (s->flags & PATTERN_WIDE) != 0,
			    .fold = (s->flags & PATTERN_NOCASE) != 0 };
	bool more = true;

	for (*n = 0; more; ++*n) {
		if (*n == BODY_MAX_PARTS)
			return error_set(e, REASON_LIMIT, r.at, "body: over %d parts",
					 BODY_MAX_PARTS);
		if (!one_part(&r, &part[*n], &more))
			return false;
	}
	return true;
}
