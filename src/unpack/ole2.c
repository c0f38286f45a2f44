/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/ole2.h"

#include "unpack/decode_text.h"
#include "unpack/wide.h"

#include <stdio.h>

/* [MS-CFB] 2.1 */
enum { LAST_SECTOR = 0xfffffffa /* MAXREGSECT */, ENTRY_SIZE = 128, IN_HEADER = 109 };

/* ---- chains */

static struct span sector_at(const struct ole2 *o, uint32_t sector)
{
	return span_cut(o->file, ((uint64_t)sector + 1) << o->shift, UINT64_C(1) << o->shift);
}

/* The sector after `sector` by the FAT; UINT32_MAX where the FAT does not say. */
static uint32_t next_sector(const struct ole2 *o, uint32_t sector)
{
	uint32_t per_shift = o->shift - 2;
	size_t in = sector >> per_shift;

	if (in >= o->n_fat)
		return UINT32_MAX;
	struct cursor c = cursor_of(sector_at(o, o->fat[in]));
	cursor_seek(&c, (uint64_t)(sector & ((1u << per_shift) - 1)) * 4);
	uint32_t next = cursor_le32(&c);
	return cursor_ok(&c) ? next : UINT32_MAX;
}

static uint32_t next_mini(const struct ole2 *o, uint32_t sector)
{
	struct cursor c = cursor_of(span_cut(o->mini_fat, (uint64_t)sector * 4, 4));
	uint32_t next = cursor_le32(&c);

	return cursor_ok(&c) ? next : UINT32_MAX;
}

static struct ole2_piece chain(uint32_t start, bool mini, uint64_t size)
{
	return (struct ole2_piece){
		.at = start, .seen = UINT32_MAX - 1, .power = 1, .left = size, .mini = mini
	};
}

/* The sector at which a walk along a chain stands; empty beyond the end of all. */
static struct span piece_bytes(const struct ole2 *o, const struct ole2_piece *p)
{
	if (p->at > LAST_SECTOR || p->cyclic)
		return (struct span){ NULL, 0 };
	if (p->mini)
		return span_cut(o->mini_stream, (uint64_t)p->at << o->mini_shift,
				UINT64_C(1) << o->mini_shift);
	return sector_at(o, p->at);
}

struct span ole2_next(const struct ole2 *o, struct ole2_piece *p)
{
	struct span all = { NULL, 0 };

	while (p->left > 0) { /* sectors that follow each other in the file are one piece */
		struct span s = span_cut(piece_bytes(o, p), 0, p->left);
		if (s.n == 0 || (all.n != 0 && all.p + all.n != s.p))
			break;
		all = (struct span){ all.n != 0 ? all.p : s.p, all.n + s.n };
		p->left -= s.n;
		if (++p->steps == p->power) {
			p->power *= 2;
			p->steps = 0;
			p->seen = p->at;
		}
		p->at = p->mini ? next_mini(o, p->at) : next_sector(o, p->at);
		p->cyclic = p->at == p->seen;
	}
	return all;
}

/* The first `size` bytes of a chain (all for UINT64_MAX); what there is of them on failure. */
static bool read_chain(const struct ole2 *o, uint32_t start, bool mini, uint64_t size,
		       struct span *out, struct error *e)
{
	struct ole2_piece p = chain(start, mini, size);
	struct span piece, first = ole2_next(o, &p);
	size_t n = first.n, n_pieces = 1;

	for (; (piece = ole2_next(o, &p)).n != 0; n_pieces++)
		n += piece.n;
	bool whole = p.left == 0 || (size == UINT64_MAX && p.at > LAST_SECTOR);
	*out = first;
	if (n_pieces > 1) {
		uint8_t *to = arena_alloc(o->arena, n);
		*out = (struct span){ to, to != NULL ? n : 0 };
		if (to == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE,
					 "OLE2: no memory for a stream of %zu bytes", n);
		p = chain(start, mini, size);
		for (; (piece = ole2_next(o, &p)).n != 0; to += piece.n)
			memcpy(to, piece.p, piece.n);
	}
	if (p.cyclic && !whole)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "OLE2: sector %u comes twice in a chain ([MS-CFB] 2.3)",
				 (unsigned)p.at);
	return whole || error_set(e, REASON_DAMAGED, PLACE_NONE,
				  "OLE2: a chain ends after %zu bytes ([MS-CFB] 2.3)", n);
}

static void note_damage(struct ole2 *o, const struct error *e)
{
	if (!o->damaged)
		o->why = *e;
	o->damaged = true;
}

/* ---- FAT */

/* Adds the sectors that a piece of the DIFAT names, up to `most`; returns how many there are then.
 */
static uint32_t add_fat(uint32_t *fat, uint32_t n, uint32_t most, struct span piece)
{
	struct cursor c = cursor_of(piece);

	while (n < most && cursor_left(&c) >= 4) {
		uint32_t sector = cursor_le32(&c);
		if (sector <= LAST_SECTOR)
			fat[n++] = sector;
	}
	return n;
}

/* The places of the FAT: 109 in the header, the rest in a chain of sectors ([MS-CFB] 2.2, 2.5). */
static bool read_fat(struct ole2 *o, uint32_t n_fat, uint32_t difat, struct error *e)
{
	uint64_t piece = (UINT64_C(1) << o->shift) - 4;
	uint32_t most = (o->n_sectors >> (o->shift - 2)) + 1;

	if (n_fat > most)
		n_fat = most;
	uint32_t *fat = arena_array(o->arena, n_fat, sizeof *fat);
	if (fat == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE,
				 "OLE2: no memory for a FAT of %u sectors", (unsigned)n_fat);
	uint32_t n = add_fat(fat, 0, n_fat, span_cut(o->file, 76, IN_HEADER * 4));
	for (uint32_t step = 0; n < n_fat && step < o->n_sectors && difat <= LAST_SECTOR; step++) {
		struct span s = sector_at(o, difat);
		struct cursor last = cursor_of(span_cut(s, piece, 4));
		n = add_fat(fat, n, n_fat, span_cut(s, 0, piece));
		difat = cursor_le32(&last);
		if (!cursor_ok(&last))
			break;
	}
	o->fat = fat;
	o->n_fat = n;
	if (n < n_fat) {
		struct error cut;
		(void)error_set(&cut, REASON_DAMAGED, 44,
				"OLE2: %u sectors of FAT, %u found ([MS-CFB] 2.5)", (unsigned)n_fat,
				(unsigned)n);
		note_damage(o, &cut);
	}
	return true;
}

/* ---- directory */

/* An MSI packs two characters of its tables' names into one (as Windows Installer's readers do it):
 * 64 and more from 0x3800, one from 0x4800, and 0x4840 before a table's name. */
static void read_name(struct span wide, char out[OLE2_NAME_MAX + 1])
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
	struct cursor c = cursor_of(wide);
	size_t n = 0;

	while (cursor_left(&c) >= 2 && n + WIDE_ROOM <= OLE2_NAME_MAX) {
		uint32_t code = wide_take(&c);
		if (code == 0)
			break;
		if (code >= 0x3800 && code < 0x4840) {
			out[n++] = digits[code & 63];
			if (code < 0x4800)
				out[n++] = digits[(code - 0x3800) >> 6];
		} else if (code == 0x4840) {
			out[n++] = '!';
		} else if (code == '/') {
			out[n++] = '_';
		} else {
			n += wide_put(code, (uint8_t *)out + n);
		}
	}
	out[n] = 0;
}

static int32_t entry_index(uint32_t v, size_t n) { return v < n ? (int32_t)v : OLE2_NONE; }

/* One directory entry ([MS-CFB] 2.6.1). */
static void read_entry(struct span s, size_t n_entries, bool wide_sizes, struct ole2_entry *out)
{
	struct cursor c = cursor_of(s);
	struct span name = cursor_take(&c, 64);

	uint16_t name_size = cursor_le16(&c); /* with its NUL */
	read_name(span_cut(name, 0, name_size > 2 && name_size <= 64 ? name_size - 2u : 64),
		  out->name);
	out->type = cursor_u8(&c);
	cursor_skip(&c, 1); /* colour */
	out->left = entry_index(cursor_le32(&c), n_entries);
	out->right = entry_index(cursor_le32(&c), n_entries);
	out->child = entry_index(cursor_le32(&c), n_entries);
	out->parent = OLE2_NONE;
	cursor_skip(&c, 16 + 4 + 8 + 8); /* class, state, times */
	out->start = cursor_le32(&c);
	out->size = cursor_le64(&c);
	if (!wide_sizes)
		out->size &= UINT32_MAX; /* the upper half may be anything in version 3 (2.6.3) */
}

/* Gives each entry that the root reaches the storage that it lies in; one reached twice is damage.
 */
static void read_tree(struct ole2 *o)
{
	int32_t *stack = arena_array(o->arena, o->n_entries * 3 + 1, sizeof *stack);
	int32_t *above = arena_array(o->arena, o->n_entries * 3 + 1, sizeof *above);
	size_t n = 0;
	bool twice = false;

	if (stack == NULL || above == NULL)
		return;
	stack[n] = 0;
	above[n++] = OLE2_NONE;
	while (n > 0) {
		int32_t at = stack[--n], parent = above[n];
		struct ole2_entry *s = &o->entry[at];
		const int32_t next[3] = { s->left, s->right, s->child };
		twice = twice || s->reached;
		if (s->reached)
			continue;
		s->reached = true;
		s->parent = parent;
		for (int k = 0; k < 3; k++) {
			if (next[k] == OLE2_NONE)
				continue;
			stack[n] = next[k];
			above[n++] = k == 2 ? at : parent;
		}
	}
	if (twice) {
		struct error e;
		(void)error_set(&e, REASON_DAMAGED, PLACE_NONE,
				"OLE2: a directory entry is reached twice ([MS-CFB] 2.6.4)");
		note_damage(o, &e);
	}
}

static bool read_directory(struct ole2 *o, uint32_t start, bool wide_sizes, struct error *e)
{
	struct span all;
	struct error cut;

	if (!read_chain(o, start, false, UINT64_MAX, &all, &cut)) {
		if (cut.why == REASON_MEMORY || all.n < ENTRY_SIZE) {
			*e = cut;
			return false;
		}
		note_damage(o, &cut);
	}
	size_t n = all.n / ENTRY_SIZE;
	if (n > OLE2_ENTRIES_MAX)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 "OLE2: %zu directory entries, at most %d", n, OLE2_ENTRIES_MAX);
	o->entry = arena_array(o->arena, n, sizeof *o->entry);
	if (o->entry == NULL || n == 0)
		return error_set(e, n == 0 ? REASON_DAMAGED : REASON_MEMORY, PLACE_NONE,
				 "OLE2: %zu directory entries and no room for them", n);
	o->n_entries = n;
	for (size_t i = 0; i < n; i++)
		read_entry(span_cut(all, i * ENTRY_SIZE, ENTRY_SIZE), n, wide_sizes, &o->entry[i]);
	read_tree(o);
	return true;
}

bool ole2_open(struct span file, struct arena *arena, struct ole2 *out, struct error *e)
{
	struct cursor c = cursor_of(file);
	struct error cut;

	*out = (struct ole2){ .file = file, .arena = arena };
	cursor_skip(&c, 8 + 16 + 2); /* signature, class, minor version */
	uint16_t version = cursor_le16(&c);
	cursor_skip(&c, 2); /* byte order */
	out->shift = cursor_le16(&c);
	out->mini_shift = cursor_le16(&c);
	cursor_skip(&c, 6 + 4);
	uint32_t n_fat = cursor_le32(&c);
	uint32_t directory = cursor_le32(&c);
	cursor_skip(&c, 4);
	out->mini_cutoff = cursor_le32(&c);
	uint32_t mini_fat = cursor_le32(&c), n_mini_fat = cursor_le32(&c);
	uint32_t difat = cursor_le32(&c);
	if (!cursor_ok(&c) || file.n < OLE2_HEADER)
		return error_set(e, REASON_DAMAGED, file.n,
				 "OLE2: the header is cut off ([MS-CFB] 2.2)");
	if (out->shift < 7 || out->shift > 16 || out->mini_shift < 3 ||
	    out->mini_shift > out->shift)
		return error_set(e, REASON_DAMAGED, 30,
				 "OLE2: sectors of 2^%u and 2^%u bytes ([MS-CFB] 2.2)", out->shift,
				 out->mini_shift);
	out->n_sectors = (uint32_t)((file.n - 1) >> out->shift);
	if (!read_fat(out, n_fat, difat, e) || !read_directory(out, directory, version >= 4, e))
		return false;
	if (mini_fat <= LAST_SECTOR &&
	    !read_chain(out, mini_fat, false, (uint64_t)n_mini_fat << out->shift, &out->mini_fat,
			&cut))
		note_damage(out, &cut);
	if (out->entry[0].size != 0 && !read_chain(out, out->entry[0].start, false,
						   out->entry[0].size, &out->mini_stream, &cut))
		note_damage(out, &cut);
	return true;
}

struct ole2_piece ole2_pieces(const struct ole2 *o, const struct ole2_entry *s)
{
	return chain(s->start, s->size < o->mini_cutoff, s->size);
}

bool ole2_stream(const struct ole2 *o, const struct ole2_entry *s, struct span *out,
		 struct error *e)
{
	return read_chain(o, s->start, s->size < o->mini_cutoff, s->size, out, e);
}

bool ole2_same_name(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && decode_starts(span_of(a), b);
}

void ole2_path(const struct ole2 *o, const struct ole2_entry *s, char *out, size_t size)
{
	const struct ole2_entry *up[OLE2_DEPTH_MAX];
	size_t depth = 0, n = 0;

	for (; depth < OLE2_DEPTH_MAX; s = &o->entry[s->parent]) {
		if (s->type != OLE2_ROOT)
			up[depth++] = s;
		if (s->parent == OLE2_NONE)
			break;
	}
	out[0] = 0;
	while (depth-- > 0 && n < size) {
		int k = snprintf(out + n, size - n, "%s%s", n != 0 ? "/" : "", up[depth]->name);
		n += k > 0 ? (size_t)k : 0;
	}
}
