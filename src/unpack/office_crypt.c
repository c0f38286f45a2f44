/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/office_crypt.h"

enum {
	SALT = 16,
	VERIFIER = 16,
	SPIN = 50000, /* 2.3.4.7 */
	SPIN_STEPS = 300,
	AES_128 = 0x660e,
	AES_192 = 0x660f,
	AES_256 = 0x6610,
	RC4 = 0x6801,
	MAX_HEADER = 1024,
};

struct span office_password(const struct unpack *u, size_t i)
{
	if (i == 0)
		return span_of("VelvetSweatshop");
	return i <= u->options->n_passwords ? u->options->password[i - 1] : (struct span){ 0 };
}

static struct span span(const uint8_t *p, size_t n) { return (struct span){ p, n }; }

static void le32(uint32_t v, uint8_t to[4])
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

/* ---- AES with a header (2.3.4.5 to 2.3.4.9), and RC4 CryptoAPI (2.3.5) */

struct header {
	bool is_rc4;
	size_t n_key; /* bytes */
	struct span salt, verifier, hash;
};

static bool read_header(struct span info, struct header *h, struct error *e)
{
	struct cursor c = cursor_of(info);

	cursor_skip(&c, 4 + 4); /* version, flags */
	uint32_t size = cursor_le32(&c);
	struct cursor d = cursor_sub(&c, c.at, size <= MAX_HEADER ? size : MAX_HEADER);
	cursor_skip(&c, size);
	cursor_skip(&d, 8);
	uint32_t cipher = cursor_le32(&d);
	cursor_skip(&d, 4); /* digest: SHA-1 */
	uint32_t bits = cursor_le32(&d);
	cursor_skip(&c, 4); /* size of the salt */
	h->salt = cursor_take(&c, SALT);
	h->verifier = cursor_take(&c, VERIFIER);
	cursor_skip(&c, 4); /* size of the hash */
	h->is_rc4 = cipher == RC4;
	h->hash = cursor_take(&c, h->is_rc4 ? 20 : 32);
	if (!cursor_ok(&c) || !cursor_ok(&d))
		return error_set(
			e, REASON_DAMAGED, PLACE_NONE,
			"Office: the encryption's header is cut off ([MS-OFFCRYPTO] 2.3.2)");
	if (!h->is_rc4 && cipher != AES_128 && cipher != AES_192 && cipher != AES_256)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "Office cipher 0x%x",
				 (unsigned)cipher);
	h->n_key = bits == 0 && h->is_rc4 ? 5 : bits / 8;
	if (h->n_key < 5 || h->n_key > (h->is_rc4 ? 16 : 32) || bits % 8 != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "Office: a key of %u bits",
				 (unsigned)bits);
	return true;
}

/* 2.3.4.7: from the spun digest to a key that is longer than it. */
static void widen(const uint8_t digest[20], uint8_t out[40])
{
	uint8_t block[64], made[CIPHER_DIGEST_MAX];

	for (unsigned half = 0; half < 2; half++) {
		memset(block, half == 0 ? 0x36 : 0x5c, sizeof block);
		for (unsigned i = 0; i < 20; i++)
			block[i] ^= digest[i];
		cipher_digest(CIPHER_SHA1, span(block, sizeof block), span(NULL, 0), made);
		memcpy(out + 20 * (size_t)half, made, 20);
	}
}

static bool try_aes(const struct header *h, struct span password, struct office_key *out)
{
	uint8_t digest[CIPHER_DIGEST_MAX], zero[4] = { 0 }, wide[40], plain[32];

	cipher_digest(CIPHER_SHA1, h->salt, password, digest);
	cipher_spin(CIPHER_SHA1, SPIN, digest);
	cipher_digest(CIPHER_SHA1, span(digest, 20), span(zero, 4), digest);
	widen(digest, wide);
	out->cipher = OFFICE_STANDARD;
	out->n_key = h->n_key;
	memcpy(out->key, wide, h->n_key);
	struct span key = span(out->key, out->n_key);
	if (!cipher_ecb(key, h->verifier, plain))
		return false;
	cipher_digest(CIPHER_SHA1, span(plain, VERIFIER), span(NULL, 0), digest);
	return cipher_ecb(key, h->hash, plain) && memcmp(plain, digest, 20) == 0;
}

/* Verifier and its digest are one stream of RC4. */
static bool verify_rc4(const struct office_key *k, struct span verifier, struct span hash)
{
	enum cipher_digest d = k->cipher == OFFICE_RC4_MD5 ? CIPHER_MD5 : CIPHER_SHA1;
	uint8_t both[VERIFIER + 20], digest[CIPHER_DIGEST_MAX];

	memcpy(both, verifier.p, VERIFIER);
	memcpy(both + VERIFIER, hash.p, hash.n);
	office_block(k, 0, span(both, VERIFIER + hash.n), both);
	cipher_digest(d, span(both, VERIFIER), span(NULL, 0), digest);
	return memcmp(both + VERIFIER, digest, hash.n) == 0;
}

static bool try_rc4(const struct header *h, struct span password, struct office_key *out)
{
	uint8_t digest[CIPHER_DIGEST_MAX];

	cipher_digest(CIPHER_SHA1, h->salt, password, digest);
	out->cipher = OFFICE_RC4_SHA1;
	out->n_key = h->n_key;
	memcpy(out->key, digest, 20);
	return verify_rc4(out, h->verifier, h->hash);
}

/* RC4 of 40 bits (2.3.6.2): the first five bytes of a digest of sixteen times five and a salt. */
static bool try_old(struct span salt, struct span verifier, struct span hash, struct span password,
		    struct office_key *out)
{
	uint8_t digest[CIPHER_DIGEST_MAX], all[16 * (5 + SALT)];

	cipher_digest(CIPHER_MD5, password, span(NULL, 0), digest);
	for (size_t i = 0; i < sizeof all; i += 5 + SALT) {
		memcpy(all + i, digest, 5);
		memcpy(all + i + 5, salt.p, SALT);
	}
	cipher_digest(CIPHER_MD5, span(all, sizeof all), span(NULL, 0), digest);
	out->cipher = OFFICE_RC4_MD5;
	out->n_key = 16;
	memcpy(out->key, digest, 5);
	return verify_rc4(out, verifier, hash);
}

static bool none_fits(struct error *e)
{
	return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
			 "Office: no password that was tried fits");
}

static bool open_old(struct unpack *u, struct span info, struct office_key *out, struct error *e)
{
	struct cursor c = cursor_of(info);
	struct span password;
	uint8_t wide[CIPHER_PASSWORD_MAX];

	cursor_skip(&c, 4);
	struct span salt = cursor_take(&c, SALT), verifier = cursor_take(&c, VERIFIER);
	struct span hash = cursor_take(&c, 16);
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "Office: RC4's header is cut off ([MS-OFFCRYPTO] 2.3.6.1)");
	for (size_t i = 0; (password = office_password(u, i)).n != 0; i++)
		if (try_old(salt, verifier, hash, span(wide, cipher_password(password, wide)), out))
			return true;
	return none_fits(e);
}

bool office_open(struct unpack *u, struct span info, struct office_key *out, struct error *e)
{
	struct cursor c = cursor_of(info);
	unsigned major = cursor_le16(&c), minor = cursor_le16(&c);
	uint8_t wide[CIPHER_PASSWORD_MAX];
	struct span password;
	struct header h = { 0 };

	*out = (struct office_key){ 0 };
	if (info.n == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "Office: and nothing says how ([MS-OFFCRYPTO] 2.3.4)");
	if (major == 4 && minor == 4)
		return office_agile(u, span_cut(info, 8, info.n), out, e);
	if (major == 1 && minor == 1)
		return open_old(u, info, out, e);
	if (major < 2 || major > 4 || minor != 2)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "Office encryption %u.%u",
				 major, minor);
	if (!read_header(info, &h, e))
		return false;
	for (size_t i = 0; (password = office_password(u, i)).n != 0; i++) {
		struct span p = span(wide, cipher_password(password, wide));
		if (!h.is_rc4 && !unpack_steps(u, (uint64_t)SPIN * SPIN_STEPS))
			break;
		if (h.is_rc4 ? try_rc4(&h, p, out) : try_aes(&h, p, out))
			return true;
	}
	return none_fits(e);
}

/* ---- XOR (2.3.7.1, 2.3.7.2) */

enum { XOR_MAX = 15 /* bytes of a password */ };

static uint16_t xor_verifier(struct span password)
{
	uint16_t v = 0;

	for (size_t i = password.n + 1; i-- > 0;) {
		uint16_t byte = i == 0 ? (uint16_t)password.n : password.p[i - 1];
		v = (uint16_t)((((v >> 14) & 1) | (v << 1 & 0x7fff)) ^ byte);
	}
	return v ^ 0xce4b;
}

/* The tables of 2.3.7.2: where a key of so many bytes begins, and what each bit of the password
 * adds to it. */
static uint16_t xor_key(struct span password)
{
	static const uint16_t first[XOR_MAX] = { 0xe1f0, 0x1d0f, 0xcc9c, 0x84c0, 0x110c,
						 0x0e10, 0xf1ce, 0x313e, 0x1872, 0xe139,
						 0xd40f, 0x84f9, 0x280c, 0xa96a, 0x4ec3 };
	static const uint16_t table[XOR_MAX][7] = {
		{ 0xaefc, 0x4dd9, 0x9bb2, 0x2745, 0x4e8a, 0x9d14, 0x2a09 },
		{ 0x7b61, 0xf6c2, 0xfda5, 0xeb6b, 0xc6f7, 0x9dcf, 0x2bbf },
		{ 0x4563, 0x8ac6, 0x05ad, 0x0b5a, 0x16b4, 0x2d68, 0x5ad0 },
		{ 0x0375, 0x06ea, 0x0dd4, 0x1ba8, 0x3750, 0x6ea0, 0xdd40 },
		{ 0xd849, 0xa0b3, 0x5147, 0xa28e, 0x553d, 0xaa7a, 0x44d5 },
		{ 0x6f45, 0xde8a, 0xad35, 0x4a4b, 0x9496, 0x390d, 0x721a },
		{ 0xeb23, 0xc667, 0x9cef, 0x29ff, 0x53fe, 0xa7fc, 0x5fd9 },
		{ 0x47d3, 0x8fa6, 0x0f6d, 0x1eda, 0x3db4, 0x7b68, 0xf6d0 },
		{ 0xb861, 0x60e3, 0xc1c6, 0x93ad, 0x377b, 0x6ef6, 0xddec },
		{ 0x45a0, 0x8b40, 0x06a1, 0x0d42, 0x1a84, 0x3508, 0x6a10 },
		{ 0xaa51, 0x4483, 0x8906, 0x022d, 0x045a, 0x08b4, 0x1168 },
		{ 0x76b4, 0xed68, 0xcaf1, 0x85c3, 0x1ba7, 0x374e, 0x6e9c },
		{ 0x3730, 0x6e60, 0xdcc0, 0xa9a1, 0x4363, 0x86c6, 0x1dad },
		{ 0x3331, 0x6662, 0xccc4, 0x89a9, 0x0373, 0x06e6, 0x0dcc },
		{ 0x1021, 0x2042, 0x4084, 0x8108, 0x1231, 0x2462, 0x48c4 },
	};
	uint16_t key = first[password.n - 1];

	for (size_t i = 0; i < password.n; i++) {
		const uint16_t *row = table[XOR_MAX - password.n + i];
		for (unsigned bit = 0; bit < 7; bit++)
			if ((password.p[i] >> bit & 1) != 0)
				key ^= row[bit];
	}
	return key;
}

static void xor_array(struct span password, uint16_t key, uint8_t out[16])
{
	static const uint8_t pad[XOR_MAX] = { 0xbb, 0xff, 0xff, 0xba, 0xff, 0xff, 0xb9, 0x80,
					      0x00, 0xbe, 0x0f, 0x00, 0xbf, 0x0f, 0x00 };

	for (size_t i = 0; i < 16; i++) {
		uint8_t byte = i < password.n ? password.p[i] : pad[i - password.n];
		byte ^= (uint8_t)(i % 2 == 0 ? key : key >> 8);
		out[i] = (uint8_t)(byte >> 1 | byte << 7);
	}
}

bool office_open_xor(struct unpack *u, uint16_t key, uint16_t verifier, struct office_key *out,
		     struct error *e)
{
	struct span password;

	*out = (struct office_key){ .cipher = OFFICE_XOR, .n_key = 16 };
	for (size_t i = 0; (password = office_password(u, i)).n != 0; i++) {
		password = span_cut(password, 0, XOR_MAX);
		if (xor_verifier(password) != verifier || xor_key(password) != key)
			continue;
		xor_array(password, key, out->key);
		return true;
	}
	return none_fits(e);
}

void office_xor(const struct office_key *k, uint64_t at, struct span in, uint8_t *out)
{
	for (size_t i = 0; i < in.n; i++) {
		uint8_t v = in.p[i] ^ k->key[(at + in.n + i) % 16];
		out[i] = (uint8_t)(v >> 5 | v << 3);
	}
}

/* ---- plain bytes */

void office_block(const struct office_key *k, uint32_t block, struct span in, uint8_t *out)
{
	uint8_t key[CIPHER_DIGEST_MAX], number[4];
	bool old = k->cipher == OFFICE_RC4_MD5;
	size_t n = k->n_key;

	le32(block, number);
	cipher_digest(old ? CIPHER_MD5 : CIPHER_SHA1, span(k->key, old ? 5 : 20), span(number, 4),
		      key);
	if (n == 5) { /* 40 bits are filled up with zeros (2.3.5.2) */
		memset(key + n, 0, 16 - n);
		n = 16;
	}
	cipher_rc4(span(key, n), in, out);
}

void office_package(struct unpack *u, const struct office_key *k, struct span package)
{
	struct cursor c = cursor_of(package);
	uint8_t plain[OFFICE_SEGMENT], vector[CIPHER_DIGEST_MAX], number[4];
	uint64_t left = cursor_le64(&c);
	struct span key = span(k->key, k->n_key);
	bool ok = true;

	for (uint32_t i = 0; ok && left != 0 && cursor_left(&c) >= CIPHER_BLOCK; i++) {
		size_t n = cursor_left(&c) < OFFICE_SEGMENT ? cursor_left(&c) : OFFICE_SEGMENT;
		struct span in = cursor_take(&c, n / CIPHER_BLOCK * CIPHER_BLOCK);
		if (k->cipher == OFFICE_AGILE) {
			le32(i, number);
			memset(vector, 0x36, sizeof vector);
			cipher_digest(k->digest, span(k->salt, k->n_salt), span(number, 4), vector);
			ok = cipher_cbc(key, vector, in, plain);
		} else {
			ok = cipher_ecb(key, in, plain);
		}
		n = left < in.n ? (size_t)left : in.n;
		left -= n;
		if (!ok || !unpack_write(u, span(plain, n)) || !unpack_steps(u, n))
			return;
	}
	if (left != 0)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE,
			   "Office: the encrypted package is cut off ([MS-OFFCRYPTO] 2.3.4.4)");
}
