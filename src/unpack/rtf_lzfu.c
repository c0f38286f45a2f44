/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/rtf_lzfu.h"

#include "unpack/give.h"
#include "unpack/readers.h"

enum {
	WINDOW = 4096,            /* [MS-OXRTFCP] 2.1.3.1.1 */
	COMPRESSED = 0x75465a4c,  /* "LZFu" */
	UNCOMPRESSED = 0x414c454d /* "MELA" */
};

/* What the window holds at first (2.1.3.1.2). */
static const char initial[] = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil "
			      "\\froman \\fswiss \\fmodern \\fscript "
			      "\\fdecor MS Sans SerifSymbolArialTimes New "
			      "RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
			      "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

struct window {
	struct unpack *u;
	uint8_t p[WINDOW];
	size_t at;
	uint8_t out[WINDOW];
	size_t n_out;
};

/* Adds a byte to window and output.  False: no more is wanted. */
static bool put(struct window *w, uint8_t byte)
{
	w->p[w->at++ % WINDOW] = byte;
	w->out[w->n_out++] = byte;
	if (w->n_out < WINDOW)
		return true;
	w->n_out = 0;
	return unpack_write(w->u, (struct span){ w->out, WINDOW });
}

/* 2.2.3: runs of eight tokens, each a byte or a place in the window and a length.  False: they end
 * without their mark. */
static bool decompress(struct window *w, struct cursor *c)
{
	bool more = true;

	while (cursor_left(c) > 0 && more) {
		unsigned control = cursor_u8(c);
		for (unsigned bit = 0; bit < 8 && cursor_left(c) > 0 && more; bit++) {
			if ((control >> bit & 1) == 0) {
				more = put(w, cursor_u8(c));
				continue;
			}
			unsigned token = cursor_be16(c);
			size_t from = token >> 4, n = (token & 15) + 2;
			if (from == w->at % WINDOW || !cursor_ok(c)) /* the end */
				return cursor_ok(c);
			for (size_t i = 0; i < n && more; i++)
				more = put(w, w->p[(from + i) % WINDOW]);
		}
	}
	return !more; /* no more is wanted, which is noted */
}

bool rtf_lzfu_give(struct unpack *u, struct span name, struct span packed)
{
	struct unpack_member m = { .name = name,
				   .type = span_of("text/rtf"),
				   .size = UNPACK_UNKNOWN,
				   .packed = packed.n,
				   .at = give_place(u, packed) };
	struct window w = { .u = u, .at = sizeof initial - 1 };
	struct cursor c = cursor_of(packed);

	cursor_skip(&c, 4); /* size of the rest */
	m.size = cursor_le32(&c);
	uint32_t kind = cursor_le32(&c);
	cursor_skip(&c, 4); /* CRC of the rest */
	if (!cursor_ok(&c) || (kind != COMPRESSED && kind != UNCOMPRESSED)) {
		unpack_gap(u, REASON_DAMAGED, m.at, "RTF: not compressed as [MS-OXRTFCP] has it");
		return true;
	}
	if (kind == UNCOMPRESSED)
		return unpack_whole(u, &m, cursor_take(&c, cursor_left(&c)));
	if (!unpack_begin(u, &m))
		return false;
	memcpy(w.p, initial, sizeof initial - 1);
	bool marked = decompress(&w, &c);
	bool more = unpack_write(u, (struct span){ w.out, w.n_out });
	if (more && !marked && unpack_so_far(u).n < m.size)
		unpack_gap(u, REASON_DAMAGED, m.at, "RTF: it ends too soon ([MS-OXRTFCP] 2.2.3)");
	unpack_end(u);
	return true;
}

/* In a stream of any name: a message's body is in one by that of its property ([MS-OXMSG] 2.1.2).
 */
bool rtf_lzfu_known(const struct unpack_look *look)
{
	struct cursor c = cursor_of(look->bytes);

	cursor_skip(&c, 8);
	uint32_t kind = cursor_le32(&c);
	return decode_starts(look->type, "ole2/") && (kind == COMPRESSED || kind == UNCOMPRESSED);
}

bool rtf_lzfu_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	(void)!rtf_lzfu_give(u, span_of("body.rtf"), object); /* noted */
	return true;
}
