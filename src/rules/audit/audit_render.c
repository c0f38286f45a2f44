/* SPDX-License-Identifier: Apache-2.0 */
#include "match/regex_tree.h"
#include "rules/audit/audit_text.h"

#include <string.h>

/* Bytes first: what a match may look like, byte by byte, with classes marked. */

enum { MAX_DEPTH = 64, CLASS_REPEAT = 4, MAX_REPEAT = 48 };

struct rendering {
	struct audit_bytes *out;
	unsigned choice; /* which alternative to take */
	bool more;       /* there are alternatives that a higher choice would take */
};

static void put(struct rendering *r, uint8_t byte, enum audit_unit_kind kind)
{
	struct audit_bytes *b = r->out;

	if (b->n == AUDIT_MAX_BYTES ||
	    (kind == UNIT_GAP && b->n != 0 && b->kind[b->n - 1] == UNIT_GAP))
		return;
	b->byte[b->n] = byte;
	b->kind[b->n++] = (uint8_t)kind;
}

static bool is_upper(unsigned c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(unsigned c) { return c >= 'a' && c <= 'z'; }
static bool is_digit(unsigned c) { return c >= '0' && c <= '9'; }

/* What a set of bytes stands for in a text. */
static void put_set(struct rendering *r, const struct tree *t)
{
	unsigned n = 0, upper = 0, lower = 0, digits = 0, high = 0;
	bool space = tree_has(t, ' '), fold;
	int one = tree_single(t, &fold);

	if (one >= 0) {
		put(r, (uint8_t)one, UNIT_LITERAL);
		return;
	}
	for (unsigned c = 0; c < 256; c++) {
		if (!tree_has(t, (uint8_t)c))
			continue;
		n++;
		upper += is_upper(c);
		lower += is_lower(c);
		digits += is_digit(c);
		high += c >= 0x80;
	}
	if (n > 100)
		put(r, ' ', UNIT_GAP);
	else if (digits >= 8 && upper + lower == 0)
		put(r, '9', UNIT_DIGIT);
	else if (upper >= 20 && lower == 0 && high == 0)
		put(r, 'A', UNIT_UPPER);
	else if (digits >= 8 && upper + lower >= 5)
		put(r, 'a', UNIT_MIXED);
	else if (space && upper + lower == 0)
		put(r, ' ', UNIT_LITERAL);
	else if (upper + lower + high >= 2 && 2 * (upper + lower + high) >= n)
		put(r, upper > lower ? 'E' : 'e', UNIT_LETTER);
	else
		for (unsigned c = 0, first = 1; c < 256 && first != 0; c++)
			if (tree_has(t, (uint8_t)c)) {
				put(r, (uint8_t)c, UNIT_LITERAL);
				first = 0;
			}
}

static bool is_anything(const struct tree *set)
{
	unsigned n = 0;

	for (unsigned c = 0; c < 256; c++)
		n += tree_has(set, (uint8_t)c);
	return n > 100;
}

static void walk(struct rendering *r, const struct tree *t, unsigned depth);

/* As often as it must be there; a class that may be longer, a few times. */
static void walk_repeat(struct rendering *r, const struct tree *t, unsigned depth)
{
	uint32_t n = t->min;
	bool fold = false, one = t->child->kind == TREE_SET && tree_single(t->child, &fold) < 0;

	if (n == 0 && !one && t->max >= CLASS_REPEAT) {
		put(r, ' ', UNIT_GAP);
		return;
	}
	if (n == 0 && !(one && is_anything(t->child)))
		return; /* what may be missing is missing, unless it is a gap */
	if (n == 0)
		n = 1;
	if (one && t->max > n && n < CLASS_REPEAT)
		n = t->max < CLASS_REPEAT ? t->max : CLASS_REPEAT;
	for (uint32_t i = 0; i < n && i < MAX_REPEAT; i++)
		walk(r, t->child, depth + 1);
}

static void walk(struct rendering *r, const struct tree *t, unsigned depth)
{
	unsigned n = 0;

	if (depth > MAX_DEPTH)
		return;
	switch (t->kind) {
	case TREE_SET:
		put_set(r, t);
		break;
	case TREE_CAT:
		for (const struct tree *c = t->child; c != NULL; c = c->next)
			walk(r, c, depth + 1);
		break;
	case TREE_ALT:
		for (const struct tree *c = t->child; c != NULL; c = c->next)
			n++;
		r->more |= r->choice + 1 < n;
		n = n != 0 ? r->choice % n : 0;
		for (const struct tree *c = t->child; c != NULL; c = c->next)
			if (n-- == 0)
				walk(r, c, depth + 1);
		break;
	case TREE_REPEAT:
		walk_repeat(r, t, depth);
		break;
	default:
		break;
	}
}

void audit_render_sets(const uint64_t (*set)[4], size_t n, struct audit_bytes *out)
{
	struct rendering r = { .out = out };

	out->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct tree t = { .kind = TREE_SET };
		memcpy(t.set, set[i], sizeof t.set);
		put_set(&r, &t);
	}
}

bool audit_render(const struct pattern_source *s, struct arena *a, unsigned k,
		  struct audit_bytes *out)
{
	struct rendering r = { .out = out, .choice = k };
	struct tree_facts facts = { .notes = 0 };
	struct tree *t = NULL;
	struct error e;

	if (s->kind == PATTERN_TEXT) {
		out->n = 0;
		for (size_t i = 0; i < s->text.n; i++)
			put(&r, s->text.p[i], UNIT_LITERAL);
		return k == 0;
	}
	if (!(s->kind == PATTERN_HEX     ? hex_parse(s, a, &t, &e)
	      : s->kind == PATTERN_REGEX ? regex_parse(s, a, &t, &facts, &e)
					 : false))
		return false;
	out->n = 0;
	walk(&r, t, 0);
	/* the last choice is one that nothing would take */
	if (k != 0 && !r.more) {
		struct audit_bytes other = { .n = 0 };
		struct rendering before = { .out = &other, .choice = k - 1 };
		walk(&before, t, 0);
		if (!before.more)
			return false;
	}
	return true;
}
