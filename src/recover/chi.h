/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_CHI_H
#define PEL_RECOVER_CHI_H

#include "base/cursor.h"

/*
 * Do bytes look random?  Chi-square of their frequencies against even ones, 255 degrees of freedom:
 * random bytes have 255 on average, with a deviation of 22.6.  Of windows of 64 KiB, those of
 * deflate, bzip2, JPEG and all that is not compressed lie far above; xz, zstd, 7z and what is
 * encrypted do not (docs/recover.md has the figures).  Entropy tells them apart no better.
 */

enum {
	CHI_WINDOW = 64 << 10,
	CHI_BLOCK = 4 << 10,
	CHI_LEAST = 512, /* bytes below which the figure says nothing */
};

/* About one random window in 10,000 lies outside of these. */
#define CHI_LOW  175.0
#define CHI_HIGH 350.0

/* Chi-square of s.  At 1 to 2 GB/s. */
double chi_square(struct span s);

/* The same of bytes [from, from + take) of each `period`; *n receives how many bytes that were. */
double chi_strided(struct span s, size_t period, size_t from, size_t take, size_t *n);

static inline bool chi_random(double chi) { return chi > CHI_LOW && chi < CHI_HIGH; }

/* The window looks random: it has bytes enough, evenly spread. */
bool chi_looks_random(struct span s);

/*
 * The same of a whole window, mostly by its first block: where that is so uneven that its share
 * alone puts the window's figure above CHI_HIGH, whatever the rest may be but its mirror image, the
 * rest is not counted.
 */
bool chi_window_looks_random(struct span s);

#endif
