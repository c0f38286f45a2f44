/* SPDX-License-Identifier: Apache-2.0 */

/*
 * SZDD: what MS-DOS's COMPRESS.EXE wrote, and EXPAND.EXE reads; and the form that QBasic's
 * installer had.  The format was never published; it is described by those who read it (libmspack's
 * documentation): LZSS over a window of 4096 blanks.  KWAJ, its sibling, is read where it is not
 * compressed or only inverted.
 */

#include "unpack/give.h"
#include "unpack/readers.h"

enum { WINDOW = 4096 };

static const uint8_t szdd_magic[8] = { 'S', 'Z', 'D', 'D', 0x88, 0xf0, 0x27, 0x33 };
static const uint8_t qbasic_magic[8] = { 'S', 'Z', ' ', 0x88, 0xf0, 0x27, 0x33, 0xd1 };
static const uint8_t kwaj_magic[8] = { 'K', 'W', 'A', 'J', 0x88, 0xf0, 0x27, 0xd1 };

static bool begins(struct span s, const uint8_t magic[8])
{
	return s.n >= 8 && memcmp(s.p, magic, 8) == 0;
}

struct window {
	uint8_t p[WINDOW];
	unsigned at;
};

/* Decodes eight tokens at most, to at most 8 * 18 bytes at `out`; returns how many. */
static size_t eight_tokens(struct window *w, struct cursor *c, uint8_t *out)
{
	unsigned control = cursor_u8(c);
	size_t n = 0;

	for (unsigned bit = 0; bit < 8 && cursor_left(c) > 0; bit++) {
		if ((control >> bit & 1) != 0) {
			out[n] = cursor_u8(c);
			w->p[w->at++ % WINDOW] = out[n++];
			continue;
		}
		unsigned low = cursor_u8(c), high = cursor_u8(c);
		unsigned from = low | (high & 0xf0) << 4;
		for (unsigned i = 0; cursor_ok(c) && i < (high & 15) + 3; i++) {
			out[n] = w->p[(from + i) % WINDOW];
			w->p[w->at++ % WINDOW] = out[n++];
		}
	}
	return n;
}

static bool give_lzss(struct unpack *u, struct cursor *c, uint32_t size, unsigned start)
{
	struct unpack_member m = { .size = size, .packed = cursor_left(c), .at = c->at };
	struct window w = { .at = start };
	uint64_t left = size;
	uint8_t *to;

	memset(w.p, ' ', sizeof w.p);
	if (!unpack_begin(u, &m))
		return false;
	while (left > 0 && cursor_left(c) > 0 && (to = unpack_room(u, 8 * 18)) != NULL) {
		size_t n = eight_tokens(&w, c, to);
		if (n > left)
			n = (size_t)left;
		unpack_filled(u, n);
		left -= n;
	}
	if (left > 0 && cursor_left(c) == 0)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "SZDD: ends too soon");
	unpack_end(u);
	return true;
}

/* KWAJ: method at 8, place of the data at 10; 0 is stored, 1 each byte inverted. */
static void read_kwaj(struct span object, struct unpack *u)
{
	struct cursor c = cursor_of(object);
	uint8_t block[4096];

	cursor_skip(&c, 8);
	unsigned method = cursor_le16(&c);
	struct span data = span_cut(object, cursor_le16(&c), object.n);
	struct unpack_member m = { .size = data.n, .packed = data.n, .at = give_place(u, data) };
	if (!unpack_begin(u, &m))
		return;
	if (method > 1)
		unpack_gap(u, REASON_UNSUPPORTED, 8, "KWAJ method %u", method);
	while (method <= 1 && data.n > 0) {
		struct span piece = span_cut(data, 0, sizeof block);
		for (size_t i = 0; i < piece.n; i++)
			block[i] = (uint8_t)(piece.p[i] ^ (method == 1 ? 0xff : 0));
		if (!unpack_write(u, (struct span){ block, piece.n }))
			break;
		data = span_cut(data, piece.n, data.n);
	}
	unpack_end(u);
}

bool szdd_known(const struct unpack_look *look)
{
	return begins(look->bytes, szdd_magic) || begins(look->bytes, qbasic_magic) ||
	       begins(look->bytes, kwaj_magic);
}

bool szdd_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	bool qbasic = begins(object, qbasic_magic);

	if (begins(object, kwaj_magic)) {
		read_kwaj(object, u);
		return true;
	}
	cursor_skip(&c, 8);
	uint8_t mode = qbasic ? 'A' : cursor_u8(&c);
	cursor_skip(&c, qbasic ? 0 : 1); /* last letter of the name */
	uint32_t size = cursor_le32(&c);
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, object.n, "SZDD: the header is cut off");
	if (mode != 'A')
		return error_set(e, REASON_UNSUPPORTED, 8, "SZDD mode %u", mode);
	(void)(size == 0 || give_lzss(u, &c, size, qbasic ? WINDOW - 18 : WINDOW - 16));
	return true;
}
