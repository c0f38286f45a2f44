/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_LZX_H
#define PEL_UNPACK_LZX_H

/* LZX, as Cabinet files and compiled help have it ([MS-PATCH] 2; the Cabinet SDK's "LZX Data
 * Compression Format"). */

#include "base/arena.h"
#include "base/cursor.h"

enum { LZX_FRAME = 32768 /* bytes out, after which the bits are aligned */ };

/*
 * Decompresses `in` to `out`, which has room for n bytes.  `window_bits`: 15 to 21; `reset`: after
 * so many bytes out all is as at the beginning (a multiple of LZX_FRAME; 0: never).  Working memory
 * comes from the arena.  Returns how many bytes came out; fewer than n where `in` is damaged or
 * ends.
 */
size_t lzx_decode(struct arena *arena, struct span in, unsigned window_bits, size_t reset,
		  uint8_t *out, size_t n, bool *damaged);

#endif
