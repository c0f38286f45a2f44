/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

/*
 * LZFSE and LZVN, as Apple published them with their source (github.com/lzfse/lzfse): disk images
 * and files of HFS+ and APFS have them.  Output goes to the caller's memory, which is the window.
 *
 * LZVN is bytes: instructions with a few literals and a copy.  LZFSE is blocks; the usual kind has
 * literals and triples (literals, length, distance) as codes of finite-state entropy, whose bits
 * are read from the end of each payload to its start.
 */

enum {
	RAW_BLOCK = 0x2d787662,  /* "bvx-" */
	WIDE_BLOCK = 0x31787662, /* "bvx1": the header is not packed; no program writes it */
	FSE_BLOCK = 0x32787662,  /* "bvx2" */
	LZVN_BLOCK = 0x6e787662, /* "bvxn" */
	THE_END = 0x24787662,    /* "bvx$" */
	HEAD = 32,               /* bytes of FSE_BLOCK's, the frequencies apart */
	MAX_LITERALS = 40000,    /* of a block */
	MAX_TRIPLES = 10000,
	N_LENGTHS = 20,
	N_PLACES = 64,
	N_BYTES = 256,
	N_ALL = 2 * N_LENGTHS + N_PLACES + N_BYTES,
	LENGTH_STATES = 64,
	PLACE_STATES = 256,
	BYTE_STATES = 1024,
	STREAMS = 4, /* of literals, in turn */
};

struct text {
	uint8_t *p;
	size_t n, max;
	bool full; /* more is made than `max` */
};

static void put(struct text *t, struct span s)
{
	t->full = t->full || s.n > t->max - t->n;
	if (s.n == 0 || t->full)
		return;
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

/* False: from before the start. */
static bool copy(struct text *t, uint64_t back, size_t n)
{
	if (n == 0)
		return true;
	if (back == 0 || back > t->n)
		return false;
	t->full = t->full || n > t->max - t->n;
	for (; n != 0 && !t->full; n--, t->n++)
		t->p[t->n] = t->p[t->n - back];
	return true;
}

static enum decode_end end_of(const struct text *t, const struct cursor *c, bool ok)
{
	return !ok || t->full ? DECODE_DAMAGED : cursor_ok(c) ? DECODE_WHOLE : DECODE_CUT;
}

/* ---- LZVN */

enum lzvn_kind { LZVN_COPY, LZVN_NOTHING, LZVN_END, LZVN_BAD };

struct lzvn {
	size_t n_literals, n;
	uint64_t back; /* stays from one instruction to the next */
};

/* An instruction below 0xe0: up to three literals, and a copy. */
static enum lzvn_kind lzvn_both(struct cursor *c, unsigned op, struct lzvn *z)
{
	z->n_literals = op >> 6;
	z->n = (op >> 3 & 7) + 3;
	if (op >= 0xa0 && op < 0xc0) {
		unsigned more = cursor_le16(c);
		z->n_literals = op >> 3 & 3;
		z->n = ((op & 7) << 2 | (more & 3)) + 3;
		z->back = more >> 2;
	} else if ((op & 7) == 7) {
		z->back = cursor_le16(c);
	} else if ((op & 7) != 6) {
		z->back = (op & 7) << 8 | cursor_u8(c);
	} else if (op < 0x40) { /* the copy of before needs literals */
		return op == 0x06 ? LZVN_END : op == 0x0e || op == 0x16 ? LZVN_NOTHING : LZVN_BAD;
	}
	return LZVN_COPY;
}

static enum lzvn_kind lzvn_one(struct cursor *c, struct lzvn *z)
{
	unsigned op = cursor_u8(c);

	if (op >> 4 == 7 || op >> 4 == 0xd)
		return LZVN_BAD;
	if (op < 0xe0)
		return lzvn_both(c, op, z);
	size_t n = (op & 15) != 0 ? op & 15 : cursor_u8(c) + 16u;
	z->n_literals = op < 0xf0 ? n : 0;
	z->n = op < 0xf0 ? 0 : n;
	return LZVN_COPY;
}

static enum decode_end run_lzvn(struct cursor *c, struct text *t)
{
	struct lzvn z = { 0 };

	while (cursor_ok(c) && !t->full) {
		enum lzvn_kind kind = lzvn_one(c, &z);
		if (kind == LZVN_BAD)
			return DECODE_DAMAGED;
		if (kind == LZVN_END && cursor_ok(c))
			return DECODE_WHOLE;
		if (kind != LZVN_COPY)
			continue;
		put(t, cursor_take(c, z.n_literals));
		if (cursor_ok(c) && !copy(t, z.back, z.n))
			return DECODE_DAMAGED;
	}
	return end_of(t, c, true);
}

enum decode_end decode_lzvn(struct span in, uint8_t *to, size_t max, size_t *made)
{
	struct cursor c = cursor_of(in);
	struct text t = { to, 0, max, false };
	enum decode_end end = run_lzvn(&c, &t);

	*made = t.n;
	return end;
}

/* ---- finite-state entropy */

struct entry {
	uint8_t bits;   /* of the next state */
	uint8_t extra;  /* bits of the value, below them */
	uint8_t symbol; /* of a byte: itself */
	int16_t delta;
	uint32_t base; /* of the value */
};

/* Bits from the end of a payload to its start. */
struct back_bits {
	struct span in;
	uint64_t at; /* bits that are left */
	bool failed;
};

struct fse_block {
	uint32_t size, n_literals, n_triples;
	struct span literals, triples;          /* payloads */
	unsigned spare_literals, spare_triples; /* bits at their ends that are none */
	unsigned literal_state[STREAMS], state[3];
	uint16_t frequency[N_ALL];
};

struct lzfse {
	struct fse_block b;
	struct entry byte[BYTE_STATES], place[PLACE_STATES], run[LENGTH_STATES],
		length[LENGTH_STATES];
	uint8_t literal[MAX_LITERALS + STREAMS];
};

static uint32_t take(struct back_bits *b, unsigned n)
{
	uint32_t v = 0;

	if (n > b->at) {
		b->failed = true;
		return 0;
	}
	b->at -= n;
	for (unsigned got = 0; got < n;) {
		uint64_t at = b->at + got;
		unsigned some = 8 - at % 8 < n - got ? (unsigned)(8 - at % 8) : n - got;
		v |= (uint32_t)(b->in.p[at / 8] >> at % 8 & ((1u << some) - 1)) << got;
		got += some;
	}
	return v;
}

static struct back_bits bits_before(struct span in, unsigned spare)
{
	uint64_t all = (uint64_t)in.n * 8;

	return (struct back_bits){ .in = in,
				   .at = all >= spare ? all - spare : 0,
				   .failed = all < spare };
}

/* How many bits a number takes beyond its highest: 31 - clz. */
static unsigned log2_of(uint32_t v)
{
	unsigned n = 0;

	while (v > 1) {
		v >>= 1;
		n++;
	}
	return n;
}

/* Entries of a table of `states` for n symbols of these frequencies, whose sum may be smaller:
 * states that no symbol has stay zero.  False: it is larger. */
static bool make_table(struct entry *t, unsigned states, const uint16_t *frequency, unsigned n,
		       const uint8_t *extra)
{
	uint32_t at = 0, base = 0;

	memset(t, 0, states * sizeof *t);
	for (unsigned s = 0; s < n; s++) {
		uint32_t f = frequency[s];
		unsigned more = extra != NULL ? extra[s] : 0;
		if (f > states - at)
			return false;
		unsigned k = log2_of(states) - log2_of(f);
		uint32_t wide = f != 0 ? (2 * states >> k) - f : 0;
		for (uint32_t j = 0; j < f; j++) {
			unsigned bits = j < wide ? k : k - 1;
			uint32_t delta = j < wide ? ((f + j) << k) - states : (j - wide) << (k - 1);
			t[at++] = (struct entry){ .bits = (uint8_t)bits,
						  .extra = (uint8_t)more,
						  .symbol = (uint8_t)s,
						  .delta = (int16_t)delta,
						  .base = base };
		}
		base += 1u << more;
	}
	return true;
}

/* The value of the state, which moves on. */
static uint32_t next_value(const struct entry *table, unsigned states, unsigned *state,
			   struct back_bits *b)
{
	const struct entry *e = &table[*state];
	uint32_t v = take(b, e->bits + e->extra);
	unsigned to = (unsigned)e->delta + (v >> e->extra);

	b->failed = b->failed || to >= states;
	*state = to < states ? to : 0;
	return e->base + (v & ((1u << e->extra) - 1));
}

static bool read_literals(struct lzfse *z)
{
	struct back_bits b = bits_before(z->b.literals, z->b.spare_literals);

	for (uint32_t i = 0; i < z->b.n_literals && !b.failed; i++) {
		unsigned *state = &z->b.literal_state[i % STREAMS];
		z->literal[i] = z->byte[*state].symbol;
		(void)next_value(z->byte, BYTE_STATES, state, &b);
	}
	return !b.failed;
}

static bool run_triples(struct lzfse *z, struct text *t)
{
	struct back_bits b = bits_before(z->b.triples, z->b.spare_triples);
	struct span literals = { z->literal, z->b.n_literals };
	uint32_t back = 0;

	for (uint32_t i = 0; i < z->b.n_triples; i++) {
		uint32_t run = next_value(z->run, LENGTH_STATES, &z->b.state[0], &b);
		uint32_t n = next_value(z->length, LENGTH_STATES, &z->b.state[1], &b);
		uint32_t place = next_value(z->place, PLACE_STATES, &z->b.state[2], &b);
		back = place != 0 ? place : back;
		if (b.failed || run > literals.n)
			return false;
		put(t, span_cut(literals, 0, run));
		literals = span_cut(literals, run, literals.n);
		if (!copy(t, back, n) || t->full)
			return false;
	}
	return true;
}

static bool fill_tables(struct lzfse *z)
{
	static const uint8_t run_extra[N_LENGTHS] = { [16] = 2, 3, 5, 8 },
			     length_extra[N_LENGTHS] = { [16] = 3, 5, 8, 11 };
	const uint16_t *f = z->b.frequency;
	uint8_t place_extra[N_PLACES];

	for (unsigned i = 0; i < N_PLACES; i++)
		place_extra[i] = (uint8_t)(i / 4);
	return make_table(z->run, LENGTH_STATES, f, N_LENGTHS, run_extra) &&
	       make_table(z->length, LENGTH_STATES, f + N_LENGTHS, N_LENGTHS, length_extra) &&
	       make_table(z->place, PLACE_STATES, f + 2 * N_LENGTHS, N_PLACES, place_extra) &&
	       make_table(z->byte, BYTE_STATES, f + 2 * N_LENGTHS + N_PLACES, N_BYTES, NULL);
}

/* ---- LZFSE's blocks */

/* `n` bits of a number, from bit `at` on. */
static uint32_t field(uint64_t v, unsigned at, unsigned n)
{
	return (uint32_t)(v >> at & ((UINT64_C(1) << n) - 1));
}

/* Frequencies are codes of 2, 3, 5, 8 or 14 bits, the lowest first. */
static bool read_frequencies(struct span in, uint16_t out[N_ALL])
{
	static const uint8_t bits[32] = { 2, 3, 2, 5, 2, 3, 2, 8, 2, 3, 2, 5, 2, 3, 2, 14,
					  2, 3, 2, 5, 2, 3, 2, 8, 2, 3, 2, 5, 2, 3, 2, 14 };
	static const uint8_t value[32] = { 0, 2, 1, 4, 0, 3, 1, 0, 0, 2, 1, 5, 0, 3, 1, 0,
					   0, 2, 1, 6, 0, 3, 1, 0, 0, 2, 1, 7, 0, 3, 1, 0 };
	struct cursor c = cursor_of(in);
	uint64_t held = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < N_ALL; i++) {
		while (n < 14 && cursor_left(&c) != 0) {
			held |= (uint64_t)cursor_u8(&c) << n;
			n += 8;
		}
		unsigned low = held & 31, k = bits[low];
		out[i] = k == 8    ? (uint16_t)(8 + field(held, 4, 4))
			 : k == 14 ? (uint16_t)(24 + field(held, 4, 10))
				   : value[low];
		if (k > n)
			return false;
		held >>= k;
		n -= k;
	}
	return cursor_left(&c) == 0 && n < 8;
}

/* The header behind the mark, and where the payloads are. */
static bool read_header(struct cursor *c, struct fse_block *b)
{
	uint64_t at = c->at - 4;

	b->size = cursor_le32(c);
	uint64_t a = cursor_le64(c), m = cursor_le64(c), k = cursor_le64(c);
	uint32_t head = field(k, 0, 32);
	b->n_literals = field(a, 0, 20);
	b->n_triples = field(a, 40, 20);
	b->spare_literals = 7 - field(a, 60, 3);
	b->spare_triples = 7 - field(m, 60, 3);
	for (unsigned i = 0; i < STREAMS; i++)
		b->literal_state[i] = field(m, 10 * i, 10);
	for (unsigned i = 0; i < 3; i++)
		b->state[i] = field(k, 32 + 10 * i, 10);
	if (!cursor_ok(c) || head < HEAD || b->n_literals > MAX_LITERALS ||
	    b->n_literals % STREAMS != 0 || b->n_triples > MAX_TRIPLES ||
	    b->state[0] >= LENGTH_STATES || b->state[1] >= LENGTH_STATES ||
	    b->state[2] >= PLACE_STATES)
		return false;
	struct span frequencies = cursor_take(c, head - HEAD);
	memset(b->frequency, 0, sizeof b->frequency);
	if (frequencies.n != 0 && !read_frequencies(frequencies, b->frequency))
		return false;
	cursor_seek(c, at + head);
	b->literals = cursor_take(c, field(a, 20, 20));
	b->triples = cursor_take(c, field(m, 40, 20));
	return true;
}

static enum decode_end run_block(struct lzfse *z, struct cursor *c, struct text *t)
{
	size_t had = t->n;

	if (!read_header(c, &z->b))
		return cursor_ok(c) ? DECODE_DAMAGED : DECODE_CUT;
	if (!cursor_ok(c))
		return DECODE_CUT;
	if (!fill_tables(z) || !read_literals(z) || !run_triples(z, t))
		return DECODE_DAMAGED;
	return t->n - had == z->b.size ? DECODE_WHOLE : DECODE_DAMAGED;
}

static enum decode_end run_lzvn_block(struct cursor *c, struct text *t)
{
	uint32_t size = cursor_le32(c), packed = cursor_le32(c);
	size_t left = cursor_left(c), had = t->n, room = t->max - t->n;
	struct cursor d = cursor_of(cursor_take(c, packed < left ? packed : left));
	struct text own = { t->p + had, 0, size < room ? size : room, false };

	if (!cursor_ok(c))
		return DECODE_CUT;
	enum decode_end end = run_lzvn(&d, &own);
	t->n += own.n;
	return end == DECODE_WHOLE && own.n != size ? DECODE_DAMAGED : end;
}

enum decode_end decode_lzfse(struct arena *a, struct span in, uint8_t *to, size_t max, size_t *made)
{
	struct lzfse *z = arena_alloc(a, sizeof *z);
	struct cursor c = cursor_of(in);
	struct text t = { to, 0, max, false };
	enum decode_end end = DECODE_WHOLE;
	bool more = z != NULL;

	while (more && end == DECODE_WHOLE) {
		uint32_t mark = cursor_le32(&c);
		if (!cursor_ok(&c)) {
			end = DECODE_CUT;
		} else if (mark == THE_END) {
			more = false;
		} else if (mark == RAW_BLOCK) {
			put(&t, cursor_take(&c, cursor_le32(&c)));
			end = end_of(&t, &c, true);
		} else if (mark == LZVN_BLOCK) {
			end = run_lzvn_block(&c, &t);
		} else {
			end = mark == FSE_BLOCK ? run_block(z, &c, &t) : DECODE_DAMAGED;
		}
	}
	*made = t.n;
	return z == NULL ? DECODE_MEMORY : end;
}
