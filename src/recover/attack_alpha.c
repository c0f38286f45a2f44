/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_cipher.h"
#include "recover/curve.h"
#include "recover/hex.h"

#include <openssl/evp.h>
#include <stdio.h>

/*
 * TeslaCrypt 0 and AlphaCrypt (vrtadmin/TeslaDecrypt: TeslaDecrypter.cpp, AlphaCrypt.cpp):
 * AES-256-CBC under the SHA-256 of a master key.  It stands in key.dat; and the number that
 * AlphaCrypt leaves in each file (and key.dat of the later TeslaCrypt 0) is a multiple of it, so
 * that its factors lead to it, and the number proves it.  Settings: version=0|alpha, peer=POINT.
 */

enum {
	NUMBER = 2 * CURVE_SCALAR, /* bytes of the number for the makers */
	DAT_MAX = 0x2000,
	DAT_1 = 0x280,
	DAT_2 = 0x290,
	DAT_3 = 0x2f0, /* and more */
	DAT_NUMBER = 0x84,
	ALPHA_NUMBER = 0x44,
};

struct alpha {
	bool alpha, proven;
	uint8_t peer[CURVE_POINT];
	uint8_t key[CURVE_SCALAR];    /* SHA-256 of the master key */
	uint8_t master[CURVE_SCALAR]; /* itself */
};

struct wanted {
	const uint8_t *peer, *number;
};

static bool is_master(const void *ctx, const uint8_t *scalar)
{
	const struct wanted *w = ctx;

	return curve_is_recovery(scalar, w->peer, w->number);
}

/* 64 bytes, or as many in hexadecimal. */
static bool read_number(struct span s, uint8_t *out)
{
	if (hex_read(span_cut(s, 0, (uint64_t)2 * NUMBER), out, NUMBER))
		return true;
	if (s.n < NUMBER)
		return false;
	memcpy(out, s.p, NUMBER);
	return true;
}

/* Where the master key stands depends on the size, and in the last version it is the inverse. */
static bool from_dat(struct alpha *t, struct span dat, struct error *e)
{
	uint8_t number[NUMBER];
	bool third = dat.n >= DAT_3;
	struct cursor c = cursor_of(span_cut(dat, 0x1c0, 4));
	bool inverse = third && cursor_le32(&c) != 0;
	struct span m = span_cut(dat, !third ? 0x177 : inverse ? 0x1b1 : 0x1db, CURVE_SCALAR);
	struct cursor year = cursor_of(span_cut(dat, third ? 0x18a : 0x126, 2));
	uint16_t when = cursor_le16(&year);

	if (m.n != CURVE_SCALAR || when < 2014 || when > 2020)
		return error_set(e, REASON_DAMAGED, 0, "--key is no key.dat of these");
	memcpy(t->master, m.p, CURVE_SCALAR);
	if (memcmp(t->master, "\0\0\0\0", 4) == 0)
		return error_set(e, REASON_ENCRYPTED, 0,
				 "the master key was taken out of this key.dat");
	if (inverse && !curve_inverse(t->master))
		return error_set(e, REASON_DAMAGED, 0, "the key of this key.dat is no scalar");
	if (dat.n == DAT_1)
		return true;
	t->proven = read_number(span_cut(dat, DAT_NUMBER, (uint64_t)2 * NUMBER), number) &&
		    curve_is_recovery(t->master, t->peer, number);
	return t->proven || error_set(e, REASON_DAMAGED, DAT_NUMBER,
				      "the two keys of this key.dat do not agree");
}

/* The number in the header of a file of AlphaCrypt. */
static bool number_of(struct region *r, uint8_t *out)
{
	struct span s = region_get(r, ALPHA_NUMBER, (size_t)2 * NUMBER);

	return hex_read(s, out, NUMBER);
}

static bool from_factors(struct attack *a, struct alpha *t)
{
	uint8_t number[NUMBER];
	struct wanted w = { t->peer, number };

	if (!t->alpha || a->n_samples == 0 || !number_of(a->sample[0].r, number))
		return false;
	t->proven = curve_products(a->key, is_master, &w, t->master);
	return t->proven;
}

static bool want(struct attack *a, const struct alpha *t, struct error *e)
{
	struct span s = { NULL, 0 };

	if (t->alpha && a->n_samples != 0)
		s = region_get(a->sample[0].r, ALPHA_NUMBER, (size_t)2 * NUMBER);
	return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
			 "%s key.dat from the machine, or the master key%s%.*s (--key)",
			 a->key.n == 0 ? "needs" : "what was brought does not open it: needs",
			 s.n != 0 ? ", or the prime factors of 0x" : "", (int)s.n,
			 s.n != 0 ? (const char *)s.p : "");
}

static bool learn(struct attack *a, struct error *e)
{
	struct alpha *t = arena_alloc(&a->arena, sizeof *t);
	struct span key = a->key;

	if (t == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	t->alpha = span_is(family_setting(a->family, "version"), "alpha");
	if (!family_bytes(a->family, "peer", t->peer, CURVE_POINT))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "the family's file has no point");
	while (key.n != 0 && (key.p[key.n - 1] == '\n' || key.p[key.n - 1] == '\r'))
		key.n--;
	bool dat = a->key.n == DAT_1 || a->key.n == DAT_2 ||
		   (a->key.n >= DAT_3 && a->key.n <= DAT_MAX);
	if (dat && !from_dat(t, a->key, e))
		return false;
	bool found = dat || hex_read(key, t->master, CURVE_SCALAR);
	if (!found && key.n == CURVE_SCALAR) {
		memcpy(t->master, key.p, CURVE_SCALAR);
		found = true;
	}
	if (!found && !from_factors(a, t))
		return want(a, t, e);
	if (EVP_Digest(t->master, CURVE_SCALAR, t->key, NULL, EVP_sha256(), NULL) != 1)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "no SHA-256");
	a->state = t;
	snprintf(a->what, sizeof a->what, "the master key%s",
		 t->proven ? ", proven by the number that belongs to it" : " that was brought");
	return true;
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	const struct alpha *t = a->state;
	uint64_t iv_at = t->alpha ? 0xc8 : 0, data = iv_at + 20;
	uint8_t number[NUMBER], iv[16];
	struct cursor c = cursor_of(region_get(f->r, iv_at, 20));
	struct span s = cursor_take(&c, 16);
	uint64_t size = cursor_le32(&c), body = f->r->size - data;

	if (!cursor_ok(&c) || f->r->size < data || body % 16 != 0 || size > body ||
	    size + 16 < body)
		return error_set(e, REASON_DAMAGED, iv_at + 16,
				 "the size in the header does not fit");
	memcpy(iv, s.p, sizeof iv);
	if (t->alpha && !number_of(f->r, number))
		return error_set(e, REASON_DAMAGED, ALPHA_NUMBER, "no number in the header");
	if (t->alpha && !curve_is_recovery(t->master, t->peer, number))
		return error_set(e, REASON_ENCRYPTED, ALPHA_NUMBER,
				 "the number in its header is another master key's");
	o->from = data;
	o->body = body;
	o->size = size;
	o->bits = t->alpha ? 512 : 0;
	return attack_cipher_begin(o, EVP_aes_256_cbc(), t->key, iv, e);
}

const struct attack_engine attack_alpha = {
	"alpha", learn, open_file, attack_cipher_step, attack_cipher_close, false
};
