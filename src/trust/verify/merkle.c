/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/merkle.h"
#include "base/hash.h"

#include <assert.h>

struct merkle_hash merkle_empty(void)
{
	struct merkle_hash h;
	bool ok = hash_of(HASH_SHA256, (struct span){ NULL, 0 }, h.b);

	assert(ok);
	return h;
}

struct merkle_hash merkle_leaf(struct span data)
{
	static const uint8_t zero = 0;
	struct merkle_hash h;
	bool ok = hash_of_two(HASH_SHA256, (struct span){ &zero, 1 }, data, h.b);

	assert(ok);
	return h;
}

struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right)
{
	uint8_t both[65];
	struct merkle_hash h;

	both[0] = 1;
	memcpy(both + 1, left->b, 32);
	memcpy(both + 33, right->b, 32);
	bool ok = hash_of(HASH_SHA256, (struct span){ both, sizeof both }, h.b);
	assert(ok);
	return h;
}

void merkle_add(struct merkle_tree *t, const struct merkle_hash *leaf)
{
	struct merkle_hash h = *leaf;

	assert(t->n <= UINT64_MAX / 2);
	for (uint64_t n = t->n; (n & 1) != 0; n >>= 1)
		h = merkle_node(&t->peak[--t->n_peaks], &h);
	t->peak[t->n_peaks++] = h;
	t->n++;
}

struct merkle_hash merkle_root(const struct merkle_tree *t)
{
	if (t->n == 0)
		return merkle_empty();
	struct merkle_hash h = t->peak[t->n_peaks - 1];
	for (size_t i = t->n_peaks - 1; i-- > 0;)
		h = merkle_node(&t->peak[i], &h);
	return h;
}

bool merkle_push(struct merkle_proof *p, const struct merkle_hash *h)
{
	if (p->n >= MERKLE_MAX_PROOF)
		return false;
	p->hash[p->n++] = *h;
	return true;
}

/* One step up: the place of a node and of the last node of its level. */
struct climb {
	uint64_t at, last;
};

/* Whether the node's sibling is to its left; then levels where it has none are skipped. */
static bool sibling_is_left(struct climb *c)
{
	if ((c->at & 1) == 0 && c->at != c->last)
		return false;
	while ((c->at & 1) == 0 && c->at != 0) {
		c->at >>= 1;
		c->last >>= 1;
	}
	return true;
}

static void step_up(struct climb *c)
{
	c->at >>= 1;
	c->last >>= 1;
}

bool merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
			    const struct merkle_proof *p, const struct merkle_hash *root,
			    struct error *e)
{
	if (index >= size || p->n > MERKLE_MAX_PROOF)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "inclusion: no leaf %llu in a tree of %llu",
				 (unsigned long long)index, (unsigned long long)size);
	struct climb c = { index, size - 1 };
	struct merkle_hash h = *leaf;
	for (size_t i = 0; i < p->n; i++) {
		if (c.last == 0)
			return error_set(e, REASON_DAMAGED, PLACE_NONE,
					 "inclusion: the proof is too long");
		h = sibling_is_left(&c) ? merkle_node(&p->hash[i], &h)
					: merkle_node(&h, &p->hash[i]);
		step_up(&c);
	}
	if (c.last != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "inclusion: the proof is too short");
	if (!merkle_equal(&h, root))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "inclusion: the proof leads to another root");
	return true;
}

/* Both roots at once, for 0 < m < n. */
static bool climb_both(uint64_t m, uint64_t n, const struct merkle_hash *then,
		       const struct merkle_hash *now, const struct merkle_proof *p)
{
	bool whole = (m & (m - 1)) == 0; /* the old tree is a node of the new one */
	struct merkle_hash before = whole ? *then : p->hash[0];
	struct merkle_hash after = before;
	struct climb c = { m - 1, n - 1 };

	while ((c.at & 1) != 0)
		step_up(&c);
	for (size_t i = whole ? 0 : 1; i < p->n; i++) {
		if (c.last == 0)
			return false;
		if (sibling_is_left(&c)) {
			before = merkle_node(&p->hash[i], &before);
			after = merkle_node(&p->hash[i], &after);
		} else {
			after = merkle_node(&after, &p->hash[i]);
		}
		step_up(&c);
	}
	return c.last == 0 && merkle_equal(&before, then) && merkle_equal(&after, now);
}

bool merkle_check_consistency(uint64_t m, uint64_t n, const struct merkle_hash *then,
			      const struct merkle_hash *now, const struct merkle_proof *p,
			      struct error *e)
{
	bool ok;

	if (m > n || p->n > MERKLE_MAX_PROOF)
		ok = false;
	else if (m == n)
		ok = p->n == 0 && merkle_equal(then, now);
	else if (m == 0)
		ok = p->n == 0;
	else
		ok = p->n != 0 && climb_both(m, n, then, now, p);
	return ok || error_set(e, REASON_DAMAGED, PLACE_NONE,
			       "consistency: the tree of %llu is not shown to begin with that of "
			       "%llu",
			       (unsigned long long)n, (unsigned long long)m);
}
