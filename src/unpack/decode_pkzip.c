/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/bits.h"
#include "unpack/window.h"

/* What PKZIP wrote before DEFLATE: methods 1 to 6 of APPNOTE.TXT. */

static enum decode_end end_of(struct window *w, const struct bits *b, bool ok)
{
	window_flush(w);
	return w->stopped           ? DECODE_STOPPED
	       : w->made == w->size ? DECODE_WHOLE
	       : b->failed || ok    ? DECODE_CUT
				    : DECODE_DAMAGED;
}

/* ---- shrink: LZW with codes of 9 to 13 bits, from which unused ones are taken back */

enum { SHRINK_BITS = 13, SHRINK_CODES = 1 << SHRINK_BITS, CONTROL = 256, NO_CODE = 0xffff };

struct shrink {
	struct bits in;
	struct window w;
	unsigned bits;
	uint16_t prefix[SHRINK_CODES]; /* NO_CODE: the code is free; of literals, themselves */
	uint8_t last[SHRINK_CODES];
	uint8_t text[SHRINK_CODES]; /* of a code, backwards */
	unsigned next;              /* the lowest code that may be free */
};

/* Codes that no other begins with are free again. */
static void clear_leaves(struct shrink *s)
{
	bool parent[SHRINK_CODES] = { false };

	for (unsigned i = CONTROL + 1; i < SHRINK_CODES; i++)
		if (s->prefix[i] != NO_CODE)
			parent[s->prefix[i]] = true;
	for (unsigned i = CONTROL + 1; i < SHRINK_CODES; i++)
		if (!parent[i])
			s->prefix[i] = NO_CODE;
	s->next = CONTROL + 1;
}

/* The bytes of a code into text, from the last to the first; how many, or 0: it is none. */
static size_t spell(struct shrink *s, unsigned code)
{
	size_t n = 0;

	while (code >= CONTROL && n < SHRINK_CODES) {
		if (code == CONTROL || s->prefix[code] == NO_CODE)
			return 0;
		s->text[n++] = s->last[code];
		code = s->prefix[code];
	}
	if (n == SHRINK_CODES)
		return 0;
	s->text[n++] = (uint8_t)code;
	return n;
}

static bool control(struct shrink *s)
{
	switch (bits_take(&s->in, s->bits)) {
	case 1:
		return ++s->bits <= SHRINK_BITS;
	case 2:
		clear_leaves(s);
		return true;
	default:
		return false;
	}
}

/* One code: its text is put out, and that of the one before with its first byte is a new one. */
static bool one_code(struct shrink *s, unsigned code, unsigned before)
{
	while (s->next < SHRINK_CODES && s->prefix[s->next] != NO_CODE)
		s->next++;
	bool known = code < CONTROL || s->prefix[code] != NO_CODE;
	size_t n = spell(s, known ? code : before);
	if (n == 0 || (!known && code != s->next))
		return false;
	uint8_t first = s->text[n - 1];
	for (size_t i = n; i-- > 0;)
		window_put(&s->w, s->text[i]);
	if (!known)
		window_put(&s->w, first);
	if (s->next < SHRINK_CODES && s->next != before) {
		s->prefix[s->next] = (uint16_t)before;
		s->last[s->next++] = first;
	}
	return true;
}

enum decode_end decode_shrink(struct arena *a, struct span in, uint64_t size,
			      const struct decode_out *out)
{
	struct shrink *s = arena_alloc(a, sizeof *s);
	unsigned before = NO_CODE;
	bool ok = true;

	if (s == NULL || !window_init(&s->w, a, size, out))
		return DECODE_MEMORY;
	s->in = bits_of(in);
	s->bits = 9;
	for (unsigned i = 0; i < SHRINK_CODES; i++)
		s->prefix[i] = i < CONTROL ? (uint16_t)i : NO_CODE;
	s->next = CONTROL + 1;
	while (ok && window_open(&s->w)) {
		unsigned code = bits_take(&s->in, s->bits);
		if (s->in.failed)
			break;
		if (code == CONTROL) {
			ok = control(s);
			continue;
		}
		if (before == NO_CODE) {
			ok = code < CONTROL;
			window_put(&s->w, (uint8_t)code);
		} else {
			ok = one_code(s, code, before);
		}
		before = code;
	}
	return end_of(&s->w, &s->in, ok);
}

/* ---- reduce: bytes that are likely to follow one, then copies */

enum { MARK = 144, MAX_FOLLOWERS = 63 };

struct reduce {
	struct bits in;
	struct window w;
	uint8_t n[256], follower[256][MAX_FOLLOWERS];
	uint8_t last;
};

static unsigned bits_for(unsigned n)
{
	unsigned bits = 1;

	while (1u << bits < n)
		bits++;
	return bits;
}

static uint8_t next_byte(struct reduce *r)
{
	unsigned n = r->n[r->last];

	if (n == 0 || bits_take(&r->in, 1) != 0) {
		r->last = (uint8_t)bits_take(&r->in, 8);
	} else {
		unsigned i = bits_take(&r->in, bits_for(n));
		r->last = i < n ? r->follower[r->last][i] : 0;
	}
	return r->last;
}

enum decode_end decode_reduce(struct arena *a, unsigned factor, struct span in, uint64_t size,
			      const struct decode_out *out)
{
	struct reduce *r = arena_alloc(a, sizeof *r);
	unsigned low = 8 - factor, mask = (1u << low) - 1;

	if (r == NULL || !window_init(&r->w, a, size, out))
		return DECODE_MEMORY;
	r->in = bits_of(in);
	for (size_t i = 256; i-- > 0;) {
		r->n[i] = (uint8_t)bits_take(&r->in, 6);
		for (size_t k = 0; k < r->n[i]; k++)
			r->follower[i][k] = (uint8_t)bits_take(&r->in, 8);
	}
	while (window_open(&r->w) && !r->in.failed) {
		uint8_t c = next_byte(r);
		if (r->in.failed)
			break;
		if (c != MARK) {
			window_put(&r->w, c);
			continue;
		}
		unsigned v = next_byte(r), n = v & mask;
		if (v == 0) {
			window_put(&r->w, MARK);
			continue;
		}
		if (n == mask)
			n += next_byte(r);
		uint64_t back = ((uint64_t)(v >> low) << 8) + next_byte(r) + 1u;
		if (!r->in.failed)
			window_copy(&r->w, back, n + 3u);
	}
	return end_of(&r->w, &r->in, true);
}

/* ---- implode: literals and copies in Shannon-Fano codes */

enum { LARGE_WINDOW = 2, LITERAL_CODE = 4, LONG = 63, NO_SYMBOL = WINDOW_NO_SYMBOL };

struct implode {
	struct bits in;
	struct window w;
	struct window_code literal, length, distance;
};

/* n lengths, of which each byte gives up to sixteen equal ones. */
static bool read_code(struct bits *b, struct window_code *c, size_t n)
{
	uint8_t length[256];
	size_t at = 0;

	for (unsigned left = bits_take(b, 8) + 1; left != 0; left--) {
		unsigned v = bits_take(b, 8), times = (v >> 4) + 1;
		if (b->failed || times > n - at)
			return false;
		memset(length + at, (int)(v & 15) + 1, times);
		at += times;
	}
	return at == n && window_code_make(c, length, n, true);
}

/* With every bit turned over these are the usual codes. */
static unsigned decode(struct bits *b, const struct window_code *c)
{
	struct window_walk w = { 0 };
	unsigned symbol = NO_SYMBOL;

	while (symbol == NO_SYMBOL && w.n < WINDOW_BITS && !b->failed)
		symbol = window_code_bit(c, &w, bits_take(b, 1) ^ 1);
	return b->failed ? NO_SYMBOL : symbol;
}

enum decode_end decode_implode(struct arena *a, unsigned flags, struct span in, uint64_t size,
			       const struct decode_out *out)
{
	struct implode *m = arena_alloc(a, sizeof *m);
	bool literals = (flags & LITERAL_CODE) != 0, ok;
	unsigned low = (flags & LARGE_WINDOW) != 0 ? 7 : 6;

	if (m == NULL || !window_init(&m->w, a, size, out))
		return DECODE_MEMORY;
	m->in = bits_of(in);
	ok = (!literals || read_code(&m->in, &m->literal, 256)) &&
	     read_code(&m->in, &m->length, 64) && read_code(&m->in, &m->distance, 64);
	while (ok && window_open(&m->w)) {
		if (bits_take(&m->in, 1) != 0) {
			unsigned c = literals ? decode(&m->in, &m->literal) : bits_take(&m->in, 8);
			ok = !m->in.failed && c != NO_SYMBOL;
			if (ok)
				window_put(&m->w, (uint8_t)c);
			continue;
		}
		uint64_t back = bits_take(&m->in, low);
		unsigned high = decode(&m->in, &m->distance), n = decode(&m->in, &m->length);
		ok = high != NO_SYMBOL && n != NO_SYMBOL;
		if (n == LONG)
			n += bits_take(&m->in, 8);
		ok = ok && !m->in.failed;
		if (ok)
			window_copy(&m->w, (back | (uint64_t)high << low) + 1,
				    n + (literals ? 3u : 2u));
	}
	return end_of(&m->w, &m->in, ok);
}
