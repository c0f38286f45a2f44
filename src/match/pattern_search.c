/* SPDX-License-Identifier: Apache-2.0 */
#include "match/body_parse.h"
#include "match/find.h"
#include "match/pattern_format.h"
#include "match/pattern_run.h"

/*
 * All matches of one pattern: each variant by its anchor and, from there, by
 * comparison or by its two programs; then sorted and, at one start, the one that
 * counts.
 */

enum { FIND_STEPS = 6 }; /* what it costs to stop at a find and go on, besides what is done there */

/* ---- what a match must be besides */

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Neighbours of a whole word; in wide text a neighbour is two bytes. */
static bool stands_alone(struct span d, uint64_t at, uint64_t n, bool wide)
{
	uint64_t end = at + n;

	if (wide)
		return !(at >= 2 && d.p[at - 1] == 0 && is_alnum(d.p[at - 2])) &&
		       !(d.n - end >= 2 && d.p[end + 1] == 0 && is_alnum(d.p[end]));
	return !(at >= 1 && is_alnum(d.p[at - 1])) && !(end < d.n && is_alnum(d.p[end]));
}

/* Does what a ClamAV body demands stand before data[at]? */
static bool left_holds(const struct search *s, const struct pattern_variant *v, uint64_t at)
{
	unsigned mark = s->head.flags >> PATTERN_LEFT_SHIFT & 7u;
	struct body_near near[2];

	return body_mark_left(mark, (v->flags & PATTERN_IS_WIDE) != 0, s->data, at) &&
	       (!pattern_near_of(s->blob, &s->head, near) || body_near_left(&near[0], s->data, at));
}

/* And behind what ends before data[end]? */
static bool right_holds(const struct search *s, const struct pattern_variant *v, uint64_t end)
{
	unsigned mark = s->head.flags >> PATTERN_RIGHT_SHIFT & 7u;
	struct body_near near[2];

	return body_mark_right(mark, (v->flags & PATTERN_IS_WIDE) != 0, s->data, end) &&
	       (!pattern_near_of(s->blob, &s->head, near) ||
		body_near_right(&near[1], s->data, end));
}

/* Takes a match in; false where there are enough. */
static bool take(struct search *s, const struct pattern_variant *v, uint64_t at, uint64_t n,
		 uint8_t key)
{
	if (n == 0 || at < s->from || at >= s->to)
		return true;
	if ((s->head.flags & PATTERN_IS_FULLWORD) != 0 &&
	    !stands_alone(s->data, at, n, (v->flags & PATTERN_IS_WIDE) != 0))
		return true;
	if ((s->head.flags & PATTERN_HAS_MARKS) != 0 &&
	    !(left_holds(s, v, at) && right_holds(s, v, at + n)))
		return true;
	struct match m = { .at = at,
			   .n = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n,
			   .xor_key = key,
			   .wide = (v->flags & PATTERN_IS_WIDE) != 0 };
	buf_put(&s->scratch->found, &m, sizeof m);
	if (!buf_ok(&s->scratch->found)) {
		s->scratch->prog.no_memory |=
			s->scratch->found.n + sizeof m <= s->scratch->found.max;
		s->why = REASON_LIMIT;
		return false;
	}
	return s->scratch->found.n / sizeof m - s->first < s->max;
}

/* ---- literals */

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static bool literal_at(struct span d, uint64_t at, struct span want,
		       const struct pattern_variant *v, uint8_t *key)
{
	*key = 0;
	if (at > d.n || want.n > d.n - at)
		return false;
	const uint8_t *p = d.p + at;
	if ((v->flags & PATTERN_IS_XOR) != 0) {
		*key = p[0] ^ want.p[0];
		if (*key < v->xor_min || *key > v->xor_max)
			return false;
		for (size_t i = 1; i < want.n; i++)
			if ((p[i] ^ want.p[i]) != *key)
				return false;
		return true;
	}
	if ((v->flags & PATTERN_IS_FOLD) == 0)
		return memcmp(p, want.p, want.n) == 0;
	for (size_t i = 0; i < want.n; i++)
		if (lower(p[i]) != want.p[i])
			return false;
	return true;
}

static struct span literal_of(struct span blob, const struct pattern_variant *v)
{
	if (v->at > blob.n || v->n > blob.n - v->at)
		return (struct span){ NULL, 0 };
	return (struct span){ blob.p + v->at, v->n };
}

enum {
	XOR_BLOCK = 64
}; /* places that are looked at together, by a loop that compilers vectorize */

/* Do two neighbours, and the two behind the first, differ as those of `want` do at any place of a
 * block? want.n >= 3, and a block and two bytes more are there. */
static bool differs_alike(const uint8_t *p, struct span want)
{
	uint8_t one = want.p[0] ^ want.p[1], two = want.p[1] ^ want.p[2], any = 0;

	for (size_t i = 0; i < XOR_BLOCK; i++)
		any |= (uint8_t)((p[i] ^ p[i + 1]) == one) &
		       (uint8_t)((p[i + 1] ^ p[i + 2]) == two);
	return any != 0;
}

static bool xor_places(struct search *s, const struct pattern_variant *v, struct span want,
		       uint64_t at, uint64_t end)
{
	const uint8_t *p = s->data.p;
	uint8_t key;

	for (; at < end; at++) {
		if (want.n > 1 && ((p[at] ^ p[at + 1]) != (want.p[0] ^ want.p[1])))
			continue;
		if (literal_at(s->data, at, want, v, &key) && !take(s, v, at, want.n, key))
			return false;
	}
	return true;
}

/* Under any key the XOR of two neighbours is the same: looked for at every place. */
static bool search_xor(struct search *s, const struct pattern_variant *v, struct span want)
{
	struct span d = s->data;

	if (want.n > d.n)
		return true;
	uint64_t end = d.n - want.n + 1 < s->to ? d.n - want.n + 1 : s->to;
	for (uint64_t at = s->from, n; at < end; at += n) {
		n = end - at < XOR_BLOCK ? end - at : XOR_BLOCK;
		bool look = n < XOR_BLOCK || want.n < 3 || differs_alike(d.p + at, want);
		if (!search_spend(s, look ? n : n / 16))
			return false;
		if (look && !xor_places(s, v, want, at, at + n))
			return false;
	}
	return true;
}

static bool search_literal(struct search *s, const struct pattern_variant *v, struct span want)
{
	/* the rarest bytes are looked for; from v->from on at most an anchor's length */
	struct span needle = span_cut(want, v->from, PATTERN_ANCHOR_MAX);
	bool fold = (v->flags & PATTERN_IS_FOLD) != 0;
	uint64_t at = s->from + v->from;
	uint8_t key;

	if (needle.n == 0)
		return true;
	struct find find = find_ready(needle, (struct span){ NULL, 0 }, fold);
	while (at < s->data.n && at - v->from < s->to) {
		struct span hay = span_cut(s->data, at, s->to - (at - v->from) + needle.n);
		const uint8_t *p = find_next(&find, hay);
		uint64_t skipped = p == NULL ? hay.n : (uint64_t)(p - hay.p);
		if (!search_spend(s, skipped / 16 + FIND_STEPS))
			return false;
		if (p == NULL)
			return true;
		at += skipped;
		uint64_t start = at - v->from;
		if (literal_at(s->data, start, want, v, &key) && !take(s, v, start, want.n, key))
			return false;
		at++;
	}
	return true;
}

/* ---- programs */

static struct prog_run run_of(const struct search *s, const struct pattern_variant *v,
			      bool backward, uint64_t at)
{
	struct span prog = backward ? span_cut(s->blob, v->before_at, v->before_n)
				    : span_cut(s->blob, v->at, v->n);
	enum prog_mode mode = backward ? PROG_ALL : PROG_FIRST;

	return (struct prog_run){ .prog = prog,
				  .data = s->data,
				  .at = at,
				  .backward = backward,
				  .wide = (v->flags & PATTERN_IS_WIDE) != 0,
				  .mode = mode,
				  .limit = PROG_SCAN_LIMIT,
				  .steps = s->steps };
}

/* The lengths that count from `at` on, into scratch->ends; false where there is none. */
static bool find_ends(struct search *s, const struct pattern_variant *v, uint64_t at)
{
	struct prog_run run = run_of(s, v, false, at);
	struct prog_scratch *p = &s->scratch->prog;
	struct buf *ends = &s->scratch->ends;

	buf_reset(ends);
	if (!prog_may_match(&run, p))
		return false;
	bool any = (s->head.flags & PATTERN_IS_ANY_LENGTH) != 0;
	run.mode = any ? PROG_ALL : PROG_FIRST;
	int64_t after = prog_match(&run, p);
	if (!any && after >= 0) {
		uint32_t n = (uint32_t)after;
		buf_put(ends, &n, sizeof n);
	}
	for (size_t i = 0; any && after >= 0 && i < p->n_lengths && (s->every || ends->n == 0); i++)
		if (right_holds(s, v, at + p->lengths[i]))
			buf_put(ends, &p->lengths[i], sizeof *p->lengths);
	p->no_memory |= !buf_ok(ends);
	return ends->n != 0;
}

/* Takes in what begins at one place and ends at any of scratch->ends. */
static bool take_ends(struct search *s, const struct pattern_variant *v, uint64_t at,
		      uint32_t before)
{
	const uint32_t *after = (const uint32_t *)(const void *)s->scratch->ends.p;
	size_t n = s->scratch->ends.n / sizeof *after;

	if (n > 1 && !search_spend(s, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!take(s, v, at - before, (uint64_t)before + after[i], 0))
			return false;
	return true;
}

bool search_at_anchor(struct search *s, const struct pattern_variant *v, uint64_t at)
{
	if (!find_ends(s, v, at))
		return !search_spent(s);
	if (v->before_n == 0)
		return take_ends(s, v, at, 0);
	struct prog_run run = run_of(s, v, true, at);
	if (prog_match(&run, &s->scratch->prog) < 0)
		return !search_spent(s);
	for (size_t i = 0; i < s->scratch->prog.n_lengths; i++)
		if (!take_ends(s, v, at, s->scratch->prog.lengths[i]))
			return false;
	return true;
}

static bool search_anchored(struct search *s, const struct pattern_variant *v,
			    const struct pattern_anchor_record *a)
{
	bool fold = (a->flags & PATTERN_IS_FOLD) != 0;
	struct span needle = span_cut(s->blob, a->at, a->n);
	struct span mask = span_cut(s->blob, (uint64_t)a->at + a->n,
				    (a->flags & PATTERN_IS_MASKED) != 0 ? a->n : 0);
	uint64_t at = v->before_n == 0 ? s->from : 0;
	uint64_t end = s->to > s->data.n - PROG_SCAN_LIMIT || s->data.n < PROG_SCAN_LIMIT
			       ? s->data.n
			       : s->to + PROG_SCAN_LIMIT;

	struct find find = find_ready(needle, mask, fold);
	prog_may_match_begin(&s->scratch->prog);
	while (at < end && needle.n != 0) {
		struct span hay = { s->data.p + at, s->data.n - at };
		const uint8_t *p = find_next(&find, hay);
		uint64_t skipped = p == NULL ? hay.n : (uint64_t)(p - hay.p);
		if (!search_spend(s, skipped / 16 + FIND_STEPS))
			return false;
		if (p == NULL)
			return true;
		at += skipped;
		if (!search_at_anchor(s, v, at))
			return false;
		at++;
	}
	return true;
}

/* No anchor: a run of the program at every place near to which a match ends. */
static bool search_everywhere(struct search *s, const struct pattern_variant *v)
{
	uint64_t end = s->to < s->data.n ? s->to : s->data.n, at = s->from;
	uint8_t first[32];

	if (!prog_first_bytes(span_cut(s->blob, v->at, v->n), &s->scratch->prog, first))
		return true;
	prog_may_match_begin(&s->scratch->prog);
	while (at < end) {
		struct prog_run run = run_of(s, v, false, at);
		uint64_t ends = prog_first_end(&run, end, first, &s->scratch->prog);
		if (search_spent(s))
			return false;
		if (ends == UINT64_MAX)
			return true;
		if (ends > at + PROG_SCAN_LIMIT)
			at = ends - PROG_SCAN_LIMIT;
		for (uint64_t stop = ends < end ? ends : end; at < stop; at++) {
			uint8_t c = s->data.p[at];
			if ((first[c / 8] >> c % 8 & 1) != 0 && !search_at_anchor(s, v, at))
				return false;
		}
	}
	return true;
}

static bool search_variant(struct search *s, const struct pattern_variant *v)
{
	struct pattern_anchor_record a;

	if (v->form == PATTERN_LITERAL) {
		struct span want = literal_of(s->blob, v);
		if (want.n == 0)
			return true;
		return (v->flags & PATTERN_IS_XOR) != 0 ? search_xor(s, v, want)
							: search_literal(s, v, want);
	}
	if (v->anchor != UINT32_MAX && pattern_anchor_of(s->blob, &s->head, v->anchor, &a) &&
	    a.n <= PATTERN_ANCHOR_MAX)
		return search_anchored(s, v, &a);
	return search_everywhere(s, v);
}

bool search_variants(struct search *s)
{
	for (size_t i = 0; i < s->head.n_variants; i++) {
		struct pattern_variant v;
		if (!pattern_variant_of(s->blob, &s->head, i, &v))
			return true;
		/* a variant that has enough ends the search for one; for more, all variants count
		 */
		if (!search_variant(s, &v) && (s->why != REASON_NONE || s->max == 1))
			return s->why == REASON_NONE;
	}
	return true;
}

bool pattern_verify(struct span blob, size_t i, struct span data, uint64_t at,
		    struct pattern_scratch *scratch, uint64_t *steps)
{
	struct search s = { .blob = blob,
			    .data = data,
			    .to = data.n,
			    .max = 1,
			    .scratch = scratch,
			    .steps = steps };
	struct pattern_anchor_record a;
	struct pattern_variant v;
	uint8_t key;

	if (!pattern_head_of(blob, &s.head) || !pattern_anchor_of(blob, &s.head, i, &a))
		return false;
	if (s.head.n_pieces != 0)
		return true; /* a chain: pattern_search() knows */
	if (!pattern_variant_of(blob, &s.head, a.variant, &v))
		return false;
	buf_reset(&scratch->found);
	if (v.form == PATTERN_LITERAL) {
		struct span want = literal_of(blob, &v);
		if (at >= v.from && want.n != 0 && literal_at(data, at - v.from, want, &v, &key))
			(void)take(&s, &v, at - v.from, want.n, key);
	} else {
		prog_may_match_begin(&scratch->prog);
		(void)search_at_anchor(&s, &v, at);
	}
	return scratch->found.n != 0;
}
