/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/key_file.h"
#include "base/buf.h"
#include "base/text.h"
#include "recover/hex.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

enum {
	KEY_MAX_BYTES = 16 << 10, /* of one key, decoded */
	BLOB_HEAD = 20,           /* type, algorithm, "RSA2", bits, exponent */
};

/* ---- one key out of a file: its bytes, decoded */

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static bool read_base64(struct span s, struct buf *out)
{
	uint32_t bits = 0;
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int d = text_base64_digit(s.p[i]);
		if (is_blank(s.p[i]) || s.p[i] == '=')
			continue;
		if (d < 0)
			return false;
		bits = bits << 6 | (uint32_t)d;
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_put_u8(out, (uint8_t)(bits >> n));
		}
	}
	return out->n != 0 && buf_ok(out);
}

static bool read_hex(struct span s, struct buf *out)
{
	uint8_t pair[2];
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (is_blank(s.p[i]) || s.p[i] == ':')
			continue;
		pair[n++] = s.p[i];
		uint8_t byte;
		if (n == 2 && !hex_read((struct span){ pair, 2 }, &byte, 1))
			return false;
		if (n == 2) {
			buf_put_u8(out, byte);
			n = 0;
		}
	}
	return n == 0 && out->n != 0 && buf_ok(out);
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_blank(s.p[i]) && (s.p[i] < 0x21 || s.p[i] > 0x7e))
			return false;
	return s.n != 0;
}

/* Text that stands for one key. */
static bool decode(struct span s, struct buf *out)
{
	buf_reset(out);
	if (read_hex(s, out))
		return true;
	buf_reset(out);
	return read_base64(s, out);
}

static struct span find(struct span s, const char *what)
{
	struct span w = span_of(what);
	const uint8_t *at = s.n >= w.n ? memmem(s.p, s.n, w.p, w.n) : NULL;

	return at != NULL ? span_cut(s, (uint64_t)(at - s.p), s.n) : (struct span){ NULL, 0 };
}

/* The next block of PEM, decoded; *left goes on behind it. */
static bool next_pem(struct span *left, struct buf *out)
{
	struct span at = find(*left, "-----BEGIN ");
	struct span head = find(span_cut(at, 11, at.n), "-----");
	struct span body = span_cut(head, 5, head.n), end = find(body, "-----END ");

	if (at.n == 0 || head.n == 0 || end.n == 0)
		return false;
	*left = span_cut(end, 9, end.n);
	buf_reset(out);
	return read_base64(span_cut(body, 0, body.n - end.n), out);
}

/* The next line that is not empty; *left goes on behind it. */
static bool next_line(struct span *left, struct buf *out)
{
	struct cursor c = cursor_of(*left);

	while (cursor_left(&c) > 0) {
		const uint8_t *from = c.p + c.at;
		const uint8_t *stop = memchr(from, '\n', cursor_left(&c));
		size_t n = stop != NULL ? (size_t)(stop - from) + 1 : cursor_left(&c);
		struct span line = cursor_take(&c, n);
		*left = span_cut(*left, line.n, left->n);
		if (decode(line, out))
			return true;
	}
	return false;
}

/* ---- RSA */

static bool set_number(const BIGNUM *v, size_t size, uint8_t *out)
{
	return v != NULL && BN_bn2binpad(v, out, (int)size) == (int)size;
}

/* [MS-WCCE] and wincrypt.h: PUBLICKEYSTRUC, RSAPUBKEY, and the numbers, all little-endian. */
static bool read_blob(struct span b, struct key_rsa *k)
{
	struct cursor c = cursor_of(b);
	uint32_t head = cursor_le32(&c);

	cursor_skip(&c, 4);
	uint32_t magic = cursor_le32(&c), bits = cursor_le32(&c);
	cursor_skip(&c, 4);
	if (!cursor_ok(&c) || (head & 0xffff) != 0x0207 || magic != 0x32415352 || bits % 16 != 0 ||
	    bits / 8 > KEY_RSA_MAX || bits / 8 < KEY_RSA_LEAST)
		return false;
	k->size = bits / 8;
	struct span n = cursor_take(&c, k->size);
	cursor_skip(&c, k->size / 2 * 5);
	struct span d = cursor_take(&c, k->size);
	for (size_t i = 0; cursor_ok(&c) && i < k->size; i++) {
		k->modulus[i] = n.p[k->size - 1 - i];
		k->d[i] = d.p[k->size - 1 - i];
	}
	return cursor_ok(&c);
}

static EVP_PKEY *read_der(struct span b)
{
	const unsigned char *p = b.p;

	return b.n <= KEY_MAX_BYTES && b.n != 0 && b.p[0] == 0x30
		       ? d2i_AutoPrivateKey(NULL, &p, (long)b.n)
		       : NULL;
}

static bool read_rsa(struct span b, struct key_rsa *k)
{
	BIGNUM *n = NULL, *d = NULL;
	EVP_PKEY *key;
	bool ok = false;

	if (read_blob(b, k))
		return true;
	key = read_der(b);
	if (key != NULL && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &d) == 1 &&
	    BN_num_bytes(n) <= KEY_RSA_MAX && BN_num_bytes(n) >= KEY_RSA_LEAST) {
		k->size = (size_t)BN_num_bytes(n);
		ok = set_number(n, k->size, k->modulus) && set_number(d, k->size, k->d);
	}
	BN_free(n);
	BN_clear_free(d);
	EVP_PKEY_free(key);
	return ok;
}

static void keep(struct span bytes, size_t size, struct key_list *l)
{
	struct key_rsa *k = &l->key[l->n];

	if (l->n < KEY_LIST_MAX && read_rsa(bytes, k) && k->size == size)
		l->n++;
}

bool key_rsa_list(struct span file, size_t size, struct arena *a, struct key_list *out,
		  struct error *e)
{
	struct buf one;

	*out = (struct key_list){ arena_array(a, KEY_LIST_MAX + 1, sizeof *out->key), 0 };
	if (out->key == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for keys");
	buf_init(&one, KEY_MAX_BYTES);
	struct span left = file;
	if (!is_text(file)) {
		keep(file, size, out);
	} else if (find(file, "-----BEGIN ").n != 0) {
		while (out->n < KEY_LIST_MAX && next_pem(&left, &one))
			keep(buf_span(&one), size, out);
	} else {
		if (decode(file, &one))
			keep(buf_span(&one), size, out);
		while (out->n < KEY_LIST_MAX && left.n != 0 && next_line(&left, &one))
			keep(buf_span(&one), size, out);
	}
	buf_release(&one);
	return out->n != 0 ||
	       error_set(e, REASON_DAMAGED, 0,
			 "--key has no private key of RSA-%zu (PEM, DER, PRIVATEKEYBLOB, or these "
			 "in hexadecimal or base64)",
			 size * 8);
}

bool key_rsa_open(const struct key_rsa *k, struct span wrapped, bool backwards, uint8_t *out)
{
	BIGNUM *n = BN_bin2bn(k->modulus, (int)k->size, NULL);
	BIGNUM *d = BN_bin2bn(k->d, (int)k->size, NULL);
	BIGNUM *m = wrapped.n != k->size ? NULL
		    : backwards          ? BN_lebin2bn(wrapped.p, (int)wrapped.n, NULL)
					 : BN_bin2bn(wrapped.p, (int)wrapped.n, NULL);
	BN_CTX *ctx = BN_CTX_new();
	bool ok = n != NULL && d != NULL && m != NULL && ctx != NULL && BN_is_odd(n) &&
		  BN_cmp(m, n) < 0 && BN_mod_exp(m, m, d, n, ctx) == 1 &&
		  set_number(m, k->size, out);

	BN_free(n);
	BN_clear_free(d);
	BN_free(m);
	BN_CTX_free(ctx);
	return ok;
}

struct span key_pkcs1_message(struct span block)
{
	const struct span none = { NULL, 0 };

	if (block.n < 11 || block.p[0] != 0 || block.p[1] != 2)
		return none;
	for (size_t i = 2; i < block.n; i++)
		if (block.p[i] == 0)
			return i >= 10 ? span_cut(block, i + 1, block.n) : none;
	return none;
}

struct span key_unwrap(const struct key_list *l, struct span wrapped, bool backwards, size_t least,
		       uint8_t *block)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct key_rsa *k = &l->key[i];
		if (!key_rsa_open(k, wrapped, backwards, block))
			continue;
		struct span m = key_pkcs1_message((struct span){ block, k->size });
		if (m.n >= least)
			return m;
	}
	return (struct span){ NULL, 0 };
}

/* ---- Curve25519 */

static bool read_scalar(struct span b, uint8_t *out)
{
	size_t n = KEY_SCALAR;
	EVP_PKEY *key;

	if (b.n == KEY_SCALAR) {
		memcpy(out, b.p, n);
		return true;
	}
	key = read_der(b);
	bool ok = key != NULL && EVP_PKEY_get_raw_private_key(key, out, &n) == 1 && n == KEY_SCALAR;
	EVP_PKEY_free(key);
	return ok;
}

bool key_scalar(struct span file, uint8_t *out, struct error *e)
{
	struct buf one;
	struct span left = file;

	buf_init(&one, KEY_MAX_BYTES);
	bool ok = read_scalar(file, out);
	if (!ok && is_text(file))
		ok = (next_pem(&left, &one) || decode(file, &one)) &&
		     read_scalar(buf_span(&one), out);
	buf_release(&one);
	return ok || error_set(e, REASON_DAMAGED, 0,
			       "--key has no private key of Curve25519 (32 bytes, 64 hexadecimal "
			       "digits, base64, PEM)");
}
