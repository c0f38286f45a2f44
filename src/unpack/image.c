/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/image.h"

static bool starts(struct span s, const char *with, size_t n)
{
	return s.n >= n && memcmp(s.p, with, n) == 0;
}

enum image_kind image_kind_of(struct span file)
{
	return starts(file, "\x89PNG\r\n\x1a\n", 8) ? IMAGE_PNG
	       : starts(file, "GIF8", 4)            ? IMAGE_GIF
	       : starts(file, "\xff\xd8\xff", 3)    ? IMAGE_JPEG
						    : IMAGE_NONE;
}

bool image_begin(struct image *m, struct arena *a, uint64_t w, uint64_t h, struct error *e)
{
	if (w == 0 || h == 0)
		return error_set(e, REASON_DAMAGED, 0, "a picture of no pixels");
	if (w > IMAGE_MAX_PIXELS || h > IMAGE_MAX_PIXELS / w)
		return error_set(e, REASON_LIMIT, 0, "limit:pixels: %llu times %llu, at most %d",
				 (unsigned long long)w, (unsigned long long)h, IMAGE_MAX_PIXELS);
	m->grey = arena_array(a, w * h, 1);
	m->w = (uint32_t)w;
	m->h = (uint32_t)h;
	return m->grey != NULL ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a picture");
}

uint8_t image_grey(uint8_t r, uint8_t g, uint8_t b)
{
	float grey = 0.299F * r + 0.587F * g + 0.114F * b + 0.5F;
	return grey >= 255 ? 255 : (uint8_t)grey;
}

bool image_read(struct span file, struct arena *a, struct image *out, struct error *e)
{
	switch (image_kind_of(file)) {
	case IMAGE_PNG:
		return image_png(file, a, out, e);
	case IMAGE_GIF:
		return image_gif(file, a, out, e);
	case IMAGE_JPEG:
		return image_jpeg(file, a, out, e);
	default:
		return error_set(e, REASON_UNSUPPORTED, 0, "no picture that is read here");
	}
}
