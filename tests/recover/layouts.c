#include "base/hash.h"
#include "recover/salsa.h"
#include "tests/recover/layouts_inner.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>

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
		key[i] = (uint8_t)(0x21 + layout_next(&seed) % 90);
	for (size_t i = 0; i < o.n; i++)
		buf_put_u8(out, (uint8_t)(o.p[i] + key[i % 64]));
}

static void nemucod(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t key[255];

	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(layout_next(&seed) | 1);
	for (size_t i = 0; i < o.n; i++)
		buf_put_u8(out, i < 2048 ? o.p[i] ^ key[i % sizeof key] : o.p[i]);
}

/* The 64 bytes are the test's; bodies are small ones, blocks at multiples of 192. */
static void basta(struct span o, uint64_t seed, struct buf *out)
{
	uint64_t s = seed;
	uint8_t key[64];

	for (unsigned i = 0; i < 64; i++)
		key[i] = (uint8_t)layout_next(&s);
	buf_put_span(out, o);
	for (size_t at = 0; at + 64 <= o.n; at += 192)
		for (size_t i = 0; i < 64; i++)
			out->p[at + i] ^= key[i];
	layout_put_random(out, 314 - 23, seed + 1);
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
		p[i] ^= (uint8_t)(layout_next(&s) >> 40);
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
	layout_put_random(out, 524, seed);
	buf_put_u8(out, (uint8_t)mode);
	buf_put_u8(out, 50);
	buf_put_le64(out, o.n);
}

/* ---- AES-CBC under one key */

void layout_cbc(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, struct span in,
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
	layout_cbc(EVP_aes_256_cbc(), key, iv, span_cut(o, 0, head), false, out);
	buf_put_span(out, span_cut(o, head, o.n));
}

static void jigsaw(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t key[] =
		"\x3a\x82\x2c\x03\x0c\x05\xdb\x77\x08\x09\x0a\x0b\x0c\x0d\x0e\x0d";
	static const uint8_t iv[] = "\0\1\0\3\5\3\0\1\0\0\2\0\6\7\6";

	(void)seed;
	layout_cbc(EVP_aes_128_cbc(), key, iv, o, true, out);
}

static void key_group(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t key[] = "d\0007\000a\0000\0001\000s\0009\000u";

	(void)seed;
	layout_cbc(EVP_aes_128_cbc(), key, key, o, true, out);
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
	layout_cbc(EVP_aes_256_cbc(), key.p, iv, buf_span(&first), false, out);
	buf_put_span(out, span_cut(o, head, o.n));
	layout_put_random(out, 512, seed);
	buf_put_le64(out, o.n);
	buf_put_le64(out, 0);
	buf_put_le64(out, 0x1030307);
	buf_release(&first);
	buf_release(&key);
}

/* ---- families with a generator: written here from their descriptions, apart from src/recover */

/* System.Random, by its published algorithm, in 64-bit arithmetic. */
void layout_dotnet_seed(int64_t *table, int64_t seed)
{
	int64_t mj = 161803398 - seed, mk = 1;

	table[55] = mj;
	for (int i = 1; i < 55; i++) {
		table[21 * i % 55] = mk;
		mk = mj - mk < 0 ? mj - mk + INT32_MAX : mj - mk;
		mj = table[21 * i % 55];
	}
	for (int round = 0; round < 4; round++)
		for (int i = 1; i < 56; i++) {
			table[i] -= table[1 + (i + 30) % 55];
			if (table[i] < INT32_MIN) /* .NET's 32 bits wrap */
				table[i] += (int64_t)1 << 32;
			if (table[i] < 0)
				table[i] += INT32_MAX;
		}
}

double layout_dotnet_next(int64_t *table, int *at, int *behind)
{
	*at = *at + 1 >= 56 ? 1 : *at + 1;
	*behind = *behind + 1 >= 56 ? 1 : *behind + 1;
	int64_t v = table[*at] - table[*behind];
	v = v == INT32_MAX ? v - 1 : v;
	table[*at] = v < 0 ? v + INT32_MAX : v;
	return (double)table[*at] * (1.0 / INT32_MAX);
}

static void prometheus(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t nonce[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	int64_t table[56] = { 0 };
	uint8_t key[32], stream[64];
	int at = 0, behind = 21;

	layout_dotnet_seed(table, (int64_t)seed);
	for (int i = 0; i < 32;) {
		uint8_t c = (uint8_t)(33 + (int)(layout_dotnet_next(table, &at, &behind) * 94));
		if (c != '"' && c != '\\')
			key[i++] = c;
	}
	buf_put_span(out, o);
	for (size_t i = 0; i < o.n; i++) {
		if (i % 64 == 0)
			salsa_block(key, nonce, i / 64, stream);
		out->p[i] ^= stream[i % 64];
	}
}

static void thanatos(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t iv[16];
	uint32_t s = (uint32_t)seed;
	uint8_t digits[20], key[32];

	for (int i = 0; i < 20; i++) {
		s = s * 214013 + 2531011;
		digits[i] = (uint8_t)('0' + (s >> 16 & 0x7fff) % 10);
	}
	layout_sha256((struct span){ digits, 20 }, key);
	layout_cbc(EVP_aes_256_cbc(), key, iv, o, true, out);
}

/* The seed is the second of the run; this is its third file. */
static void linux_encoder(struct span o, uint64_t seed, struct buf *out)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,.-#'?!";
	uint64_t s = seed - 1;
	uint8_t key[16], iv[16];
	struct buf padded;

	for (int file = 0; file < 3; file++)
		for (int i = 0; i < 32; i++) {
			s = s * 6364136223846793005u + 1;
			uint32_t r = (uint32_t)(s >> 33);
			if (i < 16)
				key[i] = (uint8_t)letters[r % 69];
			else
				iv[i - 16] = (uint8_t)r;
		}
	iv[15] = (uint8_t)((iv[15] & 0xf0) | (o.n & 15));
	buf_put_le32(out, 0x81a4);
	buf_put_le32(out, 256);
	layout_put_random(out, 256, seed);
	buf_put(out, iv, 16);
	buf_init(&padded, LAYOUT_MAX);
	buf_put_span(&padded, o);
	buf_align(&padded, 16);
	layout_cbc(EVP_aes_128_cbc(), key, iv, buf_span(&padded), false, out);
	buf_release(&padded);
}

/* ---- families with a private key: a test key wherever the layout leaves it free */

void layout_scalar(uint64_t seed, uint8_t *scalar)
{
	for (int i = 0; i < 32; i++)
		scalar[i] = (uint8_t)layout_next(&seed);
	scalar[0] &= 0x7f;
}

/* scalar * G, or scalar * point, in the open form; and x alone where `x` is given. */
void layout_multiply(const uint8_t *scalar, const uint8_t *point, uint8_t *out, uint8_t *x)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp256k1);
	BIGNUM *k = BN_bin2bn(scalar, 32, NULL), *bx = BN_new();
	EC_POINT *p = EC_POINT_new(group), *q = EC_POINT_new(group);

	if (point != NULL && EC_POINT_oct2point(group, p, point, 65, NULL) != 1)
		abort();
	if (EC_POINT_mul(group, q, point == NULL ? k : NULL, point == NULL ? NULL : p,
			 point == NULL ? NULL : k, NULL) != 1)
		abort();
	if (out != NULL)
		EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, out, 65, NULL);
	if (x != NULL && (EC_POINT_get_affine_coordinates(group, q, bx, NULL, NULL) != 1 ||
			  BN_bn2binpad(bx, x, 32) != 32))
		abort();
	EC_POINT_free(p);
	EC_POINT_free(q);
	BN_free(k);
	BN_free(bx);
	EC_GROUP_free(group);
}

/* The master's public point follows from the published scalar; it wraps as the description has it:
 * what lies behind a point opens with x(master * point) = x(own * Master). */
static void wrap(const uint8_t *own, const uint8_t *to_scalar, const uint8_t *secret,
		 struct buf *out)
{
	static const uint8_t iv[16];
	uint8_t point[65], other[65], x[32], key[32];

	layout_multiply(own, NULL, point, NULL);
	layout_multiply(to_scalar, NULL, other, NULL);
	layout_multiply(own, other, NULL, x);
	layout_sha256((struct span){ x, 32 }, key);
	buf_put(out, point, 65);
	layout_cbc(EVP_aes_256_cbc(), key, iv, (struct span){ secret, 32 }, false, out);
}

static void put_body(struct span o, const uint8_t *key, const uint8_t *iv, struct buf *out)
{
	struct buf padded;

	buf_init(&padded, LAYOUT_MAX);
	buf_put_span(&padded, o);
	buf_align(&padded, 16);
	layout_cbc(EVP_aes_256_cbc(), key, iv, buf_span(&padded), false, out);
	buf_release(&padded);
}

static void pad_to(struct buf *out, size_t at)
{
	while (out->n < at)
		buf_put_u8(out, 0);
}

static void tesla_3(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t master[] =
		"\x44\x0a\x24\x1d\xd8\x0f\xcc\x56\x64\xe8\x61\x98\x9d\xb7\x16\xe0"
		"\x8c\xe6\x27\xd8\xd4\x0c\x7e\xa3\x60\xae\x85\x5c\x72\x7a\x49\xee";
	uint8_t g[32], e[32], key[32], own[32], point[65], iv[16] = { 9, 8, 7 };

	layout_scalar(seed + 1, g);
	layout_scalar(seed + 2, key);
	layout_scalar(seed + 3, own);
	layout_sha256((struct span){ g, 32 }, e);
	pad_to(out, 8);
	layout_put_random(out, 8, seed);
	pad_to(out, 0x18);
	wrap(own, master, g, out);
	pad_to(out, 0x98);
	layout_multiply(own, NULL, point, NULL);
	buf_put(out, point, 65);
	pad_to(out, 0xdc);
	layout_scalar(seed + 4, own);
	wrap(own, e, key, out);
	pad_to(out, 0x15c);
	buf_put(out, iv, 16);
	buf_put_le32(out, (uint32_t)o.n);
	put_body(o, key, iv, out);
}

/* Both numbers of the header are the scalar itself, which is a multiple of it. */
static void tesla_2(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t scalar[32], point[65], iv[16] = { 5 };
	char hex[65];

	layout_scalar(seed, scalar);
	layout_multiply(scalar, NULL, point, NULL);
	hex_text(scalar, 32, hex);
	buf_put(out, "\xde\xad\xbe\xef", 4);
	buf_put(out, point, 65);
	for (int i = 0; i < 2; i++)
		buf_put(out, hex, 64);
	pad_to(out, 0xc7);
	buf_put(out, point, 65);
	for (int i = 0; i < 2; i++)
		buf_put(out, hex, 64);
	pad_to(out, 0x18a);
	buf_put(out, iv, 16);
	buf_put_le32(out, (uint32_t)o.n);
	put_body(o, scalar, iv, out);
}

/* What the test's key shares with one of a file's own: the key of its cipher, and the public half.
 */
void layout_share(uint64_t seed, uint8_t *public, uint8_t *key)
{
	uint8_t own[32], theirs[32], secret[32];
	size_t n = 32;
	struct buf k;

	buf_init(&k, 64);
	(void)layout_key("babuk-nas", seed, &k);
	memcpy(theirs, k.p, 32);
	buf_release(&k);
	layout_scalar(seed + 7, own);
	EVP_PKEY *a = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, own, 32);
	EVP_PKEY *b = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, theirs, 32);
	EVP_PKEY_CTX *x = EVP_PKEY_CTX_new(a, NULL);
	if (EVP_PKEY_derive_init(x) != 1 || EVP_PKEY_derive_set_peer(x, b) != 1 ||
	    EVP_PKEY_derive(x, secret, &n) != 1 || EVP_PKEY_get_raw_public_key(a, public, &n) != 1)
		abort();
	layout_sha256((struct span){ secret, 32 }, key);
	EVP_PKEY_CTX_free(x);
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
}

static void babuk(struct span o, uint64_t seed, struct buf *out)
{
	uint8_t public[32], key[32], digest[32], iv[16] = { 0 };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	size_t head = o.n < 4 << 20 ? o.n : 4 << 20;
	int got;

	layout_share(seed, public, key);
	layout_sha256((struct span){ key, 32 }, digest);
	memcpy(iv + 4, digest + 10, 12);
	buf_put_span(out, o);
	if (EVP_EncryptInit_ex(c, EVP_chacha20(), NULL, key, iv) != 1 ||
	    EVP_EncryptUpdate(c, out->p, &got, out->p, (int)head) != 1)
		abort();
	buf_put(out, public, 32);
	buf_put(out, "\xab\xbc\xcd\xde\xef\xf0", 6);
	EVP_CIPHER_CTX_free(c);
}

/* ---- WannaCry: an RSA-2048 key of the test's own, made from the seed by search for primes */

static BIGNUM *prime_of(uint64_t seed)
{
	uint8_t bytes[128];
	BIGNUM *v;

	for (int i = 0; i < 128; i++)
		bytes[i] = (uint8_t)layout_next(&seed);
	bytes[0] |= 0xc0;
	bytes[127] |= 1;
	v = BN_bin2bn(bytes, 128, NULL);
	while (BN_check_prime(v, NULL, NULL) != 1)
		BN_add_word(v, 2);
	return v;
}

struct test_rsa {
	BIGNUM *n, *d, *e;
	BN_CTX *ctx;
};

static struct test_rsa rsa_of(uint64_t seed)
{
	struct test_rsa r = { BN_new(), BN_new(), BN_new(), BN_CTX_new() };
	BIGNUM *p = prime_of(seed), *q = prime_of(seed + 1), *phi = BN_new();

	BN_set_word(r.e, 65537);
	BN_mul(r.n, p, q, r.ctx);
	BN_sub_word(p, 1);
	BN_sub_word(q, 1);
	BN_mul(phi, p, q, r.ctx);
	if (BN_mod_inverse(r.d, r.e, phi, r.ctx) == NULL)
		abort();
	BN_free(p);
	BN_free(q);
	BN_free(phi);
	return r;
}

static void rsa_free(struct test_rsa *r)
{
	BN_free(r->n);
	BN_free(r->d);
	BN_free(r->e);
	BN_CTX_free(r->ctx);
}

static void wannacry(struct span o, uint64_t seed, struct buf *out)
{
	static const uint8_t iv[16];
	struct test_rsa r = rsa_of(seed);
	uint8_t block[256], key[16];
	uint64_t s = seed + 5;
	struct buf padded;

	for (int i = 0; i < 16; i++)
		key[i] = (uint8_t)layout_next(&s);
	block[0] = 0;
	block[1] = 2;
	for (int i = 2; i < 239; i++)
		block[i] = (uint8_t)(layout_next(&s) % 255 + 1);
	block[239] = 0;
	memcpy(block + 240, key, 16);
	BIGNUM *m = BN_bin2bn(block, 256, NULL);
	if (BN_mod_exp(m, m, r.e, r.n, r.ctx) != 1 || BN_bn2lebinpad(m, block, 256) != 256)
		abort();
	BN_free(m);
	buf_put(out, "WANACRY!", 8);
	buf_put_le32(out, 256);
	buf_put(out, block, 256);
	buf_put_le32(out, 4);
	buf_put_le64(out, o.n);
	buf_init(&padded, LAYOUT_MAX);
	buf_put_span(&padded, o);
	buf_align(&padded, 16);
	layout_cbc(EVP_aes_128_cbc(), key, iv, buf_span(&padded), false, out);
	buf_release(&padded);
	rsa_free(&r);
}

static void put_blob(uint64_t seed, struct buf *out)
{
	struct test_rsa r = rsa_of(seed);
	uint8_t number[256];

	buf_put(out, "\7\2\0\0\0\xa4\0\0RSA2", 12);
	buf_put_le32(out, 2048);
	buf_put_le32(out, 65537);
	(void)BN_bn2lebinpad(r.n, number, 256);
	buf_put(out, number, 256);
	pad_to(out, 20 + 256 + 640);
	(void)BN_bn2lebinpad(r.d, number, 256);
	buf_put(out, number, 256);
	rsa_free(&r);
}

bool layout_key(const char *family, uint64_t seed, struct buf *out)
{
	if (strcmp(family, "avaddon") == 0)
		layout_put_random(out, 32, seed + 99);
	else if (strcmp(family, "babuk-nas") == 0)
		layout_put_random(out, 32, seed + 98);
	else if (strcmp(family, "wannacry") == 0)
		put_blob(seed, out);
	else if (strcmp(family, "teslacrypt-2") == 0) {
		uint8_t scalar[32];
		layout_scalar(seed, scalar);
		buf_put(out, scalar, 32);
	} else
		return layout_more_key(family, seed, out);
	return buf_ok(out);
}

/* ---- */

bool layout_of(const char *family, struct span original, uint64_t seed, struct buf *out)
{
	static const struct {
		const char *family;
		void (*make)(struct span o, uint64_t seed, struct buf *out);
	} rows[] = {
		{ "dxxd", dxxd },
		{ "crypren", crypren },
		{ "nemucod-xor", nemucod },
		{ "black-basta", basta },
		{ "ranran", ranran },
		{ "akira-1", akira },
		{ "powerware", powerware },
		{ "jigsaw", jigsaw },
		{ "key-group", key_group },
		{ "avaddon", avaddon },
		{ "prometheus", prometheus },
		{ "thanatos", thanatos },
		{ "linux-encoder-1", linux_encoder },
		{ "teslacrypt-3", tesla_3 },
		{ "teslacrypt-2", tesla_2 },
		{ "babuk-nas", babuk },
		{ "wannacry", wannacry },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(family, rows[i].family) == 0) {
			rows[i].make(original, seed, out);
			return buf_ok(out);
		}
	return layout_more(family, original, seed, out);
}
