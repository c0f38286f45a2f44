/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "format/icon.h"

#include <math.h>

enum {
	PIXELS = ICON_SIDE * ICON_SIDE,
	MANY = 6,      /* spots that are looked for where there is no colour */
	VIVID = 85,    /* of 255: a colour that counts */
	FEW_COLORS = 5 /* per cent */
};

struct many {
	uint32_t sum[MANY], x[MANY], y[MANY];
};

/* ---- squares */

/* Sums over squares of k pixels a side, by their upper left corner. */
static void squares(const uint32_t *value, uint32_t side, uint32_t k, uint32_t *sum)
{
	for (uint32_t y = 0; y + k <= side; y++)
		for (uint32_t x = 0; x + k <= side; x++) {
			uint32_t s = 0;
			for (uint32_t i = 0; i < k; i++)
				for (uint32_t j = 0; j < k; j++)
					s += value[(y + i) * side + x + j];
			sum[y * side + x] = s;
		}
}

static bool overlaps(const struct many *m, unsigned n, uint32_t x, uint32_t y, uint32_t k)
{
	for (unsigned i = 0; i < n; i++)
		if (x + k > m->x[i] && x < m->x[i] + k && y + k > m->y[i] && y < m->y[i] + k)
			return true;
	return false;
}

/* The n squares with the most, or least, of it; those at the right and lower ends are left out. */
static void choose(const uint32_t *sum, uint32_t side, uint32_t k, unsigned n, bool most,
		   struct many *m)
{
	*m = (struct many){ 0 };
	for (unsigned i = 0; i < n; i++) {
		m->sum[i] = most ? 0 : UINT32_MAX;
		for (uint32_t y = 0; y < side - k; y++)
			for (uint32_t x = 0; x < side - 1 - k; x++) {
				uint32_t s = sum[y * side + x];
				if ((most ? s <= m->sum[i] : s >= m->sum[i]) ||
				    overlaps(m, i, x, y, k))
					continue;
				m->sum[i] = s;
				m->x[i] = x;
				m->y[i] = y;
			}
	}
}

/* Three of them, from the i-th on. */
static struct icon_spots spots(const struct many *m, unsigned i, uint32_t k)
{
	struct icon_spots s;

	for (unsigned j = 0; j < ICON_SPOTS; j++) {
		s.average[j] = m->sum[i + j] / (k * k);
		s.x[j] = m->x[i + j];
		s.y[j] = m->y[i + j];
	}
	return s;
}

static struct icon_spots choose_three(const uint32_t *sum, uint32_t side, bool most)
{
	struct many m;

	choose(sum, side, side / 4, ICON_SPOTS, most, &m);
	return spots(&m, 0, side / 4);
}

/* ---- colours */

static uint32_t apart(uint32_t a, uint32_t b) { return a > b ? a - b : b - a; }

static void measure_colours(const uint32_t *pixel, uint32_t side, struct icon *out)
{
	uint32_t colour[PIXELS], light[PIXELS], sum[PIXELS], n = 0;

	for (uint32_t i = 0; i < side * side; i++) {
		uint32_t r = pixel[i] >> 16 & 0xff, g = pixel[i] >> 8 & 0xff, b = pixel[i] & 0xff;
		uint32_t low = r < g ? r : g, high = r > g ? r : g;
		low = b < low ? b : low;
		high = b > high ? b : high;
		uint32_t delta = high - low, s = delta == 0 ? 0 : 255 * delta / high;
		colour[i] = (uint32_t)sqrt((double)(s * s * high));
		light[i] = high;
		if (s <= VIVID || high <= VIVID)
			continue;
		n++;
		out->red += 100 - 100 * apart(g, b) / delta;
		out->green += 100 - 100 * apart(r, b) / delta;
		out->blue += 100 - 100 * apart(r, g) / delta;
	}
	squares(colour, side, side / 4, sum);
	out->color = choose_three(sum, side, true);
	out->gray = choose_three(sum, side, false);
	squares(light, side, side / 4, sum);
	out->bright = choose_three(sum, side, true);
	out->dark = choose_three(sum, side, false);
	out->colors = n * 100 / side / side;
	if (out->colors <= FEW_COLORS) {
		out->colors = out->red = out->green = out->blue = 0;
		return;
	}
	out->red /= n;
	out->green /= n;
	out->blue /= n;
}

/* ---- edges, in CIE L*a*b* */

static double linear(double v)
{
	v /= (double)255.0F;
	v = v > (double)0.04045F ? pow((v + (double)0.055F) / (double)1.055F, (double)2.4F)
				 : v / (double)12.92F;
	return v * (double)100.0F;
}

static double cube(double v)
{
	return v > (double)0.008856F ? pow(v, (double)(1.0F / 3.0F))
				     : (double)7.787F * v + (double)(16.0F / 116.0F);
}

struct lab {
	double l, a, b;
};

static struct lab lab_of(uint32_t pixel)
{
	double r = linear(pixel >> 16 & 0xff), g = linear(pixel >> 8 & 0xff),
	       b = linear(pixel & 0xff);
	double x = r * (double)0.4124F + g * (double)0.3576F + b * (double)0.1805F;
	double y = r * (double)0.2126F + g * (double)0.7152F + b * (double)0.0722F;
	double z = r * (double)0.0193F + g * (double)0.1192F + b * (double)0.9505F;

	x = cube(x / (double)95.047F);
	y = cube(y / (double)100.000F);
	z = cube(z / (double)108.883F);
	return (struct lab){ 116 * y - 16, 500 * (x - y), 200 * (y - z) };
}

/* How far a pixel is from middle grey. */
static double distance(uint32_t pixel)
{
	static const struct lab grey = { 53.192777691077211, 0.0031420942181448197,
					 -0.0062075877844014471 };
	struct lab p = lab_of(pixel);
	double l = grey.l - p.l, a = grey.a - p.a, b = grey.b - p.b;

	return sqrt(l * l + a * a + b * b);
}

/* Sobel's: how steep each pixel is, with the steepest as 255; the frame is 0.  Where nothing is
 * steep the blue stays. */
static void find_edges(const uint32_t *pixel, uint32_t side, uint32_t *edge)
{
	double d[PIXELS];
	uint32_t steep[PIXELS] = { 0 }, most = 0;

	for (uint32_t i = 0; i < side * side; i++) {
		d[i] = distance(pixel[i]);
		edge[i] = pixel[i] & 0xff;
	}
	for (uint32_t y = 1; y + 1 < side; y++)
		for (uint32_t x = 1; x + 1 < side; x++) {
			const double *p = d + y * side + x;
			double gx = p[-(int)side - 1] + p[-1] * 2 + p[side - 1] -
				    p[-(int)side + 1] - p[1] * 2 - p[side + 1];
			double gy = p[-(int)side - 1] + p[-(int)side] * 2 + p[-(int)side + 1] -
				    p[side - 1] - p[side] * 2 - p[side + 1];
			uint32_t s = (uint32_t)sqrt(gx * gx + gy * gy);
			steep[y * side + x] = s;
			most = s > most ? s : most;
		}
	for (uint32_t y = 0; y < side; y++)
		for (uint32_t x = 0; x < side; x++) {
			bool frame = x == 0 || y == 0 || x + 1 == side || y + 1 == side;
			uint32_t *e = &edge[y * side + x];
			*e = frame ? 0 : most != 0 ? steep[y * side + x] * 255 / most : *e;
		}
}

/* Each pixel with its neighbours, first those beside it, then those above, which are blurred
 * already, and below. */
static void blur(uint32_t *edge, uint32_t side)
{
	uint32_t flat[PIXELS] = { 0 };

	for (uint32_t y = 1; y + 1 < side; y++)
		for (uint32_t x = 1; x + 1 < side; x++) {
			const uint32_t *p = edge + y * side + x;
			flat[y * side + x] = (p[-1] + 2 * p[0] + p[1]) / 4;
		}
	for (uint32_t y = 1; y + 1 < side; y++)
		for (uint32_t x = 1; x + 1 < side; x++) {
			const uint32_t *p = flat + y * side + x;
			edge[y * side + x] = (p[-(int)side] + 2 * p[0] + p[side]) / 4;
			flat[y * side + x] = edge[y * side + x];
		}
}

void icon_measure(uint32_t *pixel, uint32_t side, struct icon *out)
{
	uint32_t edge[PIXELS], sum[PIXELS], k = side / 4;
	struct many most, least;

	*out = (struct icon){ .side = side };
	measure_colours(pixel, side, out);
	find_edges(pixel, side, edge);
	blur(edge, side);
	squares(edge, side, k, sum);
	choose(sum, side, k, MANY, true, &most);
	choose(sum, side, k, MANY, false, &least);
	out->edge = spots(&most, 0, k);
	out->noedge = spots(&least, 0, k);
	if (out->colors != 0)
		return;
	/* more edges in place of colours; places of the least are those of the most */
	out->color = spots(&most, ICON_SPOTS, k);
	out->gray = spots(&least, ICON_SPOTS, k);
	memcpy(out->gray.x, out->color.x, sizeof out->gray.x);
	memcpy(out->gray.y, out->color.y, sizeof out->gray.y);
}

/* ---- signatures */

/* The next n digits; -1 stays in *bad. */
static uint32_t number(struct span *s, size_t n, bool *bad)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n && i < s->n; i++) {
		int d = text_hex_digit(s->p[i]);
		*bad = *bad || d < 0;
		v = v << 4 | (uint32_t)(d & 15);
	}
	*s = span_cut(*s, n, s->n);
	return v;
}

static void read_spots(struct span *s, size_t digits, struct icon_spots *out, bool *bad)
{
	for (unsigned i = 0; i < ICON_SPOTS; i++) {
		out->average[i] = number(s, digits, bad);
		out->x[i] = number(s, 2, bad);
		out->y[i] = number(s, 2, bad);
	}
}

bool icon_parse(struct span s, struct icon *out)
{
	bool bad = s.n != ICON_DIGITS;

	out->side = number(&s, 2, &bad);
	read_spots(&s, 3, &out->color, &bad);
	read_spots(&s, 3, &out->gray, &bad);
	read_spots(&s, 2, &out->bright, &bad);
	read_spots(&s, 2, &out->dark, &bad);
	read_spots(&s, 2, &out->edge, &bad);
	read_spots(&s, 2, &out->noedge, &bad);
	out->red = number(&s, 2, &bad);
	out->green = number(&s, 2, &bad);
	out->blue = number(&s, 2, &bad);
	out->colors = number(&s, 2, &bad);
	return !bad && (out->side == 16 || out->side == 24 || out->side == 32);
}

/* How well one spot has a fellow among three, in per cent. */
static uint32_t best(uint32_t k, const struct icon_spots *is, unsigned i,
		     const struct icon_spots *wanted, uint32_t tolerance)
{
	uint32_t far = k * 3 / 4, found = 0;

	for (unsigned j = 0; j < ICON_SPOTS; j++) {
		double dx = (double)is->x[i] - wanted->x[j], dy = (double)is->y[i] - wanted->y[j];
		uint32_t d = (uint32_t)sqrt(dx * dx + dy * dy);
		if (d > far || apart(is->average[i], wanted->average[j]) > tolerance)
			continue;
		uint32_t like = 100 - d * 60 / far;
		found = like > found ? like : found;
	}
	return found;
}

static uint32_t match(uint32_t side, const struct icon_spots *is, const struct icon_spots *wanted,
		      uint32_t most)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < ICON_SPOTS; i++)
		sum += best(side / 4, is, i, wanted, most / 5);
	return sum / ICON_SPOTS;
}

/* The same over six: two lists of three on either side. */
static uint32_t match_both(uint32_t side, const struct icon_spots *is[2],
			   const struct icon_spots *wanted[2])
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < 2 * ICON_SPOTS; i++) {
		uint32_t a = best(side / 4, is[i / ICON_SPOTS], i % ICON_SPOTS, wanted[0], 255 / 5);
		uint32_t b = best(side / 4, is[i / ICON_SPOTS], i % ICON_SPOTS, wanted[1], 255 / 5);
		sum += a > b ? a : b;
	}
	return sum / (2 * ICON_SPOTS);
}

static uint32_t near(uint32_t a, uint32_t b)
{
	uint32_t d = apart(a, b) * 10;
	return d < 100 ? 100 - d : 0;
}

bool icon_like(const struct icon *is, const struct icon *w)
{
	uint32_t side = is->side, color = 0, gray = 0;

	if (side / 8 != w->side / 8)
		return false;
	uint32_t bright = match(side, &is->bright, &w->bright, 255);
	uint32_t dark = match(side, &is->dark, &w->dark, 255);
	if (is->colors == 0 && w->colors == 0) {
		const struct icon_spots *e[2] = { &is->edge, &is->color },
					*we[2] = { &w->edge, &w->color };
		const struct icon_spots *n[2] = { &is->noedge, &is->gray },
					*wn[2] = { &w->noedge, &w->gray };
		uint32_t edge = match_both(side, e, we), noedge = match_both(side, n, wn);
		return (bright + dark + edge * 2 + noedge) / 6 >= 70;
	}
	uint32_t edge = match(side, &is->edge, &w->edge, 255);
	uint32_t noedge = match(side, &is->noedge, &w->noedge, 255);
	if (is->colors != 0 && w->colors != 0) {
		color = match(side, &is->color, &w->color, 4072);
		gray = match(side, &is->gray, &w->gray, 4072);
	}
	uint32_t spread = (near(is->red, w->red) + near(is->green, w->green) +
			   near(is->blue, w->blue) + near(is->colors, w->colors)) /
			  4;
	uint32_t sure = (color + (gray + bright + noedge) * 2 / 3 + dark + edge + spread) / 6;
	return sure >= 64 + 4 * (2 - (side / 8 - 2));
}
