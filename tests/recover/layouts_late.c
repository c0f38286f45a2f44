#include "recover/chacha.h"
#include "recover/kcipher2.h"
#include "recover/yarrow.h"
#include "tests/recover/layouts_inner.h"

#include <stdio.h>

/* ---- Akira of 2024 on; the ciphers are held against published vectors, and taken from there */

/* The clocks: two for ChaCha, two for KCipher-2. */
static void clocks(uint64_t seed, uint64_t *t)
{
	t[2] = 300000000000 + seed * 100;
	t[3] = t[2] + 700;
	t[0] = t[2] - 90000;
	t[1] = t[2] - 88000;
}

/* The seed's last two digits: 0 parts, 1 whole, 2 half. */
static void akira_clocks(struct span o, uint64_t seed, struct buf *out)
{
	struct kcipher2_tables tables;
	struct kcipher2 k;
	uint8_t made[4][16], block[64];
	uint64_t t[4], mode = seed % 10, number = 0;
	uint64_t n = mode == 0 ? o.n / 10 : mode == 1 ? o.n : o.n / 2;
	uint64_t apart = (o.n - o.n / 10 * 4) / 5;
	size_t from = out->n;

	clocks(seed, t);
	for (int i = 0; i < 4; i++)
		(void)yarrow_of_number(t[i], made[i]);
	kcipher2_tables_make(&tables);
	kcipher2_init(&k, &tables, made[2], made[3]);
	buf_put_span(out, o);
	for (uint64_t r = 0; r < (mode == 0 ? 4u : 1u); r++) {
		uint8_t *p = out->p + from + r * apart;
		for (uint64_t at = 0; at < n; at += 65535) {
			uint64_t left = n - at < 65535 ? n - at : 65535;
			bool last = at + 65535 >= n;
			if (at == 0 || last) {
				kcipher2_xor(&k, p + at, left);
				continue;
			}
			for (uint64_t i = 0; i < left; i++) { /* each begins with a block anew */
				if (i % 64 == 0)
					chacha_block(made[0], 16, made[1], number++, 8, block);
				p[at + i] ^= block[i % 64];
			}
		}
	}
	layout_put_random(out, 512, seed);
}

/* The table of the official tool: ten files, of which the seed's is the last. */
static void put_clocks(uint64_t seed, struct buf *out)
{
	uint64_t t[4];

	buf_put_text(out, "found_at,file_path,file_name,start_qpc,end_qpc,qpc1,qpc2,qpc3,qpc4,"
			  "elapsed_seconds,enc_mode\r\n");
	for (uint64_t i = seed; i < seed + 10; i++) {
		clocks(i, t);
		buf_printf(out,
			   "2026-03-20 12:00:00.001,C:\\d, e\\f%llu.dbf.akira,f%llu.dbf.akira,",
			   (unsigned long long)i, (unsigned long long)i);
		if (seed % 2 == 0)
			buf_printf(out, "1,2,%llu,%llu,%llu,%llu,1.500,full\r\n",
				   (unsigned long long)t[0], (unsigned long long)t[1],
				   (unsigned long long)t[2], (unsigned long long)t[3]);
		else /* those of ChaCha were not found */
			buf_printf(out, "1,2,,,%llu,%llu,1.500,full\r\n", (unsigned long long)t[2],
				   (unsigned long long)t[3]);
	}
}

/* ---- */

bool layout_late_key(const char *family, uint64_t seed, struct buf *out)
{
	if (strcmp(family, "akira-2") == 0)
		put_clocks(seed, out);
	else
		return false;
	return buf_ok(out);
}

bool layout_late(const char *family, struct span original, uint64_t seed, struct buf *out)
{
	static const struct {
		const char *family;
		void (*make)(struct span o, uint64_t seed, struct buf *out);
	} rows[] = {
		{ "petya", layout_petya_all },
		{ "akira-2", akira_clocks },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(family, rows[i].family) == 0) {
			rows[i].make(original, seed, out);
			return buf_ok(out);
		}
	return false;
}
