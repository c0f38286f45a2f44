/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode_text.h"
#include "unpack/office_crypt.h"

/*
 * Agile encryption ([MS-OFFCRYPTO] 2.3.4.10 to 2.3.4.13): an element of XML says with which
 * ciphers, another one has the package's key, encrypted with one that a password gives.
 */

enum { SPIN_STEPS = 600, MAX_XML = 1 << 20, MAX_SHOWN = 31 };

struct bytes {
	uint8_t p[OFFICE_KEY_MAX + DECODE_MIN_ROOM];
	size_t n; /* OFFICE_KEY_MAX at most */
};

struct parameters {
	enum cipher_digest digest;
	size_t n_key, n_block; /* bytes */
	uint32_t spin;
	struct bytes salt;
};

/* The element of this name, without its namespace, up to its ">"; empty: there is none. */
static struct span element(struct span xml, const char *name)
{
	size_t at = decode_find(xml, name);
	struct span s = span_cut(xml, at, xml.n);
	const uint8_t *end = s.n != 0 ? memchr(s.p, '>', s.n) : NULL;

	return span_cut(s, 0, end != NULL ? (size_t)(end - s.p) : 0);
}

static struct span attribute(struct span of, const char *name)
{
	size_t at = decode_find(of, name), n = strlen(name); /* as in: name=" */
	struct span s = span_cut(of, at + n, of.n);
	const uint8_t *end = s.n != 0 ? memchr(s.p, '"', s.n) : NULL;

	return span_cut(s, 0, end != NULL ? (size_t)(end - s.p) : 0);
}

static uint32_t number(struct span of, const char *name)
{
	struct span s = attribute(of, name);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && v < UINT32_MAX / 10; i++)
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	return (uint32_t)v;
}

static struct bytes base64(struct span of, const char *name)
{
	struct span s = attribute(of, name);
	struct decode_state state = { 0 };
	struct bytes b = { .n = 0 };

	while (s.n != 0 && sizeof b.p - b.n >= DECODE_MIN_ROOM)
		b.n += decode_base64(&state, &s, b.p + b.n, sizeof b.p - b.n);
	b.n = b.n < OFFICE_KEY_MAX ? b.n : OFFICE_KEY_MAX;
	return b;
}

/* How much of a name an error shows. */
static int shown(struct span name) { return name.n < MAX_SHOWN ? (int)name.n : MAX_SHOWN; }

static bool read_parameters(struct span of, struct parameters *out, struct error *e)
{
	static const char *const digests[] = { "MD5", "SHA1", "SHA256", "SHA384", "SHA512" };
	struct span digest = attribute(of, "hashAlgorithm=\"");
	struct span cipher = attribute(of, "cipherAlgorithm=\"");
	struct span chaining = attribute(of, "cipherChaining=\"");
	unsigned i = 0;

	while (i <= CIPHER_SHA512 && !span_is(digest, digests[i]))
		i++;
	if (span_is(digest, "SHA-1"))
		i = CIPHER_SHA1;
	if (i > CIPHER_SHA512 || !span_is(cipher, "AES") || !span_is(chaining, "ChainingModeCBC"))
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "Office cipher %.*s %.*s with %.*s", shown(cipher),
				 (const char *)cipher.p, shown(chaining), (const char *)chaining.p,
				 shown(digest), (const char *)digest.p);
	out->digest = (enum cipher_digest)i;
	out->n_key = number(of, "keyBits=\"") / 8;
	out->n_block = number(of, "blockSize=\"");
	out->spin = number(of, "spinCount=\"");
	out->salt = base64(of, "saltValue=\"");
	if ((out->n_key != 16 && out->n_key != 24 && out->n_key != 32) ||
	    out->n_block != CIPHER_BLOCK || out->salt.n == 0)
		return error_set(
			e, REASON_DAMAGED, PLACE_NONE,
			"Office: a key of %zu bytes, blocks of %zu ([MS-OFFCRYPTO] 2.3.4.10)",
			out->n_key, out->n_block);
	if (out->spin > OFFICE_MAX_SPIN)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 "rounds: %u of a password, at most %d", (unsigned)out->spin,
				 OFFICE_MAX_SPIN);
	return true;
}

/* Decrypts one of the three values with the key that `digest` and a number make (2.3.4.11,
 * 2.3.4.12).  Returns how many bytes there are. */
static size_t decrypt(const struct parameters *p, const uint8_t *digest, const uint8_t block[8],
		      const struct bytes *value, uint8_t out[OFFICE_KEY_MAX])
{
	uint8_t key[CIPHER_DIGEST_MAX], vector[OFFICE_KEY_MAX];

	memset(key, 0x36, sizeof key);
	memset(vector, 0x36, sizeof vector);
	cipher_digest(p->digest, (struct span){ digest, cipher_digest_size(p->digest) },
		      (struct span){ block, 8 }, key);
	memcpy(vector, p->salt.p, p->salt.n);
	if (!cipher_cbc((struct span){ key, p->n_key }, vector, (struct span){ value->p, value->n },
			out))
		return 0;
	return value->n / CIPHER_BLOCK * CIPHER_BLOCK;
}

struct values {
	struct bytes input, hash, key; /* encrypted */
};

static bool try_password(const struct parameters *p, const struct values *v, struct span password,
			 size_t n_key, struct office_key *out)
{
	static const uint8_t of_input[8] = { 0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79 };
	static const uint8_t of_hash[8] = { 0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e };
	static const uint8_t of_key[8] = { 0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6 };
	uint8_t digest[CIPHER_DIGEST_MAX], wide[CIPHER_PASSWORD_MAX];
	uint8_t input[OFFICE_KEY_MAX], hash[OFFICE_KEY_MAX], own[CIPHER_DIGEST_MAX];
	size_t n = cipher_digest_size(p->digest);
	struct span text = { wide, cipher_password(password, wide) };

	cipher_digest(p->digest, (struct span){ p->salt.p, p->salt.n }, text, digest);
	cipher_spin(p->digest, p->spin, digest);
	size_t n_input = decrypt(p, digest, of_input, &v->input, input);
	if (n_input > p->salt.n) /* as long as the salt; the rest fills a block up */
		n_input = p->salt.n;
	if (n_input == 0 || decrypt(p, digest, of_hash, &v->hash, hash) < n)
		return false;
	cipher_digest(p->digest, (struct span){ input, n_input }, (struct span){ 0 }, own);
	if (memcmp(own, hash, n) != 0)
		return false;
	return decrypt(p, digest, of_key, &v->key, out->key) >= n_key;
}

bool office_agile(struct unpack *u, struct span xml, struct office_key *out, struct error *e)
{
	struct span data = element(span_cut(xml, 0, MAX_XML), "keyData ");
	struct span of = element(span_cut(xml, 0, MAX_XML), "encryptedKey ");
	struct parameters p, package;
	struct values v = { .input = base64(of, "encryptedVerifierHashInput=\""),
			    .hash = base64(of, "encryptedVerifierHashValue=\""),
			    .key = base64(of, "encryptedKeyValue=\"") };
	struct span password;

	if (data.n == 0 || of.n == 0)
		return error_set(
			e, REASON_DAMAGED, PLACE_NONE,
			"Office: there is no key for a password ([MS-OFFCRYPTO] 2.3.4.10)");
	if (!read_parameters(data, &package, e) || !read_parameters(of, &p, e))
		return false;
	*out = (struct office_key){ .cipher = OFFICE_AGILE,
				    .digest = package.digest,
				    .n_salt = package.salt.n,
				    .n_key = package.n_key };
	memcpy(out->salt, package.salt.p, package.salt.n);
	for (size_t i = 0; (password = office_password(u, i)).n != 0; i++) {
		if (!unpack_steps(u, (uint64_t)p.spin * SPIN_STEPS))
			break;
		if (try_password(&p, &v, password, package.n_key, out))
			return true;
	}
	return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
			 "Office: no password that was tried fits");
}
