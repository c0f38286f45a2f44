/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/hfs.h"

enum {
	NODE_HEAD = 14,
	TREE_HEAD = NODE_HEAD + 22, /* as far as we read it */
	MIN_NODE = 512,
	LEAF = 0xff, /* -1 */
};

static void read_extents(struct cursor *c, bool old, struct hfs_extent out[HFS_EXTENTS])
{
	for (size_t i = 0; i < (old ? HFS_OLD_EXTENTS : HFS_EXTENTS); i++) {
		out[i].at = old ? cursor_be16(c) : cursor_be32(c);
		out[i].n = old ? cursor_be16(c) : cursor_be32(c);
	}
}

struct hfs_fork hfs_fork_at(struct cursor *c, uint32_t id, unsigned kind)
{
	struct hfs_fork f = { .size = cursor_be64(c), .id = id, .kind = kind };

	cursor_skip(c, 4); /* clump */
	f.blocks = cursor_be32(c);
	read_extents(c, false, f.extent);
	return f;
}

struct hfs_fork hfs_old_fork_at(struct cursor *c, uint64_t size, uint32_t id, unsigned kind)
{
	struct hfs_fork f = { .size = size, .id = id, .kind = kind };

	read_extents(c, true, f.extent);
	return f;
}

/* Where block `want` of eight extents is, which begin with block `first`; empty: not in them, and
 * *first is the one behind. */
static struct span in_extents(struct hfs *h, const struct hfs_extent *e, uint64_t *first,
			      uint64_t want, uint64_t skip)
{
	for (size_t i = 0; i < HFS_EXTENTS; i++) {
		if (want >= *first && want - *first < e[i].n) {
			uint64_t into = want - *first;
			return span_cut(h->v.image, h->base + (e[i].at + into) * h->block + skip,
					(e[i].n - into) * h->block - skip);
		}
		*first += e[i].n;
	}
	return (struct span){ 0 };
}

/* The extents that begin with block `first` of a fork, from the tree of those that overflowed. */
static bool overflowed(struct hfs *h, const struct hfs_fork *f, uint64_t first,
		       struct hfs_extent out[HFS_EXTENTS])
{
	uint8_t room[HFS_MAX_NODE];
	struct hfs_walk w;
	struct span key, value;

	if (f->id == h->extents.id || !hfs_walk_begin(h, &h->extents, room, &w))
		return false;
	while (hfs_walk_next(h, &w, &key, &value)) {
		struct cursor k = cursor_of(key), v = cursor_of(value);
		unsigned kind = cursor_u8(&k);
		cursor_skip(&k, h->old ? 0 : 1);
		uint32_t id = cursor_be32(&k), start = h->old ? cursor_be16(&k) : cursor_be32(&k);
		if (!cursor_ok(&k) || kind != f->kind || id != f->id || start != first)
			continue;
		memset(out, 0, HFS_EXTENTS * sizeof *out);
		read_extents(&v, h->old, out);
		return cursor_ok(&v) && out[0].n != 0;
	}
	return false;
}

struct span hfs_piece(struct hfs *h, const struct hfs_fork *f, uint64_t at)
{
	struct hfs_extent more[HFS_EXTENTS];
	uint64_t first = 0, want = at / h->block, skip = at % h->block;
	struct span s;

	if (at >= f->size)
		return (struct span){ 0 };
	s = in_extents(h, f->extent, &first, want, skip);
	while (s.n == 0 && first <= want && overflowed(h, f, first, more))
		s = in_extents(h, more, &first, want, skip);
	return span_cut(s, 0, f->size - at);
}

bool hfs_copy(struct hfs *h, const struct hfs_fork *f, uint64_t at, uint8_t *out, size_t n)
{
	while (n != 0) {
		struct span s = span_cut(hfs_piece(h, f, at), 0, n);
		if (s.n == 0)
			return false;
		memcpy(out, s.p, s.n);
		out += s.n;
		at += s.n;
		n -= s.n;
	}
	return true;
}

/* ---- trees */

static bool load(struct hfs *h, struct hfs_walk *w, uint32_t node)
{
	if (!unpack_steps(h->v.u, w->node_size) ||
	    !hfs_copy(h, w->tree, (uint64_t)node * w->node_size, w->p, w->node_size))
		return false;
	struct cursor c = cursor_of((struct span){ w->p, w->node_size });
	w->node = node;
	w->next = cursor_be32(&c);
	cursor_skip(&c, 4);
	uint8_t kind = cursor_u8(&c);
	cursor_skip(&c, 1);
	w->n_records = cursor_be16(&c);
	w->record = 0;
	return kind == LEAF;
}

bool hfs_walk_begin(struct hfs *h, const struct hfs_fork *tree, uint8_t *room, struct hfs_walk *w)
{
	uint8_t head[TREE_HEAD];
	struct cursor c = cursor_of((struct span){ head, sizeof head });

	*w = (struct hfs_walk){ .tree = tree, .p = room, .length = h->old ? 1 : 2 };
	if (!hfs_copy(h, tree, 0, head, sizeof head))
		return false;
	cursor_skip(&c, NODE_HEAD + 10);
	w->next = cursor_be32(&c);
	cursor_skip(&c, 4);
	w->node_size = cursor_be16(&c);
	if (w->node_size < MIN_NODE || w->node_size > HFS_MAX_NODE ||
	    (w->node_size & (w->node_size - 1)) != 0)
		return false;
	uint64_t n = tree->size / w->node_size;
	w->left = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	return true;
}

/* Record `i` of the node at hand. */
static bool record_at(const struct hfs_walk *w, unsigned i, struct span *key, struct span *value)
{
	struct span node = { w->p, w->node_size };
	uint64_t table = 2ull * (i + 2);

	if (table > w->node_size - NODE_HEAD)
		return false;
	struct cursor c = cursor_of(span_cut(node, w->node_size - table, 4));
	unsigned end = cursor_be16(&c), at = cursor_be16(&c);
	if (end < at || end > w->node_size)
		return false;
	c = cursor_of(span_cut(node, at, end - at));
	*key = cursor_take(&c, w->length == 1 ? cursor_u8(&c) : cursor_be16(&c));
	if ((w->length + key->n) % 2 != 0)
		cursor_skip(&c, 1);
	*value = cursor_take(&c, cursor_left(&c));
	return cursor_ok(&c);
}

bool hfs_walk_next(struct hfs *h, struct hfs_walk *w, struct span *key, struct span *value)
{
	while (w->record >= w->n_records) {
		if (w->next == 0)
			return false;
		if (w->left == 0 || !load(h, w, w->next)) {
			w->damaged = true;
			return false;
		}
		w->left--;
	}
	w->damaged = !record_at(w, w->record++, key, value);
	return !w->damaged;
}

bool hfs_record(struct hfs *h, struct hfs_walk *w, uint32_t node, unsigned record, struct span *key,
		struct span *value)
{
	return load(h, w, node) && record < w->n_records && record_at(w, record, key, value);
}
