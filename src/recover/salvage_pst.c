/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_pst.h"

#include "base/buf.h"
#include "recover/pst_written.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Outlook's personal folders ([MS-PST] 2.2, the node database): pages of 512 bytes and blocks of
 * data, each with a checksum and its own number behind it.  The leaves of the tree of blocks say
 * where each block lies; they are found by their checksums, wherever a damaged tree does not lead
 * to them.  What comes out is the file with zeros where blocks are lost, and a header made anew
 * where that is: its two roots are the highest pages of the trees.  Outlook's own scanpst and
 * others' readers go on from there.  The leaves of the tree of nodes lead to the messages, which
 * come out one by one.
 */

enum {
	SLOT = 64, /* blocks begin and end at these */
	BLOCK_MAX = 8176,
	MAX_BLOCKS = 16 << 20,
	MAX_NODES = 4 << 20,
	INTERNAL = 2,     /* of a block's number: no data of a user's */
	HEAP_MARK = 0xec, /* third byte of a heap */
	WAYS = PST_CYCLIC + 1,
	LIST = 8 << 20,
};

struct tree { /* the page that is highest, and of these the youngest */
	uint64_t bid, at;
	uint8_t level;
	bool found;
};

struct pst {
	struct salvage *s;
	struct region *w;
	const struct pst_form *form;
	struct pst_block *block;
	size_t n_blocks;
	struct pst_node *node;
	size_t n_nodes, max_nodes;
	struct tree blocks, nodes;
	uint64_t n_pages, n_maps, last_map;
	uint64_t n_heaps[WAYS]; /* blocks that look like one, by how data would be written */
};

/* ---- pages */

static void add_leaf(struct pst *p, struct span page, uint8_t n, uint8_t size)
{
	for (unsigned i = 0; i < n && size >= p->form->entry && p->n_blocks < MAX_BLOCKS; i++) {
		struct cursor c = cursor_of(span_cut(page, (uint64_t)i * size, size));
		struct pst_block *b = &p->block[p->n_blocks];
		b->bid = pst_number(&c, p->form);
		b->at = pst_number(&c, p->form);
		b->n = cursor_le16(&c);
		p->n_blocks += cursor_ok(&c) && b->n != 0 && b->n <= BLOCK_MAX &&
			       b->at % SLOT == 0 && b->at < p->w->size;
	}
}

/* [MS-PST] 2.2.2.7.7.4 */
static void add_nodes(struct pst *p, struct span page, uint8_t n, uint8_t size)
{
	for (unsigned i = 0; i < n && p->n_nodes < p->max_nodes; i++) {
		struct cursor c = cursor_of(span_cut(page, (uint64_t)i * size, size));
		struct pst_node *of = &p->node[p->n_nodes];
		of->nid = pst_number(&c, p->form) & UINT32_MAX;
		of->data = pst_number(&c, p->form);
		of->sub = pst_number(&c, p->form);
		of->parent = cursor_le32(&c);
		p->n_nodes += cursor_ok(&c);
	}
}

static void see_tree(struct tree *t, uint8_t level, uint64_t bid, uint64_t at)
{
	if (!t->found || level > t->level || (level == t->level && bid > t->bid))
		*t = (struct tree){ bid, at, level, true };
}

static void see_page(struct pst *p, struct span page, uint64_t at)
{
	uint64_t bid;
	uint8_t type = pst_page_type(p->form, page, &bid);
	struct cursor c = cursor_of(page);

	p->n_pages += type != 0;
	if (type == PST_PAGE_AMAP) {
		p->n_maps++;
		p->last_map = at;
	}
	cursor_seek(&c, p->form->entries);
	uint8_t n = cursor_u8(&c), most = cursor_u8(&c), size = cursor_u8(&c);
	uint8_t level = cursor_u8(&c);
	if ((type != PST_PAGE_BBT && type != PST_PAGE_NBT) || n > most ||
	    (unsigned)most * size > p->form->entries)
		return;
	see_tree(type == PST_PAGE_BBT ? &p->blocks : &p->nodes, level, bid, at);
	if (type == PST_PAGE_BBT && level == 0)
		add_leaf(p, page, n, size);
	if (type == PST_PAGE_NBT && level == 0)
		add_nodes(p, page, n, size);
}

static void see_pages(struct pst *p)
{
	for (uint64_t at = 0; at < p->w->size && salvage_spend(p->s, REGION_MAX);
	     at += REGION_MAX) {
		struct span all = region_get(p->w, at, REGION_MAX);
		for (size_t i = 0; i + PST_PAGE <= all.n; i += PST_PAGE)
			if (all.p[i + PST_PAGE - p->form->trailer] >= PST_PAGE_BBT)
				see_page(p, span_cut(all, i, PST_PAGE), at + i);
	}
}

/* ---- blocks */

static uint64_t room_of(const struct pst *p, const struct pst_block *b)
{
	return (b->n + p->form->block_trailer + SLOT - 1) / SLOT * SLOT;
}

static bool block_holds(struct pst *p, const struct pst_block *b)
{
	const struct pst_form *f = p->form;
	uint64_t room = room_of(p, b);
	struct span s = region_get(p->w, b->at, (size_t)room);
	struct cursor c = cursor_of(s);

	cursor_seek(&c, room - f->block_trailer);
	uint16_t n = cursor_le16(&c);
	cursor_seek(&c, room - f->block_trailer + f->block_crc_at);
	uint32_t sum = cursor_le32(&c);
	cursor_seek(&c, room - f->block_trailer + f->block_bid_at);
	/* the lowest bit is the reader's own */
	if (((pst_number(&c, f) ^ b->bid) & ~UINT64_C(1)) != 0 || !cursor_ok(&c) || n != b->n ||
	    pst_sum(span_cut(s, 0, b->n)) != sum)
		return false;
	for (uint8_t way = 0; (b->bid & INTERNAL) == 0 && b->n > 12 && way < WAYS; way++) {
		uint8_t first[3];
		pst_plain(way, b->bid, span_cut(s, 0, sizeof first), first);
		p->n_heaps[way] += first[2] == HEAP_MARK;
	}
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct pst_block *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->bid < y->bid ? -1 : x->bid > y->bid;
}

/* ---- the header */

static void put_number(struct buf *b, const struct pst_form *f, uint64_t v)
{
	if (f->wide)
		buf_put_le64(b, v);
	else
		buf_put_le32(b, (uint32_t)v);
}

static void put_zeros(struct buf *b, size_t to)
{
	while (buf_ok(b) && b->n < to)
		buf_put_u8(b, 0);
}

/* How data is written, as the heaps show it; permuted, as it nearly always is, where they do not.
 */
static uint8_t likely_way(const struct pst *p)
{
	uint8_t best = PST_PERMUTED;

	for (uint8_t way = 0; way < WAYS; way++)
		if (p->n_heaps[way] > p->n_heaps[best])
			best = way;
	return best;
}

/* [MS-PST] 2.2.2.6, with what a reader goes by: the roots, the size, how data is written. */
static void make_header(struct pst *p, struct buf *b)
{
	const struct pst_form *f = p->form;

	buf_put_le32(b, PST_MAGIC);
	buf_put_le32(b, 0); /* its sum, below */
	buf_put_le16(b, 0x4d53);
	buf_put_le16(b, f->version);
	buf_put_le16(b, 19);
	buf_put_u8(b, 1);
	buf_put_u8(b, 1);
	put_zeros(b, f->root_at + 4);
	put_number(b, f, p->w->size);
	put_number(b, f, p->last_map);
	put_number(b, f, 0);
	put_number(b, f, 0);
	put_number(b, f, p->nodes.bid);
	put_number(b, f, p->nodes.at);
	put_number(b, f, p->blocks.bid);
	put_number(b, f, p->blocks.at);
	buf_put_u8(b, 0); /* the maps are to be made anew */
	put_zeros(b, f->crypt_at - 1);
	buf_put_u8(b, 0x80);
	buf_put_u8(b, likely_way(p));
	put_zeros(b, f->wide ? PST_HEADER : PST_PAGE);
	if (!buf_ok(b))
		return;
	uint32_t part = pst_sum(span_cut(buf_span(b), 8, 471));
	for (unsigned i = 0; i < 4; i++)
		b->p[4 + i] = (uint8_t)(part >> 8 * i);
	uint32_t full = pst_sum(span_cut(buf_span(b), 8, 516));
	for (unsigned i = 0; f->wide && i < 4; i++)
		b->p[524 + i] = (uint8_t)(full >> 8 * i);
}

/* ---- what comes out */

struct result {
	struct salvage_map map;
	struct buf header, list;
	uint64_t at, whole, lost, lost_bytes;
};

/* The file to byte `to` as it is. */
static bool keep(struct pst *p, struct result *r, uint64_t to)
{
	bool ok = to <= r->at || salvage_map_add(p->s, &r->map, to - r->at, r->at, NULL);

	r->at = to > r->at ? to : r->at;
	return ok;
}

static bool lay_blocks(struct pst *p, struct result *r)
{
	bool ok = true;

	for (size_t i = 0; ok && i < p->n_blocks; i++) {
		const struct pst_block *b = &p->block[i];
		uint64_t end = b->at + room_of(p, b);
		/* older leaves name places that others have now: one that holds there is enough */
		bool same = i != 0 && p->block[i - 1].at == b->at;
		if (b->whole) {
			r->whole += !same || !p->block[i - 1].whole;
			ok = keep(p, r, end < p->w->size ? end : p->w->size);
			continue;
		}
		if (b->at < r->at || same ||
		    (i + 1 < p->n_blocks && p->block[i + 1].at < end && p->block[i + 1].whole))
			continue;
		end = end < p->w->size ? end : p->w->size;
		ok = keep(p, r, b->at) &&
		     salvage_map_add(p->s, &r->map, end - b->at, REGION_ZEROS, NULL);
		r->lost++;
		r->lost_bytes += end - b->at;
		r->at = end;
		buf_printf(&r->list, "%llu %llu %lu\n", (unsigned long long)b->bid,
			   (unsigned long long)b->at, (unsigned long)b->n);
	}
	return ok && keep(p, r, p->w->size);
}

static void give(struct pst *p, struct result *r, struct span name, bool made)
{
	struct salvage_piece piece = { .at = PLACE_NONE, .name = name };
	char text[160];
	struct region out;

	piece.state = made || r->lost != 0 ? SALVAGE_PARTIAL : SALVAGE_WHOLE;
	piece.lost = r->lost_bytes;
	proof_set(&piece.proof, PROOF_CHECKSUM, 4096, "pst: %llu blocks hold, %llu are lost%s",
		  (unsigned long long)r->whole, (unsigned long long)r->lost,
		  made ? "; its header is made anew" : "");
	snprintf(text, sizeof text, "%s", piece.proof.what);
	p->s->host.note(p->s->host.ctx, text);
	region_of_extents(&out, p->w, r->map.list, r->map.n, p->s->room[0]);
	p->s->of[piece.state]++;
	if (!p->s->host.piece(p->s->host.ctx, &piece, &out)) {
		p->s->stopped = true;
		return;
	}
	piece = (struct salvage_piece){ .at = PLACE_NONE, .name = span_of("lost-blocks.txt") };
	(void)salvage_give_bytes(p->s, &piece, 0, buf_span(&r->list));
}

static bool rebuild(struct pst *p, struct span name)
{
	struct result r = { .at = 0 };
	bool made = !pst_header_holds(p->w), ok = true;

	for (size_t i = 0; i < p->n_blocks && salvage_spend(p->s, p->block[i].n); i++)
		p->block[i].whole = block_holds(p, &p->block[i]);
	qsort(p->block, p->n_blocks, sizeof *p->block, by_place);
	buf_init(&r.header, PST_PAGE * 2);
	buf_init(&r.list, LIST);
	buf_put_text(&r.list, "# blocks that are lost: number, place, bytes\n");
	if (made && p->nodes.found) {
		make_header(p, &r.header);
		ok = buf_ok(&r.header) && salvage_map_add(p->s, &r.map, r.header.n, 0, r.header.p);
		r.at = r.header.n;
	}
	ok = ok && lay_blocks(p, &r) && buf_ok(&r.list);
	if (ok && r.whole != 0)
		give(p, &r, name, made);
	buf_release(&r.header);
	buf_release(&r.list);
	return ok && r.whole != 0;
}

/* How data is written is in the header; where that is lost, the heaps show it. */
static uint8_t way_of_writing(struct pst *p)
{
	struct cursor c = cursor_of(region_get(p->w, 0, PST_HEADER));

	cursor_seek(&c, p->form->crypt_at);
	uint8_t way = cursor_u8(&c);
	if (pst_header_holds(p->w))
		return way;
	return likely_way(p);
}

static void take_messages(struct pst *p)
{
	struct pst_store store = { .salvage = p->s,
				   .w = p->w,
				   .form = p->form,
				   .block = p->block,
				   .n_blocks = p->n_blocks,
				   .node = p->node,
				   .n_nodes = p->n_nodes,
				   .written = way_of_writing(p) };

	pst_store_sort(p->block, p->n_blocks, p->node, p->n_nodes);
	if (store.written > PST_CYCLIC)
		p->s->host.note(p->s->host.ctx,
				"pst: its data is written in a way that is not known: "
				"its messages are not taken out");
	salvage_pst_messages(p->s, &store);
}

bool salvage_pst(struct salvage *s, struct region *w, struct span name)
{
	struct pst p = { .s = s, .w = w, .form = pst_form_of(w) };

	if (p.form == NULL)
		return false;
	uint64_t most = w->size / SLOT < MAX_BLOCKS ? w->size / SLOT : MAX_BLOCKS;
	p.block = arena_array(&s->arena, (size_t)most + 1, sizeof *p.block);
	if (p.block == NULL)
		return false;
	p.max_nodes = (size_t)(w->size / SLOT < MAX_NODES ? w->size / SLOT : MAX_NODES);
	p.node = arena_array(&s->arena, p.max_nodes + 1, sizeof *p.node);
	if (p.node == NULL)
		return false;
	see_pages(&p);
	bool found = p.blocks.found && rebuild(&p, name);
	if (found && !s->stopped)
		take_messages(&p);
	return found;
}
