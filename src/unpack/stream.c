/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/readers.h"

#include <strings.h>

enum { LZMA_PROPERTIES = 9 * 5 * 5 /* sets of them */ };

/* Files that are one compressed stream, or several that stand one behind another. */

enum {
	SKIPPED = 8, /* bytes of the head of a frame that is skipped */
	MAX_SKIPPED = 1000,
};

static bool starts(const struct unpack_look *look, const char *mark, size_t n)
{
	return look->bytes.n > n && memcmp(look->bytes.p, mark, n) == 0;
}

bool bzip2_known(const struct unpack_look *look)
{
	return starts(look, "BZh", 3) && look->bytes.n > 10 && look->bytes.p[3] >= '1' &&
	       look->bytes.p[3] <= '9' &&
	       (memcmp(look->bytes.p + 4, "1AY&SY", 6) == 0 ||
		memcmp(look->bytes.p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

bool xz_known(const struct unpack_look *look)
{
	return starts(look,
		      "\xfd"
		      "7zXZ\0",
		      6);
}

static bool is_named(const struct unpack_look *look, const char *end)
{
	size_t n = strlen(end);

	return look->name.n >= n &&
	       strncasecmp((const char *)look->name.p + look->name.n - n, end, n) == 0;
}

/* It has no mark: properties that are usual, or any with a size that is not stated, a dictionary
 * that a program would choose, a size that can be.  What is named so may have any of each. */
bool lzma_known(const struct unpack_look *look)
{
	struct cursor c = cursor_of(look->bytes);
	uint8_t properties = cursor_u8(&c);
	uint32_t dictionary = cursor_le32(&c);
	uint64_t size = cursor_le64(&c);
	uint32_t low = dictionary & (0u - dictionary); /* lowest bit */
	bool is = cursor_u8(&c) == 0 && cursor_ok(&c) && properties < LZMA_PROPERTIES;

	return is &&
	       (is_named(look, ".lzma") ||
		((size == UINT64_MAX || (properties == 0x5d && size < 1ull << 40)) &&
		 dictionary >= 1 << 12 && (dictionary == low || dictionary == low + 2 * low)));
}

/* A frame of zstd or LZ4 that its decoder skips (RFC 8878 3.1.2). */
static bool is_skipped(struct span s)
{
	return s.n >= SKIPPED && (s.p[0] & 0xf0) == 0x50 && memcmp(s.p + 1, "\x2a\x4d\x18", 3) == 0;
}

/* The object behind the frames that are skipped, with which pzstd begins; of very many, as far as
 * one looks. */
static struct unpack_look behind_skipped(const struct unpack_look *look)
{
	struct unpack_look rest = { .bytes = look->bytes };

	for (unsigned i = 0; i < MAX_SKIPPED && is_skipped(rest.bytes); i++) {
		struct cursor c = cursor_of(rest.bytes);
		cursor_skip(&c, 4);
		rest.bytes = span_cut(rest.bytes, SKIPPED + (uint64_t)cursor_le32(&c), SIZE_MAX);
	}
	return rest;
}

bool zstd_known(const struct unpack_look *look)
{
	struct unpack_look rest = behind_skipped(look);

	return starts(&rest, "\x28\xb5\x2f\xfd", 4) || is_skipped(rest.bytes);
}

bool lz4_known(const struct unpack_look *look)
{
	struct unpack_look rest = behind_skipped(look);

	return starts(&rest, "\x04\x22\x4d\x18", 4);
}

bool compress_known(const struct unpack_look *look) { return starts(look, "\x1f\x9d", 2); }

bool pack_known(const struct unpack_look *look)
{
	return starts(look, "\x1f\x1e", 2) && look->bytes.n > 8 && look->bytes.p[6] >= 1 &&
	       look->bytes.p[6] <= 24;
}

/* ---- */

typedef enum decode_end decoder(struct span in, const struct decode_out *out, size_t *used);

/* What follows the last stream is a gap, unless it is zeros, with which tapes are filled. */
static void end_with(struct unpack *u, struct span rest, uint64_t at, const char *name)
{
	size_t zeros = 0;

	while (zeros < rest.n && rest.p[zeros] == 0)
		zeros++;
	if (zeros != rest.n)
		unpack_gap(u, REASON_DAMAGED, at, "%s: %zu bytes after the end", name, rest.n);
}

/* What follows the zeros, where another stream does: xz and tapes fill up with them. */
static struct span behind_zeros(struct span rest, bool (*known)(const struct unpack_look *))
{
	size_t zeros = 0;

	while (zeros < rest.n && rest.p[zeros] == 0)
		zeros++;
	struct unpack_look look = { .bytes = span_cut(rest, zeros, rest.n) };
	return zeros != 0 && known(&look) ? look.bytes : rest;
}

static bool read_streams(struct span object, struct unpack *u, const char *name, decoder *decode,
			 bool (*known)(const struct unpack_look *))
{
	struct unpack_member m = { .size = UNPACK_UNKNOWN, .packed = object.n, .at = 0 };
	struct decode_out out = decode_member(u);
	enum decode_end end = DECODE_WHOLE;
	struct unpack_look look = { .bytes = object };
	uint64_t at = 0;

	if (!unpack_begin(u, &m))
		return true;
	do {
		size_t used = 0;
		end = decode(look.bytes, &out, &used);
		at += used;
		struct span rest = span_cut(look.bytes, used, look.bytes.n);
		look.bytes = behind_zeros(rest, known);
		at += rest.n - look.bytes.n;
		if (used == 0)
			break;
	} while (end == DECODE_WHOLE && known(&look) && unpack_steps(u, BUDGET_MEMBER_STEPS));
	decode_gap(u, end, at, name);
	unpack_end(u);
	if (end == DECODE_WHOLE)
		end_with(u, look.bytes, at, name);
	return true;
}

bool bzip2_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	return read_streams(object, u, "bzip2", decode_bzip2, bzip2_known);
}

bool xz_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	return read_streams(object, u, "xz", decode_xz, xz_known);
}

bool lzma_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	return read_streams(object, u, "lzma", decode_lzma, lzma_known);
}

/* Frames that are skipped may stand between others, and at the end. */
static bool zstd_goes_on(const struct unpack_look *look)
{
	return starts(look, "\x28\xb5\x2f\xfd", 4) || is_skipped(look->bytes);
}

static bool lz4_goes_on(const struct unpack_look *look)
{
	return starts(look, "\x04\x22\x4d\x18", 4) || is_skipped(look->bytes);
}

bool zstd_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	return read_streams(object, u, "zstd", decode_zstd, zstd_goes_on);
}

bool lz4_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	return read_streams(object, u, "lz4", decode_lz4, lz4_goes_on);
}

bool pack_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	return read_streams(object, u, "pack", decode_pack, pack_known);
}

bool compress_read(struct span object, struct unpack *u, struct error *e)
{
	struct unpack_member m = { .size = UNPACK_UNKNOWN, .packed = object.n, .at = 0 };
	struct decode_out out = decode_member(u);

	(void)e;
	if (!unpack_begin(u, &m))
		return true;
	decode_gap(u, decode_compress(&u->scratch, object, &out), 0, "compress");
	unpack_end(u);
	return true;
}
