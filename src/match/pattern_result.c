/* SPDX-License-Identifier: Apache-2.0 */
#include "match/pattern_run.h"

/* From what was found to what is reported: order, one match for each start, chains joined. */

enum { MAX_FOUND = (PATTERN_MAX_MATCHES + 1) * 4 };

struct pattern_scratch *pattern_scratch_new(void)
{
	struct buf b = { .max = SIZE_MAX };
	struct pattern_scratch *s = buf_grow(&b, sizeof *s);

	if (s == NULL)
		return NULL;
	prog_scratch_init(&s->prog);
	buf_init(&s->found, MAX_FOUND * sizeof(struct match));
	buf_init(&s->ends, (PROG_SCAN_LIMIT + 1) * sizeof(uint32_t));
	return s;
}

void pattern_scratch_free(struct pattern_scratch *s)
{
	struct buf b = { .p = (uint8_t *)s };

	if (s == NULL)
		return;
	prog_scratch_release(&s->prog);
	buf_release(&s->found);
	buf_release(&s->ends);
	buf_release(&b);
}

bool pattern_scratch_lacked(struct pattern_scratch *s)
{
	bool lacked = s->prog.no_memory;

	s->prog.no_memory = false;
	return lacked;
}

/* ---- order */

/* Merge sort by start that keeps the order of what starts at one place. */
static void sort(struct match *m, size_t n, struct match *spare)
{
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t low = 0; low < n; low += 2 * width) {
			size_t mid = low + width < n ? low + width : n;
			size_t high = low + 2 * width < n ? low + 2 * width : n;
			size_t i = low, j = mid;
			for (size_t k = low; k < high; k++)
				spare[k] = i < mid && (j >= high || m[i].at <= m[j].at) ? m[i++]
											: m[j++];
		}
		memcpy(m, spare, n * sizeof *m);
	}
}

static bool in_order(const struct match *m, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (m[i].at <= m[i - 1].at)
			return false;
	return true;
}

/* One for each start: the first that was found, so the plain form before the wide one; in a piece
 * one of each form.  Of a form the longest where the pattern is greedy, and the shortest of a piece
 * of which any length will do, since what follows may then be anywhere behind it. */
static size_t one_each(const struct search *s, struct match *m, size_t n)
{
	bool greedy = (s->head.flags & PATTERN_IS_GREEDY) != 0;
	bool shortest = s->piece && (s->head.flags & PATTERN_IS_ANY_LENGTH) != 0;
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		bool same = k > 0 && m[k - 1].wide == m[i].wide;
		if (k > 0 && m[k - 1].at == m[i].at && (same || !s->piece)) {
			if (same &&
			    ((greedy && m[i].n > m[k - 1].n) || (shortest && m[i].n < m[k - 1].n)))
				m[k - 1] = m[i];
		} else {
			m[k++] = m[i];
		}
	}
	return k;
}

/* ---- chains */

struct list {
	struct match *m;
	size_t n;
	/* of each: the first at or behind it from which the chain can be finished, in its plain
	 * form and in its wide one, which do not mix */
	size_t *next_done[2];
};

/* m[i] can be finished, or cannot; those behind it are known. */
static void note_done(struct list *l, size_t i, bool done)
{
	for (size_t wide = 0; wide < 2; wide++)
		l->next_done[wide][i] = done && l->m[i].wide == (wide != 0) ? i
					: i + 1 < l->n ? l->next_done[wide][i + 1]
						       : l->n;
}

/* The first in the list that starts at `at` or behind. */
static size_t first_from(const struct list *l, uint64_t at)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (l->m[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* From the last piece to the first: m[i].n becomes the length to the end of the chain, the nearest
 * next piece taken; those that cannot be finished get 0. */
static void join(struct list *l, const struct list *next, const struct pattern_piece *gap)
{
	for (size_t i = l->n; i-- > 0;) {
		struct match *m = &l->m[i];
		uint64_t end = m->at + m->n, low = end + gap->min;
		uint64_t high = gap->max == UINT32_MAX ? UINT64_MAX : end + gap->max;
		size_t k = first_from(next, low);
		k = k < next->n ? next->next_done[m->wide ? 1 : 0][k] : k;
		uint64_t n = 0;
		if (k < next->n && next->m[k].at <= high)
			n = next->m[k].at + next->m[k].n - m->at;
		m->n = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
		note_done(l, i, m->n != 0);
	}
}

/* All matches of a pattern without pieces. */
static bool search_list(struct search *s, struct arena *a, struct match **list, size_t *n,
			struct error *e)
{
	*list = NULL;
	*n = 0;
	if (s->from >= s->to)
		return true;
	buf_reset(&s->scratch->found);
	bool ok = search_variants(s);
	size_t k = s->scratch->found.n / sizeof(struct match);
	struct match *m = arena_copy(a, s->scratch->found.p, k * sizeof *m);
	if (m == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "pattern: no memory for %zu matches",
				 k);
	if (!in_order(m, k)) {
		struct match *spare = arena_array(a, k, sizeof *spare);
		if (spare == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE,
					 "pattern: no memory for %zu matches", k);
		sort(m, k, spare);
		if (!s->every)
			k = one_each(s, m, k);
	}
	*list = m;
	*n = k < s->max ? k : s->max;
	if (!ok || *n == PATTERN_MAX_MATCHES)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 *s->steps == 0 ? "limit:steps" : "limit:matches");
	return true;
}

/* All places of piece i that start in [from, to). */
static bool search_piece(struct search *s, size_t i, uint64_t from, uint64_t to, struct arena *a,
			 struct list *out, struct pattern_piece *p, struct error *e)
{
	struct pattern_head inner;

	if (!pattern_piece_of(s->blob, &s->head, i, p) || p->at > s->blob.n ||
	    p->n > s->blob.n - p->at)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "pattern: a piece is not there");
	struct span blob = { s->blob.p + p->at, p->n };
	if (!pattern_head_of(blob, &inner) || inner.n_pieces != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "pattern: a piece is damaged");
	struct search one = { .blob = blob,
			      .data = s->data,
			      .from = from,
			      .to = to,
			      .head = inner,
			      .max = PATTERN_MAX_MATCHES,
			      /* else what follows may be anywhere behind the first end */
			      .every = (inner.flags & PATTERN_IS_ANY_LENGTH) != 0 &&
				       i + 1 < s->head.n_pieces && p->max != UINT32_MAX,
			      .piece = true,
			      .scratch = s->scratch,
			      .steps = s->steps };
	if (!search_list(&one, a, &out->m, &out->n, e))
		return false;
	if (out->n == PATTERN_MAX_MATCHES)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "limit:matches");
	for (size_t wide = 0; wide < 2; wide++) {
		out->next_done[wide] = arena_array(a, out->n, sizeof *out->next_done[wide]);
		if (out->next_done[wide] == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE,
					 "pattern: no memory for matches");
	}
	for (size_t k = out->n; k-- > 0;)
		note_done(out, k, true);
	return true;
}

static bool search_chain(struct search *s, struct arena *a, struct match **list, size_t *n,
			 struct error *e)
{
	struct list first, next = { 0 }, now = { 0 };
	struct pattern_piece gap, p;
	size_t k = 0;

	if (!search_piece(s, 0, s->from, s->to, a, &first, &gap, e))
		return false;
	/* from the last piece: where one does not occur, neither does the chain */
	for (size_t i = s->head.n_pieces; first.n != 0 && i-- > 1; next = now) {
		if (!search_piece(s, i, first.m[0].at, s->data.n, a, &now, &p, e))
			return false;
		if (now.n == 0)
			return true;
		if (i + 1 < s->head.n_pieces)
			join(&now, &next, &p);
	}
	if (s->head.n_pieces > 1)
		join(&first, &next, &gap);
	for (size_t i = 0; i < first.n && k < s->max; i++)
		if (first.m[i].n != 0 && (k == 0 || first.m[k - 1].at != first.m[i].at))
			first.m[k++] = first.m[i];
	*list = first.m;
	*n = k;
	return true;
}

/* ---- public */

bool pattern_search(struct span blob, struct span data, uint64_t from, uint64_t to, size_t max,
		    struct pattern_scratch *scratch, struct arena *a, uint64_t *steps,
		    struct match **list, size_t *n, struct error *e)
{
	struct search s = { .blob = blob,
			    .data = data,
			    .from = from,
			    .to = to < data.n ? to : data.n,
			    .max = max,
			    .scratch = scratch,
			    .steps = steps };

	*list = NULL;
	*n = 0;
	if (!pattern_head_of(blob, &s.head))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "pattern: damaged");
	if (s.head.n_pieces == 0 || from >= s.to)
		return search_list(&s, a, list, n, e);
	return search_chain(&s, a, list, n, e);
}

bool pattern_test(struct span blob, struct span text, struct pattern_scratch *scratch,
		  uint64_t *steps)
{
	struct pattern_head h;

	if (!pattern_head_of(blob, &h))
		return false;
	for (size_t i = 0; i < h.n_variants; i++) {
		struct pattern_variant v;
		if (!pattern_variant_of(blob, &h, i, &v))
			return false;
		/* found by the place where it would begin: programs of `matches` have no anchor */
		struct prog_run run = { .prog = span_cut(blob, v.at, v.n),
					.data = text,
					.steps = steps };
		if (v.form == PATTERN_PROGRAM && v.before_n == 0 &&
		    prog_search(&run, &scratch->prog))
			return true;
		if (v.form == PATTERN_LITERAL || v.before_n != 0) {
			struct search s = { .blob = blob,
					    .head = h,
					    .data = text,
					    .to = text.n,
					    .max = 1,
					    .scratch = scratch,
					    .steps = steps };
			buf_reset(&scratch->found);
			(void)search_variants(&s);
			return scratch->found.n != 0;
		}
	}
	return false;
}
