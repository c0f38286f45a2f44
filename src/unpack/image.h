/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_IMAGE_H
#define PEL_UNPACK_IMAGE_H

/*
 * Pictures as grey values, for the one thing that ClamAV's signatures ask of
 * them: a hash of what they show.  PNG (W3C, second edition) and GIF (89a) by
 * readers of our own, JPEG by libjpeg-turbo.
 */

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"

enum {
	IMAGE_MAX_PIXELS = 1 << 24,
	IMAGE_MEMORY = 160 << 20 /* bytes of an arena in which any such picture can be read */
};

struct image {
	uint32_t w, h; /* pixels, at least 1 */
	uint8_t *grey; /* w * h, the first row first */
};

enum image_kind { IMAGE_NONE, IMAGE_PNG, IMAGE_GIF, IMAGE_JPEG };
enum image_kind image_kind_of(struct span file);

/*
 * Reads a picture of one of these kinds; its first frame.  The grey values lie in the arena.
 * DAMAGED, UNSUPPORTED (no such picture), LIMIT (over IMAGE_MAX_PIXELS), MEMORY.
 */
NODISCARD bool image_read(struct span file, struct arena *a, struct image *out, struct error *e);

/* ---- what the readers share */

/* Room for w * h values; false with LIMIT, DAMAGED (there are none) or MEMORY. */
NODISCARD bool image_begin(struct image *m, struct arena *a, uint64_t w, uint64_t h,
			   struct error *e);
uint8_t image_grey(uint8_t r, uint8_t g, uint8_t b); /* ITU-R BT.601, rounded */
NODISCARD bool image_png(struct span file, struct arena *a, struct image *out, struct error *e);
NODISCARD bool image_gif(struct span file, struct arena *a, struct image *out, struct error *e);
NODISCARD bool image_jpeg(struct span file, struct arena *a, struct image *out, struct error *e);

#endif
