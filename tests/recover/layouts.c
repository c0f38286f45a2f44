#include "tests/recover/layouts.h"
#include "base/hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- bytes */

/* splitmix64: looks random, and is always the same. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void put_random(struct buf *out, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		buf_put_u8(out, (uint8_t)(next(&seed) >> 56));
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

bool layout_original(const char *kind, size_t n, struct buf *out)
{
	static const struct {
		const char *kind;
		void (*put)(struct buf *out, size_t n);
	} kinds[] = { { "text", put_text },
		      { "zip", put_zip },
		      { "png", put_png },
		      { "disk", put_disk },
		      { "zero", put_zeros } };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kind, kinds[i].kind) == 0) {
			kinds[i].put(out, n);
			return buf_ok(out);
		}
	return false;
}

/* ---- families without a cipher */

static uint32_t rotr(uint32_t v, unsigned by) { return v >> by | v << (32 - by); }

static void dxxd(struct span o, uint64_t seed, struct buf *out)
{
	uint32_t k = 0xa7d46c76;

	(void)seed;
	buf_put_span(out, o);
	for (size_t i = 4; i + 4 <= o.n; i += 4) {
		uint32_t v = (uint32_t)o.p[i] << 24 | (uint32_t)o.p[i + 1] << 16 |
			     (uint32_t)o.p[i + 2] << 8 | o.p[i + 3];
		uint32_t c = rotr(v ^ k, 3);
		for (unsigned b = 0; b < 4; b++)
			out->p[i + b] = (uint8_t)(c >> 8 * b);
		k = rotr(k, 27);
	}
}

static void crypren(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t key[64];

	for (unsigned i = 0; i < 64; i++)
		key[i] = (uint8_t)(0x21 + next(&seed) % 90);
	for (size_t i = 0; i < o.n; i++)
		buf_put_u8(out, (uint8_t)(o.p[i] + key[i % 64]));
}

static void nemucod(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t key[255];

	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(next(&seed) | 1);
	for (size_t i = 0; i < o.n; i++)
		buf_put_u8(out, i < 2048 ? o.p[i] ^ key[i % sizeof key] : o.p[i]);
}

/* The 64 bytes are the test's; bodies are small ones, blocks at multiples of 192. */
static void basta(struct span o, uint64_t seed, struct buf *out)
{
	uint64_t s = seed;
	uint8_t key[64];

	for (unsigned i = 0; i < 64; i++)
		key[i] = (uint8_t)next(&s);
	buf_put_span(out, o);
	for (size_t at = 0; at + 64 <= o.n; at += 192)
		for (size_t i = 0; i < 64; i++)
			out->p[at + i] ^= key[i];
	put_random(out, 314 - 23, seed + 1);
	buf_put_u8(out, 6);
	buf_put_le64(out, o.n);
	buf_put(out, "\1\2", 2);
	buf_put(out, ".abcdefghi1", 12);
}

/* ---- one stream for many files */

static void xor_stream(uint8_t *p, size_t n, uint64_t stream, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t s = seed * 1000003 + (stream + i) * 7919;
		p[i] ^= (uint8_t)(next(&s) >> 40);
	}
}

static void ranran(struct span o, uint64_t seed, struct buf *out)
{
	buf_put_span(out, o);
	xor_stream(out->p, o.n, 0, seed);
}

/* The mode is the seed's last digit, the percentage 50. */
static void akira(struct span o, uint64_t seed, struct buf *out)
{
	unsigned mode = (unsigned)(seed % 10), n = 5;
	size_t chunk = o.n * 50 / 100 / n, step = (o.n - chunk * (n - 1)) / n;

	buf_put_span(out, o);
	if (mode == 0)
		xor_stream(out->p, o.n, 0, 5);
	else if (mode == 1)
		xor_stream(out->p, o.n / 2, 0, 5);
	else
		for (unsigned i = 0; i < n - 1; i++)
			xor_stream(out->p + i * step, chunk, (chunk + 63) / 64 * 64 * i, 5);
	put_random(out, 524, seed);
	buf_put_u8(out, (uint8_t)mode);
	buf_put_u8(out, 50);
	buf_put_le64(out, o.n);
}

/* ---- AES-CBC under one key */

static void cbc(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, struct span in,
		bool padded, struct buf *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t *to = buf_room(out, in.n + 32);
	int n = 0, more = 0;

	if (EVP_EncryptInit_ex(c, cipher, NULL, key, iv) != 1 ||
	    EVP_CIPHER_CTX_set_padding(c, padded) != 1 ||
	    EVP_EncryptUpdate(c, to, &n, in.p, (int)in.n) != 1 ||
	    EVP_EncryptFinal_ex(c, to + n, &more) != 1)
		abort();
	buf_filled(out, (size_t)(n + more));
	EVP_CIPHER_CTX_free(c);
}

static void powerware(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t key[] =
		"\x05\xd5\xc0\xb2\x9e\xfd\x64\x35\x01\x88\x01\x00\xb0\xd9\xa9\x99"
		"\x80\x25\x04\x0f\xa4\xd6\x7b\x62\xec\x16\x74\x36\xe8\xc3\x3e\x81";
	static const uint8_t iv[] =
		"\xac\x78\xae\xfc\x17\x89\x05\x74\x69\xd1\x66\xa3\xfa\xde\xb7\x1c";
	size_t head = (o.n < 2048 ? o.n : 2048) / 16 * 16;

	(void)seed;
	cbc(EVP_aes_256_cbc(), key, iv, span_cut(o, 0, head), false, out);
	buf_put_span(out, span_cut(o, head, o.n));
}

static void jigsaw(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t key[] =
		"\x3a\x82\x2c\x03\x0c\x05\xdb\x77\x08\x09\x0a\x0b\x0c\x0d\x0e\x0d";
	static const uint8_t iv[] = "\0\1\0\3\5\3\0\1\0\0\2\0\6\7\6";

	(void)seed;
	cbc(EVP_aes_128_cbc(), key, iv, o, true, out);
}

static void key_group(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t key[] = "d\0007\000a\0000\0001\000s\0009\000u";

	(void)seed;
	cbc(EVP_aes_128_cbc(), key, key, o, true, out);
}

static void avaddon(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t iv[16];
	size_t head = o.n < 1 << 20 ? o.n : 1 << 20;
	struct buf first, key;

	buf_init(&first, LAYOUT_MAX);
	buf_init(&key, 64);
	(void)layout_key("avaddon", seed, &key);
	buf_put_span(&first, span_cut(o, 0, head));
	buf_align(&first, 16);
	cbc(EVP_aes_256_cbc(), key.p, iv, buf_span(&first), false, out);
	buf_put_span(out, span_cut(o, head, o.n));
	put_random(out, 512, seed);
	buf_put_le64(out, o.n);
	buf_put_le64(out, 0);
	buf_put_le64(out, 0x1030307);
	buf_release(&first);
	buf_release(&key);
}

bool layout_key(const char *family, uint64_t seed, struct buf *out)
{
	if (strcmp(family, "avaddon") == 0)
		put_random(out, 32, seed + 99);
	else
		return false;
	return buf_ok(out);
}

/* ---- */

bool layout_of(const char *family, struct span original, uint64_t seed, struct buf *out)
{
	static const struct {
		const char *family;
		void (*make)(struct span o, uint64_t seed, struct buf *out);
	} rows[] = {
		{ "dxxd", dxxd },           { "crypren", crypren }, { "nemucod-xor", nemucod },
		{ "black-basta", basta },   { "ranran", ranran },   { "akira-1", akira },
		{ "powerware", powerware }, { "jigsaw", jigsaw },   { "key-group", key_group },
		{ "avaddon", avaddon },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(family, rows[i].family) == 0) {
			rows[i].make(original, seed, out);
			return buf_ok(out);
		}
	return false;
}
