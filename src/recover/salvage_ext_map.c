/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_ext.h"

/* The two ways in which an inode says where its bytes are: a tree of extents (ext4), or blocks and
 * blocks of blocks (ext2, ext3).  Documentation/filesystems/ext4/ifork.rst */

enum { EXTENTS = 0x80000, INLINE = 0x10000000, DEEPEST = 5, DIRECT = 12 };

struct mapping {
	struct ext *x;
	struct salvage_map *map;
	uint64_t next; /* block of the file that comes next */
	uint64_t all;  /* blocks that the file has */
};

/* Adds n blocks of the file from `at` on, and what is not there before them. */
static bool put(struct mapping *m, uint64_t at, uint64_t n, uint64_t block)
{
	struct ext *x = m->x;

	if (at < m->next || (block != 0 && (block >= x->n_blocks || n > x->n_blocks - block)))
		return false;
	if (at >= m->all)
		return true; /* set aside beyond the end */
	n = n < m->all - at ? n : m->all - at;
	if (!salvage_map_add(x->s, m->map, (at - m->next) * x->block, REGION_ZEROS, NULL))
		return false;
	m->next = at + n;
	return salvage_map_add(x->s, m->map, n * x->block,
			       block != 0 ? x->start + block * x->block : REGION_ZEROS, NULL);
}

static bool node(struct mapping *m, struct span bytes, unsigned depth);

/* A node below: in a copy, for the window moves on. */
static bool child(struct mapping *m, uint64_t block, unsigned depth)
{
	struct ext *x = m->x;
	struct span b = ext_block(x, block);
	const uint8_t *copy = b.n == x->block ? arena_copy(&x->s->arena, b.p, b.n) : NULL;

	return copy != NULL && salvage_spend(x->s, b.n) &&
	       node(m, (struct span){ copy, b.n }, depth);
}

static bool node(struct mapping *m, struct span bytes, unsigned depth)
{
	struct cursor c = cursor_of(bytes);
	uint16_t magic = cursor_le16(&c), n = cursor_le16(&c), max = cursor_le16(&c);
	uint16_t level = cursor_le16(&c);

	cursor_skip(&c, 4);
	if (!cursor_ok(&c) || magic != 0xf30a || n > max || level != depth || depth > DEEPEST)
		return false;
	for (unsigned i = 0; i < n; i++) {
		uint64_t at = cursor_le32(&c), block, count;
		if (depth == 0) {
			count = cursor_le16(&c);
			block = (uint64_t)cursor_le16(&c) << 32;
			block |= cursor_le32(&c);
			if (count > 32768) { /* set aside, and never written: zeros */
				count -= 32768;
				block = 0;
			}
		} else {
			count = 0;
			block = cursor_le32(&c);
			block |= (uint64_t)cursor_le16(&c) << 32;
			cursor_skip(&c, 2);
		}
		if (!cursor_ok(&c))
			return false;
		if (depth == 0 ? !put(m, at, count, block) : !child(m, block, depth - 1))
			return false;
	}
	return true;
}

/* A block of block numbers; depth 0: they are the file's. */
static bool indirect(struct mapping *m, uint64_t block, unsigned depth)
{
	struct ext *x = m->x;
	uint64_t per = x->block / 4, holds = 1;

	for (unsigned i = 0; i < depth; i++)
		holds *= per;
	if (block == 0)
		return put(m, m->next, holds < m->all - m->next ? holds : m->all - m->next, 0);
	if (depth == 0)
		return put(m, m->next, 1, block);
	struct span b = ext_block(x, block);
	const uint8_t *copy = b.n == x->block ? arena_copy(&x->s->arena, b.p, b.n) : NULL;
	if (copy == NULL || !salvage_spend(x->s, b.n))
		return false;
	struct cursor c = cursor_of((struct span){ copy, b.n });
	for (uint64_t i = 0; i < per && m->next < m->all; i++)
		if (!indirect(m, cursor_le32(&c), depth - 1))
			return false;
	return true;
}

bool ext_map(struct ext *x, const struct ext_inode *in, struct salvage_map *map)
{
	struct span own = { in->map, sizeof in->map };
	struct mapping m = { .x = x, .map = map };
	bool ok = true;

	m.all = (in->size + x->block - 1) / x->block;
	if ((in->flags & INLINE) != 0) {
		const uint8_t *copy = arena_copy(&x->s->arena, own.p, own.n);
		return in->size <= own.n && copy != NULL &&
		       salvage_map_add(x->s, map, in->size, 0, copy);
	}
	if ((in->flags & EXTENTS) != 0) {
		struct cursor c = cursor_of(span_cut(own, 6, 2));
		ok = node(&m, own, cursor_le16(&c));
	} else {
		struct cursor c = cursor_of(own);
		for (unsigned i = 0; ok && i < DIRECT && m.next < m.all; i++)
			ok = indirect(&m, cursor_le32(&c), 0);
		cursor_seek(&c, 4 * DIRECT);
		for (unsigned depth = 1; ok && depth <= 3 && m.next < m.all; depth++)
			ok = indirect(&m, cursor_le32(&c), depth);
	}
	ok = ok && salvage_map_add(x->s, map, (m.all - m.next) * x->block, REGION_ZEROS, NULL);
	if (!ok || map->size < in->size)
		return in->size == 0;
	/* the last block's end is not the file's */
	uint64_t over = map->size - in->size;
	if (map->n != 0 && over < map->list[map->n - 1].n)
		map->list[map->n - 1].n -= over;
	map->size -= over;
	return true;
}
