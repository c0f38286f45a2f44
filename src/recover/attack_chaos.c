/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/seeded.h"

#include <stdio.h>

/*
 * Chaos and the first Onyx (Truesec/TSDecryptors, ChaosDecryptor.cs): the text of a wrapped key
 * between tags, and then AES-256-CBC in base64.  Each file has a key and an IV of its own, 48
 * bytes; the user brings those that the table of that tool has, one after the other, and the files
 * tell which is whose.
 */

enum {
	PAIR = 48, /* a key of 32 and an IV of 16 bytes */
	SEEK = 150,
	FIND = 550, /* where the second tag ends, at least and at most */
	BLOCK = 16,
};

static bool learn(struct attack *a, struct error *e)
{
	if (a->key.n == 0 || a->key.n % PAIR != 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "needs keys and IVs, 48 bytes for each file (--key)");
	a->state = &a->key;
	snprintf(a->what, sizeof a->what, "%zu keys that were brought", a->key.n / PAIR);
	return true;
}

/* Where the body begins; 0: nowhere. */
static uint64_t body_at(struct region *r)
{
	struct span s = region_get(r, 0, FIND);
	const char tag[] = "<EncryptedKey>";

	if (s.n < SEEK || memcmp(s.p, tag, sizeof tag - 1) != 0)
		return 0;
	const uint8_t *end = memchr(s.p + SEEK, '>', s.n - SEEK);
	return end != NULL ? (uint64_t)(end - s.p) + 1 : 0;
}

/* The bytes that so many characters of base64 stand for, padded with `=` or not. */
static uint64_t decoded_size(struct region *r, uint64_t from)
{
	uint64_t n = r->size - from;
	struct span s = region_get(r, r->size - 2, 2);

	if (n < 4 || s.n != 2)
		return 0;
	n -= s.p[1] == '=';
	n -= s.p[1] == '=' && s.p[0] == '=';
	return n / 4 * 3 + (n % 4) * 3 / 4;
}

/* Does this key give a beginning that the name promises, and padding at the end? */
static bool fits(struct attack_file *f, const struct attack_open *o, const uint8_t *pair)
{
	struct seeded_target t = { .expected = kind_of_name(f->original) };
	struct seeded_aes aes = { .key_size = 32 };
	uint8_t head[2 * BLOCK], last[5 * BLOCK], plain[2 * BLOCK];
	size_t n = o->body < sizeof head ? (size_t)o->body : sizeof head;
	uint64_t at = o->body > 3 * BLOCK ? (o->body - 2 * BLOCK) / 48 * 48 : 0;
	size_t left = (size_t)(o->body - at);
	struct error e;

	if (left > sizeof last || !attack_piece(f->r, o, 0, head, n, &e) ||
	    !attack_piece(f->r, o, at, last, left, &e))
		return false;
	memcpy(aes.key, pair, 32);
	memcpy(aes.chain, pair + 32, BLOCK);
	if (!seeded_decrypt(&aes, head, plain, n))
		return false;
	if (t.expected != KIND_UNKNOWN && t.expected != KIND_TEXT && !seeded_begins(&t, plain, n))
		return false;
	if (left > BLOCK)
		memcpy(aes.chain, last + left - 2 * BLOCK, BLOCK);
	if (!seeded_decrypt(&aes, last + left - BLOCK, plain, BLOCK))
		return false;
	uint8_t pad = plain[BLOCK - 1];
	bool good = pad >= 1 && pad <= BLOCK;
	for (unsigned i = 0; good && i < pad; i++)
		good = plain[BLOCK - 1 - i] == pad;
	return good;
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct seeded_aes *aes = (struct seeded_aes *)(void *)o->state.bytes;

	o->from = body_at(f->r);
	o->base64 = true;
	if (o->from == 0)
		return error_set(e, REASON_DAMAGED, 0, "no tags of a wrapped key");
	o->body = o->size = decoded_size(f->r, o->from);
	if (o->body == 0 || o->body % BLOCK != 0)
		return error_set(e, REASON_DAMAGED, o->from, "no whole blocks in base64");
	for (size_t i = 0; i < a->key.n; i += PAIR) {
		if (!fits(f, o, a->key.p + i))
			continue;
		*aes = (struct seeded_aes){ .key_size = 32, .padding = PADDING_WANTED };
		memcpy(aes->key, a->key.p + i, 32);
		memcpy(aes->chain, a->key.p + i + 32, BLOCK);
		return true;
	}
	return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "none of the keys is this file's");
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	(void)a;
	return seeded_aes_step(o, at, p, n, e);
}

const struct attack_engine attack_chaos = { "chaos", learn, open_file, step, NULL, false };
