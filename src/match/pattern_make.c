/* SPDX-License-Identifier: Apache-2.0 */
#include "match/body_parse.h"
#include "match/pattern_build.h"
#include "match/prog.h"
#include "match/rarity.h"

/* The ways into a blob: text, tree, or a chain of pieces; and how its parts are put together. */

enum {
	MAX_BLOB = 64 << 20,
	CHAIN_JUMP = 200 /* YARA's YR_STRING_CHAINING_THRESHOLD */,
	WIDE_GAP = 16
};

bool build_variant(struct build *b, const struct pattern_variant *v)
{
	buf_put(&b->variants, v, sizeof *v);
	b->n_variants++;
	if (b->n_variants > UINT16_MAX || !buf_ok(&b->variants) || !buf_ok(&b->data))
		return error_set(b->e, REASON_LIMIT, PLACE_NONE, "pattern: too large");
	return true;
}

uint32_t build_anchor(struct build *b, struct span bytes, struct span mask, unsigned flags)
{
	struct pattern_anchor_record a = { .at = (uint32_t)b->data.n,
					   .n = (uint8_t)bytes.n,
					   .flags = (uint8_t)flags,
					   .variant = (uint16_t)b->n_variants };

	if (mask.n == bytes.n && mask.n != 0)
		a.flags |= PATTERN_IS_MASKED;
	buf_put_span(&b->data, bytes);
	buf_put_span(&b->data, mask);
	buf_put(&b->anchors, &a, sizeof a);
	return (uint32_t)(b->anchors.n / sizeof a - 1);
}

static void begin(struct build *b, struct arena *a, struct error *e)
{
	*b = (struct build){ .a = a, .e = e };
	buf_init(&b->variants, MAX_BLOB);
	buf_init(&b->anchors, MAX_BLOB);
	buf_init(&b->pieces, MAX_BLOB);
	buf_init(&b->data, MAX_BLOB);
}

static void release(struct build *b)
{
	buf_release(&b->variants);
	buf_release(&b->anchors);
	buf_release(&b->pieces);
	buf_release(&b->data);
}

static size_t put_near(const struct build *b, uint8_t out[2 * PATTERN_NEAR_SIZE])
{
	if ((b->flags & PATTERN_HAS_NEAR) == 0)
		return 0;
	memset(out, 0, 2 * PATTERN_NEAR_SIZE);
	for (size_t i = 0; i < 2; i++) {
		const struct body_near *near = &b->near[i];
		const uint8_t one[] = { near->value, near->mask, near->min, near->max,
					near->wanted };
		memcpy(out + i * PATTERN_NEAR_SIZE, one, sizeof one);
	}
	return 2 * PATTERN_NEAR_SIZE;
}

/* Head and tables, offsets moved behind them, then the data. */
static bool finish(struct build *b, struct buf *out)
{
	struct pattern_variant *v = (struct pattern_variant *)(void *)b->variants.p;
	struct pattern_anchor_record *a = (struct pattern_anchor_record *)(void *)b->anchors.p;
	struct pattern_piece *p = (struct pattern_piece *)(void *)b->pieces.p;
	struct pattern_head h = { .magic = PATTERN_MAGIC,
				  .flags = b->flags,
				  .n_variants = (uint16_t)b->n_variants,
				  .n_anchors = (uint16_t)(b->anchors.n / sizeof *a),
				  .n_pieces = (uint16_t)(b->pieces.n / sizeof *p) };
	uint8_t near[2 * PATTERN_NEAR_SIZE];
	size_t n_near = put_near(b, near);
	uint32_t shift = (uint32_t)(sizeof h + b->variants.n + b->anchors.n + b->pieces.n + n_near);

	for (size_t i = 0; i < h.n_variants; i++) {
		v[i].at += shift;
		v[i].before_at += v[i].before_n != 0 ? shift : 0;
		/* one variant that no anchor finds: the whole must be searched for */
		if (v[i].anchor == UINT32_MAX)
			h.flags |= PATTERN_IS_UNANCHORED;
	}
	for (size_t i = 0; i < h.n_anchors; i++)
		a[i].at += shift;
	for (size_t i = 0; i < h.n_pieces; i++)
		p[i].at += shift;
	if (h.n_anchors > PATTERN_MAX_ANCHORS) {
		h.flags |= PATTERN_IS_UNANCHORED;
		b->notes |= PATTERN_NO_ANCHOR;
	}
	if (b->pieces.n / sizeof *p > UINT16_MAX)
		return error_set(b->e, REASON_LIMIT, PLACE_NONE, "pattern: over %d pieces",
				 UINT16_MAX);
	buf_put(out, &h, sizeof h);
	buf_put_span(out, buf_span(&b->variants));
	buf_put_span(out, buf_span(&b->anchors));
	buf_put_span(out, buf_span(&b->pieces));
	buf_put(out, near, n_near);
	buf_put_span(out, buf_span(&b->data));
	if (!buf_ok(out) || !buf_ok(&b->anchors) || !buf_ok(&b->pieces))
		return error_set(b->e, REASON_LIMIT, PLACE_NONE, "pattern: too large");
	return true;
}

/* ---- chains */

static bool is_any(const struct tree *t)
{
	return t->kind == TREE_SET && (t->set[0] & t->set[1] & t->set[2] & t->set[3]) == UINT64_MAX;
}

/* Does the chain part at this element?  `fixed`: all since the last parting are single bytes. */
static bool parts_at(const struct build *b, const struct tree *t, bool fixed)
{
	if (b->regex)
		return t->parts;
	if (t->kind != TREE_REPEAT || !is_any(t->child))
		return false;
	return t->max > CHAIN_JUMP || (fixed && t->max - t->min > WIDE_GAP);
}

static bool needs_chain(const struct build *b, const struct tree *t)
{
	bool fixed = true;

	for (const struct tree *c = t->child; t->kind == TREE_CAT && c != NULL; c = c->next) {
		if (parts_at(b, c, fixed))
			return true;
		fixed = fixed && c->kind == TREE_SET;
	}
	return false;
}

/* The distance behind a piece, from the parting at c on; neighbouring jumps are one: [a-b][c-d]. */
static bool add_distance(struct build *b, const struct tree **at, struct pattern_piece *p)
{
	const struct tree *c = *at;
	uint64_t min = c->min, max = c->max;
	bool unbounded = c->max == TREE_UNBOUNDED;

	if (b->regex && unbounded) { /* YARA's most */
		max = TREE_MAX_REPEAT;
		unbounded = false;
	}

	/* behind the last jump of a regular expression there may be nothing else */
	for (c = c->next; c != NULL && c->kind == TREE_REPEAT && is_any(c->child) &&
			  (!b->regex || (c->lazy && c->next != NULL && c->max != TREE_UNBOUNDED));
	     c = c->next) {
		min += c->min;
		max += c->max;
		unbounded = unbounded || c->max == TREE_UNBOUNDED;
		if (min >= TREE_UNBOUNDED)
			return error_set(b->e, REASON_LIMIT, PLACE_NONE,
					 "pattern: a jump of over 4294967294 bytes");
		max = max < TREE_UNBOUNDED ? max : TREE_UNBOUNDED - 1;
	}
	p->min = (uint32_t)min;
	p->max = unbounded ? TREE_UNBOUNDED : (uint32_t)max;
	*at = c;
	return true;
}

/* Elements [*at, up to the next parting) as a blob of their own. */
static bool add_piece(struct build *b, const struct tree **at)
{
	struct pattern_piece p = { .at = (uint32_t)b->data.n };
	struct tree *cat = tree_new(b->a, TREE_CAT);
	const struct tree *c = *at;
	struct build one;
	bool fixed = true, ok;

	if (cat == NULL)
		return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
	for (; c != NULL && !parts_at(b, c, fixed); c = c->next) {
		struct tree *copy = tree_copy(b->a, c);
		if (copy == NULL)
			return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
		fixed = fixed && c->kind == TREE_SET;
		tree_append(cat, copy);
	}
	if (c != NULL && !add_distance(b, &c, &p))
		return false;
	*at = c;
	begin(&one, b->a, b->e);
	ok = build_tree(&one, cat, false) && finish(&one, &b->data);
	release(&one);
	p.n = (uint32_t)b->data.n - p.at;
	buf_put(&b->pieces, &p, sizeof p);
	return ok;
}

static double piece_score(struct span blob)
{
	double least = 1e9;
	size_t n = pattern_n_anchors(blob);

	for (size_t i = 0; i < n; i++) {
		struct pattern_anchor a;
		if (!pattern_anchor(blob, i, &a))
			return 0;
		double r = rarity_of(a.bytes.p, a.bytes.n < 16 ? a.bytes.n : 16);
		r += a.bytes.n >= 8 ? 100 : a.bytes.n >= 4 ? 40 : 0;
		least = r < least ? r : least;
	}
	return n == 0 ? 0 : least;
}

/* The anchors of the best piece stand for the chain. */
static bool take_anchors(struct build *b)
{
	const struct pattern_piece *p = (const struct pattern_piece *)(const void *)b->pieces.p;
	double most = 0;
	struct span best = { NULL, 0 };

	for (size_t i = 0; i < b->pieces.n / sizeof *p; i++) {
		struct span blob = { b->data.p + p[i].at, p[i].n };
		double s = piece_score(blob);
		if (s > most) {
			most = s;
			best = blob;
		}
	}
	uint8_t *copy =
		arena_copy(b->a, best.p, best.n); /* data grows while anchors are put there */
	if (copy == NULL)
		return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
	best.p = copy;
	for (size_t i = 0; i < pattern_n_anchors(best); i++) {
		struct pattern_anchor a;
		if (pattern_anchor(best, i, &a))
			(void)build_anchor(b, a.bytes, a.mask, a.fold ? PATTERN_IS_FOLD : 0);
	}
	if (pattern_n_anchors(best) == 0)
		b->notes |= PATTERN_NO_ANCHOR;
	return true;
}

static bool build_chain(struct build *b, struct tree *t)
{
	const struct tree *at = t->child;

	while (at != NULL)
		if (!add_piece(b, &at))
			return false;
	return take_anchors(b);
}

/* ---- regular expressions */

/* Do all of the alternatives begin or go on with two fixed bytes in a row? */
static bool has_runs(const struct tree *alternation)
{
	bool fold;

	for (const struct tree *t = alternation->child; t != NULL; t = t->next) {
		const struct tree *c = t->kind == TREE_CAT ? t->child : NULL;
		while (c != NULL && c->next != NULL &&
		       (tree_single(c, &fold) < 0 || tree_single(c->next, &fold) < 0))
			c = c->next;
		if (c == NULL || c->next == NULL)
			return false;
	}
	return alternation->kind == TREE_ALT;
}

/* Does YARA cut it, so that its pieces may be further apart than what is verified at one go?  Each
 * piece must have something that is sought: two fixed bytes. */
static bool may_chain(struct build *b, const struct tree *t)
{
	bool cut = false, run = false, fold;
	unsigned n = 0;

	b->regex = true;
	for (const struct tree *c = t->child; t->kind == TREE_CAT && c != NULL; c = c->next) {
		if (c->parts && !run)
			return false;
		cut = cut || c->parts;
		run = run && !c->parts;
		n = tree_single(c, &fold) >= 0 ? n + 1 : 0;
		run = run || n == 2 || has_runs(c);
	}
	return cut && run;
}

static bool build_regex(struct build *b, const struct pattern_source *s)
{
	struct tree_facts facts;
	struct tree *t;

	if (!regex_parse(s, b->a, &t, &facts, b->e))
		return false;
	b->notes |= facts.notes;
	if (facts.greedy)
		b->flags |= PATTERN_IS_GREEDY;
	/* what is verified at one go needs no list of all places of a piece */
	if (tree_most(t) > PROG_SCAN_LIMIT && (s->flags & (PATTERN_WIDE | PATTERN_FULLWORD)) == 0 &&
	    may_chain(b, t))
		return build_chain(b, t);
	if ((s->flags & PATTERN_ASCII) != 0) {
		struct tree *copy = tree_copy(b->a, t);
		if (copy == NULL)
			return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
		if (!build_tree(b, copy, false))
			return false;
	}
	if ((s->flags & PATTERN_WIDE) != 0) {
		t = tree_widen(b->a, t);
		if (t == NULL)
			return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
		if (!build_tree(b, t, true))
			return false;
	}
	return true;
}

static bool build_hex(struct build *b, const struct pattern_source *s)
{
	struct tree *t;

	if (!hex_parse(s, b->a, &t, b->e))
		return false;
	return needs_chain(b, t) ? build_chain(b, t) : build_tree(b, t, false);
}

/* ---- ClamAV's bodies */

static void fold_case(struct build *b, struct tree *t)
{
	tree_fold_case(t);
	for (size_t i = 0; i < 2; i++) {
		uint8_t letter = b->near[i].value | 0x20;
		if (b->near[i].mask == 0xff && letter >= 'a' && letter <= 'z') {
			b->near[i].mask = 0xdf;
			b->near[i].value &= 0xdf;
		}
	}
}

/* `chained`: there are other parts. */
static bool build_part(struct build *b, const struct pattern_source *s, const struct body_part *p,
		       bool chained)
{
	struct tree *t = p->tree;
	bool varies = tree_least(t) != tree_most(t);
	bool both = (s->flags & PATTERN_WIDE) != 0 && (s->flags & PATTERN_ASCII) != 0;

	if (chained ? varies || both : varies && (p->right != BODY_MARK_NONE || p->behind.wanted))
		b->flags |= PATTERN_IS_ANY_LENGTH;
	b->flags |= (uint16_t)(p->left << PATTERN_LEFT_SHIFT | p->right << PATTERN_RIGHT_SHIFT);
	if (p->before.wanted || p->behind.wanted)
		b->flags |= PATTERN_HAS_NEAR;
	b->near[0] = p->before;
	b->near[1] = p->behind;
	if ((s->flags & PATTERN_NOCASE) != 0)
		fold_case(b, t);
	if ((s->flags & PATTERN_WIDE) == 0)
		return build_tree(b, t, false);
	struct tree *wide = tree_copy(b->a, t);
	if (wide == NULL || (wide = tree_widen(b->a, wide)) == NULL)
		return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
	return ((s->flags & PATTERN_ASCII) == 0 || build_tree(b, t, false)) &&
	       build_tree(b, wide, true);
}

static bool build_parts(struct build *b, const struct pattern_source *s,
			const struct body_part *part, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pattern_piece p = { .at = (uint32_t)b->data.n,
					   .min = part[i].min,
					   .max = part[i].max };
		struct build one;
		begin(&one, b->a, b->e);
		bool ok = build_part(&one, s, &part[i], true) && finish(&one, &b->data);
		release(&one);
		if (!ok)
			return false;
		p.n = (uint32_t)b->data.n - p.at;
		buf_put(&b->pieces, &p, sizeof p);
	}
	return take_anchors(b);
}

static bool build_body(struct build *b, const struct pattern_source *s)
{
	struct body_part *part = arena_array(b->a, BODY_MAX_PARTS, sizeof *part);
	size_t n;

	if (part == NULL)
		return error_set(b->e, REASON_MEMORY, PLACE_NONE, "pattern: no memory");
	if (!body_parse(s, b->a, part, &n, b->e))
		return false;
	if ((s->flags & PATTERN_FULLWORD) != 0) {
		part[0].left = BODY_MARK_WORD;
		part[n - 1].right = BODY_MARK_WORD;
	}
	return n == 1 ? build_part(b, s, part, false) : build_parts(b, s, part, n);
}

bool pattern_compile(const struct pattern_source *source, struct arena *a, struct buf *out,
		     uint32_t *notes, struct error *e)
{
	struct build b;
	bool ok;

	begin(&b, a, e);
	if ((source->flags & PATTERN_FULLWORD) != 0 && source->kind != PATTERN_BODY)
		b.flags |= PATTERN_IS_FULLWORD;
	ok = source->kind == PATTERN_TEXT   ? build_text(&b, source)
	     : source->kind == PATTERN_HEX  ? build_hex(&b, source)
	     : source->kind == PATTERN_BODY ? build_body(&b, source)
					    : build_regex(&b, source);
	ok = ok && finish(&b, out);
	*notes = b.notes;
	release(&b);
	return ok;
}
