/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_DECODE_NRV_H
#define PEL_UNPACK_DECODE_NRV_H

#include "unpack/decode.h"

enum decode_nrv { DECODE_NRV2B, DECODE_NRV2D, DECODE_NRV2E };

/*
 * Decodes one stream whose bits stand in words of `width` bits (8, 16, 32) into `to`, which has
 * room for the `size` bytes that it is said to make; *made becomes how many there were.  WHOLE:
 * as many, and then the stream's own end.
 */
enum decode_end decode_nrv(enum decode_nrv how, unsigned width, struct span in, uint8_t *to,
			   size_t size, size_t *made);

#endif
