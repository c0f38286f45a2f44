/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/cipher.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <openssl/md5.h>
#include <openssl/rc4.h>
#include <openssl/sha.h>

size_t cipher_digest_size(enum cipher_digest d)
{
	static const uint8_t size[] = { 16, 20, 32, 48, 64 };

	return size[d];
}

void cipher_digest(enum cipher_digest d, struct span a, struct span b, uint8_t *out)
{
	union {
		MD5_CTX md5;
		SHA_CTX sha1;
		SHA256_CTX sha256;
		SHA512_CTX sha512;
	} c;

	switch (d) {
	case CIPHER_MD5:
		MD5_Init(&c.md5);
		MD5_Update(&c.md5, a.p, a.n);
		MD5_Update(&c.md5, b.p, b.n);
		MD5_Final(out, &c.md5);
		break;
	case CIPHER_SHA1:
		SHA1_Init(&c.sha1);
		SHA1_Update(&c.sha1, a.p, a.n);
		SHA1_Update(&c.sha1, b.p, b.n);
		SHA1_Final(out, &c.sha1);
		break;
	case CIPHER_SHA256:
		SHA256_Init(&c.sha256);
		SHA256_Update(&c.sha256, a.p, a.n);
		SHA256_Update(&c.sha256, b.p, b.n);
		SHA256_Final(out, &c.sha256);
		break;
	case CIPHER_SHA384:
		SHA384_Init(&c.sha512);
		SHA384_Update(&c.sha512, a.p, a.n);
		SHA384_Update(&c.sha512, b.p, b.n);
		SHA384_Final(out, &c.sha512);
		break;
	case CIPHER_SHA512:
		SHA512_Init(&c.sha512);
		SHA512_Update(&c.sha512, a.p, a.n);
		SHA512_Update(&c.sha512, b.p, b.n);
		SHA512_Final(out, &c.sha512);
		break;
	}
}

void cipher_spin(enum cipher_digest d, uint32_t n, uint8_t *digest)
{
	size_t size = cipher_digest_size(d);
	uint8_t round[4];

	for (uint32_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < 4; k++)
			round[k] = (uint8_t)(i >> (8 * k));
		cipher_digest(d, (struct span){ round, 4 }, (struct span){ digest, size }, digest);
	}
}

bool cipher_cbc(struct span key, uint8_t vector[CIPHER_BLOCK], struct span in, uint8_t *out)
{
	AES_KEY aes;

	if ((key.n != 16 && key.n != 24 && key.n != 32) ||
	    AES_set_decrypt_key(key.p, (int)key.n * 8, &aes) != 0)
		return false;
	AES_cbc_encrypt(in.p, out, in.n / CIPHER_BLOCK * CIPHER_BLOCK, &aes, vector, AES_DECRYPT);
	return true;
}

bool cipher_ecb(struct span key, struct span in, uint8_t *out)
{
	AES_KEY aes;

	if ((key.n != 16 && key.n != 24 && key.n != 32) ||
	    AES_set_decrypt_key(key.p, (int)key.n * 8, &aes) != 0)
		return false;
	for (size_t at = 0; at + CIPHER_BLOCK <= in.n; at += CIPHER_BLOCK)
		AES_decrypt(in.p + at, out + at, &aes);
	return true;
}

void cipher_rc4(struct span key, struct span in, uint8_t *out)
{
	RC4_KEY state;

	RC4_set_key(&state, (int)key.n, key.p);
	RC4(&state, in.n, in.p, out);
}

/* ---- passwords */

/* The character at the cursor, which has one; what is no UTF-8 stands for itself. */
static uint32_t take_narrow(struct cursor *c)
{
	struct cursor ahead = *c;
	uint32_t first = cursor_u8(c);
	unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
	uint32_t v = first & (more != 0 ? 0x3fu >> more : 0x7fu);

	cursor_skip(&ahead, 1);
	for (unsigned i = 0; i < more; i++) {
		uint32_t next = cursor_u8(&ahead);
		if ((next & 0xc0) != 0x80)
			return first;
		v = v << 6 | (next & 0x3f);
	}
	if (more == 0 || v > 0x10ffff)
		return first;
	*c = ahead;
	return v;
}

size_t cipher_password(struct span password, uint8_t *out)
{
	struct cursor c = cursor_of(password);
	size_t n = 0;

	while (cursor_left(&c) != 0 && n + 4 <= CIPHER_PASSWORD_MAX) {
		uint32_t v = take_narrow(&c);
		uint32_t unit[2] = { v, 0 };
		unsigned units = 1;
		if (v >= 0x10000) {
			unit[0] = 0xd800 + ((v - 0x10000) >> 10);
			unit[1] = 0xdc00 + ((v - 0x10000) & 0x3ff);
			units = 2;
		}
		for (unsigned i = 0; i < units; i++) {
			out[n++] = (uint8_t)unit[i];
			out[n++] = (uint8_t)(unit[i] >> 8);
		}
	}
	return n;
}

void cipher_key_7z(struct span salt, struct span password, unsigned power, uint8_t key[32])
{
	uint8_t counter[8] = { 0 };
	SHA256_CTX c;

	SHA256_Init(&c);
	for (uint64_t i = 0; i < UINT64_C(1) << power; i++) {
		SHA256_Update(&c, salt.p, salt.n);
		SHA256_Update(&c, password.p, password.n);
		SHA256_Update(&c, counter, sizeof counter);
		for (size_t k = 0; k < sizeof counter && ++counter[k] == 0; k++)
			;
	}
	SHA256_Final(key, &c);
}

void cipher_key_rar3(struct span salt, struct span password, uint8_t key[16], uint8_t vector[16])
{
	enum { ROUNDS = 1 << 18, SHARE = ROUNDS / 16 };
	uint8_t digest[SHA_DIGEST_LENGTH], counter[3];
	SHA_CTX c, so_far;

	SHA1_Init(&c);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		for (unsigned k = 0; k < sizeof counter; k++)
			counter[k] = (uint8_t)(i >> (8 * k));
		SHA1_Update(&c, password.p, password.n);
		SHA1_Update(&c, salt.p, salt.n);
		SHA1_Update(&c, counter, sizeof counter);
		if (i % SHARE != 0)
			continue;
		so_far = c;
		SHA1_Final(digest, &so_far);
		vector[i / SHARE] = digest[sizeof digest - 1];
	}
	SHA1_Final(digest, &c);
	for (unsigned i = 0; i < 16; i++) /* words with their lowest byte first */
		key[i] = digest[i / 4 * 4 + 3 - i % 4];
}
