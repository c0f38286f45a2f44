/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_ICON_H
#define PEL_FORMAT_ICON_H

/*
 * What ClamAV's signatures of icons (.idb) measure of the icons of a PE image: where the most and
 * least coloured, bright and edged squares are, how much so, and how colours are spread.  The way
 * of measuring follows libclamav's pe_icons.c, for the numbers stand in signatures; so its oddities
 * do too.
 */

#include "base/arena.h"
#include "format/exe.h"

enum {
	ICON_SPOTS = 3,
	ICON_SIDE = 32,   /* pixels, at most, of what is measured */
	ICON_MOST = 100,  /* icons of a file that are looked at, as ClamAV's MaxIconsPE */
	ICON_DIGITS = 124 /* hexadecimal, of a signature's */
};

/* Squares of a quarter of the side, not one over another. */
struct icon_spots {
	uint32_t average[ICON_SPOTS], x[ICON_SPOTS], y[ICON_SPOTS];
};

struct icon {
	uint32_t side; /* pixels */
	struct icon_spots color, gray, bright, dark, edge, noedge;
	uint32_t red, green, blue; /* how near colours are to these; 0 where there are few */
	uint32_t colors;           /* per cent of the pixels; 0: it is black and white */
};

/* Reads a signature's digits.  False where it is none. */
NODISCARD bool icon_parse(struct span digits, struct icon *out);

/* Is it like the one of a signature? */
bool icon_like(const struct icon *is, const struct icon *wanted);

/* Measures the icons of an image, `max` at most; how many there are.  Works in the arena.  *cut:
 * some are left out, for there is no room for them, or too much to go through. */
size_t icon_read_all(struct span file, const struct exe *x, struct arena *a, struct icon *out,
		     size_t max, bool *cut);

/* ---- icon_measure.c, for icon_read.c: `pixel` holds side * side pixels, 0xffRRGGBB, and is
 * written to */
void icon_measure(uint32_t *pixel, uint32_t side, struct icon *out);

#endif
