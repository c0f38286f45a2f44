/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/pst_store.h"
#include "recover/pst_written.h"

#include <stdlib.h>

enum {
	BLOCK_MAX = 8176, /* bytes of data in a block of the wide form; 4 more in the other */
	INTERNAL = 2,     /* of a block's number: it lists others, and is never permuted */
	READER = 1,       /* of the same: the reader's own */
	HEAP = 0xec,
	HEAP_OF_PROPERTIES = 0xbc,
	TREE = 0xb5,
	RECORD = 8, /* of a property: its number, its type, its value or where that is */
	ITEM_KIND = 0x1f,
	MAX_RECORDS = 4096,
};

/* ---- lists */

static int by_bid(const void *a, const void *b)
{
	const struct pst_block *x = a, *y = b;

	if ((x->bid | READER) != (y->bid | READER))
		return (x->bid | READER) < (y->bid | READER) ? -1 : 1;
	return y->whole - x->whole;
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;

	if (x->nid != y->nid)
		return x->nid < y->nid ? -1 : 1;
	return x->data < y->data ? 1 : x->data > y->data ? -1 : 0; /* the younger one first */
}

void pst_store_sort(struct pst_block *block, size_t n_blocks, struct pst_node *node, size_t n_nodes)
{
	qsort(block, n_blocks, sizeof *block, by_bid);
	qsort(node, n_nodes, sizeof *node, by_nid);
}

const struct pst_node *pst_store_node(const struct pst_store *s, uint64_t nid)
{
	size_t low = 0, high = s->n_nodes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->node[middle].nid < nid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->n_nodes && s->node[low].nid == nid ? &s->node[low] : NULL;
}

static const struct pst_block *block_of(const struct pst_store *s, uint64_t bid)
{
	size_t low = 0, high = s->n_blocks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((s->block[middle].bid | READER) < (bid | READER))
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < s->n_blocks && (s->block[low].bid | READER) == (bid | READER);
	return found ? &s->block[low] : NULL;
}

/* ---- data */

/* The block's bytes; empty where they are lost. */
static struct span raw_block(struct pst_store *s, uint64_t bid)
{
	const struct pst_block *b = block_of(s, bid);
	struct span none = { NULL, 0 };

	if (b == NULL || !b->whole || !salvage_spend(s->salvage, b->n))
		return none;
	return region_get(s->w, b->at, b->n);
}

static bool put_zeros(struct buf *out, size_t n)
{
	for (; n != 0 && buf_ok(out); n--)
		buf_put_u8(out, 0);
	return buf_ok(out);
}

static bool put_block(struct pst_store *s, uint64_t bid, struct buf *out, uint64_t *n_lost)
{
	struct span raw = raw_block(s, bid);

	if (raw.n == 0) {
		const struct pst_block *b = block_of(s, bid);
		size_t n = b != NULL ? b->n : BLOCK_MAX + (s->form->wide ? 0U : 4U);
		(*n_lost)++;
		return salvage_spend(s->salvage, n) && put_zeros(out, n);
	}
	uint8_t *p = buf_grow(out, raw.n);
	if (p == NULL)
		return false;
	pst_plain(s->written, block_of(s, bid)->bid, raw, p);
	return true;
}

/* A block, or all those that it lists, level by level. */
static bool put_data(struct pst_store *s, uint64_t bid, struct buf *out, struct buf *starts,
		     uint64_t *n_lost, unsigned levels)
{
	if ((bid & INTERNAL) == 0) {
		buf_put_le32(starts, (uint32_t)out->n);
		return put_block(s, bid, out, n_lost);
	}
	struct span raw = raw_block(s, bid);
	struct cursor c = cursor_of(raw);
	if (cursor_u8(&c) != 1 || levels == 0) {
		(*n_lost)++;
		return true;
	}
	cursor_skip(&c, 1);
	unsigned n = cursor_le16(&c);
	cursor_skip(&c, 4);
	uint64_t list[BLOCK_MAX / 4];
	unsigned k = 0;
	for (; k < n && k < BLOCK_MAX / 4; k++) {
		list[k] = pst_number(&c, s->form);
		if (!cursor_ok(&c))
			break;
	}
	*n_lost += k != n;
	for (unsigned i = 0; i < k; i++)
		if (!put_data(s, list[i], out, starts, n_lost, levels - 1))
			return false;
	return true;
}

bool pst_object_open(struct pst_store *s, const struct pst_node *n, struct pst_object *o)
{
	*o = (struct pst_object){ .store = s, .sub = n->sub };
	buf_init(&o->data, PST_MAX_DATA);
	buf_init(&o->starts, PST_MAX_DATA / 64);
	if (s->written > PST_CYCLIC || n->data == 0 ||
	    !put_data(s, n->data, &o->data, &o->starts, &o->n_lost, PST_MAX_LEVELS) ||
	    !buf_ok(&o->starts))
		return false;
	return o->data.n > 12 && o->data.p[2] == HEAP && o->data.p[3] == HEAP_OF_PROPERTIES;
}

void pst_object_release(struct pst_object *o)
{
	buf_release(&o->data);
	buf_release(&o->starts);
}

/* ---- the heap (2.3.1) */

static uint32_t start_of(const struct pst_object *o, unsigned block)
{
	struct cursor c = cursor_of(buf_span(&o->starts));

	cursor_seek(&c, (uint64_t)block * 4);
	uint32_t at = cursor_le32(&c);
	return cursor_ok(&c) ? at : (uint32_t)o->data.n;
}

static struct span item(const struct pst_object *o, uint32_t hid)
{
	unsigned index = hid >> 5 & 0x7ff, block = hid >> 16;
	uint32_t from = start_of(o, block), to = start_of(o, block + 1);
	struct span none = { NULL, 0 };

	if ((hid & ITEM_KIND) != 0 || index == 0 || from >= to)
		return none;
	struct span all = span_cut(buf_span(&o->data), from, to - from);
	struct cursor c = cursor_of(all);
	uint16_t map = cursor_le16(&c);
	cursor_seek(&c, map);
	uint16_t n = cursor_le16(&c);
	cursor_seek(&c, map + 4 + 2 * (index - 1));
	uint16_t begin = cursor_le16(&c), end = cursor_le16(&c);
	if (!cursor_ok(&c) || index > n || begin >= end || end > all.n)
		return none;
	return span_cut(all, begin, end - begin);
}

/* ---- properties (2.3.2, 2.3.3) */

/* Looks through a level of the tree; the record of the property, or an empty span. */
static struct span record_in(const struct pst_object *o, uint32_t hid, unsigned level, uint16_t id)
{
	struct span s = item(o, hid), none = { NULL, 0 };
	struct cursor c = cursor_of(s);
	unsigned size = level == 0 ? RECORD : 6;

	if (!salvage_spend(o->store->salvage, s.n))
		return none;
	for (unsigned i = 0; i < MAX_RECORDS && cursor_left(&c) >= size; i++) {
		struct cursor one = cursor_of(cursor_take(&c, size));
		uint16_t key = cursor_le16(&one);
		if (level == 0 && key == id)
			return span_cut(s, (uint64_t)i * size, size);
		if (level != 0) {
			struct span found = record_in(o, cursor_le32(&one), level - 1, id);
			if (found.n != 0)
				return found;
		}
	}
	return none;
}

uint16_t pst_object_value(struct pst_object *o, uint16_t id, struct buf *out)
{
	struct cursor c = cursor_of(buf_span(&o->data));

	buf_reset(out);
	cursor_seek(&c, 4);
	uint32_t root = cursor_le32(&c);
	struct cursor t = cursor_of(item(o, root));
	uint8_t kind = cursor_u8(&t), key = cursor_u8(&t), size = cursor_u8(&t);
	uint8_t levels = cursor_u8(&t);
	uint32_t top = cursor_le32(&t);
	if (!cursor_ok(&t) || kind != TREE || key != 2 || size != RECORD - 2 ||
	    levels > PST_MAX_LEVELS)
		return 0;
	struct cursor r = cursor_of(record_in(o, top, levels, id));
	cursor_skip(&r, 2);
	uint16_t type = cursor_le16(&r);
	uint32_t value = cursor_le32(&r);
	if (!cursor_ok(&r))
		return 0;
	if (type == PST_INT32 || type == 0x0002 || type == 0x000b || type == 0x0004) {
		buf_put_le32(out, value);
	} else if ((value & ITEM_KIND) == 0) {
		buf_put_span(out, item(o, value));
	} else {
		struct pst_node n;
		struct buf starts;
		buf_init(&starts, PST_MAX_DATA / 64);
		bool ok = pst_object_sub(o, 0, value, &n) &&
			  put_data(o->store, n.data, out, &starts, &o->n_lost, PST_MAX_LEVELS);
		buf_release(&starts);
		if (!ok) {
			o->n_lost++;
			buf_reset(out);
		}
	}
	return type;
}

static void put_code(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_put_u8(out, (uint8_t)c);
		return;
	}
	if (c >= 0x10000) {
		buf_put_u8(out, (uint8_t)(0xf0 | c >> 18));
		buf_put_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
	} else if (c >= 0x800) {
		buf_put_u8(out, (uint8_t)(0xe0 | c >> 12));
	}
	if (c >= 0x800)
		buf_put_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
	else
		buf_put_u8(out, (uint8_t)(0xc0 | c >> 6));
	buf_put_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
}

static void put_wide(struct buf *out, struct span s)
{
	struct cursor c = cursor_of(s);

	while (cursor_left(&c) >= 2) {
		uint32_t v = cursor_le16(&c);
		if (v >= 0xd800 && v < 0xdc00 && cursor_left(&c) >= 2) {
			uint32_t low = cursor_le16(&c);
			v = low >= 0xdc00 && low < 0xe000
				    ? 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00)
				    : 0xfffd;
		} else if (v >= 0xd800 && v < 0xe000) {
			v = 0xfffd;
		}
		if (v != 0)
			put_code(out, v);
	}
}

bool pst_object_text(struct pst_object *o, uint16_t id, struct buf *out)
{
	struct buf raw;

	buf_init(&raw, PST_MAX_DATA);
	buf_reset(out);
	uint16_t type = pst_object_value(o, id, &raw);
	if (type == PST_STRING)
		put_wide(out, buf_span(&raw));
	for (size_t i = 0; type == PST_STRING8 && i < raw.n; i++)
		if (raw.p[i] != 0)
			put_code(out, raw.p[i]);
	buf_release(&raw);
	return buf_ok(out) && out->n != 0;
}

int64_t pst_object_time(struct pst_object *o, uint16_t id)
{
	struct buf raw;

	buf_init(&raw, 64);
	uint16_t type = pst_object_value(o, id, &raw);
	struct cursor c = cursor_of(buf_span(&raw));
	uint64_t ticks = cursor_le64(&c); /* of 100 ns, since 1601 */
	bool ok = type == PST_TIME && cursor_ok(&c);
	buf_release(&raw);
	return ok && ticks / 10000000 > 11644473600 ? (int64_t)(ticks / 10000000 - 11644473600) : 0;
}

/* ---- sub-nodes (2.2.2.8.3.3) */

struct search {
	uint8_t kind;
	uint64_t which;
	struct pst_node *out;
};

static bool sub_in(struct pst_object *o, uint64_t bid, unsigned levels, struct search *q)
{
	const struct pst_form *f = o->store->form;
	struct span raw = raw_block(o->store, bid);
	struct cursor c = cursor_of(raw);

	if (cursor_u8(&c) != 2) {
		o->n_lost += bid != 0;
		return false;
	}
	uint8_t level = cursor_u8(&c);
	unsigned n = cursor_le16(&c);
	cursor_skip(&c, f->wide ? 4 : 0);
	for (unsigned i = 0; i < n && cursor_ok(&c); i++) {
		uint64_t nid = pst_number(&c, f) & UINT32_MAX, data = pst_number(&c, f);
		if (level != 0) {
			if (levels != 0 && sub_in(o, data, levels - 1, q))
				return true;
			/* the block that was looked into may have taken this one's place */
			struct span again = raw_block(o->store, bid);
			size_t at = (size_t)cursor_place(&c);
			c = cursor_of(again);
			cursor_seek(&c, at);
			continue;
		}
		uint64_t sub = pst_number(&c, f);
		bool fits = q->kind != 0 ? (nid & PST_NODE_TYPE) == q->kind : nid == q->which;
		if (!cursor_ok(&c) || !fits || (q->kind != 0 && q->which-- != 0))
			continue;
		*q->out = (struct pst_node){ nid, data, sub, 0 };
		return true;
	}
	return false;
}

bool pst_object_sub(struct pst_object *o, uint8_t kind, uint64_t which, struct pst_node *out)
{
	struct search q = { kind, which, out };

	return o->sub != 0 && sub_in(o, o->sub, PST_MAX_LEVELS, &q);
}
