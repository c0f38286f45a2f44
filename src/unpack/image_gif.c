/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/image.h"

/* GIF89a: the first frame, on the screen that the head describes. */

enum { CODES = 4096, CLEAR_MORE = 2 /* clear and end, the codes behind the colours */ };

struct table {
	uint8_t grey[256];
	unsigned n;
};

struct lzw {
	uint16_t before[CODES];
	uint8_t last[CODES], first[CODES];
	uint8_t stack[CODES];
	unsigned bits, n_bits; /* read and not used */
	struct cursor c;
	size_t block; /* bytes left of the block at hand */
};

static void read_table(struct cursor *c, unsigned flags, struct table *t)
{
	t->n = 2u << (flags & 7);
	for (unsigned i = 0; i < t->n; i++) {
		uint8_t r = cursor_u8(c), g = cursor_u8(c), b = cursor_u8(c);
		t->grey[i] = image_grey(r, g, b);
	}
}

static void skip_blocks(struct cursor *c)
{
	size_t n;

	while ((n = cursor_u8(c)) != 0 && cursor_ok(c))
		cursor_skip(c, n);
}

/* The next code of `width` bits; -1 at the end of the data. */
static int next_code(struct lzw *z, unsigned width)
{
	while (z->n_bits < width) {
		if (z->block == 0)
			z->block = cursor_u8(&z->c);
		if (z->block == 0 || !cursor_ok(&z->c))
			return -1;
		z->bits |= (unsigned)cursor_u8(&z->c) << z->n_bits;
		z->n_bits += 8;
		z->block--;
	}
	int code = (int)(z->bits & ((1u << width) - 1));
	z->bits >>= width;
	z->n_bits -= width;
	return code;
}

/* Decodes up to n colours; how many there were. */
static size_t lzw_read(struct lzw *z, unsigned least, uint8_t *out, size_t n)
{
	unsigned clear = 1u << least, end = clear + 1, next = clear + CLEAR_MORE, width = least + 1;
	int old = -1, code;
	size_t got = 0;

	for (unsigned i = 0; i < clear; i++) {
		z->last[i] = z->first[i] = (uint8_t)i;
		z->before[i] = CODES;
	}
	while (got < n && (code = next_code(z, width)) >= 0 && (unsigned)code != end) {
		if ((unsigned)code == clear) {
			next = clear + CLEAR_MORE;
			width = least + 1;
			old = -1;
			continue;
		}
		if ((unsigned)code > next || ((unsigned)code == next && old < 0))
			break;
		bool fresh = (unsigned)code == next;
		unsigned at = fresh ? (unsigned)old : (unsigned)code, depth = 0;
		uint8_t first = z->first[at];
		if (fresh)
			z->stack[depth++] = first;
		for (; at != CODES && depth < CODES; at = z->before[at])
			z->stack[depth++] = z->last[at];
		while (depth > 0 && got < n)
			out[got++] = z->stack[--depth];
		if (old >= 0 && next < CODES) {
			z->before[next] = (uint16_t)old;
			z->last[next] = first;
			z->first[next] = z->first[old];
			next++;
			if (next == 1u << width && width < 12)
				width++;
		}
		old = code;
	}
	return got;
}

struct frame {
	uint32_t x, y, w, h;
	bool interlaced;
	struct table colours;
};

/* The row of the frame that is the k-th in the data. */
static uint32_t row_of(const struct frame *f, uint32_t k)
{
	static const uint8_t from[] = { 0, 4, 2, 1 }, by[] = { 8, 8, 4, 2 };

	for (unsigned pass = 0; f->interlaced && pass < 4; pass++) {
		uint32_t rows =
			f->h > from[pass] ? (f->h - from[pass] + by[pass] - 1) / by[pass] : 0;
		if (k < rows)
			return from[pass] + k * by[pass];
		k -= rows;
	}
	return k;
}

static bool read_frame(struct cursor *c, struct frame *f, struct arena *a, struct image *out,
		       struct error *e)
{
	struct lzw *z = arena_alloc(a, sizeof *z);
	size_t n = (size_t)f->w * f->h;
	uint8_t *pixel = n <= IMAGE_MAX_PIXELS ? arena_array(a, n, 1) : NULL;
	unsigned least = cursor_u8(c);

	if (z == NULL || pixel == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a picture");
	z->bits = z->n_bits = 0;
	z->block = 0;
	z->c = *c;
	if (least < 2 || least > 8 || lzw_read(z, least, pixel, n) != n)
		return error_set(e, REASON_DAMAGED, cursor_place(&z->c),
				 "GIF: not all pixels are there");
	for (uint32_t k = 0; k < f->h; k++) {
		uint64_t y = (uint64_t)f->y + row_of(f, k);
		for (uint32_t x = 0; y < out->h && x < f->w && f->x + x < out->w; x++) {
			uint8_t colour = pixel[(size_t)k * f->w + x];
			out->grey[y * out->w + f->x + x] =
				colour < f->colours.n ? f->colours.grey[colour] : 0;
		}
	}
	return true;
}

bool image_gif(struct span file, struct arena *a, struct image *out, struct error *e)
{
	struct cursor c = cursor_of(file);
	struct frame f = { 0 };

	cursor_skip(&c, 6);
	uint32_t w = cursor_le16(&c), h = cursor_le16(&c), flags = cursor_u8(&c);
	cursor_skip(&c, 2);
	if ((flags & 0x80) != 0)
		read_table(&c, flags, &f.colours);
	while (cursor_ok(&c)) {
		uint8_t kind = cursor_u8(&c);
		if (kind == 0x21) { /* an extension */
			cursor_skip(&c, 1);
			skip_blocks(&c);
			continue;
		}
		if (kind != 0x2c) /* an image's descriptor */
			break;
		f.x = cursor_le16(&c);
		f.y = cursor_le16(&c);
		f.w = cursor_le16(&c);
		f.h = cursor_le16(&c);
		flags = cursor_u8(&c);
		f.interlaced = (flags & 0x40) != 0;
		if ((flags & 0x80) != 0)
			read_table(&c, flags, &f.colours);
		if (!cursor_ok(&c) || !image_begin(out, a, w, h, e))
			break;
		return read_frame(&c, &f, a, out, e);
	}
	return error_set(e, REASON_DAMAGED, cursor_place(&c), "GIF: no picture");
}
