/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clamav/cvd.h"
#include "base/hash.h"

#include <openssl/bn.h>

enum { MAX_SIGNATURE = 350 /* characters, ClamAV's */, TAR_BLOCK = 512, MD5_SIZE = 16 };

/* ClamAV's key (libclamav's dsig.c, CLI_NSTR and CLI_ESTR). */
static const char modulus[] =
	"11864099555164534260307000165845318975152777441202774374659940574324314260746414476736"
	"10606406558447497607888900222834249227624889175655510024677711096695981894104346990345"
	"32232228621591089508178591428456220796841621637175567590476666928698770143328137383952"
	"820383197532047771780196576957695822641224262693037";
static const char exponent[] = "100001027";

/* A digit of 6 bits; -1: none. */
static int digit(uint8_t c)
{
	return c >= 'a' && c <= 'z'   ? c - 'a'
	       : c >= 'A' && c <= 'Z' ? c - 'A' + 26
	       : c >= '0' && c <= '9' ? c - '0' + 52
	       : c == '+'             ? 62
	       : c == '/'             ? 63
				      : -1;
}

/* The signature as a number, its first digit the lowest. */
static bool read_signature(struct span s, BIGNUM *out)
{
	bool ok = s.n != 0 && s.n <= MAX_SIGNATURE;

	for (size_t i = s.n; ok && i-- > 0;) {
		int d = digit(s.p[i]);
		ok = d >= 0 && BN_lshift(out, out, 6) == 1 && BN_add_word(out, (BN_ULONG)d) == 1;
	}
	return ok;
}

/* signature ^ e mod n is the digest. */
static bool check_signature(struct span signature, const uint8_t digest[MD5_SIZE])
{
	BIGNUM *n = NULL, *x = NULL, *c = BN_new(), *p = BN_new();
	BN_CTX *context = BN_CTX_new();
	uint8_t plain[MD5_SIZE];

	bool ok = c != NULL && p != NULL && context != NULL && BN_dec2bn(&n, modulus) != 0 &&
		  BN_dec2bn(&x, exponent) != 0 && read_signature(signature, c) &&
		  BN_mod_exp(p, c, x, n, context) == 1 &&
		  BN_bn2binpad(p, plain, sizeof plain) == sizeof plain &&
		  memcmp(plain, digest, sizeof plain) == 0;
	BN_free(n);
	BN_free(x);
	BN_free(c);
	BN_free(p);
	BN_CTX_free(context);
	return ok;
}

/* The part of the head up to the next colon. */
static struct span part(struct span head, size_t *at)
{
	size_t from = *at;

	while (*at < head.n && head.p[*at] != ':')
		++*at;
	struct span s = { head.p + from, *at - from };
	*at += *at < head.n;
	return s;
}

bool cvd_read(struct span file, struct cvd *out, struct error *e)
{
	static const char magic[] = "ClamAV-VDB:";
	struct span head = span_cut(file, 0, CVD_HEAD);
	uint8_t digest[HASH_MAX_SIZE];
	char hex[HASH_MAX_HEX + 1];
	size_t at = sizeof magic - 1;

	*out = (struct cvd){ .body = span_cut(file, CVD_HEAD, file.n) };
	if (head.n < CVD_HEAD || memcmp(head.p, magic, sizeof magic - 1) != 0)
		return error_set(e, REASON_DAMAGED, 0, "not a ClamAV container");
	struct span *const parts[] = { &out->built,  &out->version, &out->n_signatures,
				       &out->level,  &out->md5,     &out->signature,
				       &out->builder };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		*parts[i] = part(head, &at);
	if (out->md5.n != 2 * MD5_SIZE)
		return error_set(e, REASON_DAMAGED, 0, "ClamAV container: a head without digest");
	out->gzip = out->body.n > 2 && out->body.p[0] == 0x1f && out->body.p[1] == 0x8b;
	if (!hash_of(HASH_MD5, out->body, digest))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "MD5 is not available");
	hex_text(digest, MD5_SIZE, hex);
	out->digest_holds = span_is(out->md5, hex);
	out->signature_holds = out->digest_holds && check_signature(out->signature, digest);
	return true;
}

/* ---- tar (POSIX ustar) */

static bool octal(struct span s, uint64_t *out)
{
	size_t i = 0;

	*out = 0;
	while (i < s.n && s.p[i] == ' ')
		i++;
	size_t from = i;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '7'; i++)
		*out = *out * 8 + (uint64_t)(s.p[i] - '0');
	return i > from && (i == s.n || s.p[i] == ' ' || s.p[i] == 0);
}

bool cvd_next(struct span tar, size_t *at, struct cvd_member *out, struct error *e)
{
	e->why = REASON_NONE;
	while (*at < tar.n) {
		struct span head = span_cut(tar, *at, TAR_BLOCK);
		uint64_t size;
		size_t n = 0;
		if (head.n < TAR_BLOCK || head.p[0] == 0)
			return false; /* the end, as tar marks it, or ends without a mark */
		while (n < 100 && head.p[n] != 0)
			n++;
		if (!octal(span_cut(head, 124, 12), &size) || size > tar.n - *at - TAR_BLOCK) {
			error_set(e, REASON_DAMAGED, *at, "ClamAV container: a damaged member");
			return false;
		}
		uint8_t type = head.p[156];
		out->name = (struct span){ head.p, n };
		out->text = span_cut(tar, *at + TAR_BLOCK, size);
		*at += TAR_BLOCK + (size_t)((size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK);
		if (type == '0' || type == 0)
			return true;
	}
	return false;
}
