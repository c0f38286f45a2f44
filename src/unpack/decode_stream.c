/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Streams that a library decodes piece by piece.  Each loop ends: a step that neither takes nor
 * gives a byte is the last. */

enum { WINDOW_BITS = 27 /* of DECODE_WINDOW_MIB */ };

/* ---- bzip2 */

enum decode_end decode_bzip2(struct span in, const struct decode_out *out, size_t *used)
{
	enum { MOST = 1 << 30 };
	char piece[DECODE_PIECE];
	bz_stream z = { 0 };
	int code;

	*used = 0;
	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return DECODE_MEMORY;
	for (;;) {
		struct span some = span_cut(in, *used, MOST);
		union {
			const uint8_t *in;
			char *out; /* the library's type; it does not write there */
		} p = { .in = some.p };
		z.next_in = p.out;
		z.avail_in = (unsigned)some.n;
		z.next_out = piece;
		z.avail_out = sizeof piece;
		code = BZ2_bzDecompress(&z);
		*used += some.n - z.avail_in;
		struct span got = { (const uint8_t *)piece, sizeof piece - z.avail_out };
		bool moved = got.n != 0 || z.avail_in != some.n;
		if (got.n != 0 && !out->put(out->ctx, got)) {
			(void)BZ2_bzDecompressEnd(&z);
			return DECODE_STOPPED;
		}
		if (code != BZ_OK || !moved)
			break;
	}
	(void)BZ2_bzDecompressEnd(&z);
	return code == BZ_STREAM_END  ? DECODE_WHOLE
	       : code == BZ_OK        ? DECODE_CUT
	       : code == BZ_MEM_ERROR ? DECODE_MEMORY
				      : DECODE_DAMAGED;
}

/* ---- xz and LZMA */

static enum decode_end run_lzma(lzma_stream *z, struct span in, uint64_t size,
				const struct decode_out *out, size_t *used)
{
	uint8_t piece[DECODE_PIECE];
	enum decode_end end = DECODE_CUT;
	lzma_ret code = LZMA_OK;

	z->next_in = in.p;
	z->avail_in = in.n;
	while (code == LZMA_OK && size != 0) {
		z->next_out = piece;
		z->avail_out = size < sizeof piece ? (size_t)size : sizeof piece;
		size_t room = z->avail_out, left = z->avail_in;
		code = lzma_code(z, LZMA_RUN);
		struct span got = { piece, room - z->avail_out };
		if (got.n != 0 && !out->put(out->ctx, got)) {
			end = DECODE_STOPPED;
			break;
		}
		if (size != UNPACK_UNKNOWN)
			size -= got.n;
		if (got.n == 0 && z->avail_in == left)
			break;
	}
	*used = in.n - z->avail_in;
	lzma_end(z);
	if (end == DECODE_STOPPED)
		return end;
	return code == LZMA_STREAM_END || size == 0        ? DECODE_WHOLE
	       : code == LZMA_MEMLIMIT_ERROR               ? DECODE_LIMIT
	       : code == LZMA_MEM_ERROR                    ? DECODE_MEMORY
	       : code == LZMA_OK || code == LZMA_BUF_ERROR ? DECODE_CUT
							   : DECODE_DAMAGED;
}

enum { LZMA_MEMORY = (DECODE_WINDOW_MIB + 2) << 20 };

enum decode_end decode_xz(struct span in, const struct decode_out *out, size_t *used)
{
	lzma_stream z = LZMA_STREAM_INIT;

	*used = 0;
	if (lzma_stream_decoder(&z, LZMA_MEMORY, 0) != LZMA_OK)
		return DECODE_MEMORY;
	return run_lzma(&z, in, UNPACK_UNKNOWN, out, used);
}

enum decode_end decode_lzma(struct span in, const struct decode_out *out, size_t *used)
{
	lzma_stream z = LZMA_STREAM_INIT;

	*used = 0;
	if (lzma_alone_decoder(&z, LZMA_MEMORY) != LZMA_OK)
		return DECODE_MEMORY;
	return run_lzma(&z, in, UNPACK_UNKNOWN, out, used);
}

enum decode_end decode_lzma_raw(struct span properties, uint64_t size, struct span in,
				const struct decode_out *out, size_t *used)
{
	lzma_filter filters[2] = { { .id = LZMA_FILTER_LZMA1 }, { .id = LZMA_VLI_UNKNOWN } };
	lzma_stream z = LZMA_STREAM_INIT;

	*used = 0;
	if (lzma_properties_decode(&filters[0], NULL, properties.p, properties.n) != LZMA_OK)
		return DECODE_DAMAGED;
	if (lzma_raw_decoder_memusage(filters) > LZMA_MEMORY) {
		free(filters[0].options);
		return DECODE_LIMIT;
	}
	lzma_ret code = lzma_raw_decoder(&z, filters);
	free(filters[0].options);
	if (code != LZMA_OK)
		return code == LZMA_MEM_ERROR ? DECODE_MEMORY : DECODE_DAMAGED;
	return run_lzma(&z, in, size, out, used);
}

/* ---- zstd */

enum decode_end decode_zstd(struct span in, const struct decode_out *out, size_t *used)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer from = { in.p, in.n, 0 };
	uint8_t piece[DECODE_PIECE];
	enum decode_end end = DECODE_CUT;
	size_t code = 1;

	*used = 0;
	if (z == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_BITS))) {
		(void)ZSTD_freeDStream(z);
		return DECODE_MEMORY;
	}
	while (code != 0) {
		ZSTD_outBuffer to = { piece, sizeof piece, 0 };
		size_t had = from.pos;
		code = ZSTD_decompressStream(z, &to, &from);
		if (to.pos != 0 && !out->put(out->ctx, (struct span){ piece, to.pos })) {
			end = DECODE_STOPPED;
			break;
		}
		if (ZSTD_isError(code)) {
			end = DECODE_DAMAGED;
			if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
				end = DECODE_LIMIT;
			if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
				end = DECODE_MEMORY;
			break;
		}
		if (code == 0)
			end = DECODE_WHOLE;
		else if (to.pos == 0 && from.pos == had)
			break;
	}
	*used = from.pos;
	(void)ZSTD_freeDStream(z);
	return end;
}

/* ---- lz4 */

enum decode_end decode_lz4(struct span in, const struct decode_out *out, size_t *used)
{
	uint8_t piece[DECODE_PIECE];
	enum decode_end end = DECODE_CUT;
	LZ4F_dctx *z;
	size_t at = 0, hint = 1;

	*used = 0;
	if (LZ4F_isError(LZ4F_createDecompressionContext(&z, LZ4F_VERSION)))
		return DECODE_MEMORY;
	while (hint != 0) {
		size_t n_out = sizeof piece, n_in = in.n - at;
		hint = LZ4F_decompress(z, piece, &n_out, in.p + at, &n_in, NULL);
		at += n_in;
		if (n_out != 0 && !out->put(out->ctx, (struct span){ piece, n_out })) {
			end = DECODE_STOPPED;
			break;
		}
		if (LZ4F_isError(hint)) {
			end = DECODE_DAMAGED;
			break;
		}
		if (hint == 0)
			end = DECODE_WHOLE;
		else if (n_out == 0 && n_in == 0)
			break;
	}
	*used = at;
	(void)LZ4F_freeDecompressionContext(z);
	return end;
}
