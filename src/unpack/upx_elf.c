/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/packed.h"
#include "unpack/readers.h"
#include "unpack/upx.h"

/*
 * ELF programs that UPX has packed, for whatever machine.  Behind the program headers stand l_info
 * (the mark), p_info (the size of the file) and blocks, each behind a b_info: the first has the
 * ELF header and the program headers as they were, further ones the parts that are loaded; behind
 * the loader stand what lay between those parts, and the rest.  All of it together is the file.
 *
 * Marks and sizes are often overwritten, so that `upx -d` refuses: a first block that unpacks to
 * an ELF header is enough.
 */

enum {
	INFO = 24,       /* bytes of l_info and p_info, before the first b_info */
	SEARCHED = 4096, /* bytes of the program in which the mark may lie */
	BLOCK = 12,      /* of a b_info */
	LEAST = 52 + 32, /* of an ELF header and a program header */
	PT_LOAD = 1,
	PT_DYNAMIC = 2,
	TRAILER = 36, /* the header for `upx -d`, at the end of the file */
};

struct elf {
	bool wide, big;
	uint64_t table; /* of program headers */
	unsigned n, size;
};

struct load {
	uint64_t at, size, address; /* in the file, in the file, in memory */
};

/* Bytes of the object that become `size` bytes of the program. */
struct piece {
	uint64_t to, at;
	uint32_t size, packed;
	uint8_t method, filter, cto;
};

struct job {
	struct unpack *u;
	struct span object;
	struct elf packed, plain;
	struct load load[UPX_MAX_LOADS], outer[UPX_MAX_LOADS];
	unsigned n_loads, n_outer;
	bool library;       /* of which the first part and the data are not packed */
	uint64_t file_size; /* 0: not known */
	uint64_t first;     /* where the first b_info is */
	struct piece piece[UPX_MAX_BLOCKS];
	size_t n_pieces;
};

/* ---- ELF */

static uint16_t half(struct cursor *c, bool big) { return big ? cursor_be16(c) : cursor_le16(c); }
static uint32_t word(struct cursor *c, bool big) { return big ? cursor_be32(c) : cursor_le32(c); }

static uint64_t wide_word(struct cursor *c, const struct elf *e)
{
	if (!e->wide)
		return word(c, e->big);
	return e->big ? cursor_be64(c) : cursor_le64(c);
}

static bool read_elf(struct span s, struct elf *out)
{
	struct cursor c = cursor_of(s);
	bool marked = cursor_be32(&c) == 0x7f454c46;

	out->wide = cursor_u8(&c) == 2;
	out->big = cursor_u8(&c) == 2;
	cursor_seek(&c, out->wide ? 32 : 28);
	out->table = wide_word(&c, out);
	cursor_seek(&c, out->wide ? 54 : 42);
	out->size = half(&c, out->big);
	out->n = half(&c, out->big);
	return marked && cursor_ok(&c);
}

/* How many parts are loaded, UPX_MAX_LOADS at most; *dynamic: is there a dynamic section? */
static unsigned read_loads(const struct elf *e, struct span s, struct load out[UPX_MAX_LOADS],
			   bool *dynamic)
{
	unsigned n = 0;

	*dynamic = false;
	for (unsigned i = 0; i < e->n && n < UPX_MAX_LOADS; i++) {
		struct cursor c = cursor_of(span_cut(s, e->table + (uint64_t)i * e->size, e->size));
		uint32_t type = word(&c, e->big);
		struct load *l = &out[n];
		cursor_skip(&c, e->wide ? 4 : 0);
		l->at = wide_word(&c, e);
		l->address = wide_word(&c, e);
		cursor_skip(&c, e->wide ? 8 : 4);
		l->size = wide_word(&c, e);
		*dynamic = *dynamic || (type == PT_DYNAMIC && cursor_ok(&c));
		n += type == PT_LOAD && cursor_ok(&c);
	}
	return n;
}

/* ---- blocks */

/* Reads a b_info, and steps over what it speaks of.  False: it is none. */
static bool read_block(struct cursor *c, bool big, struct piece *out)
{
	out->size = word(c, big);
	out->packed = word(c, big);
	out->method = cursor_u8(c);
	out->filter = cursor_u8(c);
	out->cto = cursor_u8(c);
	cursor_skip(c, 1);
	out->at = c->at;
	if (!cursor_ok(c) || out->packed == 0 || out->packed > out->size ||
	    (out->packed < out->size && !upx_method_known(out->method)))
		return false;
	cursor_skip(c, out->packed);
	return cursor_ok(c);
}

/* Could the first block's header stand here? */
static bool begins_at(struct span program, const struct elf *e, uint64_t at)
{
	struct cursor c = cursor_of(program);
	struct piece p;

	cursor_seek(&c, at);
	return at >= INFO + LEAST - 32 && read_block(&c, e->big, &p) && p.size >= LEAST &&
	       p.size <= UPX_MAX_HEADER && p.filter == 0;
}

/* Where the first block's header is; 0: nowhere. */
static uint64_t find(struct span program)
{
	struct elf e;

	if (!read_elf(program, &e))
		return 0;
	uint64_t at = e.table + (uint64_t)e.n * e.size + INFO;
	if (e.table < program.n && begins_at(program, &e, at))
		return at;
	for (at = LEAST - 32; at < SEARCHED; at += 4)
		if (span_is(span_cut(program, at, 4), "UPX!") &&
		    begins_at(program, &e, at + INFO - 4))
			return at + INFO - 4;
	return 0;
}

/* The blocks of bytes [to, to + n) of the program stand at c.  False: they do not. */
static bool take_extent(struct job *j, struct cursor *c, uint64_t to, uint64_t n)
{
	while (n != 0) {
		struct piece *p = &j->piece[j->n_pieces];
		if (j->n_pieces == UPX_MAX_BLOCKS || !read_block(c, j->packed.big, p) ||
		    p->size > n)
			return false;
		p->to = to;
		to += p->size;
		n -= p->size;
		j->n_pieces++;
	}
	return true;
}

/* Bytes [to, to + n) of the program stand at `at` as they are. */
static void take_plain(struct job *j, uint64_t to, uint64_t at, uint64_t n)
{
	uint32_t size = (uint32_t)span_cut(j->object, at, n < UINT32_MAX ? n : UINT32_MAX).n;

	if (size != 0 && j->n_pieces < UPX_MAX_BLOCKS)
		j->piece[j->n_pieces++] =
			(struct piece){ .to = to, .at = at, .size = size, .packed = size };
}

/* ---- what is loaded */

/* All parts of a program that is run.  False: the blocks are not there. */
static bool take_program(struct job *j, struct cursor *c)
{
	for (unsigned i = 0; i < j->n_loads; i++)
		if (!take_extent(j, c, j->load[i].at, j->load[i].size))
			return false;
	return true;
}

/* Of a library the linker reads the first bytes while it is packed, and so they are as they were,
 * as are the parts behind the first. */
static bool take_library(struct job *j, struct cursor *c)
{
	uint64_t plain = j->first - INFO, header = 0;

	if (!take_extent(j, c, 0, j->piece[0].size))
		return false;
	header = j->piece[0].size;
	if (plain > header)
		take_plain(j, header, header, plain - header);
	for (unsigned i = 1; i < j->n_loads; i++)
		for (unsigned k = 0; k < j->n_outer; k++)
			if (j->outer[k].address == j->load[i].address)
				take_plain(j, j->load[i].at, j->outer[k].at, j->load[i].size);
	return j->load[0].size <= plain || take_extent(j, c, plain, j->load[0].size - plain);
}

/* ---- what is not */

/* Where the part that is loaded next begins, from `at` on, or the program ends. */
static uint64_t next_load(const struct job *j, uint64_t at)
{
	uint64_t next = j->file_size > at ? j->file_size : UINT64_MAX;

	for (unsigned i = 0; i < j->n_loads; i++)
		if (j->load[i].at >= at && j->load[i].at < next)
			next = j->load[i].at;
	return next != UINT64_MAX ? next : at;
}

/* Takes the blocks of all that lies between what is loaded, and behind it.  False: they do not
 * stand at `at`. */
static bool take_gaps(struct job *j, uint64_t at)
{
	size_t n = j->n_pieces;
	struct cursor c = cursor_of(j->object);

	cursor_seek(&c, at);
	for (unsigned i = 0; i < j->n_loads; i++) {
		uint64_t from = j->load[i].at + j->load[i].size, to = next_load(j, from);
		if (to != from && !take_extent(j, &c, from, to - from)) {
			j->n_pieces = n;
			return false;
		}
	}
	return true;
}

/* Bytes that are not loaded; 0: none. */
static uint64_t gaps_size(const struct job *j)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < j->n_loads; i++) {
		uint64_t from = j->load[i].at + j->load[i].size;
		n += next_load(j, from) - from;
	}
	return n;
}

/* They stand behind the blocks at `at`, or behind the loader that may follow there. */
static bool find_gaps(struct job *j, uint64_t at)
{
	struct cursor c = cursor_of(j->object);

	cursor_seek(&c, j->first - INFO + 8);
	uint64_t loader = half(&c, j->packed.big);
	at = (at + 3) & ~UINT64_C(3);
	if (gaps_size(j) == 0 || take_gaps(j, at) || take_gaps(j, at + loader))
		return true;
	for (; at + BLOCK < j->object.n; at += 4) {
		if (at % SEARCHED == 0 && !unpack_steps(j->u, SEARCHED))
			return false;
		if (take_gaps(j, at))
			return true;
	}
	return false;
}

/* ---- putting it together */

static void sort(struct job *j)
{
	for (size_t i = 1; i < j->n_pieces; i++) {
		struct piece p = j->piece[i];
		size_t k = i;
		for (; k > 0 && j->piece[k - 1].to > p.to; k--)
			j->piece[k] = j->piece[k - 1];
		j->piece[k] = p;
	}
}

/* Decodes a piece to `to`.  False: it is damaged; what was made stays. */
static bool decode(const struct job *j, const struct piece *p, uint8_t *to)
{
	struct span in = span_cut(j->object, p->at, p->packed);
	size_t made = p->size;

	if (p->packed == p->size) {
		memcpy(to, in.p, in.n);
		return true;
	}
	bool whole = upx_decode(p->method, in, to, p->size, &made) == DECODE_WHOLE;
	memset(to + made, 0, p->size - made);
	return whole && upx_unfilter(p->filter, p->cto, 0, to, p->size);
}

/* Adds zeros up to byte `at` of the member.  False: no more is wanted. */
static bool fill(struct unpack *u, uint64_t at)
{
	size_t had = unpack_so_far(u).n;
	uint8_t *to = at > had ? unpack_room(u, at - had) : NULL;

	if (at <= had)
		return true;
	if (to == NULL)
		return false;
	memset(to, 0, at - had);
	unpack_filled(u, at - had);
	return true;
}

static void give(struct job *j)
{
	struct unpack *u = j->u;

	for (size_t i = 0; i < j->n_pieces; i++) {
		const struct piece *p = &j->piece[i];
		uint64_t had = unpack_so_far(u).n;
		if (p->to < had) {
			unpack_gap(u, REASON_DAMAGED, p->at, "UPX: parts that overlap");
			continue;
		}
		if (!unpack_steps(u, (uint64_t)p->size * UPX_BYTE_STEPS) || !fill(u, p->to))
			return;
		uint8_t *to = unpack_room(u, p->size);
		if (to == NULL)
			return;
		if (!decode(j, p, to))
			unpack_gap(u, REASON_DAMAGED, p->at,
				   "UPX: a block of method %u, filter %#x", p->method, p->filter);
		unpack_filled(u, p->size);
	}
	if (j->file_size != 0 && j->file_size - unpack_so_far(u).n < SEARCHED)
		(void)fill(u, j->file_size);
}

/* ---- the reader */

/* What p_info says, or what `upx -d` would go by. */
static uint64_t read_file_size(const struct job *j)
{
	struct cursor c = cursor_of(j->object), end = c;
	uint64_t least = 0;

	for (unsigned i = 0; i < j->n_loads; i++)
		if (j->load[i].at + j->load[i].size > least)
			least = j->load[i].at + j->load[i].size;
	cursor_seek(&c, j->first - 8);
	uint32_t size = word(&c, j->packed.big);
	cursor_seek(&end, j->object.n - TRAILER + 24);
	uint32_t other = word(&end, j->packed.big);
	return size >= least ? size : cursor_ok(&end) && other >= least ? other : 0;
}

/* The headers as they were.  False: they are none. */
static bool read_headers(struct job *j)
{
	struct cursor c = cursor_of(j->object);
	bool dynamic;

	j->first = find(j->object);
	if (j->first == 0 || !read_elf(j->object, &j->packed))
		return false;
	cursor_seek(&c, j->first);
	if (!read_block(&c, j->packed.big, &j->piece[0]))
		return false;
	uint8_t *header = arena_alloc(&j->u->arena, j->piece[0].size);
	if (header == NULL || !decode(j, &j->piece[0], header))
		return false;
	struct span s = { header, j->piece[0].size };
	if (!read_elf(s, &j->plain) || j->plain.wide != j->packed.wide ||
	    j->plain.big != j->packed.big)
		return false;
	j->n_loads = read_loads(&j->plain, s, j->load, &dynamic);
	j->n_outer = read_loads(&j->packed, j->object, j->outer, &j->library);
	j->file_size = read_file_size(j);
	return j->n_loads != 0;
}

bool upx_elf_known(const struct unpack_look *look)
{
	return look->class == CLASS_ELF &&
	       (packed_elf(look->bytes) != NULL || find(look->bytes) != 0);
}

bool upx_elf_read(struct span object, struct unpack *u, struct error *e)
{
	struct unpack_member m = {
		.name = span_of("unpacked"), .size = UNPACK_UNKNOWN, .packed = object.n, .at = 0
	};
	struct job *j = arena_alloc(&u->arena, sizeof *j);

	if (j == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "UPX: no room");
	*j = (struct job){ .u = u, .object = object };
	if (!read_headers(j)) {
		if (packed_elf(object) != NULL)
			unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE,
				   "UPX: a packed program: its blocks are not as UPX writes them");
		return true;
	}
	struct cursor c = cursor_of(object);
	cursor_seek(&c, j->first);
	m.size = j->file_size != 0 ? j->file_size : UNPACK_UNKNOWN;
	bool loaded = j->library ? take_library(j, &c) : take_program(j, &c);
	bool rest = loaded && j->file_size != 0 && find_gaps(j, c.at);
	if (!unpack_begin(u, &m))
		return true;
	sort(j);
	give(j);
	if (!loaded)
		unpack_gap(u, REASON_DAMAGED, cursor_place(&c), "UPX: the blocks end early");
	else if (!rest)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "UPX: what is not loaded was not found");
	unpack_end(u);
	return true;
}
