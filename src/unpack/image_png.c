/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "unpack/decode.h"
#include "unpack/image.h"
#include "unpack/png_filter.h"

/* PNG: chunks, whose IDAT are one zlib stream of filtered rows (W3C PNG, 5, 8 and 9). */

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6, PASSES = 7 };

struct png {
	struct image *out;
	unsigned depth, color, channels;
	bool interlaced;
	uint8_t palette[256]; /* as grey values */
	unsigned n_palette;
	size_t row_n;       /* bytes of a row of the pass at hand, its filter apart */
	uint8_t *row, *old; /* the filter, then row_n bytes; and those of the row before */
	size_t fill;
	unsigned pass;
	uint32_t y; /* of the pass */
};

/* Adam7: where a pass begins and how far it steps; the one pass of others is the last. */
static const struct {
	uint8_t x, y, dx, dy;
} passes[PASSES + 1] = { { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 },
			 { 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 }, { 0, 0, 1, 1 } };

static uint32_t steps(uint32_t n, uint32_t from, uint32_t by)
{
	return n > from ? (n - from + by - 1) / by : 0;
}

static uint32_t pass_width(const struct png *g)
{
	return steps(g->out->w, passes[g->pass].x, passes[g->pass].dx);
}

static uint32_t pass_height(const struct png *g)
{
	return steps(g->out->h, passes[g->pass].y, passes[g->pass].dy);
}

/* Goes to the pass that has rows; false at the end. */
static bool begin_pass(struct png *g)
{
	while (g->pass < PASSES && (pass_width(g) == 0 || pass_height(g) == 0))
		g->pass++;
	if (g->pass > PASSES || (g->pass == PASSES && g->interlaced))
		return false;
	uint64_t bits = (uint64_t)pass_width(g) * g->channels * g->depth;
	g->row_n = (size_t)((bits + 7) / 8);
	g->y = 0;
	memset(g->old, 0, g->row_n + 1);
	return true;
}

/* ---- rows */

static bool unfilter(struct png *g)
{
	size_t by = g->channels * g->depth >= 8 ? g->channels * g->depth / 8 : 1;

	if (g->row[0] > 4)
		return false;
	png_filter_undo(g->row[0], by, g->old + 1, g->row + 1, g->row_n);
	return true;
}

/* Sample number i of the row, as eight bits; of a palette, the number in it. */
static uint8_t sample(const struct png *g, size_t i)
{
	const uint8_t *p = g->row + 1;

	if (g->depth == 8)
		return p[i];
	if (g->depth == 16)
		return (uint8_t)(((unsigned)(p[2 * i] << 8 | p[2 * i + 1]) + 128) / 257);
	unsigned per = 8 / g->depth, most = (1u << g->depth) - 1;
	unsigned v = (unsigned)p[i / per] >> (8 - g->depth * (i % per + 1)) & most;
	return (uint8_t)(g->color == PALETTE ? v : v * 255 / most);
}

static uint8_t pixel(const struct png *g, size_t i)
{
	uint8_t first = sample(g, i * g->channels);

	if (g->color == PALETTE)
		return first < g->n_palette ? g->palette[first] : 0;
	if (g->channels < 3)
		return first;
	return image_grey(first, sample(g, i * g->channels + 1), sample(g, i * g->channels + 2));
}

static bool put_row(struct png *g)
{
	uint32_t n = pass_width(g);

	if (!unfilter(g))
		return false;
	uint64_t y = passes[g->pass].y + (uint64_t)g->y * passes[g->pass].dy;
	uint8_t *to = g->out->grey + y * g->out->w;
	for (uint32_t i = 0; i < n; i++)
		to[passes[g->pass].x + (uint64_t)i * passes[g->pass].dx] = pixel(g, i);
	uint8_t *t = g->row;
	g->row = g->old;
	g->old = t;
	g->fill = 0;
	if (++g->y < pass_height(g))
		return true;
	g->pass++;
	return begin_pass(g);
}

/* For decode_out: false too at the end of the picture. */
static bool put(void *ctx, struct span bytes)
{
	struct png *g = ctx;

	while (bytes.n != 0) {
		size_t n = g->row_n + 1 - g->fill;
		n = n < bytes.n ? n : bytes.n;
		memcpy(g->row + g->fill, bytes.p, n);
		g->fill += n;
		bytes = span_cut(bytes, n, bytes.n);
		if (g->fill == g->row_n + 1 && !put_row(g))
			return false;
	}
	return true;
}

/* ---- chunks */

static bool read_header(struct png *g, struct cursor *c, struct arena *a, struct error *e)
{
	static const uint8_t channels[] = { 1, 0, 3, 1, 2, 0, 4 };

	cursor_skip(c, 8); /* length, IHDR */
	uint32_t w = cursor_be32(c), h = cursor_be32(c);
	g->depth = cursor_u8(c);
	g->color = cursor_u8(c);
	cursor_skip(c, 2);
	g->interlaced = cursor_u8(c) == 1;
	cursor_skip(c, 4);
	bool power =
		g->depth == 1 || g->depth == 2 || g->depth == 4 || g->depth == 8 || g->depth == 16;
	if (!cursor_ok(c) || g->color > RGBA || channels[g->color] == 0 || !power ||
	    (g->depth < 8 && g->color != GREY && g->color != PALETTE) ||
	    (g->depth == 16 && g->color == PALETTE))
		return error_set(e, REASON_DAMAGED, 16, "PNG: no header (5.6)");
	g->channels = channels[g->color];
	if (!image_begin(g->out, a, w, h, e))
		return false;
	size_t most = (size_t)w * 8 + 2; /* four channels of two bytes */
	g->row = arena_array(a, most, 1);
	g->old = arena_array(a, most, 1);
	g->pass = g->interlaced ? 0 : PASSES;
	return (g->row != NULL && g->old != NULL) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a picture");
}

static void read_palette(struct png *g, struct span s)
{
	g->n_palette = s.n / 3 < 256 ? (unsigned)(s.n / 3) : 256;
	for (unsigned i = 0; i < g->n_palette; i++)
		g->palette[i] = image_grey(s.p[3 * i], s.p[3 * i + 1], s.p[3 * i + 2]);
}

bool image_png(struct span file, struct arena *a, struct image *out, struct error *e)
{
	struct png g = { .out = out };
	struct cursor c = cursor_of(file);
	struct decode_out to = { put, &g };
	uint8_t *data = arena_array(a, file.n, 1);
	size_t n = 0, used;

	if (data == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a picture");
	cursor_skip(&c, 8);
	if (!read_header(&g, &c, a, e))
		return false;
	while (cursor_ok(&c)) {
		uint32_t size = cursor_be32(&c), type = cursor_be32(&c);
		struct span body = cursor_take(&c, size);
		cursor_skip(&c, 4);
		if (type == 0x49454e44) /* IEND */
			break;
		if (body.n != 0 && type == 0x49444154) { /* IDAT */
			memcpy(data + n, body.p, body.n);
			n += body.n;
		} else if (type == 0x504c5445) { /* PLTE */
			read_palette(&g, body);
		}
	}
	if (!begin_pass(&g))
		return error_set(e, REASON_DAMAGED, 16, "PNG: no rows");
	enum decode_end end = decode_inflate((struct span){ data, n }, DECODE_ZLIB, &to, &used);
	bool all = g.interlaced ? g.pass == PASSES : g.pass > PASSES;
	if (!all)
		return error_set(e, end == DECODE_MEMORY ? REASON_MEMORY : REASON_DAMAGED,
				 PLACE_NONE, "PNG: not all rows are there");
	return true;
}
