/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_IMAGE_HASH_H
#define PEL_ENGINE_IMAGE_HASH_H

#include "base/cursor.h"
#include "base/error.h"

enum { IMAGE_HASH = 8 /* bytes */ };

/*
 * The hash of what a picture shows, which ClamAV's subsignatures `fuzzy_img#` ask for and which is
 * that of Python's imagehash.phash(): the picture in grey, reduced to 32 times 32 by Lanczos'
 * filter, its cosine transform, and for each of the 64 lowest frequencies whether it is above their
 * median. False where there is none: DAMAGED, UNSUPPORTED (no picture), LIMIT or MEMORY.
 */
NODISCARD bool image_hash(struct span file, uint8_t out[IMAGE_HASH], struct error *e);

#endif
