/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "recover/proof.h"

/* Pictures, films and sound: chains of pieces that must lead to the end. */

enum { MAX_PIECES = 1 << 20 };

static void broken(struct proof *out, uint64_t at, const char *what)
{
	out->broken = true;
	proof_set(out, PROOF_MAGIC, out->bits, "%s: at %llu: %s", kind_word(out->kind),
		  (unsigned long long)at, what);
}

/* PNG (ISO 15948, 5.3): length, type, data, CRC-32 of type and data. */
static void proof_png(struct region *w, struct proof *out)
{
	unsigned n = 0;

	for (uint64_t at = 8; at + 12 <= w->size && n < MAX_PIECES; n++) {
		struct cursor c = cursor_of(region_get(w, at, 8));
		uint32_t size = cursor_be32(&c), type = cursor_be32(&c);
		if (!cursor_ok(&c) || size > w->size - at - 12) {
			broken(out, at, "a chunk that goes past the end");
			return;
		}
		if (size + 8 <= REGION_MAX) {
			struct span all = region_get(w, at + 4, (size_t)size + 8);
			struct cursor end = cursor_of(span_cut(all, (uint64_t)size + 4, 4));
			if (crc32_of(span_cut(all, 0, (uint64_t)size + 4)) != cursor_be32(&end) ||
			    !cursor_ok(&end)) {
				broken(out, at, "a chunk's CRC does not agree");
				return;
			}
		}
		out->bits = 64 + 32 * (n + 1) < 4096 ? 64 + 32 * (n + 1) : 4096;
		at += (uint64_t)size + 12;
		if (type == 0x49454e44) { /* IEND */
			proof_set(out, PROOF_CHECKSUM, out->bits, "png: %u chunks, all CRCs agree",
				  n + 1);
			return;
		}
	}
	broken(out, w->size, "no end");
}

/* JPEG (ITU T.81, B.1): segments up to the first scan, and an end mark behind it. */
static void proof_jpeg(struct region *w, struct proof *out)
{
	unsigned n = 0;

	for (uint64_t at = 2; n < MAX_PIECES; n++) {
		struct cursor c = cursor_of(region_get(w, at, 4));
		uint16_t mark = cursor_be16(&c), size = cursor_be16(&c);
		if (!cursor_ok(&c) || mark < 0xffc0 || mark == 0xffff || size < 2) {
			broken(out, at, "no segment where one must begin");
			return;
		}
		out->bits += 16;
		if (mark == 0xffda)
			break;
		at += 2u + size;
	}
	uint64_t from = w->size > 4096 ? w->size - 4096 : 0;
	struct span end = region_get(w, from, 4096);
	for (size_t i = end.n; i-- > 1;)
		if (end.p[i] == 0xd9 && end.p[i - 1] == 0xff) {
			proof_set(out, PROOF_STRUCTURE, out->bits + 4,
				  "jpeg: %u segments, a scan and its end", n);
			return;
		}
	broken(out, w->size, "no end mark");
}

/* GIF and BMP: the screen's fields and the last byte; the size in the header. */
static void proof_gif(struct region *w, struct proof *out)
{
	struct span end = region_get(w, w->size - 1, 1);

	if (end.n == 1 && end.p[0] == 0x3b)
		proof_set(out, PROOF_STRUCTURE, 48 + 8, "gif: header and trailer");
	else
		broken(out, w->size, "no trailer");
}

static void proof_bmp(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, 2, 16));
	uint32_t size = cursor_le32(&c), reserved = cursor_le32(&c), at = cursor_le32(&c);
	uint32_t header = cursor_le32(&c);

	if (cursor_ok(&c) && size == w->size && reserved == 0 && at < size && header < 256)
		proof_set(out, PROOF_STRUCTURE, 16 + 32 + 32 + 24, "bmp: its size is the file's");
	else
		out->broken = true;
}

/* ISO base media (ISO 14496-12, 4.2): boxes that lead exactly to the end. */
static void proof_boxes(struct region *w, struct proof *out)
{
	uint64_t at = 0;
	unsigned n = 0;

	for (; at < w->size && n < MAX_PIECES; n++) {
		struct cursor c = cursor_of(region_get(w, at, 16));
		uint64_t size = cursor_be32(&c);
		uint32_t type = cursor_be32(&c);
		if (size == 1)
			size = cursor_be64(&c);
		else if (size == 0)
			size = w->size - at;
		bool named = true;
		for (unsigned i = 0; i < 4; i++) {
			uint8_t b = (uint8_t)(type >> 8 * i);
			named = named && (b == 0xa9 || (b >= 0x20 && b < 0x7f));
		}
		if (!cursor_ok(&c) || !named || size < 8 || size > w->size - at) {
			broken(out, at, "no box where one must begin");
			return;
		}
		at += size;
	}
	proof_set(out, PROOF_STRUCTURE, 32 + (n > 60 ? 4096 : n * 64), "%u boxes, to the end", n);
}

static void proof_riff(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, 4, 16));
	uint64_t size = cursor_le32(&c);

	if (cursor_ok(&c) && size + 8 <= w->size && size + 8 + 1024 >= w->size)
		proof_set(out, PROOF_STRUCTURE, 32 + 22 + 24, "riff: its size is the file's");
	else
		broken(out, 4, "its size is not the file's");
}

/* Ogg (RFC 3533, 6): pages that lead to the end, or near it. */
static void proof_ogg(struct region *w, struct proof *out)
{
	uint64_t at = 0;
	unsigned n = 0;

	for (; at + 27 <= w->size && n < MAX_PIECES; n++) {
		struct span h = region_get(w, at, 27 + 255);
		uint64_t size = 0;
		if (h.n < 27 || memcmp(h.p, "OggS\0", 5) != 0 || (size_t)h.p[26] + 27 > h.n) {
			broken(out, at, "no page where one must begin");
			return;
		}
		for (unsigned i = 0; i < h.p[26]; i++)
			size += h.p[27 + i];
		at += 27u + h.p[26] + size;
	}
	proof_set(out, PROOF_STRUCTURE, n > 100 ? 4096 : n * 40, "ogg: %u pages", n);
}

void proof_media(struct region *w, struct proof *out)
{
	switch (out->kind) {
	case KIND_PNG:
		proof_png(w, out);
		break;
	case KIND_JPEG:
		proof_jpeg(w, out);
		break;
	case KIND_GIF:
		proof_gif(w, out);
		break;
	case KIND_BMP:
		proof_bmp(w, out);
		break;
	case KIND_MP4:
		proof_boxes(w, out);
		break;
	case KIND_RIFF:
		proof_riff(w, out);
		break;
	default:
		proof_ogg(w, out);
		break;
	}
}
