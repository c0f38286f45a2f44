/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode_text.h"
#include "unpack/readers.h"
#include "unpack/sink.h"
#include "unpack/window.h"

/*
 * Apple's disk images (UDIF), which were never published and are described by those who read them:
 * a trailer of 512 bytes, a property list that it points to, and in it for each partition a table
 * ("mish", in base64) of runs: zeros, stored, zlib, bzip2, LZMA, LZFSE, ADC.  Each partition is a
 * member.
 */

enum {
	TRAILER = 512,
	XML_PLACE = 216,
	TABLE = 204, /* bytes before the runs */
	RUN = 40,
	SECTOR = 512,
	MAX_TABLE = 16 << 20,
	MAX_RUNS = 1 << 20,
	MAX_RUN = 64 << 20, /* bytes that one of LZFSE may make */
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

bool dmg_known(const struct unpack_look *look)
{
	struct span s = look->bytes;
	struct span end = span_cut(s, s.n >= TRAILER ? s.n - TRAILER : s.n, 8);

	return end.n == 8 && memcmp(end.p, "koly\0\0\0\4", 8) == 0;
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

static bool put_zeros(struct unpack *u, uint64_t n)
{
	static const uint8_t zeros[4096];

	for (; n != 0; n -= n < sizeof zeros ? n : sizeof zeros)
		if (!unpack_write(u, span_cut((struct span){ zeros, sizeof zeros }, 0, n)))
			return false;
	return true;
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
		return put_zeros(u, size);
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
		return put_zeros(u, size);
	}
	decode_gap(u, end, at, "DMG");
	return end == DECODE_WHOLE;
}

/* One table.  False: the budget is spent. */
static bool read_partition(struct unpack *u, struct span object, uint64_t data_at,
			   struct span table)
{
	struct cursor c = cursor_of(table);

	cursor_skip(&c, 16);
	uint64_t sectors = cursor_be64(&c), base = cursor_be64(&c);
	cursor_seek(&c, TABLE - 4);
	uint32_t n = cursor_be32(&c);
	struct unpack_member m = { .size = sectors < UINT64_MAX / SECTOR ? sectors * SECTOR
									 : UNPACK_UNKNOWN,
				   .packed = UNPACK_UNKNOWN,
				   .at = PLACE_NONE };
	if (!unpack_begin(u, &m))
		return false;
	for (uint32_t i = 0; i < n && i < MAX_RUNS; i++) {
		uint32_t kind = cursor_be32(&c);
		cursor_skip(&c, 12);
		uint64_t count = cursor_be64(&c), at = cursor_be64(&c), size = cursor_be64(&c);
		if (!cursor_ok(&c) || count > UINT64_MAX / SECTOR) {
			unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "DMG: a table of runs");
			break;
		}
		if (kind == RUN_END || !unpack_steps(u, BUDGET_MEMBER_STEPS))
			break;
		if (kind == RUN_COMMENT)
			continue;
		at += base + data_at;
		struct span in = span_cut(object, at, size);
		if (in.n < size && kind != RUN_ZEROS && kind != RUN_NOTHING)
			unpack_gap(u, REASON_DAMAGED, at, "DMG: the image ends within it");
		if (!put_run(u, kind, in, count * SECTOR, at))
			break;
	}
	unpack_end(u);
	return true;
}

/* The text between two marks, from *s on, which moves behind it; empty: none. */
static struct span between(struct span *s, const char *from, const char *to)
{
	const uint8_t *a = s->n != 0 ? memmem(s->p, s->n, from, strlen(from)) : NULL;

	if (a == NULL)
		return (struct span){ 0 };
	*s = span_cut(*s, (size_t)(a - s->p) + strlen(from), s->n);
	const uint8_t *b = s->n != 0 ? memmem(s->p, s->n, to, strlen(to)) : NULL;
	struct span found = { s->p, b != NULL ? (size_t)(b - s->p) : 0 };
	*s = span_cut(*s, found.n, s->n);
	return found;
}

bool dmg_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(span_cut(object, object.n - TRAILER, TRAILER));

	u->numbered = true;
	cursor_skip(&c, 24);
	uint64_t data_at = cursor_be64(&c);
	cursor_seek(&c, XML_PLACE);
	uint64_t at = cursor_be64(&c), n = cursor_be64(&c);
	struct span xml = span_cut(object, at, n), text;
	if (!cursor_ok(&c) || xml.n < n || n == 0)
		return error_set(e, REASON_DAMAGED, object.n - TRAILER,
				 "DMG: there is no property list");
	while ((text = between(&xml, "<data>", "</data>")).n != 0) {
		struct decode_state state = { 0 };
		size_t room = text.n < MAX_TABLE ? text.n : 0, k = 0;
		uint8_t *p = arena_alloc(&u->arena, room + 64);
		if (p == NULL || room == 0)
			return error_set(e, REASON_LIMIT, PLACE_NONE, "table: of a DMG");
		while (text.n != 0 && room + 64 - k >= DECODE_MIN_ROOM) {
			size_t before = text.n;
			size_t got = decode_base64(&state, &text, p + k, room + 64 - k);
			k += got;
			if (got == 0 && text.n == before)
				break;
		}
		struct span table = { p, k };
		if (table.n >= TABLE && memcmp(p, "mish", 4) == 0 &&
		    !read_partition(u, object, data_at, table))
			return true;
		if (!unpack_steps(u, room))
			return true;
		arena_reset(&u->arena);
	}
	if (u->n_members == 0)
		return error_set(e, REASON_DAMAGED, at, "DMG: no partition in the property list");
	return true;
}
