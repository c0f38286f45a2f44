/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "recover/proof.h"
#include "unpack/decode.h"

/* Compressed streams: unpacked, where it is asked for; else what stands at their two ends. */

enum { MAX_STREAM = 64 << 20 };

struct sink {
	uint64_t n;
};

static bool swallow(void *ctx, struct span s)
{
	struct sink *sink = ctx;

	sink->n += s.n;
	return sink->n < (uint64_t)MAX_STREAM * 16;
}

/* Unpacks all of it: each of these formats has a checksum of what comes out. */
static void check_stream(struct region *w, struct proof *out)
{
	struct sink sink = { 0 };
	struct decode_out to = { swallow, &sink };
	enum decode_end end = DECODE_MEMORY;
	struct buf in;
	size_t used;

	buf_init(&in, MAX_STREAM);
	if (proof_load(w, 0, w->size, &in)) {
		struct span s = buf_span(&in);
		end = out->kind == KIND_GZIP    ? decode_inflate(s, DECODE_GZIP, &to, &used)
		      : out->kind == KIND_BZIP2 ? decode_bzip2(s, &to, &used)
		      : out->kind == KIND_XZ    ? decode_xz(s, &to, &used)
						: decode_zstd(s, &to, &used);
	}
	buf_release(&in);
	if (end == DECODE_WHOLE)
		proof_set(out, PROOF_CHECKSUM, 96, "%s: it unpacks to %llu bytes",
			  kind_word(out->kind), (unsigned long long)sink.n);
	out->broken = end == DECODE_DAMAGED || end == DECODE_CUT;
}

/* The footer (xz format 1.0.4, 2.1.2): its own CRC-32, the header's flags again, the mark YZ. */
static void proof_xz(struct region *w, struct proof *out)
{
	struct span head = region_get(w, 0, 12);
	uint8_t flags[2];

	if (head.n != 12 || w->size < 24)
		return;
	memcpy(flags, head.p + 6, 2);
	struct cursor c = cursor_of(span_cut(head, 8, 4));
	uint32_t sum = cursor_le32(&c);
	if (crc32_of((struct span){ flags, 2 }) != sum) {
		out->broken = true;
		return;
	}
	struct span foot = region_get(w, w->size - 12, 12);
	c = cursor_of(foot);
	sum = cursor_le32(&c);
	if (foot.n != 12 || crc32_of(span_cut(foot, 4, 6)) != sum ||
	    memcmp(foot.p + 8, flags, 2) != 0 || memcmp(foot.p + 10, "YZ", 2) != 0) {
		out->broken = true;
		proof_set(out, PROOF_MAGIC, 80, "xz: no footer that agrees with its header");
		return;
	}
	proof_set(out, PROOF_STRUCTURE, 48 + 32 + 32 + 32, "xz: header and footer agree");
}

/* 7z: the CRC-32 of the start header, which says where the end header lies, and its CRC-32. */
static void proof_7z(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, 8, 24));
	uint32_t start_sum = cursor_le32(&c);
	struct span start = cursor_take(&c, 20);
	struct cursor s = cursor_of(start);
	uint64_t at = cursor_le64(&s), n = cursor_le64(&s);
	uint32_t sum = cursor_le32(&s);

	if (!cursor_ok(&s) || crc32_of(start) != start_sum || at > w->size - 32 ||
	    n > w->size - 32 - at) {
		out->broken = true;
		return;
	}
	if (n > REGION_MAX || crc32_of(region_get(w, 32 + at, (size_t)n)) != sum) {
		out->broken = n <= REGION_MAX;
		return;
	}
	proof_set(out, PROOF_CHECKSUM, 48 + 64, "7z: both headers' checksums agree");
}

void proof_packed(struct region *w, bool deep, struct proof *out)
{
	if (out->kind == KIND_7Z)
		proof_7z(w, out);
	else if (out->kind == KIND_XZ)
		proof_xz(w, out);
	if (deep && out->kind != KIND_7Z && !out->broken && w->size <= MAX_STREAM)
		check_stream(w, out);
}
