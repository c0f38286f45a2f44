/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_hash.h"
#include "unpack/image.h"

#include <math.h>

enum {
	SIDE = 32, /* pixels of the reduced picture */
	LOW = 8,   /* frequencies each way */
	REACH = 3  /* of Lanczos' filter */
};

static const double NOTHING = 1e-3;

static float sinc(float x)
{
	float a = x * (float)M_PI;
	return x == 0 ? 1 : sinf(a) / a;
}

/* The pixels that one reduced pixel is made of, and what each of them counts. */
struct taps {
	uint32_t from, n;
	float *weight;
};

/* Of pixel `at` of SIDE, where the picture has `n`. */
static void make_taps(uint32_t at, uint32_t n, struct taps *t)
{
	float ratio = (float)n / SIDE, scale = ratio < 1 ? 1 : ratio, reach = REACH * scale,
	      sum = 0;
	float middle = ((float)at + 0.5F) * ratio;
	int64_t low = (int64_t)floorf(middle - reach), high = (int64_t)ceilf(middle + reach);

	low = low < 0 ? 0 : low > (int64_t)n - 1 ? (int64_t)n - 1 : low;
	high = high < low + 1 ? low + 1 : high > (int64_t)n ? (int64_t)n : high;
	t->from = (uint32_t)low;
	t->n = (uint32_t)(high - low);
	for (uint32_t i = 0; i < t->n; i++) {
		float x = ((float)(low + i) - (middle - 0.5F)) / scale;
		t->weight[i] = fabsf(x) < REACH ? sinc(x) * sinc(x / REACH) : 0;
		sum += t->weight[i];
	}
	for (uint32_t i = 0; i < t->n; i++)
		t->weight[i] /= sum;
}

/* First the height, in floating point, then the width, rounded. */
static bool reduce(const struct image *m, struct arena *a, uint8_t out[SIDE][SIDE])
{
	uint32_t longer = m->w > m->h ? m->w : m->h;
	float *column = arena_array(a, m->w, sizeof *column);
	struct taps t = { .weight = arena_array(a, (size_t)longer + 2, sizeof(float)) };

	if (column == NULL || t.weight == NULL)
		return false;
	for (uint32_t y = 0; y < SIDE; y++) {
		make_taps(y, m->h, &t);
		for (uint32_t x = 0; x < m->w; x++) {
			float v = 0;
			for (uint32_t i = 0; i < t.n; i++)
				v += m->grey[(size_t)(t.from + i) * m->w + x] * t.weight[i];
			column[x] = v;
		}
		for (uint32_t x = 0; x < SIDE; x++) {
			make_taps(x, m->w, &t);
			float v = 0;
			for (uint32_t i = 0; i < t.n; i++)
				v += column[t.from + i] * t.weight[i];
			out[y][x] = (uint8_t)(v <= 0 ? 0 : v >= 255 ? 255 : roundf(v));
		}
	}
	return true;
}

/* The lowest frequencies of a cosine transform of type II, both ways; how it is scaled does not
 * change what is above the median. */
static void transform(uint8_t in[SIDE][SIDE], double out[LOW][LOW])
{
	double wave[LOW][SIDE], rows[SIDE][LOW];

	for (unsigned k = 0; k < LOW; k++)
		for (unsigned i = 0; i < SIDE; i++)
			wave[k][i] = cos((2 * i + 1) * k * M_PI / (2 * SIDE));
	for (unsigned y = 0; y < SIDE; y++)
		for (unsigned k = 0; k < LOW; k++) {
			rows[y][k] = 0;
			for (unsigned x = 0; x < SIDE; x++)
				rows[y][k] += in[y][x] * wave[k][x];
		}
	for (unsigned k = 0; k < LOW; k++)
		for (unsigned i = 0; i < LOW; i++) {
			out[k][i] = 0;
			for (unsigned y = 0; y < SIDE; y++)
				out[k][i] += rows[y][i] * wave[k][y];
			/* what is 0 but for rounding is not above a median of 0 */
			out[k][i] = fabs(out[k][i]) < NOTHING ? 0 : out[k][i];
		}
}

static double median(const double low[LOW][LOW])
{
	double sorted[LOW * LOW];

	for (unsigned i = 0; i < LOW * LOW; i++) {
		double v = low[i / LOW][i % LOW];
		unsigned k = i;
		for (; k > 0 && sorted[k - 1] > v; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = v;
	}
	return (sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2]) / 2;
}

static bool hash_picture(struct span file, struct arena *a, uint8_t out[IMAGE_HASH],
			 struct error *e)
{
	uint8_t small[SIDE][SIDE];
	double low[LOW][LOW];
	struct image m;

	if (!image_read(file, a, &m, e))
		return false;
	if (!reduce(&m, a, small))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a picture");
	transform(small, low);
	double middle = median((const double(*)[LOW])low);
	for (unsigned i = 0; i < LOW; i++) {
		out[i] = 0;
		for (unsigned k = 0; k < LOW; k++)
			out[i] = (uint8_t)(out[i] << 1 | (low[i][k] > middle));
	}
	return true;
}

bool image_hash(struct span file, uint8_t out[IMAGE_HASH], struct error *e)
{
	struct arena a;

	arena_init(&a, IMAGE_MEMORY);
	bool ok = hash_picture(file, &a, out, e);
	arena_release(&a);
	return ok;
}
