#include "recover/chacha.h"
#include "recover/kcipher2.h"
#include "recover/yarrow.h"
#include "tests/recover/layouts_inner.h"

#include <openssl/bn.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

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

/* ---- a message, wrapped by the RSA-2048 of WannaCry's layout, in CryptoAPI's order or not */

/* The key that WannaCry's row in test_cross has: so it is not by its key that a family is refused
 * another's files. */
enum { RSA_SEED = 13, RSA_SIZE = 256 };

static void put_wrapped(struct span message, bool backwards, struct buf *out)
{
	static struct buf blob; /* made once: primes take long */
	uint8_t block[RSA_SIZE] = { 0, 2 };
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *e = BN_new();

	if (blob.max == 0)
		buf_init(&blob, 4096);
	if (blob.n == 0 && !layout_key("wannacry", RSA_SEED, &blob))
		abort();
	memset(block + 2, 0x5a, RSA_SIZE - 3 - message.n);
	memcpy(block + RSA_SIZE - message.n, message.p, message.n);
	BIGNUM *n = BN_lebin2bn(blob.p + 20, RSA_SIZE, NULL);
	BIGNUM *m = BN_bin2bn(block, RSA_SIZE, NULL);
	BN_set_word(e, 65537);
	if (BN_mod_exp(m, m, e, n, ctx) != 1 ||
	    (backwards ? BN_bn2lebinpad(m, block, RSA_SIZE) : BN_bn2binpad(m, block, RSA_SIZE)) !=
		    RSA_SIZE)
		abort();
	buf_put(out, block, RSA_SIZE);
	BN_free(n);
	BN_free(m);
	BN_free(e);
	BN_CTX_free(ctx);
}

/* ---- SynoLocker; the last block is filled with zeros */

static void synolocker(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t text[24], key[32] = { 0 }, mac[32], iv[16];
	uint64_t s = seed;
	unsigned n = 32;
	struct buf whole;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)('a' + layout_next(&s) % 26);
	for (size_t i = 0; i < sizeof iv; i++)
		iv[i] = (uint8_t)layout_next(&s);
	put_wrapped((struct span){ text, sizeof text }, false, out);
	buf_put_text(out, "THE_REAL_PWNED_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX_1337");
	buf_put(out, iv, sizeof iv);
	memcpy(key, iv, sizeof iv);
	for (int i = 0; i < 8192; i++) {
		uint8_t both[32 + sizeof text];
		memcpy(both, key, 32);
		memcpy(both + 32, text, sizeof text);
		layout_sha256((struct span){ both, sizeof both }, key);
	}
	buf_init(&whole, LAYOUT_MAX + 16);
	buf_put_span(&whole, o);
	while (whole.n % 16 != 0)
		buf_put_u8(&whole, 0);
	size_t from = out->n;
	layout_cbc(EVP_aes_256_cbc(), key, iv, buf_span(&whole), false, out);
	HMAC(EVP_sha256(), key, 32, out->p + from, out->n - from, mac, &n);
	buf_put(out, mac, sizeof mac);
	buf_release(&whole);
}

/* ---- IEncrypt; even seeds have AES-256 */

static void iencrypt_all(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t iv[16];
	uint8_t key[32];
	uint64_t s = seed + 77;

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)layout_next(&s);
	layout_cbc(seed % 2 == 0 ? EVP_aes_256_cbc() : EVP_aes_128_cbc(), key, iv, o, true, out);
}

static void iencrypt(struct span o, uint64_t seed, struct buf *out)
{
	size_t from = out->n;

	iencrypt_all(o, seed, out);
	out->n = from + o.n;
}

static void put_base64(struct span s, size_t line, struct buf *out)
{
	uint8_t text[128];

	for (size_t i = 0; i < s.n; i += line) {
		size_t n = s.n - i < line ? s.n - i : line;
		buf_put(out, text, (size_t)EVP_EncodeBlock(text, s.p + i, (int)n));
		buf_put_text(out, i + n < s.n ? "\r\n" : "");
	}
}

void layout_iencrypt_note(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t key[32];
	uint64_t s = seed + 77;
	struct buf all;

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)layout_next(&s);
	buf_init(&all, LAYOUT_MAX + 512);
	buf_put(&all,
		seed % 2 == 0 ? "\1\2\0\0\x10\x66\0\0\0\xa4\0\0" : "\1\2\0\0\x0e\x66\0\0\0\xa4\0\0",
		12);
	put_wrapped((struct span){ key, seed % 2 == 0 ? 32 : 16 }, true, &all);
	buf_put_text(out, "Your network was penetrated.\r\nKEY:");
	put_base64(buf_span(&all), seed % 3 == 0 ? 48 : 90, out);
	buf_put_text(out, "\r\n\r\nTAIL:");
	buf_reset(&all);
	iencrypt_all(o, seed, &all);
	put_base64(span_cut(buf_span(&all), o.n, 16), 48, out);
	buf_put_text(out, seed % 2 == 0 ? "\r\n" : "\r\n\r\n");
	buf_release(&all);
}

static void put_key_text(struct buf *out)
{
	struct buf blob;

	buf_init(&blob, 4096);
	if (!layout_key("wannacry", RSA_SEED, &blob))
		abort();
	uint8_t *p = buf_room(out, blob.n * 2);
	buf_filled(out, (size_t)EVP_EncodeBlock(p, blob.p, (int)blob.n));
	buf_put_text(out, "\n");
	buf_release(&blob);
}

/* ---- Hive 5: even seeds are encrypted in parts, the others throughout */

enum { HIVE_HALF = 0xa00000, HIVE_ALL = 0xcfff00, HIVE_PLACE = 0x98072a };

/* Made once for each thousand of seeds. */
static void put_keystream(uint64_t seed, struct buf *out)
{
	static struct buf made;
	static uint64_t of = UINT64_MAX;

	if (of != seed / 1000) {
		if (made.max == 0)
			buf_init(&made, 16 << 20);
		buf_reset(&made);
		layout_put_random(&made, HIVE_HALF, seed / 1000 + 3);
		(void)buf_room(&made, HIVE_ALL - HIVE_HALF);
		buf_put(&made, made.p, HIVE_ALL - HIVE_HALF);
		of = seed / 1000;
	}
	buf_put_span(out, buf_span(&made));
}

/* Its two numbers, before they are masked. */
static void hive_numbers(uint64_t seed, uint32_t *v)
{
	uint64_t s = seed + 9;

	v[0] = (uint32_t)layout_next(&s);
	v[1] = (uint32_t)layout_next(&s);
}

static void mask(uint8_t *to, uint32_t v, const uint8_t *by)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> 8 * i) ^ by[i];
}

void layout_hive_name(const char *name, uint64_t seed, struct buf *out)
{
	struct buf ks;
	uint8_t coded[18] = { 'k', 'e', 'y', 's', 't', (uint8_t)(seed / 1000) };
	char text[32];
	uint32_t v[2];

	buf_init(&ks, 16 << 20);
	put_keystream(seed, &ks);
	hive_numbers(seed, v);
	coded[6] = seed % 2 == 0 ? 0xff : 0xfb;
	mask(coded + 10, v[0], ks.p + HIVE_PLACE - 4);
	mask(coded + 14, v[1], ks.p + v[0] % 0x9ffffc);
	EVP_EncodeBlock((uint8_t *)text, coded, sizeof coded);
	for (char *p = text; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	buf_printf(out, "%s.%s", name, text);
	buf_release(&ks);
}

static void hive(struct span o, uint64_t seed, struct buf *out)
{
	struct buf ks;
	uint32_t v[2];
	size_t from = out->n, parts = o.n >> 21, gap = 0, done = 0;

	buf_init(&ks, 16 << 20);
	put_keystream(seed, &ks);
	hive_numbers(seed, v);
	if (seed % 2 == 0 && parts > 0 && o.n > 1 << 20)
		gap = (o.n - (parts << 20)) / (parts > 1 ? parts - 1 : 1);
	buf_put_span(out, o);
	uint8_t *p = out->p + from;
	for (size_t i = 0; i < o.n; i++) {
		p[i] ^= ks.p[v[0] % HIVE_HALF + done % 0x2fff00] ^
			ks.p[v[1] % HIVE_HALF + done % 0x2ffd00];
		done++;
		if (gap != 0 && done % (1 << 20) == 0)
			i += gap;
	}
	buf_release(&ks);
}

/* ---- */

bool layout_late_key(const char *family, uint64_t seed, struct buf *out)
{
	if (strcmp(family, "akira-2") == 0)
		put_clocks(seed, out);
	else if (strcmp(family, "synolocker") == 0)
		return layout_key("wannacry", RSA_SEED, out);
	else if (strcmp(family, "iencrypt") == 0)
		put_key_text(out);
	else if (strcmp(family, "hive-5") == 0)
		put_keystream(seed, out);
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
		{ "synolocker", synolocker },
		{ "iencrypt", iencrypt },
		{ "hive-5", hive },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(family, rows[i].family) == 0) {
			rows[i].make(original, seed, out);
			return buf_ok(out);
		}
	return false;
}
