#include "recover/chacha.h"
#include "recover/sosemanuk.h"
#include "tests/recover/layouts_inner.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- rand() of the Microsoft library */

static uint32_t msvc(uint32_t *s)
{
	*s = *s * 214013 + 2531011;
	return *s >> 16 & 0x7fff;
}

/* The key is the fourth of the second; odd seeds are of the second variant. */
static void dma(struct span o, uint64_t seed, struct buf *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint32_t s = (uint32_t)seed;
	uint8_t key[32];
	size_t chunk = o.n / 45;
	int got;

	for (int file = 0; file < 4; file++)
		for (int i = 0; i < 32; i++) {
			uint32_t which = seed % 2 != 0 ? 0 : msvc(&s) % 100, r = msvc(&s);
			if (seed % 2 != 0)
				key[i] = (uint8_t)(r % 254 + 1);
			else if (which >= 24 && which <= 49)
				key[i] = (uint8_t)('0' + r % 10);
			else
				key[i] = (uint8_t)((which < 24 ? 'a' : 'A') + r % 25);
		}
	buf_put(out, "!DMALOCK", 8);
	layout_put_random(out, 0x80, seed);
	size_t from = out->n;
	buf_put_span(out, o);
	if (EVP_EncryptInit_ex(c, EVP_aes_256_ecb(), NULL, key, NULL) != 1)
		abort();
	for (size_t i = 0; i <= 45; i++) {
		size_t n = i < 45 ? chunk : o.n - 45 * chunk;
		uint8_t *p = out->p + from + i * chunk;
		for (size_t k = 0; k + 16 <= n; k += 16)
			if (EVP_EncryptUpdate(c, p + k, &got, p + k, 16) != 1)
				abort();
	}
	EVP_CIPHER_CTX_free(c);
}

static void princess(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t iv[16];
	uint32_t s = (uint32_t)seed;
	uint8_t wide[64] = { 0 }, key[32];

	for (int i = 0; i < 32; i++)
		wide[2 * i] = (uint8_t) "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"abcdefghijklmnopqrstuvwxyz"[msvc(&s) % 62];
	layout_sha256((struct span){ wide, 21 + seed % 12 }, key);
	layout_cbc(EVP_aes_128_cbc(), key, iv, o, true, out);
}

/* ---- System.Random */

static void password(uint64_t seed, uint8_t *out, int n)
{
	int64_t table[56] = { 0 };
	int at = 0, behind = 21;

	layout_dotnet_seed(table, (int64_t)seed);
	for (int i = 0; i < n; i++)
		out[i] = (uint8_t) "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890"
				   "*!=&?&/"[(int)(layout_dotnet_next(table, &at, &behind) * 69)];
}

static void put_wrapped(struct buf *out, size_t n, uint64_t seed)
{
	struct buf raw;
	uint8_t *p = buf_room(out, 2 * n + 8);

	buf_init(&raw, 1024);
	layout_put_random(&raw, n, seed);
	buf_filled(out, (size_t)EVP_EncodeBlock(p, raw.p, (int)raw.n));
	buf_release(&raw);
}

static void solidbit(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t key[16];

	password(seed, key, 16);
	layout_cbc(EVP_aes_128_cbc(), key, key, o, true, out);
	put_wrapped(out, 256, seed);
}

/* The seed's last two bits choose between the two lengths and the two ways of CFB. */
static void onyx(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t salt[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t letters[40], made[48];
	int n = seed % 2 != 0 ? 20 : 40, got;
	size_t pad = 16 - o.n % 16;

	password(seed, letters, n);
	PKCS5_PBKDF2_HMAC_SHA1((const char *)letters, n, salt, 8, 1, 48, made);
	buf_put(out, salt, 8);
	buf_put_span(out, o);
	for (size_t i = 0; i < pad; i++)
		buf_put_u8(out, (uint8_t)pad);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	if (EVP_EncryptInit_ex(c, seed % 4 < 2 ? EVP_aes_256_cfb128() : EVP_aes_256_cfb8(), NULL,
			       made, made + 32) != 1 ||
	    EVP_EncryptUpdate(c, out->p + 8, &got, out->p + 8, (int)(o.n + pad)) != 1)
		abort();
	EVP_CIPHER_CTX_free(c);
	put_wrapped(out, 256, seed);
}

/* ---- a key for each file */

static void chaos(struct span o, uint64_t seed, struct buf *out)
{
	struct buf key, body;

	buf_init(&key, 64);
	buf_init(&body, LAYOUT_MAX + 64);
	layout_put_random(&key, 48, seed + 97);
	layout_cbc(EVP_aes_256_cbc(), key.p, key.p + 32, o, true, &body);
	buf_put_text(out, "<EncryptedKey>");
	put_wrapped(out, 128, seed);
	buf_put_text(out, "</EncryptedKey>");
	uint8_t *p = buf_room(out, body.n * 2 + 8);
	buf_filled(out, (size_t)EVP_EncodeBlock(p, body.p, (int)body.n));
	buf_release(&key);
	buf_release(&body);
}

/* ---- 7ev3n: the last digit chooses: 0 and 1 .R4A of the builds a and b, 2 and 3 their .R5A */

static const char four_a[] =
	"ANOASudgfjfirtj4k504iojm5io5nm59uh5vob5mho5p6gf2u43i5hojg4mf4i05j6g594cn9mjg6h";
static const char five_a[] =
	"ASIBVbhciJ5hv6bjyuwetjykok7mbvtbvtiJ5h6jg54ifj0655iJ5hok7mbok7mbvtvtv6bjfib56j45fkmbvtiJ5h"
	"v6"
	"bokok7mbvt7mbvtj55nf4y8uhmvbi7knd4ium6iok7mbvtiiJ5hv6bjJ5hhigmubn56gfiok7mbvtjnmvu9bvtiJ5h"
	"6b"
	"iok7mbvt7mbgi5fmuv65mg9fi4dm5v6iognfun5u6inguifbv5ibomlimmhnbjvfchbgnhugk5ybvtc3cty5";
static const char four_b[] = "ifgj5906jHg948f8g46hgkf054k6h0igjf45n9g5fj90g64g5";
static const char five_b[] = "777EJfngmfiob5mvX5i4omgfogkthmgA7Jergth3ng5m896h65f34f55gtiyht4jfkdfv"
			     "b5iy76h544uekdfi5otjg5k"
			     "0i6h595fjk4f4lkjho6kitf84j4uhyg7th53f854fpl567iogj5fk4Xf777";
static const char seven_id[] = "94A1F27B", seven_path[] = "C:\\pin\\doc";

static const char *seven_name(struct span o)
{
	return o.n >= 4 && memcmp(o.p, "\x89PNG", 4) == 0  ? "seven.png"
	       : o.n >= 4 && memcmp(o.p, "PK\3\4", 4) == 0 ? "seven.docx"
							   : "seven.txt";
}

static void xor_key(uint8_t *p, size_t n, const char *key, size_t period, unsigned stride)
{
	size_t size = strlen(key);

	for (size_t i = 0; i < n; i += stride)
		p[i] ^= (uint8_t)key[i % period % size];
}

static void seven_five(uint8_t *p, size_t n, unsigned which, const char *name)
{
	const char *key = which == 3 ? five_b : five_a;
	char path[64];
	size_t period = strlen(key), q = n / 4;

	xor_key(p, n, key, period, 1);
	if (which == 3) {
		xor_key(p, n, seven_id, period, 1);
	} else {
		snprintf(path, sizeof path, "%s\\%s", seven_path, name);
		xor_key(p, n, path, period, 1);
		xor_key(p, n, seven_id, period, 2);
	}
	for (size_t half = 0; half < 2; half++) {
		uint8_t *a = p + half * 2 * q, *b = a + q;
		for (size_t i = 0; i < q; i++)
			a[i] ^= b[i];
		for (size_t i = 0; i < q; i++)
			b[i] ^= (uint8_t)((half * 2 * q + q + i) % 255);
	}
}

static void seven(struct span o, uint64_t seed, struct buf *out)
{
	unsigned which = (unsigned)(seed % 10);
	const char *name = seven_name(o);
	const char *keys[] = { four_a, four_b, five_a, five_b };

	buf_put_u8(out, 'M');
	buf_put_span(out, o);
	if (which < 2)
		xor_key(out->p + 1, o.n, keys[which], strlen(keys[which]), 1);
	else
		seven_five(out->p + 1, o.n, which, name);
	buf_put(out, "**", 2);
	size_t at = out->n;
	buf_put_text(out, name);
	xor_key(out->p + at, strlen(name), keys[which], strlen(keys[which]), 1);
	buf_put_u8(out, '\n');
}

/* ---- LockCrypt, pass by pass as it is described */

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void lockcrypt(struct span o, uint64_t seed, struct buf *out)
{
	struct buf key;

	buf_init(&key, 1 << 15);
	(void)layout_key("lockcrypt", seed, &key);
	buf_put_span(out, o);
	size_t n = o.n < 1 << 20 ? o.n : 1 << 20;
	if (n >= 8) {
		uint8_t *p = out->p + 4;
		size_t words = (n - 4 - 2) / 4 * 4;
		for (size_t i = 0; i < words; i += 2) {
			const uint8_t *k = key.p + i / 2 * 4 % 25000;
			for (size_t b = 0; b < 4; b++)
				p[i + b] ^= k[b];
		}
		for (size_t i = 0; i < words; i += 4) {
			uint32_t v = get32(p + i), e = v << 5 | v >> 27;
			e ^= get32(key.p + i % 25000);
			for (size_t b = 0; b < 4; b++)
				p[i + b] = (uint8_t)(e >> 8 * (3 - b));
		}
	}
	buf_release(&key);
}

/* ---- TeslaCrypt 0 and AlphaCrypt: the makers' point is the published one */

static const char peer_hex[] = "0446668077A4449322CA896BD64901DE333156B6FEAE75ABE5D4922A039B3CD0133"
			       "04AB8B3F15F498094F14058A1"
			       "D1EBE823BEF512D44210CC50BBD94128D2CD05";

static void read_hex(const char *hex, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
}

/* master * x(master * peer), 64 bytes. */
static void recovery_number(const uint8_t *master, uint8_t *out)
{
	uint8_t peer[65], x[32];
	BN_CTX *ctx = BN_CTX_new();

	read_hex(peer_hex, peer, 65);
	layout_multiply(master, peer, NULL, x);
	BIGNUM *a = BN_bin2bn(master, 32, NULL), *b = BN_bin2bn(x, 32, NULL);
	BN_mul(a, a, b, ctx);
	if (BN_bn2binpad(a, out, 64) != 64)
		abort();
	BN_free(a);
	BN_free(b);
	BN_CTX_free(ctx);
}

static void put_body(struct span o, const uint8_t *master, struct buf *out)
{
	const uint8_t iv[16] = { 7, 7, 1 };
	struct buf padded;
	uint8_t key[32];

	layout_sha256((struct span){ master, 32 }, key);
	buf_put(out, iv, 16);
	buf_put_le32(out, (uint32_t)o.n);
	buf_init(&padded, LAYOUT_MAX + 64);
	buf_put_span(&padded, o);
	buf_align(&padded, 16);
	layout_cbc(EVP_aes_256_cbc(), key, iv, buf_span(&padded), false, out);
	buf_release(&padded);
}

static void tesla_0(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t master[32];

	layout_scalar(seed, master);
	put_body(o, master, out);
}

static void put_hex(struct buf *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%02X", p[i]);
}

static void alpha(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t master[32], number[64];

	layout_scalar(seed, master);
	recovery_number(master, number);
	put_hex(out, master + 1, 31); /* the payment key: any 64 digits */
	put_hex(out, master, 1);
	buf_put_le32(out, 0);
	put_hex(out, number, 64);
	buf_put_le32(out, 0);
	put_body(o, master, out);
}

/* key.dat: of the second version, and of the last, whose key is the inverse. */
static void put_dat(bool last, uint64_t seed, struct buf *out)
{
	uint8_t master[32], number[64];
	size_t size = last ? 0x2f0 : 0x290, at = last ? 0x1b1 : 0x177, year = last ? 0x18a : 0x126;

	layout_scalar(seed, master);
	recovery_number(master, number);
	uint8_t *p = buf_grow(out, size);
	memcpy(p + 0x84, number, 64);
	p[year] = 2015 & 0xff;
	p[year + 1] = 2015 >> 8;
	if (last) {
		EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp256k1);
		BN_CTX *ctx = BN_CTX_new();
		BIGNUM *v = BN_bin2bn(master, 32, NULL);
		if (BN_mod_inverse(v, v, EC_GROUP_get0_order(group), ctx) == NULL ||
		    BN_bn2binpad(v, master, 32) != 32)
			abort();
		BN_free(v);
		BN_CTX_free(ctx);
		EC_GROUP_free(group);
		p[0x1c0] = 1;
	}
	memcpy(p + at, master, 32);
}

/* ---- Babuk for ESXi: the first 512 MiB are all of a file of ours */

static void babuk_esxi(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t iv[16];
	uint8_t public[32], key[32];
	struct sosemanuk s;

	layout_share(seed, public, key);
	buf_put_span(out, o);
	sosemanuk_init(&s, key, 32, iv);
	sosemanuk_xor(&s, out->p, o.n);
	buf_put(out, public, 32);
}

/*
 * ---- Conti, and the first Akira with a key of its own.  RSA-4096 of 64 small primes: quick to
 * make, of no worth, and the same arithmetic.
 */

struct rsa {
	BIGNUM *n, *d, *e, *p, *q;
	BN_CTX *ctx;
};

static BIGNUM *half_of(uint64_t *seed, BIGNUM *phi, BN_CTX *ctx)
{
	BIGNUM *half = BN_new(), *v = BN_new();

	BN_one(half);
	for (int i = 0; i < 32; i++) {
		BN_set_word(v, layout_next(seed) | 1 | 0xffull << 56);
		while (BN_check_prime(v, ctx, NULL) != 1)
			BN_add_word(v, 2);
		BN_mul(half, half, v, ctx);
		BN_sub_word(v, 1);
		BN_mul(phi, phi, v, ctx);
	}
	BN_free(v);
	return half;
}

static void make_rsa(struct rsa *r, uint64_t seed)
{
	BIGNUM *phi = BN_new();

	*r = (struct rsa){ .n = BN_new(), .d = NULL, .e = BN_new(), .ctx = BN_CTX_new() };
	BN_set_word(r->e, 65537);
	for (uint64_t s = seed * 1000; r->d == NULL; s++) {
		BN_one(phi);
		BN_free(r->p);
		BN_free(r->q);
		r->p = half_of(&s, phi, r->ctx);
		r->q = half_of(&s, phi, r->ctx);
		BN_mul(r->n, r->p, r->q, r->ctx);
		r->d = BN_num_bits(r->n) > 4088 ? BN_mod_inverse(NULL, r->e, phi, r->ctx) : NULL;
	}
	BN_free(phi);
}

/* Made once for each seed, and kept: primes take long. */
static const struct rsa *rsa_of(uint64_t seed)
{
	static struct rsa kept[16];
	static uint64_t seeds[16];
	static unsigned n;

	for (unsigned i = 0; i < n; i++)
		if (seeds[i] == seed)
			return &kept[i];
	if (n == 16)
		abort();
	seeds[n] = seed;
	make_rsa(&kept[n], seed);
	return &kept[n++];
}

static void put_tail(struct span message, uint64_t seed, struct buf *out)
{
	const struct rsa *r = rsa_of(seed);
	uint8_t block[512];
	uint64_t s = seed + 5;

	block[0] = 0;
	block[1] = 2;
	for (size_t i = 2; i < 511 - message.n; i++)
		block[i] = (uint8_t)(layout_next(&s) % 255 + 1);
	block[511 - message.n] = 0;
	memcpy(block + 512 - message.n, message.p, message.n);
	BIGNUM *m = BN_bin2bn(block, 512, NULL);
	if (BN_mod_exp(m, m, r->e, r->n, r->ctx) != 1 || BN_bn2lebinpad(m, block, 512) != 512)
		abort();
	BN_free(m);
	buf_put(out, block, 512);
	layout_put_random(out, 12, seed);
}

static void chacha_8(uint8_t *p, size_t n, uint64_t block, const uint8_t *key)
{
	uint8_t stream[64];

	for (size_t i = 0; i < n; i++) {
		if (i % 64 == 0)
			chacha_block(key, 32, key + 32, block + i / 64, 8, stream);
		p[i] ^= stream[i % 64];
	}
}

static void put_stream_key(uint64_t seed, uint8_t *key)
{
	uint64_t s = seed + 6;

	for (int i = 0; i < 40; i++)
		key[i] = (uint8_t)layout_next(&s);
}

/* The last digits are the percentage; of 100 the whole is encrypted, of 99 the first MiB. */
static void conti(struct span o, uint64_t seed, struct buf *out)
{
	unsigned percent = (unsigned)(seed % 1000);
	static const unsigned shares[][2] = { { 10, 4 },  { 15, 5 },  { 20, 7 },  { 25, 9 },
					      { 30, 10 }, { 35, 12 }, { 40, 14 }, { 50, 10 },
					      { 60, 20 }, { 70, 23 }, { 80, 27 } };
	uint8_t key[40];
	size_t chunk = percent == 99 && o.n > 1 << 20 ? 1 << 20 : o.n, n = 1, gap = 0;

	put_stream_key(seed, key);
	for (size_t i = 0; percent < 99 && i < sizeof shares / sizeof *shares; i++)
		if (shares[i][0] == percent) {
			chunk = o.n / 100 * shares[i][1];
			n = percent == 50 ? 5 : 3;
			gap = percent == 50 ? chunk : (o.n - 3 * chunk) / 2;
		}
	buf_put_span(out, o);
	for (size_t i = 0; i < n; i++)
		chacha_8(out->p + i * (chunk + gap), chunk, i * ((chunk + 63) / 64), key);
	put_tail((struct span){ key, 40 }, seed / 1000, out);
	buf_put_u8(out, percent == 100 ? 0x24 : percent == 99 ? 0x26 : 0x25);
	buf_put_u8(out, (uint8_t)percent);
	buf_put_le64(out, o.n);
}

/* The last digit is the mode, the two before it the percentage. */
static void akira_keyed(struct span o, uint64_t seed, struct buf *out)
{
	unsigned mode = (unsigned)(seed % 10), percent = (unsigned)(seed / 10 % 100);
	size_t n = percent < 50 ? 3 : 5, parts = mode == 2 ? n - 1 : 1;
	size_t chunk = mode == 0 ? o.n : o.n * percent / 100 / (mode == 2 ? n : 1);
	size_t step = mode == 2 ? (o.n - chunk * parts) / n : 0;
	uint8_t key[40];

	put_stream_key(seed, key);
	buf_put_span(out, o);
	for (size_t i = 0; i < parts; i++)
		chacha_8(out->p + i * step, chunk, i * ((chunk + 63) / 64), key);
	put_tail((struct span){ key, 40 }, seed / 1000, out);
	buf_put_u8(out, (uint8_t)mode);
	buf_put_u8(out, (uint8_t)percent);
	buf_put_le64(out, o.n);
}

static void put_blob(uint64_t seed, struct buf *out)
{
	const struct rsa *r = rsa_of(seed);
	uint8_t number[512];

	buf_put(out, "\7\2\0\0\0\xa4\0\0RSA2", 12);
	buf_put_le32(out, 4096);
	buf_put_le32(out, 65537);
	(void)BN_bn2lebinpad(r->n, number, 512);
	buf_put(out, number, 512);
	(void)buf_grow(out, 1280);
	(void)BN_bn2lebinpad(r->d, number, 512);
	buf_put(out, number, 512);
}

/* PKCS #1 in PEM, by libcrypto. */
static void put_pem(uint64_t seed, struct buf *out)
{
	const struct rsa *r = rsa_of(seed);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *one = BN_new();
	EVP_PKEY *key = NULL;
	unsigned char *der = NULL;

	BN_one(one);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, r->n);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, r->e);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_D, r->d);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_FACTOR1, r->p);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_FACTOR2, r->q);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_EXPONENT1, one);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_EXPONENT2, one);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, one);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
	if (EVP_PKEY_fromdata_init(c) != 1 ||
	    EVP_PKEY_fromdata(c, &key, EVP_PKEY_KEYPAIR, params) != 1)
		abort();
	int n = i2d_PrivateKey(key, &der);
	buf_put_text(out, "-----BEGIN RSA PRIVATE KEY-----\n");
	for (int i = 0; i < n; i += 48) {
		uint8_t line[80];
		int k = EVP_EncodeBlock(line, der + i, n - i < 48 ? n - i : 48);
		buf_put(out, line, (size_t)k);
		buf_put_u8(out, '\n');
	}
	buf_put_text(out, "-----END RSA PRIVATE KEY-----\n");
	OPENSSL_free(der);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(c);
	BN_free(one);
}

/* ---- */

bool layout_more_key(const char *family, uint64_t seed, struct buf *out)
{
	if (strcmp(family, "chaos") == 0)
		layout_put_random(out, 48, seed + 97);
	else if (strcmp(family, "lockcrypt") == 0)
		layout_put_random(out, 25000, seed + 96);
	else if (strcmp(family, "7ev3n") == 0)
		buf_printf(out, "id=%s\npath=%s\n", seven_id, seven_path);
	else if (strcmp(family, "teslacrypt-0") == 0)
		put_dat(false, seed, out);
	else if (strcmp(family, "alphacrypt") == 0)
		put_dat(true, seed, out);
	else if (strcmp(family, "babuk-esxi") == 0)
		return layout_key("babuk-nas", seed, out);
	else if (strcmp(family, "conti") == 0)
		put_blob(seed / 1000, out);
	else if (strcmp(family, "akira-1-key") == 0)
		put_pem(seed / 1000, out);
	else
		return layout_late_key(family, seed, out);
	return buf_ok(out);
}

bool layout_more(const char *family, struct span original, uint64_t seed, struct buf *out)
{
	static const struct {
		const char *family;
		void (*make)(struct span o, uint64_t seed, struct buf *out);
	} rows[] = {
		{ "dma-locker", dma },      { "princess-1", princess },
		{ "solidbit", solidbit },   { "onyx-2", onyx },
		{ "chaos", chaos },         { "7ev3n", seven },
		{ "lockcrypt", lockcrypt }, { "teslacrypt-0", tesla_0 },
		{ "alphacrypt", alpha },    { "babuk-esxi", babuk_esxi },
		{ "conti", conti },         { "akira-1-key", akira_keyed },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(family, rows[i].family) == 0) {
			rows[i].make(original, seed, out);
			return buf_ok(out);
		}
	return layout_late(family, original, seed, out);
}
