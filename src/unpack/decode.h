/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_DECODE_H
#define PEL_UNPACK_DECODE_H

/*
 * Decompressors: bytes in, bytes out in pieces, no more memory than is named here.
 *
 * Readers use them on parts of an object: a member of a zip, a stream of a PDF.  What
 * comes out goes to decode_out.put() in order; with decode_member() it goes to the
 * member that is begun.
 */

#include "unpack/unpack.h"

struct decode_out {
	bool (*put)(void *ctx, struct span bytes); /* false: no more is wanted */
	void *ctx;
};

/* Into the member that u has begun. */
struct decode_out decode_member(struct unpack *u);

enum decode_end {
	DECODE_WHOLE,   /* to the end that the stream itself marks */
	DECODE_CUT,     /* the input ended first */
	DECODE_STOPPED, /* the taker wanted no more */
	DECODE_DAMAGED,
	DECODE_LIMIT,  /* it asks for more memory than a decoder may have */
	DECODE_MEMORY, /* there is none left */
};

enum decode_wrap { DECODE_RAW, DECODE_ZLIB, DECODE_GZIP };

/*
 * Each decodes one stream at the start of `in`; *used becomes the bytes of it, as far as it came.
 * What was decoded before a fault has been given out.
 */
/* DEFLATE (RFC 1951), in the wrapping of RFC 1950 or 1952, or none.  40 KiB of the arena. */
enum decode_end decode_inflate(struct arena *a, struct span in, enum decode_wrap wrap,
			       const struct decode_out *out, size_t *used);

/* Notes a gap for an end that is neither WHOLE nor STOPPED.  `what` names the stream: "deflate". */
void decode_gap(struct unpack *u, enum decode_end end, uint64_t at, const char *what);

#endif
