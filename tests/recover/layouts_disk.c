#include "tests/recover/layouts_inner.h"

#include <stdlib.h>

/* A disk with NTFS, as far as its file table goes, and what Petya Red leaves of one. */

enum {
	SECTOR = 512,
	START = 63,   /* sector of the partition: records lie across pieces of a file */
	PER = 8,      /* sectors of a cluster */
	TABLE_1 = 4,  /* clusters of the table, 16 records */
	TABLE_2 = 21, /* and 16 more */
	RECORDS = 32,
	SECTORS = 32 * PER /* of the volume */
};

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

/* A record of two sectors: a header, a data attribute for the table's own, a mark at each end. */
static void put_record(uint8_t *p, unsigned number)
{
	static const uint8_t runs[] = { 0x11, 4, TABLE_1, 0x11, 4, TABLE_2 - TABLE_1, 0 };
	uint64_t seed = number + 7;

	memcpy(p, "FILE", 4);
	put16(p + 4, 0x30);
	put16(p + 6, 3);
	put16(p + 16, 1);
	put16(p + 18, 1);
	put16(p + 20, 0x38);
	put16(p + 22, 1);
	put16(p + 24, 0x1a0);
	put16(p + 28, 1024);
	put16(p + 44, number);
	uint8_t *a = p + 0x38;
	a[0] = 0x80;
	put16(a + 4, 0x50);
	a[8] = 1;
	put16(a + 32, 0x40);
	put16(a + 48, RECORDS * 1024);
	memcpy(a + 0x40, runs, sizeof runs);
	a += 0x50;
	put16(a, 0x100);
	put16(a + 4, 0x110);
	for (unsigned i = 0x18; i < 0x110; i++)
		a[i] = (uint8_t)layout_next(&seed);
	memset(a + 0x110, 0xff, 4);
	for (unsigned i = SECTOR; i < SECTOR + 200; i++)
		p[i] = (uint8_t)layout_next(&seed);
	put16(p + 0x30, 0x0400 + number); /* the mark, and what it stands for */
	put16(p + SECTOR - 2, 0x0400 + number);
	put16(p + 2 * SECTOR - 2, 0x0400 + number);
}

static size_t place_of(unsigned record)
{
	unsigned cluster = record < 16 ? TABLE_1 + record / 4 : TABLE_2 + (record - 16) / 4;

	return ((size_t)START + cluster * PER + record % 4 * 2) * SECTOR;
}

void layout_ntfs(struct buf *out, size_t n)
{
	size_t size = (START + SECTORS) * SECTOR;
	size_t from = out->n;

	size = n > size ? n / SECTOR * SECTOR : size;
	uint8_t *p = buf_room(out, size);
	if (p == NULL)
		return;
	memset(p, 0, size);
	buf_filled(out, size);
	p = out->p + from;
	memcpy(p, "\x33\xc0\x8e\xd0\xbc\x00\x7c", 7);
	put16(p + 440, 0x1234);
	p[446 + 4] = 7;
	p[446 + 8] = START;
	put16(p + 446 + 12, SECTORS);
	p[510] = 0x55;
	p[511] = 0xaa;
	uint8_t *boot = p + (size_t)START * SECTOR;
	memcpy(boot, "\xeb\x52\x90NTFS    ", 11);
	put16(boot + 11, SECTOR);
	boot[13] = PER;
	put16(boot + 40, SECTORS);
	boot[48] = TABLE_1;
	boot[56] = 2;
	boot[64] = 0xf6; /* records of 2^10 bytes */
	boot[510] = 0x55;
	boot[511] = 0xaa;
	for (unsigned i = 0; i < RECORDS; i++)
		put_record(p + place_of(i), i);
}

/* ---- Petya Red: Salsa20 with words of 16 bits, under eight of sixteen characters */

static const char password[] = "rU95BhkeU4Eua2q3";
static const char code[] =
	"e4Q8ffSQY1yvicQi2FERwAoYQLfRPJ9b9pukbkSQ3Pk21KJr9DXZbfqXZDFKnnKZRPJ5MXvN"
	"AC9eajUsqRCNu43hQ2"; /* a vector of petya_key */
/* that of the public pair: tests/recover/test_late.c has it from there */
static const uint8_t nonce[8] = { 0xd4, 0x0e, 0x32, 0x63, 0xc8, 0x8e, 0x82, 0x20 };

static void mix(uint16_t *to, uint16_t a, uint16_t b, unsigned by)
{
	uint32_t sum = (uint16_t)(a + b);

	*to ^= (uint16_t)((sum << by) | (sum >> (32 - by)));
}

/* The words of block `number`; each is followed by two zero bytes in the stream. */
static void words(unsigned number, uint16_t *out)
{
	static const uint8_t order[8][4] = { { 0, 4, 8, 12 },  { 5, 9, 13, 1 },   { 10, 14, 2, 6 },
					     { 15, 3, 7, 11 }, { 0, 1, 2, 3 },    { 5, 6, 7, 4 },
					     { 10, 11, 8, 9 }, { 15, 12, 13, 14 } };
	static const uint8_t places[8] = { 1, 2, 3, 4, 11, 12, 13, 14 };
	uint16_t s[16] = { 0x7865, [5] = 0x646e, [10] = 0x2d32, [15] = 0x6574 };

	for (int i = 0; i < 8; i++)
		s[places[i]] = (uint16_t)(((password[2 * i] * 2) & 0xff) << 8 |
					  ((password[2 * i] + 'z') & 0xff));
	s[6] = (uint16_t)(nonce[0] | nonce[1] << 8);
	s[7] = (uint16_t)(nonce[4] | nonce[5] << 8);
	s[8] = (uint16_t)number;
	memcpy(out, s, sizeof s);
	for (int round = 0; round < 80; round++) {
		const uint8_t *o = order[round % 8];
		mix(&out[o[1]], out[o[0]], out[o[3]], 7);
		mix(&out[o[2]], out[o[1]], out[o[0]], 9);
		mix(&out[o[3]], out[o[2]], out[o[1]], 13);
		mix(&out[o[0]], out[o[3]], out[o[2]], 18);
	}
	for (int i = 0; i < 16; i++)
		out[i] = (uint16_t)(out[i] + s[i]);
}

static void red(uint8_t *p, size_t n, uint64_t at)
{
	uint16_t w[16];

	for (size_t i = 0; i < n; i++) {
		uint64_t in = at + i;
		if (i == 0 || in % 64 == 0)
			words((unsigned)(in / 64), w);
		unsigned k = in % 64;
		if (k % 4 < 2)
			p[i] ^= (uint8_t)(w[k / 4] >> 8 * (k % 4));
	}
}

/* Where the sectors of a record lie in the stream is published nowhere: `seed` chooses. */
static void encrypt_table(uint8_t *p, uint64_t seed)
{
	uint64_t step = seed % 2 != 0 ? 1 : SECTOR, within = seed / 2 % 2 != 0 ? 1 : SECTOR;

	for (unsigned i = 0; i < RECORDS; i++) {
		uint8_t *r = p + place_of(i);
		uint64_t sector = seed / 4 % 2 != 0 ? place_of(i) / SECTOR : 2 * (uint64_t)i;
		if (seed / 8 % 2 != 0 && i < 3)
			continue; /* not reached */
		red(r, SECTOR, 8192 + sector * step);
		red(r + SECTOR, SECTOR, 8192 + sector * step + within);
	}
}

void layout_petya(struct span o, uint64_t seed, struct buf *out)
{
	size_t from = out->n;

	buf_put_span(out, o);
	uint8_t *p = out->p + from;
	if (o.n < (START + SECTORS) * SECTOR)
		abort();
	for (size_t i = 0; i < 34 * SECTOR; i++)
		p[i] ^= 0x37;
	memcpy(p + (size_t)56 * SECTOR, p, SECTOR);
	memset(p, 0, 440);
	memcpy(p, "\xfa\x66\x31\xc0\x8e\xd0\x8e\xc0\x8e\xd8\xbc\x00\x7c\xfb\x88\x16", 16);
	memcpy(p + 440, o.p + 440, 72);
	for (size_t i = 34 * SECTOR; i < 51 * SECTOR; i++)
		p[i] = (uint8_t)layout_next(&seed);
	uint8_t *state = p + (size_t)54 * SECTOR;
	state[0] = 1;
	memcpy(state + 0x21, nonce, 8);
	memcpy(state + 0x29, "http://", 7);
	memcpy(state + 0xa9, code, sizeof code - 1);
	memset(state + SECTOR, 0x37, SECTOR);
	red(state + SECTOR, SECTOR, 0);
}

/* The same, and the table too. */
void layout_petya_all(struct span o, uint64_t seed, struct buf *out)
{
	size_t from = out->n;

	layout_petya(o, seed, out);
	encrypt_table(out->p + from, seed);
}
