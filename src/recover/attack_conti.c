/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "recover/attack_parts.h"
#include "recover/chacha.h"
#include "recover/key_file.h"

#include <stdio.h>

/*
 * Conti, and the first Akira with the private key of its build: RSA-4096 (its block written
 * backwards) wraps 32 bytes of key and 8 of nonce of ChaCha with eight rounds, which goes over
 * parts of the file (rivitna/Malware, conti_decrypt_file.py and akira_decrypt_file.py).
 */

enum { KEY = 32, NONCE = 8, ROUNDS = 8 };

struct conti {
	struct key_list keys;
	bool akira;
};

struct opened {
	uint8_t key[KEY], nonce[NONCE];
	struct attack_parts parts;
};

_Static_assert(sizeof(struct opened) <= ATTACK_STATE, "it lies in the file that is open");

static bool learn(struct attack *a, struct error *e)
{
	struct conti *c = arena_alloc(&a->arena, sizeof *c);

	if (c == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for keys");
	if (a->key.n == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "needs the private key of the build, RSA-4096 (--key)");
	if (!key_rsa_list(a->key, PARTS_WRAPPED, &a->arena, &c->keys, e))
		return false;
	c->akira = span_is(family_setting(a->family, "layout"), "akira");
	a->state = c;
	snprintf(a->what, sizeof a->what, "the private key that was brought");
	return true;
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	const struct conti *c = a->state;
	struct opened *s = (struct opened *)(void *)o->state.bytes;
	uint8_t tail[PARTS_TAIL], block[KEY_RSA_MAX];
	uint64_t file = f->r->size;
	struct span t = region_get(f->r, file >= PARTS_TAIL ? file - PARTS_TAIL : 0, PARTS_TAIL);

	if (t.n != PARTS_TAIL)
		return error_set(e, REASON_DAMAGED, file, "shorter than the tail");
	memcpy(tail, t.p, PARTS_TAIL);
	t = (struct span){ tail, PARTS_TAIL };
	struct span ten = span_cut(t, PARTS_TAIL - 10, 10);
	if (c->akira ? !attack_parts_akira(ten, file, &s->parts)
		     : !attack_parts_conti(ten, file, &s->parts))
		return error_set(e, REASON_DAMAGED, file, "the tail does not hold");
	struct span m =
		key_unwrap(&c->keys, span_cut(t, 0, PARTS_WRAPPED), true, KEY + NONCE, block);
	if (m.n < KEY + NONCE)
		return error_set(e, REASON_ENCRYPTED, file - PARTS_TAIL,
				 "its key was not wrapped by this one");
	memcpy(s->key, m.p, KEY);
	memcpy(s->nonce, m.p + KEY, NONCE);
	o->body = o->size = s->parts.size;
	o->bits = 16;
	return true;
}

static void xor_part(const struct opened *s, const struct attack_part *part, uint64_t at,
		     uint8_t *p, size_t n)
{
	uint64_t from = part->at > at ? part->at : at;
	uint64_t end = part->at + part->n < at + n ? part->at + part->n : at + n;
	uint64_t have = UINT64_MAX;
	uint8_t stream[PARTS_BLOCK];

	for (uint64_t k = from; k < end; k++) {
		uint64_t in = part->stream + (k - part->at);
		if (in / PARTS_BLOCK != have) {
			have = in / PARTS_BLOCK;
			chacha_block(s->key, KEY, s->nonce, have, ROUNDS, stream);
		}
		p[k - at] ^= stream[in % PARTS_BLOCK];
	}
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct opened *s = (const struct opened *)(const void *)o->state.bytes;

	(void)a;
	(void)e;
	for (unsigned i = 0; i < s->parts.n; i++)
		xor_part(s, &s->parts.part[i], at, p, n);
	return true;
}

const struct attack_engine attack_conti = { "conti", learn, open_file, step, NULL, false };
