#include "base/hash.h"
#include "tests/recover/layouts_inner.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- bytes */

/* splitmix64: looks random, and is always the same. */
uint64_t layout_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void layout_sha256(struct span s, uint8_t *out)
{
	if (!hash_of(HASH_SHA256, s, out))
		abort();
}

void layout_put_random(struct buf *out, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		buf_put_u8(out, (uint8_t)(layout_next(&seed) >> 56));
}

static void put_text(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n;) {
		char line[64];
		int k = snprintf(line, sizeof line, "Line %zu: the quick brown fox jumps.\n", i);
		size_t take = n - i < (size_t)k ? n - i : (size_t)k;
		buf_put(out, line, take);
		i += take;
	}
}

static void put_be32(struct buf *out, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		buf_put_u8(out, (uint8_t)(v >> 8 * (3 - i)));
}

static void put_zip(struct buf *out, size_t n)
{
	const size_t around = 30 + 1 + 46 + 1 + 22;
	struct buf body;

	buf_init(&body, LAYOUT_MAX);
	put_text(&body, n > around ? n - around : 0);
	uint32_t sum = crc32_of(buf_span(&body)), size = (uint32_t)body.n;
	for (int directory = 0; directory < 2; directory++) {
		buf_put_le32(out, directory ? 0x02014b50 : 0x04034b50);
		if (directory)
			buf_put_le16(out, 20);
		buf_put_le16(out, 20);
		buf_put_le16(out, 0);
		buf_put_le16(out, 0);
		buf_put_le32(out, 0x50210000);
		buf_put_le32(out, sum);
		buf_put_le32(out, size);
		buf_put_le32(out, size);
		buf_put_le16(out, 1);
		buf_put_le16(out, 0);
		if (directory) {
			buf_put_le16(out, 0);
			buf_put_le32(out, 0);
			buf_put_le32(out, 0);
			buf_put_le32(out, 0);
		}
		buf_put_u8(out, 'a');
		if (!directory)
			buf_put_span(out, buf_span(&body));
	}
	buf_put_le32(out, 0x06054b50);
	buf_put_le32(out, 0);
	buf_put_le16(out, 1);
	buf_put_le16(out, 1);
	buf_put_le32(out, 47);
	buf_put_le32(out, 31 + size);
	buf_put_le16(out, 0);
	buf_release(&body);
}

static void put_chunk(struct buf *out, const char *type, struct span data)
{
	struct buf c;

	buf_init(&c, LAYOUT_MAX);
	buf_put(&c, type, 4);
	buf_put_span(&c, data);
	put_be32(out, (uint32_t)data.n);
	buf_put_span(out, buf_span(&c));
	put_be32(out, crc32_of(buf_span(&c)));
	buf_release(&c);
}

static void put_png(struct buf *out, size_t n)
{
	static const uint8_t head[13] = { 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0 };
	struct buf data;

	buf_init(&data, LAYOUT_MAX);
	put_text(&data, n > 69 ? n - 69 : 0);
	buf_put(out, "\x89PNG\r\n\x1a\n", 8);
	put_chunk(out, "IHDR", (struct span){ head, sizeof head });
	put_chunk(out, "IDAT", buf_span(&data));
	put_chunk(out, "IEND", (struct span){ NULL, 0 });
	buf_release(&data);
}

static void put_disk(struct buf *out, size_t n)
{
	size_t from = out->n;

	put_text(out, n < 400 ? n : 400);
	while (out->n - from < n)
		buf_put_u8(out, 0);
	if (n >= 1024) {
		uint8_t *p = out->p + from;
		p[446 + 4] = 0x83;
		p[446 + 8] = 1;
		p[446 + 12] = 1;
		p[510] = 0x55;
		p[511] = 0xaa;
	}
}

static void put_zeros(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_put_u8(out, i % 1000 < 300 ? (uint8_t)("text \n"[i % 6]) : 0);
}

/* The first bytes of a FLAC, and no more that anybody here reads. */
static void put_flac(struct buf *out, size_t n)
{
	buf_put(out, "fLaC", n < 4 ? n : 4);
	put_zeros(out, n > 4 ? n - 4 : 0);
}

/* A zip that was cut before it was ever encrypted. */
static void put_cut(struct buf *out, size_t n)
{
	size_t from = out->n;

	put_zip(out, n + 60);
	out->n = from + n < out->n ? from + n : out->n;
}

bool layout_original(const char *kind, size_t n, struct buf *out)
{
	static const struct {
		const char *kind;
		void (*put)(struct buf *out, size_t n);
	} kinds[] = { { "text", put_text }, { "zip", put_zip },      { "png", put_png },
		      { "disk", put_disk }, { "ntfs", layout_ntfs }, { "zero", put_zeros },
		      { "flac", put_flac }, { "cut", put_cut } };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kind, kinds[i].kind) == 0) {
			kinds[i].put(out, n);
			return buf_ok(out);
		}
	return false;
}
