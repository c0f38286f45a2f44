/* SPDX-License-Identifier: Apache-2.0 */
#include "format/icon.h"

/* Icons among the resources of a PE image: the first group, and its bitmaps (BITMAPINFOHEADER). */

enum {
	RT_ICON = 3,
	RT_GROUP_ICON = 14,
	HEADER = 40,
	ENTRY = 14, /* bytes of a group's entry */
	LEAST = 16,
	MOST = 256 /* pixels of a side */
};

struct reader {
	struct span file;
	const struct exe *x;
	struct arena *a;
	struct icon *out;
	size_t n, max, n_entries;
	uint32_t group;
	bool any_group, *cut;
	size_t left; /* entries of directories that may still be gone through */
};

struct bitmap {
	struct span bits; /* from the palette on */
	uint32_t w, h, depth;
	size_t row, mask_row; /* bytes */
	uint32_t *pixel;      /* w * h, the top row first: 0xAARRGGBB */
};

static size_t padded(uint64_t n_bits) { return 4 * (size_t)(n_bits / 32 + (n_bits % 32 != 0)); }

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* One pixel of a row, without a palette. */
static uint32_t plain_pixel(const uint8_t *row, uint32_t x, uint32_t depth)
{
	if (depth == 32)
		return le32(row + (size_t)4 * x);
	if (depth == 24) {
		const uint8_t *p = row + (size_t)3 * x;
		return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
	}
	const uint8_t *p = row + (size_t)2 * x;
	uint32_t b = p[0] & 0x1f, g = (uint32_t)p[0] >> 5 | (p[1] & 3u) << 3, r = p[1] & 0xfc;
	return (b << 3 | b >> 2) | (g << 3 | g >> 2) << 11 | (r << 3 | r >> 2) << 17;
}

/* Colours, and whether any pixel says how opaque it is. */
static bool read_colours(struct bitmap *m, struct span palette, struct span rows)
{
	uint32_t opaque = 0;

	for (uint32_t y = 0; y < m->h; y++) {
		const uint8_t *row = rows.p + y * m->row;
		uint32_t *to = m->pixel + (size_t)(m->h - 1 - y) * m->w;
		for (uint32_t x = 0; x < m->w; x++) {
			uint32_t bit = x * m->depth;
			unsigned i = m->depth < 16 ? row[bit / 8] >> (8 - m->depth - bit % 8) &
							     ((1u << m->depth) - 1)
						   : 0;
			to[x] = m->depth < 16 ? le32(palette.p + (size_t)4 * i)
					      : plain_pixel(row, x, m->depth);
			opaque |= to[x] >> 24;
		}
	}
	return m->depth == 32 && opaque != 0;
}

/* What the mask leaves is opaque; without one all is. */
static void read_mask(struct bitmap *m, const uint8_t *mask)
{
	for (uint32_t y = 0; y < m->h; y++)
		for (uint32_t x = 0; x < m->w; x++) {
			uint8_t byte = mask != NULL ? mask[y * m->mask_row + x / 8] : 0;
			if ((byte >> (7 - x % 8) & 1) == 0)
				m->pixel[(size_t)(m->h - 1 - y) * m->w + x] |= 0xff000000u;
		}
}

/* On white. */
static void blend(struct bitmap *m)
{
	for (size_t i = 0; i < (size_t)m->w * m->h; i++) {
		uint32_t c = m->pixel[i], a = c >> 24, out = 0xff;
		for (unsigned shift = 24; shift > 0; shift -= 8)
			out = out << 8 | (0xff - a + a * (c >> (shift - 8) & 0xff) / 0xff);
		m->pixel[i] = out;
	}
}

static uint32_t mean(uint32_t a, uint32_t b) { return ((a ^ b) & 0xfefefefeu) / 2 + (a & b); }

static void halve(struct bitmap *m)
{
	for (uint32_t y = 0; y < m->h; y += 2)
		for (uint32_t x = 0; x < m->w; x += 2) {
			const uint32_t *p = m->pixel + (size_t)y * m->w + x;
			m->pixel[(size_t)(y / 2) * m->w / 2 + x / 2] =
				mean(mean(p[0], p[1]), mean(p[m->w], p[m->w + 1]));
		}
	m->w /= 2;
	m->h /= 2;
}

static uint32_t apart(uint32_t a, uint32_t b) { return a > b ? a - b : b - a; }

/* To 32, 24 or 16 pixels, whichever is nearest, by leaving out and doubling. */
static void pick(struct bitmap *m, uint32_t *to)
{
	uint32_t side = 16;

	if (apart(m->w, 32) + apart(m->h, 32) < apart(m->w, 24) + apart(m->h, 24))
		side = 32;
	else if (apart(m->w, 24) + apart(m->h, 24) < apart(m->w, 16) + apart(m->h, 16))
		side = 24;
	double by_x = (double)m->w / side, by_y = (double)m->h / side;
	for (uint32_t y = 0; y < side; y++)
		for (uint32_t x = 0; x < side; x++) {
			size_t at = (size_t)(uint32_t)(y * by_y) * m->w +
				    (uint32_t)(x * by_x + (double)0.5F);
			/* the last one of the last row may lie behind the picture */
			size_t last = (size_t)m->w * m->h - 1;
			to[y * side + x] = m->pixel[at < last ? at : last];
		}
	m->pixel = to;
	m->w = m->h = side;
}

static void scale(struct bitmap *m, uint32_t *room)
{
	bool same = m->w == m->h && (m->w == 16 || m->w == 24 || m->w == 32);

	if (same)
		return;
	if (m->w != m->h || (m->w % 32 != 0 && m->w % 24 != 0)) {
		pick(m, room);
		return;
	}
	while (m->w > 32)
		halve(m);
}

static bool read_header(struct span s, struct bitmap *m)
{
	struct cursor c = cursor_of(s);
	uint32_t size = cursor_le32(&c);

	m->w = cursor_le32(&c);
	m->h = cursor_le32(&c) / 2; /* with the mask */
	cursor_skip(&c, 2);
	m->depth = cursor_le16(&c);
	if (!cursor_ok(&c) || s.n < HEADER || size < HEADER || m->w > MOST || m->h > MOST ||
	    m->w < LEAST || m->h < LEAST || m->w < m->h * 3 / 4 || m->h < m->w * 3 / 4)
		return false;
	m->bits = span_cut(s, size, s.n);
	m->row = 4 * (size_t)(m->w * m->depth / 32) + 4 * (size_t)(m->w * m->depth % 32 != 0);
	return m->depth == 1 || m->depth == 4 || m->depth == 8 || m->depth == 16 ||
	       m->depth == 24 || m->depth == 32;
}

static bool read_bitmap(struct reader *r, struct span s, struct icon *out)
{
	struct bitmap m;

	if (!read_header(s, &m))
		return false;
	size_t n_palette = m.depth < 16 ? (size_t)4 << m.depth : 0;
	struct span palette = span_cut(m.bits, 0, n_palette),
		    rows = span_cut(m.bits, n_palette, m.bits.n);
	m.mask_row = m.depth == 32 ? 0 : padded(m.w);
	if (palette.n != n_palette || rows.n < m.h * (m.row + m.mask_row))
		return false;
	m.pixel = arena_array(r->a, (size_t)m.w * m.h, sizeof *m.pixel);
	uint32_t *room = arena_array(r->a, (size_t)ICON_SIDE * ICON_SIDE, sizeof *room);
	if (m.pixel == NULL || room == NULL) {
		*r->cut = true;
		return false;
	}
	bool opaque = read_colours(&m, palette, rows);
	struct span mask = span_cut(rows, m.h * m.row, rows.n);
	m.mask_row = padded(m.w);
	if (!opaque) /* one of 32 bits without a mask is opaque as a whole */
		read_mask(&m, mask.n >= m.h * m.mask_row ? mask.p : NULL);
	blend(&m);
	scale(&m, room);
	icon_measure(m.pixel, m.w, out);
	return true;
}

static bool take_icon(void *ctx, uint32_t name, struct span bytes)
{
	struct reader *r = ctx;
	/* its size is not looked at */
	struct span s = span_cut(r->file, (uint64_t)(bytes.p - r->file.p), r->file.n);

	(void)name;
	if (r->n < r->max && read_bitmap(r, s, &r->out[r->n]))
		r->n++;
	return r->n < r->max;
}

/* Each language of the first group, which names its icons. */
static bool take_group(void *ctx, uint32_t name, struct span bytes)
{
	struct reader *r = ctx;
	struct cursor c = cursor_of(bytes);

	if (r->any_group && name != r->group)
		return false;
	r->any_group = true;
	r->group = name;
	cursor_skip(&c, 4);
	uint32_t n = cursor_le16(&c);
	for (uint32_t i = 0; i < n && r->n_entries < ICON_MOST; i++, r->n_entries++) {
		cursor_skip(&c, ENTRY - 2);
		const struct exe_wanted icon = { RT_ICON, cursor_le16(&c), take_icon, r };
		if (!cursor_ok(&c))
			break;
		exe_resources(r->file, r->x, &icon, &r->left);
	}
	return true;
}

size_t icon_read_all(struct span file, const struct exe *x, struct arena *a, struct icon *out,
		     size_t max, bool *cut)
{
	struct reader r = { .file = file,
			    .x = x,
			    .a = a,
			    .out = out,
			    .max = max,
			    .cut = cut,
			    .left = EXE_MAX_ENTRIES };
	const struct exe_wanted group = { RT_GROUP_ICON, EXE_ANY_NAME, take_group, &r };

	*cut = false;
	exe_resources(file, x, &group, &r.left);
	*cut = *cut || r.left == 0;
	return r.n;
}
