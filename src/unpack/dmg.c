/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode_text.h"
#include "unpack/pairs.h"
#include "unpack/readers.h"
#include "unpack/sink.h"
#include "unpack/window.h"
#include "unpack/xml_tags.h"

/*
 * Apple's disk images (UDIF), which were never published and are described by those who read them:
 * a trailer of 512 bytes, a property list that it points to, and in it for each partition a table
 * ("mish", in base64) of runs: zeros, stored, zlib, bzip2, LZMA, LZFSE, ADC.  Each run says at
 * which sector it belongs, whatever its place in the table.  Each partition is a member.  An image
 * that is encrypted has a mark of its own, at its start or, in the first version, at its end.
 */

enum {
	TRAILER = 512,
	XML_PLACE = 216,
	TABLE = 204, /* bytes before the runs */
	RUN = 40,
	SECTOR = 512,
	MAX_TABLE = 16 << 20,
	MAX_RUN = 64 << 20, /* bytes that one of LZFSE may make */
	MARK = 8,           /* bytes of it, of an encrypted image */
};

enum run_kind {
	RUN_ZEROS = 0,
	RUN_STORED = 1,
	RUN_NOTHING = 2,
	RUN_COMMENT = 0x7ffffffe,
};

#define RUN_ADC   0x80000004u
#define RUN_ZLIB  0x80000005u
#define RUN_BZIP2 0x80000006u
#define RUN_LZFSE 0x80000007u
#define RUN_LZMA  0x80000008u
#define RUN_END   0xffffffffu

#define MAX_SECTORS (UINT64_MAX / SECTOR / 4)

static bool is_encrypted(struct span s)
{
	struct span end = span_cut(s, s.n >= MARK ? s.n - MARK : s.n, MARK);

	return span_is(span_cut(s, 0, MARK), "encrcdsa") || span_is(end, "cdsaencr");
}

bool dmg_known(const struct unpack_look *look)
{
	struct span s = look->bytes;
	struct span end = span_cut(s, s.n >= TRAILER ? s.n - TRAILER : s.n, 8);

	return (end.n == 8 && memcmp(end.p, "koly\0\0\0\4", 8) == 0) || is_encrypted(s);
}

/* Apple's Data Compression: literals, and copies of two kinds. */
static enum decode_end decode_adc(struct arena *a, struct span in, uint64_t size,
				  const struct decode_out *out)
{
	struct cursor c = cursor_of(in);
	struct window w;

	if (!window_init(&w, a, size, out))
		return DECODE_MEMORY;
	while (window_open(&w) && cursor_left(&c) != 0) {
		uint32_t b = cursor_u8(&c);
		if ((b & 0x80) != 0) {
			struct span s = cursor_take(&c, (b & 0x7f) + 1);
			for (size_t i = 0; i < s.n; i++)
				window_put(&w, s.p[i]);
		} else if ((b & 0x40) != 0) {
			uint32_t back = cursor_be16(&c) + 1u;
			window_copy(&w, back, (b & 0x3f) + 4);
		} else {
			uint32_t back = ((b & 3) << 8 | cursor_u8(&c)) + 1u;
			window_copy(&w, back, (b >> 2) + 3);
		}
		if (!cursor_ok(&c))
			break;
	}
	window_flush(&w);
	return w.stopped ? DECODE_STOPPED : w.made < size ? DECODE_CUT : DECODE_WHOLE;
}

static enum decode_end put_lzfse(struct unpack *u, struct span in, uint64_t size)
{
	size_t made = 0;

	if (size > MAX_RUN)
		return DECODE_LIMIT;
	uint8_t *to = unpack_room(u, (size_t)size);
	if (to == NULL)
		return DECODE_STOPPED;
	enum decode_end end = decode_lzfse(&u->scratch, in, to, (size_t)size, &made);
	unpack_filled(u, made);
	arena_reset(&u->scratch);
	return end == DECODE_WHOLE && made < size ? DECODE_CUT : end;
}

/* False: no more of the partition is wanted. */
static bool put_run(struct unpack *u, uint32_t kind, struct span in, uint64_t size, uint64_t at)
{
	struct decode_out out = decode_member(u);
	enum decode_end end = DECODE_WHOLE;
	size_t used;

	switch (kind) {
	case RUN_ZEROS:
	case RUN_NOTHING:
		return unpack_zeros(u, size);
	case RUN_STORED:
		return unpack_write(u, in);
	case RUN_ADC:
		end = decode_adc(&u->scratch, in, size, &out);
		arena_reset(&u->scratch);
		break;
	case RUN_ZLIB:
		end = decode_inflate(in, DECODE_ZLIB, &out, &used);
		break;
	case RUN_BZIP2:
		end = decode_bzip2(in, &out, &used);
		break;
	case RUN_LZMA:
		end = decode_xz(in, &out, &used);
		break;
	case RUN_LZFSE:
		end = put_lzfse(u, in, size);
		break;
	default:
		unpack_gap(u, REASON_UNSUPPORTED, at, "DMG with runs of kind 0x%x", (unsigned)kind);
		return unpack_zeros(u, size);
	}
	decode_gap(u, end, at, "DMG");
	return end == DECODE_WHOLE;
}

struct run {
	uint32_t kind;
	uint64_t start, count; /* sectors, of the partition */
	struct span in;        /* its bytes in the image */
	uint64_t at, size;     /* where they are to be, and how many */
};

struct partition {
	struct unpack *u;
	struct span object, table;
	uint64_t data_at;   /* in the object, from which runs count */
	uint64_t stated;    /* sectors that it has */
	uint64_t n_sectors; /* that were given */
};

/* The run at the cursor.  False: the table ends before it, or there can be none such. */
static bool read_run(const struct partition *p, struct cursor *c, struct run *r)
{
	*r = (struct run){ .kind = cursor_be32(c) };
	cursor_skip(c, 4);
	r->start = cursor_be64(c);
	r->count = cursor_be64(c);
	r->at = cursor_be64(c) + p->data_at;
	r->size = cursor_be64(c);
	r->in = span_cut(p->object, r->at, r->size);
	return cursor_ok(c) && r->start < MAX_SECTORS && r->count < MAX_SECTORS;
}

/* Gives it where it belongs.  False: no more of the partition is wanted. */
static bool place_run(struct partition *p, const struct run *r)
{
	struct unpack *u = p->u;

	if (r->start < p->n_sectors)
		unpack_gap(u, REASON_DAMAGED, r->at, "DMG: runs for the same sectors");
	else if (r->start != p->n_sectors && r->start + r->count > p->stated)
		unpack_gap(u, REASON_DAMAGED, r->at, "DMG: a run behind the end");
	else if (!unpack_zeros(u, (r->start - p->n_sectors) * SECTOR))
		return false;
	if (r->in.n < r->size && r->kind != RUN_ZEROS && r->kind != RUN_NOTHING)
		unpack_gap(u, REASON_DAMAGED, r->at, "DMG: the image ends within it");
	uint64_t had = unpack_so_far(u).n, size = r->count * SECTOR;
	if (!put_run(u, r->kind, r->in, size, r->at))
		return false;
	uint64_t got = unpack_so_far(u).n - had;
	if (got != size)
		unpack_gap(u, REASON_DAMAGED, r->at, "DMG: a run of %ju bytes, %ju are stated",
			   (uintmax_t)got, (uintmax_t)size);
	if (r->start + r->count > p->n_sectors)
		p->n_sectors = r->start + r->count;
	return got >= size || unpack_zeros(u, size - got);
}

/* Where runs stand in the table, by the sectors at which they belong; *n of them.  NULL: no memory,
 * or there are none. */
static struct pair *order_runs(const struct partition *p, uint32_t stated, size_t *n)
{
	struct cursor c = cursor_of(span_cut(p->table, TABLE, p->table.n));
	size_t most = cursor_left(&c) / RUN + 1;
	struct pair *order =
		arena_array(&p->u->arena, stated < most ? stated : most, sizeof *order);
	struct run r;

	*n = 0;
	for (uint32_t i = 0; order != NULL && i < stated; i++) {
		uint64_t at = c.at;
		if (!read_run(p, &c, &r)) {
			unpack_gap(p->u, REASON_DAMAGED, PLACE_NONE, "DMG: a table of runs");
			break;
		}
		if (r.kind != RUN_COMMENT && r.kind != RUN_END)
			order[(*n)++] = (struct pair){ r.start, at };
	}
	pairs_sort(order, *n);
	return order;
}

/* One table.  False: the budget is spent. */
static bool read_partition(struct unpack *u, struct span object, uint64_t data_at,
			   struct span table)
{
	struct partition p = { .u = u, .object = object, .table = table };
	struct cursor c = cursor_of(table);
	struct run r;
	size_t n;

	cursor_skip(&c, 16);
	p.stated = cursor_be64(&c);
	p.data_at = cursor_be64(&c) + data_at;
	cursor_seek(&c, TABLE - 4);
	uint32_t stated = cursor_be32(&c);
	struct unpack_member m = { .size = p.stated < MAX_SECTORS ? p.stated * SECTOR
								  : UNPACK_UNKNOWN,
				   .packed = UNPACK_UNKNOWN,
				   .at = PLACE_NONE };
	if (!unpack_begin(u, &m))
		return false;
	struct pair *order = order_runs(&p, stated, &n);
	if (order == NULL && stated != 0)
		unpack_gap(u, REASON_MEMORY, PLACE_NONE, "DMG: a table of runs");
	c = cursor_of(span_cut(table, TABLE, table.n));
	for (size_t i = 0; i < n && unpack_steps(u, BUDGET_MEMBER_STEPS); i++) {
		cursor_seek(&c, order[i].value);
		if (!read_run(&p, &c, &r) || !place_run(&p, &r))
			break;
	}
	unpack_end(u);
	return true;
}

/* The text of the next element of this name; *s moves behind it.  False: there is none. */
static bool next_text(struct span *s, const char *name, struct span *text, bool *damaged)
{
	struct xml_tag t;

	while (xml_tag_next(s, &t)) {
		if (!xml_tag_opens(&t, name))
			continue;
		*text = t.text;
		*damaged = !xml_tag_next(s, &t) || !xml_tag_closes(&t, name);
		return true;
	}
	return false;
}

/* What an element has in base64, a partition or another.  False: no more is to be read. */
static bool read_text(struct unpack *u, struct span object, uint64_t data_at, struct span text)
{
	struct decode_state state = { 0 };
	size_t room = text.n + 64, n = 0;
	uint8_t *p = arena_alloc(&u->arena, room);

	if (p == NULL) {
		unpack_gap(u, REASON_MEMORY, PLACE_NONE, "DMG: a table");
		return false;
	}
	while (text.n != 0 && room - n >= DECODE_MIN_ROOM) {
		size_t before = text.n;
		size_t got = decode_base64(&state, &text, p + n, room - n);
		n += got;
		if (got == 0 && text.n == before)
			break;
	}
	return n < TABLE || memcmp(p, "mish", 4) != 0 ||
	       read_partition(u, object, data_at, (struct span){ p, n });
}

bool dmg_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c =
		cursor_of(span_cut(object, object.n > TRAILER ? object.n - TRAILER : 0, TRAILER));
	bool damaged;

	u->numbered = true;
	if (is_encrypted(object))
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "DMG");
	cursor_skip(&c, 24);
	uint64_t data_at = cursor_be64(&c);
	cursor_seek(&c, XML_PLACE);
	uint64_t at = cursor_be64(&c), n = cursor_be64(&c);
	struct span xml = span_cut(object, at, n), text;
	if (!cursor_ok(&c) || xml.n < n || n == 0)
		return error_set(e, REASON_DAMAGED, object.n - TRAILER,
				 "DMG: there is no property list");
	while (next_text(&xml, "data", &text, &damaged)) {
		if (damaged)
			unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "DMG: the property list");
		if (text.n > MAX_TABLE)
			return error_set(e, REASON_LIMIT, PLACE_NONE, "table: of a DMG");
		if (!unpack_steps(u, text.n) || !read_text(u, object, data_at, text))
			return true;
		arena_reset(&u->arena);
	}
	if (u->n_members == 0)
		return error_set(e, REASON_DAMAGED, at, "DMG: no partition in the property list");
	return true;
}
