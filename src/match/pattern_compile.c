/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter.h"
#include "match/pattern_build.h"
#include "match/prog.h"
#include "match/rarity.h"

/*
 * A tree becomes variants.  The concatenation at its top is flattened into
 * elements; the rarest run of fixed bytes among them is the anchor, and the
 * elements before and from it on become two programs.  Where no run is good and
 * an alternation is, the alternation is multiplied out: one variant for each
 * branch.
 */

enum {
	MAX_ELEMENTS = 1 << 18,
	MAX_VARIANTS = 256,
	MAX_SPREAD = 4,
	GOOD = 100,
	UNROLL = 64,
	MAX_STARTS = 258
};

struct elements {
	struct tree **item;
	size_t n;
	bool failed;
};

/* At least as many elements as flatten() makes of a tree. */
static size_t count(const struct tree *t)
{
	size_t n = t->kind == TREE_REPEAT && t->min <= UNROLL ? t->min + 1 : 1;

	if (t->kind == TREE_REPEAT && t->min > 0)
		n += count(t->child);
	for (const struct tree *c = t->child; t->kind == TREE_CAT && c != NULL; c = c->next)
		n += count(c);
	return n;
}

/* What is left of a repetition after `done` times. */
static struct tree *rest_of(struct arena *a, const struct tree *t, uint32_t done)
{
	struct tree *rest = tree_copy(a, t);

	if (rest != NULL) {
		rest->max = t->max == TREE_UNBOUNDED ? t->max : t->max - done;
		rest->min = t->min - done;
	}
	return rest;
}

static void flatten(struct arena *a, struct tree *t, struct elements *out)
{
	if (t->kind == TREE_CAT) {
		for (struct tree *c = t->child; c != NULL; c = c->next)
			flatten(a, c, out);
		return;
	}
	if (t->kind == TREE_EMPTY)
		return;
	bool fold;
	/* x{n,m}: n copies of a fixed byte, or one of a group, which may hold the anchor; then the
	 * rest */
	if (t->kind == TREE_REPEAT && t->min > 0) {
		bool byte = tree_single(t->child, &fold) >= 0;
		uint32_t copies = !byte ? 1 : t->min <= UNROLL ? t->min : 0;
		for (uint32_t i = 0; i < copies; i++)
			flatten(a, t->child, out);
		if (t->max == copies)
			return;
		t = rest_of(a, t, copies);
		if (t == NULL) {
			out->failed = true;
			return;
		}
	}
	if (out->n == MAX_ELEMENTS)
		out->failed = true;
	else
		out->item[out->n++] = t;
}

/* ---- runs of fixed bytes */

struct run {
	size_t first, n; /* elements */
	uint8_t bytes[PATTERN_ANCHOR_MAX];
	uint8_t mask[PATTERN_ANCHOR_MAX];
	bool fold, masked;
	unsigned score; /* rarity; more for lengths that the filter likes */
};

/* An anchor that folds is kept in lower case. */
static void fold_bytes(struct run *r)
{
	for (size_t i = 0; r->fold && i < r->n; i++)
		if (r->bytes[i] >= 'A' && r->bytes[i] <= 'Z')
			r->bytes[i] = (uint8_t)(r->bytes[i] + 32);
}

static unsigned score_of(unsigned rarity, size_t n)
{
	return n < 2 ? 0 : n < 4 ? rarity / 4 : n < 8 ? rarity / 2 + 20 : rarity + 20;
}

/* The best run among elements [from, to), of at most PATTERN_ANCHOR_MAX bytes. */
static void best_window(const struct elements *e, size_t from, size_t to, struct run *best)
{
	uint8_t bytes[MAX_STARTS + PATTERN_ANCHOR_MAX];
	bool fold[sizeof bytes];
	unsigned rarity[sizeof bytes];
	size_t n = to - from < sizeof bytes ? to - from : sizeof bytes;
	size_t most = n < PATTERN_ANCHOR_MAX ? n : PATTERN_ANCHOR_MAX;
	size_t look = n < 16 ? n : 16; /* bytes that are judged */

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)tree_single(e->item[from + i], &fold[i]);
	rarity_of_runs(bytes, n, look, rarity);
	for (size_t at = 0; at < MAX_STARTS && at + most <= n; at++) {
		unsigned score = score_of(rarity[at], most);
		if (score <= best->score)
			continue;
		*best = (struct run){ .first = from + at, .n = most, .score = score };
		memcpy(best->bytes, bytes + at, most);
		for (size_t i = 0; i < most; i++)
			best->fold = best->fold || fold[at + i];
		fold_bytes(best);
	}
}

/* ---- windows with holes: what is not one byte is a hole (the program behind looks again) */

/* Elements [from, from + n), holes at the ends left out; the score is the filter's own opinion. */
static void holed_window(const struct elements *e, size_t from, size_t n, struct run *best)
{
	struct run r = { .first = from };

	for (size_t i = 0; i < n; i++) {
		bool fold;
		int c = tree_single(e->item[from + i], &fold);
		if (c < 0 && r.n == 0) {
			r.first++;
			continue;
		}
		r.mask[i + from - r.first] = c >= 0 ? 0xff : 0;
		r.bytes[i + from - r.first] = c >= 0 ? (uint8_t)c : 0;
		r.fold = r.fold || fold;
		r.n = c >= 0 ? i + from - r.first + 1 : r.n;
	}
	for (size_t i = 0; i < r.n; i++)
		r.masked = r.masked || r.mask[i] != 0xff;
	fold_bytes(&r);
	const struct filter_anchor a = { .bytes = { r.bytes, r.n },
					 .mask = { r.mask, r.masked ? r.n : 0 },
					 .fold = r.fold };
	r.score = filter_rarity(&a);
	if (r.score > best->score)
		*best = r;
}

/* The filter looks at four bytes of a window or more, so that windows overlap by that. */
static struct run best_holed(const struct elements *e)
{
	struct run best = { 0 };

	for (size_t i = 0; i < e->n;) {
		size_t j = i;
		while (j < e->n && e->item[j]->kind == TREE_SET)
			j++;
		for (size_t at = i; at < j && at - i < 8 * PATTERN_ANCHOR_MAX;
		     at += PATTERN_ANCHOR_MAX / 2) {
			size_t n = j - at < PATTERN_ANCHOR_MAX ? j - at : PATTERN_ANCHOR_MAX;
			holed_window(e, at, n, &best);
		}
		i = j + 1;
	}
	return best;
}

static struct run best_run(const struct elements *e)
{
	struct run best = { 0 };

	for (size_t i = 0; i < e->n;) {
		bool fold;
		size_t j = i;
		while (j < e->n && tree_single(e->item[j], &fold) >= 0)
			j++;
		if (j > i)
			best_window(e, i, j, &best);
		i = j + 1;
	}
	return best.score < GOOD ? best_holed(e) : best;
}

/* ---- one variant */

/* All elements are fixed bytes and agree on case: a literal. */
static bool is_literal(const struct elements *e, bool *fold)
{
	bool folds = false, exact = false, f;

	for (size_t i = 0; i < e->n; i++) {
		int c = tree_single(e->item[i], &f);
		if (c < 0)
			return false;
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		folds = folds || f;
		exact = exact || (letter && !f);
	}
	*fold = folds;
	return !(folds && exact) && e->n > 0;
}

static struct tree *join(struct arena *a, const struct elements *e, size_t from, size_t to)
{
	struct tree *cat = tree_new(a, TREE_CAT);

	for (size_t i = from; cat != NULL && i < to; i++) {
		struct tree *copy = tree_copy(a, e->item[i]);
		if (copy == NULL)
			return NULL;
		tree_append(cat, copy);
	}
	return cat;
}

static bool add_literal(struct build *b, const struct elements *e, bool fold, bool wide)
{
	uint8_t *bytes = arena_alloc(b->a, e->n);
	bool f;

	if (bytes == NULL)
		return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
	for (size_t i = 0; i < e->n; i++)
		bytes[i] = (uint8_t)tree_single(e->item[i], &f);
	return build_literal(b, (struct span){ bytes, e->n }, fold, wide, NULL);
}

static bool add_program(struct build *b, const struct elements *e, const struct run *r, bool wide)
{
	struct pattern_variant v = { .form = PATTERN_PROGRAM,
				     .flags = wide ? PATTERN_IS_WIDE : 0,
				     .anchor = UINT32_MAX };
	size_t split = r->n >= 2 ? r->first : 0;
	struct tree *after = join(b->a, e, split, e->n), *before = join(b->a, e, 0, split);

	if (after == NULL || before == NULL)
		return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
	v.at = (uint32_t)b->data.n;
	if (!prog_compile(after, false, &b->data, b->e))
		return false;
	v.n = (uint32_t)b->data.n - v.at;
	if (split > 0) {
		v.before_at = (uint32_t)b->data.n;
		if (!prog_compile(before, true, &b->data, b->e))
			return false;
		v.before_n = (uint32_t)b->data.n - v.before_at;
	}
	if (r->n >= 2)
		v.anchor = build_anchor(b, (struct span){ r->bytes, r->n },
					(struct span){ r->mask, r->masked ? r->n : 0 },
					r->fold ? PATTERN_IS_FOLD : 0);
	if (r->n < 2)
		b->notes |= PATTERN_NO_ANCHOR;
	else if (r->n < 4 || r->masked)
		b->notes |= PATTERN_SHORT_ANCHOR;
	return build_variant(b, &v);
}

/* ---- alternations multiplied out */

static bool add_elements(struct build *b, struct elements *e, bool wide, unsigned spread);

/* Element k replaced by one of its branches, flattened. */
static bool with_branch(struct build *b, const struct elements *e, size_t k, struct tree *branch,
			struct elements *out)
{
	out->item = arena_array(b->a, e->n + count(branch), sizeof *out->item);
	out->n = 0;
	out->failed = out->item == NULL;
	for (size_t i = 0; !out->failed && i < e->n; i++) {
		if (i == k)
			flatten(b->a, branch, out);
		else if (out->n < MAX_ELEMENTS)
			out->item[out->n++] = e->item[i];
		else
			out->failed = true;
	}
	return !out->failed;
}

/* The worst branch's best score, and how many branches there are. */
static unsigned branch_score(struct build *b, const struct elements *e, size_t k, size_t *n)
{
	unsigned least = UINT32_MAX;

	*n = 0;
	for (struct tree *c = e->item[k]->child; c != NULL; c = c->next) {
		struct elements one;
		if (++*n > MAX_VARIANTS / 4 || !with_branch(b, e, k, c, &one))
			return 0;
		unsigned s = best_run(&one).score;
		least = s < least ? s : least;
	}
	return *n == 0 ? 0 : least;
}

static bool spread_out(struct build *b, struct elements *e, size_t k, bool wide, unsigned spread)
{
	for (struct tree *c = e->item[k]->child; c != NULL; c = c->next) {
		struct elements one;
		if (!with_branch(b, e, k, c, &one))
			return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
		if (!add_elements(b, &one, wide, spread + 1))
			return false;
	}
	return true;
}

/* May all of c be the beginning of d? */
static bool begins(struct build *b, struct tree *c, struct tree *d)
{
	struct elements x = { .item = arena_array(b->a, count(c), sizeof *x.item) };
	struct elements y = { .item = arena_array(b->a, count(d), sizeof *y.item) };

	if (x.item == NULL || y.item == NULL)
		return false;
	flatten(b->a, c, &x);
	flatten(b->a, d, &y);
	if (x.failed || y.failed || x.n >= y.n)
		return false;
	for (size_t i = 0; i < x.n; i++) {
		uint64_t both = 0;
		for (size_t k = 0; k < 4; k++)
			both |= x.item[i]->set[k] & y.item[i]->set[k];
		if (x.item[i]->kind != TREE_SET || y.item[i]->kind != TREE_SET || both == 0)
			return false;
	}
	return true;
}

/* Would the first branch that fits keep a longer one, behind it, from being tried? */
static bool hides_a_branch(struct build *b, const struct tree *alternation, size_t *n)
{
	bool hides = false;

	*n = 0;
	for (struct tree *c = alternation->child; c != NULL; c = c->next) {
		if (++*n > MAX_VARIANTS / 4)
			return false;
		for (struct tree *d = c->next; d != NULL && !hides; d = d->next)
			hides = begins(b, c, d);
	}
	return hides;
}

/* The alternation that is multiplied out; e->n: none. */
static size_t choose_alternation(struct build *b, const struct elements *e, unsigned score,
				 unsigned spread)
{
	size_t chosen = e->n, n = 0;

	/* a whole word may be any of the alternatives, not the first that fits alone, as in YARA */
	if (spread == 0 && e->n == 1 && e->item[0]->kind == TREE_ALT &&
	    (b->flags & (PATTERN_IS_FULLWORD | PATTERN_HAS_MARKS)) != 0) {
		for (const struct tree *c = e->item[0]->child; c != NULL; c = c->next)
			n++;
		if (b->n_variants + n <= MAX_VARIANTS)
			return 0;
	}
	if (spread >= MAX_SPREAD || e->n >= 256)
		return chosen;
	for (size_t k = 0; (b->flags & PATTERN_IS_FULLWORD) != 0 && k < e->n; k++)
		if (e->item[k]->kind == TREE_ALT && hides_a_branch(b, e->item[k], &n) &&
		    b->n_variants + n <= MAX_VARIANTS)
			return k;
	if (score >= GOOD)
		return chosen;
	for (size_t k = 0; k < e->n; k++) {
		if (e->item[k]->kind != TREE_ALT)
			continue;
		unsigned s = branch_score(b, e, k, &n);
		if (s > score && b->n_variants + n <= MAX_VARIANTS) {
			score = s;
			chosen = k;
		}
	}
	return chosen;
}

static bool add_elements(struct build *b, struct elements *e, bool wide, unsigned spread)
{
	bool fold;

	if (is_literal(e, &fold))
		return add_literal(b, e, fold, wide);
	struct run best = best_run(e);
	size_t chosen = choose_alternation(b, e, best.score, spread);
	return chosen < e->n ? spread_out(b, e, chosen, wide, spread)
			     : add_program(b, e, &best, wide);
}

bool build_tree(struct build *b, struct tree *t, bool wide)
{
	struct elements e = { .item = arena_array(b->a, count(t), sizeof *e.item) };

	if (e.item == NULL)
		return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
	flatten(b->a, t, &e);
	if (e.failed) {
		/* too long to be taken apart: one element, without an anchor */
		e = (struct elements){ .item = e.item, .n = 1 };
		e.item[0] = t;
	}
	return add_elements(b, &e, wide, 0);
}
