/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pdf_crypt.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <openssl/md5.h>
#include <openssl/rc4.h>
#include <openssl/sha.h>

/* libcrypto's plain functions, for the reason that base/hash.c gives. */

enum {
	STRING_MAX = 160,   /* bytes of /O, /U, /UE and /ID that are used */
	MAX_PASSWORD = 127, /* bytes of one that count (ISO 32000-2, 7.6.4.3.3) */
};

/* 7.6.3.3, Algorithm 2: what a password is filled up with. */
static const uint8_t padding[32] = { 0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41,
				     0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08,
				     0x2e, 0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80,
				     0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a };

struct text {
	uint8_t p[STRING_MAX];
	size_t n;
};

static void read_string(struct pdf_doc *d, struct span value, struct text *out)
{
	struct pdf_token t = pdf_first(pdf_doc_resolve(d, value), &d->steps);

	out->n = 0;
	if ((t.kind == PDF_STRING || t.kind == PDF_HEX) && t.text.n <= STRING_MAX)
		out->n = pdf_string_bytes(t, out->p);
	else if (t.kind == PDF_STRING || t.kind == PDF_HEX) { /* escaped, or filled up with NUL */
		t.text.n = STRING_MAX;
		out->n = pdf_string_bytes(t, out->p);
	}
}

static void rc4(const uint8_t *key, size_t n, const uint8_t *in, uint8_t *out, size_t size)
{
	RC4_KEY state;

	RC4_set_key(&state, (int)n, key);
	RC4(&state, size, in, out);
}

/* ---- revisions 2 to 4 */

static void key_of_r4(struct pdf_doc *d, struct span dict, const struct text *id, int64_t revision,
		      struct span password, struct pdf_crypt *c)
{
	uint32_t permissions = (uint32_t)pdf_doc_int(d, dict, "P", 0);
	uint8_t p[4], none[4] = { 0xff, 0xff, 0xff, 0xff }, digest[MD5_DIGEST_LENGTH];
	struct text o;
	MD5_CTX md5;

	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(permissions >> (8 * i));
	read_string(d, pdf_get(dict, "O", &d->steps), &o);
	MD5_Init(&md5);
	MD5_Update(&md5, password.p, password.n);
	MD5_Update(&md5, padding, sizeof padding - password.n);
	MD5_Update(&md5, o.p, o.n < 32 ? o.n : 32);
	MD5_Update(&md5, p, sizeof p);
	MD5_Update(&md5, id->p, id->n);
	if (revision >= 4 && c->clear_metadata)
		MD5_Update(&md5, none, sizeof none);
	MD5_Final(digest, &md5);
	for (int i = 0; revision >= 3 && i < 50; i++) {
		MD5_Init(&md5);
		MD5_Update(&md5, digest, c->key_size);
		MD5_Final(digest, &md5);
	}
	memcpy(c->key, digest, c->key_size);
}

/* The key opens what /U holds (7.6.3.4, Algorithm 6). */
static bool is_right_r4(const struct pdf_crypt *c, const struct text *u, const struct text *id,
			int64_t revision)
{
	uint8_t out[32] = { 0 }, key[16];
	MD5_CTX md5;

	if (revision == 2) {
		rc4(c->key, c->key_size, padding, out, 32);
		return u->n >= 32 && memcmp(out, u->p, 32) == 0;
	}
	MD5_Init(&md5);
	MD5_Update(&md5, padding, sizeof padding);
	MD5_Update(&md5, id->p, id->n);
	MD5_Final(out, &md5);
	for (unsigned round = 0; round < 20; round++) {
		for (size_t i = 0; i < c->key_size; i++)
			key[i] = (uint8_t)(c->key[i] ^ round);
		rc4(key, c->key_size, out, out, 16);
	}
	return u->n >= 16 && memcmp(out, u->p, 16) == 0;
}

/* ---- revisions 5 and 6 */

static void sha256(struct span a, struct span b, uint8_t out[32])
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, a.p, a.n);
	SHA256_Update(&c, b.p, b.n);
	SHA256_Final(out, &c);
}

/* SHA-384 or SHA-512 of n bytes; the first 64 bytes of `out` are written. */
static void sha512(bool is_384, const uint8_t *p, size_t n, uint8_t out[64])
{
	SHA512_CTX c;

	if (is_384)
		SHA384_Init(&c);
	else
		SHA512_Init(&c);
	SHA512_Update(&c, p, n);
	if (is_384)
		SHA384_Final(out, &c);
	else
		SHA512_Final(out, &c);
}

/* ISO 32000-2, 7.6.4.3.4, Algorithm 2.B, for a user password: of a salt of 8 bytes. */
static void hash_r6(struct span password, const uint8_t *salt, uint8_t out[32])
{
	uint8_t k[64], block[64 * (MAX_PASSWORD + 64)], vector[16];
	size_t n = 32;
	AES_KEY aes;

	sha256(password, (struct span){ salt, 8 }, k);
	for (unsigned round = 0;; round++) {
		unsigned sum = 0;
		size_t size = (password.n + n) * 64;
		for (size_t i = 0; i < size; i += password.n + n) {
			if (password.n != 0)
				memcpy(block + i, password.p, password.n);
			memcpy(block + i + password.n, k, n);
		}
		(void)AES_set_encrypt_key(k, 128, &aes);
		memcpy(vector, k + 16, sizeof vector);
		AES_cbc_encrypt(block, block, size, &aes, vector, AES_ENCRYPT);
		for (size_t i = 0; i < 16; i++)
			sum += block[i];
		uint8_t last = block[size - 1];
		size_t next = sum % 3 == 0 ? 32 : sum % 3 == 1 ? 48 : 64;
		if (next == 32)
			sha256((struct span){ block, size }, (struct span){ 0 }, k);
		else
			sha512(next == 48, block, size, k);
		n = next;
		if (round >= 63 && last <= round + 1 - 32)
			break;
	}
	memcpy(out, k, 32);
}

/* ISO 32000-2, 7.6.4.3.3, Algorithm 2.A, for a user password. */
static bool key_of_r6(struct pdf_doc *d, struct span dict, const struct text *u, int64_t revision,
		      struct span password, struct pdf_crypt *c)
{
	uint8_t hash[32], vector[16] = { 0 };
	struct text ue;
	AES_KEY aes;

	read_string(d, pdf_get(dict, "UE", &d->steps), &ue);
	if (u->n < 48 || ue.n < 32)
		return false;
	if (revision == 5)
		sha256(password, (struct span){ u->p + 32, 8 }, hash);
	else
		hash_r6(password, u->p + 32, hash);
	if (memcmp(hash, u->p, 32) != 0)
		return false;
	if (revision == 5)
		sha256(password, (struct span){ u->p + 40, 8 }, hash);
	else
		hash_r6(password, u->p + 40, hash);
	(void)AES_set_decrypt_key(hash, 256, &aes);
	AES_cbc_encrypt(ue.p, c->key, 32, &aes, vector, AES_DECRYPT);
	c->key_size = 32;
	return true;
}

/* ---- the handler */

enum pdf_cipher pdf_crypt_filter(const struct pdf_crypt *c, struct pdf_doc *d, struct span name)
{
	char text[PDF_NAME_MAX + 1];

	(void)pdf_name_text(name, text);
	if (strcmp(text, "Identity") == 0)
		return PDF_CIPHER_NONE;
	struct span filter = pdf_doc_get(d, c->filters, text);
	if (pdf_doc_is(d, filter, "CFM", "V2"))
		return PDF_CIPHER_RC4;
	if (pdf_doc_is(d, filter, "CFM", "AESV2"))
		return PDF_CIPHER_AES;
	return pdf_doc_is(d, filter, "CFM", "AESV3") ? PDF_CIPHER_AES256 : PDF_CIPHER_NONE;
}

/* The cipher for streams or strings, by the crypt filter that `key` names. */
static enum pdf_cipher cipher_of(struct pdf_doc *d, const struct pdf_crypt *c, struct span dict,
				 const char *key)
{
	struct pdf_token t = pdf_first(pdf_doc_get(d, dict, key), &d->steps);

	return t.kind == PDF_NAME ? pdf_crypt_filter(c, d, t.text) : PDF_CIPHER_NONE;
}

/* Is it the user's?  Then *c has the key. */
static bool opens(struct pdf_doc *d, struct span dict, const struct text *id, const struct text *u,
		  struct span password, struct pdf_crypt *c)
{
	int64_t revision = pdf_doc_int(d, dict, "R", 0);

	if (pdf_doc_int(d, dict, "V", 0) == 5)
		return key_of_r6(d, dict, u, revision, span_cut(password, 0, MAX_PASSWORD), c);
	key_of_r4(d, dict, id, revision, span_cut(password, 0, sizeof padding), c);
	return is_right_r4(c, u, id, revision);
}

bool pdf_crypt_open(struct pdf_doc *d, const struct unpack_options *o, struct pdf_crypt *out,
		    struct error *e)
{
	struct span dict = pdf_doc_get(d, d->trailer, "Encrypt");
	struct pdf_lex ids = { .s = pdf_doc_get(d, d->trailer, "ID"), .steps = &d->steps };
	int64_t version = pdf_doc_int(d, dict, "V", 0), revision = pdf_doc_int(d, dict, "R", 0);
	int64_t bits = pdf_doc_int(d, dict, "Length", 40);
	struct text id, u;

	struct pdf_token metadata = pdf_first(pdf_doc_get(d, dict, "EncryptMetadata"), &d->steps);

	*out = (struct pdf_crypt){ .filters = pdf_doc_get(d, dict, "CF"),
				   .clear_metadata = version >= 4 && metadata.kind == PDF_WORD &&
						     span_is(metadata.text, "false") };
	if (!pdf_doc_is(d, dict, "Filter", "Standard") || version < 1 || version == 3 ||
	    version > 5 || revision < 2 || revision > 6)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "PDF: encryption of version %d, revision %d (ISO 32000-1, 7.6)",
				 (int)version, (int)revision);
	(void)pdf_next(&ids);
	read_string(d, pdf_value(&ids), &id);
	read_string(d, pdf_get(dict, "U", &d->steps), &u);
	out->streams = out->strings = out->files = PDF_CIPHER_RC4;
	if (version >= 4) {
		out->streams = cipher_of(d, out, dict, "StmF");
		out->strings = cipher_of(d, out, dict, "StrF");
		out->files = pdf_get(dict, "EFF", &d->steps).n != 0 ? cipher_of(d, out, dict, "EFF")
								    : out->streams;
		bits = 128;
	}
	out->key_size = version == 1 ? 5 : bits >= 40 && bits <= 128 ? (size_t)bits / 8 : 5;
	bool right = opens(d, dict, &id, &u, (struct span){ 0 }, out);
	for (size_t i = 0; !right && i < o->n_passwords; i++)
		right = opens(d, dict, &id, &u, o->password[i], out);
	if (!right)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "PDF: encrypted, and neither with the empty password nor one that "
				 "was given (ISO 32000-1, 7.6.3)");
	return true;
}

size_t pdf_crypt_object_key(const struct pdf_crypt *c, const struct pdf_object *o,
			    enum pdf_cipher cipher, uint8_t out[32])
{
	uint8_t number[5] = { (uint8_t)o->number, (uint8_t)(o->number >> 8),
			      (uint8_t)(o->number >> 16), (uint8_t)o->generation,
			      (uint8_t)(o->generation >> 8) };
	MD5_CTX md5;

	if (cipher == PDF_CIPHER_AES256) {
		memcpy(out, c->key, 32);
		return 32;
	}
	MD5_Init(&md5);
	MD5_Update(&md5, c->key, c->key_size);
	MD5_Update(&md5, number, sizeof number);
	if (cipher == PDF_CIPHER_AES)
		MD5_Update(&md5, "sAlT", 4);
	MD5_Final(out, &md5);
	return c->key_size + 5 < 16 ? c->key_size + 5 : 16;
}

size_t pdf_crypt_string(const struct pdf_crypt *c, const struct pdf_object *o, uint8_t *s, size_t n)
{
	uint8_t key[32], vector[16];
	AES_KEY aes;

	if (c->strings == PDF_CIPHER_NONE || o->in_stream)
		return n;
	size_t key_size = pdf_crypt_object_key(c, o, c->strings, key);
	if (c->strings == PDF_CIPHER_RC4) {
		rc4(key, key_size, s, s, n);
		return n;
	}
	if (n < 32)
		return 0;
	memcpy(vector, s, sizeof vector);
	n = (n - 16) / 16 * 16;
	memmove(s, s + 16, n);
	(void)AES_set_decrypt_key(key, (int)key_size * 8, &aes);
	AES_cbc_encrypt(s, s, n, &aes, vector, AES_DECRYPT);
	size_t fill = s[n - 1];
	return fill >= 1 && fill <= 16 ? n - fill : n;
}
