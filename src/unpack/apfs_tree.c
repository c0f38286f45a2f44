/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/apfs.h"

enum {
	NODE_HEAD = 56,
	ROOT = 1, /* btn_flags */
	FIXED = 4,
	INFO = 40, /* btree_info_t, at the end of a root */
	ID_BITS = 60,
	MAP_KEY = 16,
	MAP_VALUE = 16,
	CHILD = 8,
	ENCRYPTED = 4, /* omap_val_flags_t */
	DELETED = 1,
	NO_VALUE = 0xffff,
};

struct apfs_key apfs_key_of(const struct apfs_tree *tree, struct span key)
{
	struct cursor c = cursor_of(key);
	uint64_t first = cursor_le64(&c);
	struct apfs_key k = { .id = first };

	if (tree->catalog) {
		k.id = first & ((UINT64_C(1) << ID_BITS) - 1);
		k.type = (unsigned)(first >> ID_BITS);
	}
	if (!tree->catalog || k.type == APFS_EXTENT)
		k.at = cursor_le64(&c);
	return k;
}

static int compare(struct apfs_key a, struct apfs_key b)
{
	if (a.id != b.id)
		return a.id < b.id ? -1 : 1;
	if (a.type != b.type)
		return a.type < b.type ? -1 : 1;
	return a.at < b.at ? -1 : a.at > b.at;
}

/* ---- nodes */

static bool load(struct apfs *a, uint64_t block, struct apfs_node *out)
{
	struct span s = apfs_block(a, block);
	struct cursor c = cursor_of(s);

	if (s.n != a->block || !unpack_steps(a->v.u, a->block))
		return false;
	cursor_skip(&c, APFS_OBJECT);
	unsigned flags = cursor_le16(&c);
	*out = (struct apfs_node){ .bytes = s, .level = cursor_le16(&c), .n = cursor_le32(&c) };
	size_t toc_at = cursor_le16(&c), toc_n = cursor_le16(&c);
	out->fixed = (flags & FIXED) != 0;
	out->toc_at = NODE_HEAD + toc_at;
	out->keys_at = out->toc_at + toc_n;
	out->values_end = s.n - ((flags & ROOT) != 0 ? INFO : 0);
	return cursor_ok(&c) && out->keys_at <= out->values_end &&
	       out->n <= toc_n / (out->fixed ? 4 : 8) && out->level < APFS_MAX_LEVELS;
}

static bool record(const struct apfs_node *n, unsigned i, struct span *key, struct span *value)
{
	size_t width = n->fixed ? 4 : 8;
	struct cursor c = cursor_of(span_cut(n->bytes, n->toc_at + width * i, width));
	size_t key_at = cursor_le16(&c), key_n = n->fixed ? MAP_KEY : cursor_le16(&c);
	size_t value_at = cursor_le16(&c);
	size_t value_n = !n->fixed ? cursor_le16(&c) : n->level == 0 ? MAP_VALUE : CHILD;

	*value = (struct span){ n->bytes.p, 0 };
	*key = span_cut(n->bytes, n->keys_at + key_at, key_n);
	if (value_at != NO_VALUE && value_at <= n->values_end)
		*value = span_cut(n->bytes, n->values_end - value_at, value_n);
	return cursor_ok(&c) && key->n == key_n && key_n >= CHILD &&
	       (value_at == NO_VALUE || value->n == value_n);
}

/* How many records of a node are before `k`, or, with `too`, not behind it. */
static unsigned n_before(const struct apfs_tree *t, const struct apfs_node *n, struct apfs_key k,
			 bool too)
{
	unsigned low = 0, high = n->n;
	struct span key, value;

	while (low < high) {
		unsigned at = low + (high - low) / 2;
		if (!record(n, at, &key, &value))
			return low;
		int order = compare(apfs_key_of(t, key), k);
		if (order < 0 || (too && order == 0))
			low = at + 1;
		else
			high = at;
	}
	return low;
}

static bool child_of(const struct apfs_node *n, unsigned i, uint64_t *out)
{
	struct span key, value;

	if (!record(n, i, &key, &value))
		return false;
	struct cursor c = cursor_of(value);
	*out = cursor_le64(&c);
	return cursor_ok(&c);
}

bool apfs_find(struct apfs *a, uint64_t map, uint64_t oid, uint64_t *block)
{
	static const struct apfs_tree tree = { .catalog = false };
	const struct apfs_key k = { .id = oid, .at = UINT64_MAX };
	struct apfs_node n;
	struct span key, value;

	if (map == 0 || !load(a, map, &n))
		return false;
	for (unsigned level = n.level;; level--) {
		unsigned i = n_before(&tree, &n, k, true);
		uint64_t child;
		if (i == 0 || n.level != level)
			return false;
		if (level == 0) {
			if (!record(&n, i - 1, &key, &value))
				return false;
			break;
		}
		if (!child_of(&n, i - 1, &child) || !load(a, child, &n))
			return false;
	}
	struct cursor c = cursor_of(value);
	uint32_t flags = cursor_le32(&c);
	cursor_skip(&c, 4); /* its size */
	*block = cursor_le64(&c);
	a->locked = a->locked || (flags & ENCRYPTED) != 0;
	return cursor_ok(&c) && apfs_key_of(&tree, key).id == oid &&
	       (flags & (ENCRYPTED | DELETED)) == 0;
}

/* ---- walks */

/* A node by its number in the tree, which stands at a level. */
static bool enter(struct apfs *a, struct apfs_walk *w, uint64_t number)
{
	uint64_t block = number;
	struct apfs_node *n = &w->node[w->depth];
	bool ok = w->depth < APFS_MAX_LEVELS && w->left != 0 &&
		  (w->tree->map == 0 || apfs_find(a, w->tree->map, number, &block)) &&
		  load(a, block, n) && (w->depth == 0 || n->level + 1 == n[-1].level);

	w->left -= w->left != 0;
	w->depth += ok;
	return ok;
}

bool apfs_walk_begin(struct apfs *a, const struct apfs_tree *tree, struct apfs_key from,
		     struct apfs_walk *w)
{
	uint64_t number = tree->root;

	*w = (struct apfs_walk){ .tree = tree, .left = 1 + a->v.image.n / a->block };
	for (;;) {
		if (!enter(a, w, number))
			return false;
		struct apfs_node *n = &w->node[w->depth - 1];
		n->i = n_before(tree, n, from, false);
		if (n->level == 0)
			return true;
		n->i -= n->i != 0; /* what is not before it may begin in the last that is */
		if (n->i >= n->n || !child_of(n, n->i++, &number))
			return false;
	}
}

bool apfs_walk_next(struct apfs *a, struct apfs_walk *w, struct span *key, struct span *value)
{
	while (w->depth != 0 && !w->damaged) {
		struct apfs_node *n = &w->node[w->depth - 1];
		uint64_t number;
		if (n->i >= n->n) {
			w->depth--;
		} else if (n->level == 0) {
			w->damaged = !record(n, n->i++, key, value);
			return !w->damaged;
		} else if (!child_of(n, n->i++, &number) || !enter(a, w, number)) {
			w->damaged = true;
		}
	}
	return false;
}
