/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_DECODE_H
#define PEL_UNPACK_DECODE_H

/*
 * Decompressors: bytes in, bytes out in pieces, no more memory than is named here.
 *
 * Readers use them on parts of an object: a member of a zip, a stream of a PDF.  What
 * comes out goes to decode_out.put() in order; with decode_member() it goes to the
 * member that is begun.  The libraries' memory is malloc's, and given back at the end.
 */

#include "unpack/unpack.h"

enum {
	DECODE_WINDOW_MIB = 128, /* most that a window or dictionary may have */
	DECODE_PIECE = 32 << 10, /* bytes that are given out at once, at most */
};

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

/* DEFLATE (RFC 1951), in the wrapping of RFC 1950 or 1952, or none. */
enum decode_end decode_inflate(struct span in, enum decode_wrap wrap, const struct decode_out *out,
			       size_t *used);

/* Whether n bytes, or a whole stream of fewer, come out of it.  For small n: what a decoder starts
 * with is the cost. */
bool decode_inflates(struct span in, enum decode_wrap wrap, size_t n);

/* decode_inflate() straight into the member, where its size is known to be `size`, and faster.
 * False: it is not, or the stream is damaged; nothing was added, and decode_inflate() tells more.
 */
NODISCARD bool decode_inflate_sized(struct unpack *u, struct span in, enum decode_wrap wrap,
				    uint64_t size, size_t *used);

/* The same for a stream in zlib's wrapping whose size is not known: rooms of 4, 16, 64 ... times
 * its own size are tried.  False: none did, or the stream is damaged; nothing was added. */
NODISCARD bool decode_inflate_quick(struct unpack *u, struct span in);

/* Deflate64, as PKWARE's zip has it: a window of 64 KiB and longer matches. */
enum decode_end decode_inflate64(struct arena *a, struct span in, const struct decode_out *out,
				 size_t *used);

enum decode_end decode_bzip2(struct span in, const struct decode_out *out, size_t *used);

/* xz, and the older .lzma with its 13 bytes of header. */
enum decode_end decode_xz(struct span in, const struct decode_out *out, size_t *used);
enum decode_end decode_lzma(struct span in, const struct decode_out *out, size_t *used);

/* LZMA without a header: 5 bytes of properties, `size` bytes of output or UNPACK_UNKNOWN, which an
 * end mark then ends. */
enum decode_end decode_lzma_raw(struct span properties, uint64_t size, struct span in,
				const struct decode_out *out, size_t *used);

/* bzip2 as NSIS writes it: no header, no checksums. */
enum decode_end decode_nsis_bzip2(struct arena *a, struct span in, const struct decode_out *out,
				  size_t *used);

/* One frame (RFC 8878), or one that is to be skipped. */
enum decode_end decode_zstd(struct span in, const struct decode_out *out, size_t *used);

/* One frame of LZ4. */
enum decode_end decode_lz4(struct span in, const struct decode_out *out, size_t *used);

/* The LZSS of SZDD and KWAJ: `start` is where in its ring it begins, `size` the bytes of output or
 * UNPACK_UNKNOWN, where the input's end is its end. */
enum decode_end decode_lzss(struct span in, unsigned start, uint64_t size,
			    const struct decode_out *out, size_t *used);

/* A file of pack(1), with its header. */
enum decode_end decode_pack(struct span in, const struct decode_out *out, size_t *used);

/* A block of LZO1X into memory of `max` bytes; *made of them are filled, as far as it came.  One
 * that makes more is DECODE_DAMAGED. */
enum decode_end decode_lzo(struct span in, uint8_t *to, size_t max, size_t *made);

/* The same for LZVN, and for LZFSE, whose tables are in the arena. */
enum decode_end decode_lzvn(struct span in, uint8_t *to, size_t max, size_t *made);
enum decode_end decode_lzfse(struct arena *a, struct span in, uint8_t *to, size_t max,
			     size_t *made);

/* A file of compress(1), to the end of `in`, for it has no end of its own. */
enum decode_end decode_compress(struct arena *a, struct span in, const struct decode_out *out);

/* The methods of the first PKZIPs (APPNOTE.TXT 5.1 to 5.4), which have no end of their own: `size`
 * bytes are made. */
enum decode_end decode_shrink(struct arena *a, struct span in, uint64_t size,
			      const struct decode_out *out);
enum decode_end decode_reduce(struct arena *a, unsigned factor, struct span in, uint64_t size,
			      const struct decode_out *out);
enum decode_end decode_implode(struct arena *a, unsigned flags, struct span in, uint64_t size,
			       const struct decode_out *out);

/* ARJ's methods 1 to 3, and 4 (`fastest`): `size` bytes are made. */
enum decode_end decode_arj(struct arena *a, bool fastest, struct span in, uint64_t size,
			   const struct decode_out *out);

/* Notes a gap for an end that is neither WHOLE nor STOPPED.  `what` names the stream: "deflate". */
void decode_gap(struct unpack *u, enum decode_end end, uint64_t at, const char *what);

#endif
