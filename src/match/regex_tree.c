/* SPDX-License-Identifier: Apache-2.0 */
#include "match/regex_tree.h"

struct tree *tree_new(struct arena *a, enum tree_kind kind)
{
	struct tree *t = arena_alloc(a, sizeof *t);

	if (t != NULL)
		t->kind = kind;
	return t;
}

void tree_append(struct tree *parent, struct tree *child)
{
	if (parent->child == NULL)
		parent->child = child;
	else
		parent->last->next = child;
	child->before = parent->last;
	parent->last = child;
}

bool tree_has(const struct tree *t, uint8_t byte)
{
	return (t->set[byte / 64] >> byte % 64 & 1) != 0;
}
void tree_put(struct tree *t, uint8_t byte) { t->set[byte / 64] |= UINT64_C(1) << byte % 64; }

struct tree *tree_byte(struct arena *a, uint8_t byte)
{
	struct tree *t = tree_new(a, TREE_SET);

	if (t != NULL)
		tree_put(t, byte);
	return t;
}

struct tree *tree_copy(struct arena *a, const struct tree *t)
{
	struct tree *copy = tree_new(a, t->kind);

	if (copy == NULL)
		return NULL;
	*copy = *t;
	copy->next = copy->before = copy->child = copy->last = NULL;
	for (const struct tree *c = t->child; c != NULL; c = c->next) {
		struct tree *one = tree_copy(a, c);
		if (one == NULL)
			return NULL;
		tree_append(copy, one);
	}
	return copy;
}

int tree_single(const struct tree *t, bool *fold)
{
	int word = -1;

	*fold = false;
	for (int w = 0; t->kind == TREE_SET && w < 4; w++)
		if (t->set[w] != 0) {
			if (word >= 0)
				return -1;
			word = w;
		}
	if (word < 0)
		return -1;
	uint64_t bits = t->set[word], more = bits & (bits - 1);
	int least = 64 * word + __builtin_ctzll(bits);
	if (more == 0)
		return least;
	/* an upper-case letter and its lower case, both in the second word */
	if (least >= 'A' && least <= 'Z' && more == UINT64_C(1) << (least + 32 - 64)) {
		*fold = true;
		return least + 32;
	}
	return -1;
}

static uint32_t bounded(uint64_t n) { return n < TREE_UNBOUNDED ? (uint32_t)n : TREE_UNBOUNDED; }

/* The most bytes, or the least.  No deeper than the readers let a tree be. */
static uint32_t length(const struct tree *t, bool most)
{
	uint64_t n = 0;
	bool first = true;

	if (t->kind == TREE_SET)
		return 1;
	if (t->kind == TREE_REPEAT) {
		uint64_t one = t->child == NULL ? 0 : length(t->child, most);
		return bounded(one * (most ? t->max : t->min));
	}
	for (const struct tree *c = t->child; c != NULL; c = c->next, first = false) {
		uint32_t one = length(c, most);
		if (t->kind == TREE_CAT)
			n = bounded(n + one);
		else if (first || (one > n) == most)
			n = one;
	}
	return (uint32_t)n;
}

uint32_t tree_most(const struct tree *t) { return length(t, true); }

uint32_t tree_least(const struct tree *t) { return length(t, false); }

void tree_fold_case(struct tree *t)
{
	if (t->kind == TREE_SET && !t->exact)
		for (int c = 'a'; c <= 'z'; c++)
			if (tree_has(t, (uint8_t)c) || tree_has(t, (uint8_t)(c - 32))) {
				tree_put(t, (uint8_t)c);
				tree_put(t, (uint8_t)(c - 32));
			}
	for (struct tree *c = t->child; c != NULL; c = c->next)
		tree_fold_case(c);
}

struct tree *tree_widen(struct arena *a, struct tree *t)
{
	struct tree *out, *nul, *next;

	if (t->narrow)
		return t;
	if (t->kind == TREE_SET) {
		out = tree_new(a, TREE_CAT);
		nul = tree_byte(a, 0);
		if (out == NULL || nul == NULL)
			return NULL;
		t->next = NULL;
		tree_append(out, t);
		tree_append(out, nul);
		return out;
	}
	struct tree *child = t->child;
	t->child = t->last = NULL;
	for (; child != NULL; child = next) {
		next = child->next;
		child->next = NULL;
		struct tree *wide = tree_widen(a, child);
		if (wide == NULL)
			return NULL;
		tree_append(t, wide);
	}
	return t;
}
