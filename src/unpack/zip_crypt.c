/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "unpack/zip.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* ---- PKZIP's own (APPNOTE.TXT 6.1) */

enum { KEY_HEAD = 12 };

struct keys {
	uint32_t k[3];
};

struct crc_table {
	uint32_t of[256];
};

static void make_table(struct crc_table *t)
{
	for (unsigned i = 0; i < 256; i++)
		t->of[i] = crc32_step(0, (uint8_t)i);
}

static void turn(struct keys *s, const struct crc_table *t, uint8_t byte)
{
	s->k[0] = s->k[0] >> 8 ^ t->of[(s->k[0] ^ byte) & 0xff];
	s->k[1] = (s->k[1] + (s->k[0] & 0xff)) * 134775813u + 1;
	s->k[2] = s->k[2] >> 8 ^ t->of[(s->k[2] ^ s->k[1] >> 24) & 0xff];
}

static uint8_t open_byte(struct keys *s, const struct crc_table *t, uint8_t byte)
{
	uint32_t v = (s->k[2] & 0xffff) | 2;

	byte ^= (uint8_t)(v * (v ^ 1) >> 8);
	turn(s, t, byte);
	return byte;
}

static bool old_cipher(const struct zip_entry *z, struct span password, struct span in,
		       const struct crc_table *t, struct buf *plain)
{
	struct keys s = { { 0x12345678, 0x23456789, 0x34567890 } };
	uint8_t last = 0;

	for (size_t i = 0; i < password.n; i++)
		turn(&s, t, password.p[i]);
	for (size_t i = 0; i < KEY_HEAD; i++)
		last = open_byte(&s, t, in.p[i]);
	/* one byte tells a wrong password, mostly */
	if (last != z->crc >> 24 && last != z->time >> 8)
		return false;
	buf_reset(plain);
	uint8_t *to = buf_room(plain, in.n - KEY_HEAD);
	if (to == NULL)
		return false;
	for (size_t i = KEY_HEAD; i < in.n; i++)
		to[i - KEY_HEAD] = open_byte(&s, t, in.p[i]);
	buf_filled(plain, in.n - KEY_HEAD);
	return true;
}

static bool decrypt_old(const struct unpack_options *o, const struct zip_entry *z, struct span in,
			const struct zip_trial *trial, struct buf *plain)
{
	struct crc_table t;

	if (in.n < KEY_HEAD)
		return false;
	make_table(&t);
	for (size_t i = 0; i < o->n_passwords; i++)
		if (old_cipher(z, o->password[i], in, &t, plain) &&
		    trial->good(trial->ctx, buf_span(plain)))
			return true;
	return false;
}

/* ---- WinZip's AES (AE-1 and AE-2) */

enum { ROUNDS = 1000, CHECK = 2, TAG = 10, MAX_KEY = 32, BLOCK = 16, AES_EXTRA = 0x9901 };

struct aes {
	size_t key;      /* bytes: 16, 24, 32; the salt is half of it */
	unsigned method; /* of what is encrypted */
	struct span salt, check, body, tag;
};

static bool read_aes(const struct zip_entry *z, struct span in, struct aes *a)
{
	struct cursor x = cursor_of(zip_extra(z->extra, AES_EXTRA));
	struct cursor c = cursor_of(in);

	cursor_skip(&x, 4); /* version, "AE" */
	unsigned strength = cursor_u8(&x);
	a->method = cursor_le16(&x);
	if (!cursor_ok(&x) || strength < 1 || strength > 3)
		return false;
	a->key = 8 + 8 * (size_t)strength;
	a->salt = cursor_take(&c, a->key / 2);
	a->check = cursor_take(&c, CHECK);
	if (!cursor_ok(&c) || cursor_left(&c) < TAG)
		return false;
	a->body = cursor_take(&c, cursor_left(&c) - TAG);
	a->tag = cursor_take(&c, TAG);
	return true;
}

static const EVP_CIPHER *cipher_of(size_t key)
{
	return key == 16 ? EVP_aes_128_ecb() : key == 24 ? EVP_aes_192_ecb() : EVP_aes_256_ecb();
}

/* Counter mode with a counter that begins at 1 and has its lowest byte first, which libcrypto does
 * not have. */
static bool aes_stream(const uint8_t *key, const struct aes *a, struct buf *plain)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *to = buf_room(plain, a->body.n);
	uint8_t block[BLOCK], counter[BLOCK] = { 0 };
	bool ok = ctx != NULL && to != NULL &&
		  EVP_EncryptInit_ex(ctx, cipher_of(a->key), NULL, key, NULL) == 1;

	for (size_t at = 0; ok && at < a->body.n; at += BLOCK) {
		size_t n = a->body.n - at < BLOCK ? a->body.n - at : BLOCK;
		int made;
		for (size_t i = 0; i < BLOCK && ++counter[i] == 0; i++)
			;
		ok = EVP_EncryptUpdate(ctx, block, &made, counter, BLOCK) == 1;
		for (size_t i = 0; i < n; i++)
			to[at + i] = a->body.p[at + i] ^ block[i];
	}
	EVP_CIPHER_CTX_free(ctx);
	if (ok)
		buf_filled(plain, a->body.n);
	return ok;
}

static bool try_aes(const struct aes *a, struct span password, struct buf *plain)
{
	uint8_t keys[2 * MAX_KEY + CHECK], tag[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (password.n > INT16_MAX ||
	    PKCS5_PBKDF2_HMAC_SHA1((const char *)password.p, (int)password.n, a->salt.p,
				   (int)a->salt.n, ROUNDS, (int)(2 * a->key + CHECK), keys) != 1 ||
	    memcmp(keys + 2 * a->key, a->check.p, CHECK) != 0)
		return false;
	if (HMAC(EVP_sha1(), keys + a->key, (int)a->key, a->body.p, a->body.n, tag, &n) == NULL ||
	    memcmp(tag, a->tag.p, TAG) != 0)
		return false;
	buf_reset(plain);
	return aes_stream(keys, a, plain);
}

bool zip_decrypt(const struct unpack_options *o, const struct zip_entry *z, struct span in,
		 const struct zip_trial *trial, struct buf *plain, unsigned *method)
{
	struct aes a;

	*method = z->method;
	if ((z->flags & ZIP_STRONG) != 0 || in.n > ZIP_MAX_PLAIN)
		return false;
	if (z->method != ZIP_AES)
		return decrypt_old(o, z, in, trial, plain);
	if (!read_aes(z, in, &a))
		return false;
	*method = a.method;
	for (size_t i = 0; i < o->n_passwords; i++)
		if (try_aes(&a, o->password[i], plain))
			return true;
	return false;
}
