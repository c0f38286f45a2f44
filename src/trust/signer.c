/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/signer.h"
#include "trust/verify/strict.h"

#include <sodium.h>
#include <stdio.h>

#define PRIVATE "PRIVATE+KEY+"

bool signer_from_seed(struct span name, enum note_type type, const uint8_t seed[32],
		      struct signer *out, struct error *e)
{
	struct signer s = { .key.type = (uint8_t)type };

	if (!note_name_valid(name))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "key: a name has no white space and no plus");
	if (crypto_sign_seed_keypair(s.key.public, s.secret, seed) != 0)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "key: libsodium refuses");
	memcpy(s.key.name, name.p, name.n);
	s.key.id = note_key_id(name, s.key.type, (struct span){ s.key.public, 32 });
	*out = s;
	signer_forget(&s);
	return true;
}

bool signer_generate(struct span name, enum note_type type, struct signer *out, struct error *e)
{
	uint8_t seed[32];

	if (sodium_init() < 0)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "key: libsodium does not start");
	randombytes_buf(seed, sizeof seed);
	bool ok = signer_from_seed(name, type, seed, out, e);
	sodium_memzero(seed, sizeof seed);
	return ok;
}

static bool damaged(struct error *e)
{
	return error_set(e, REASON_DAMAGED, PLACE_NONE,
			 "key: not of the form " PRIVATE "NAME+ID+KEY");
}

/* The bytes before the next plus, which is taken too. */
static struct span until_plus(struct cursor *c)
{
	struct cursor ahead = *c;
	size_t n = 0;

	while (cursor_left(&ahead) != 0 && cursor_u8(&ahead) != '+')
		n++;
	struct span part = cursor_take(c, n);
	cursor_skip(c, 1);
	return part;
}

bool signer_parse(struct span skey, struct signer *out, struct error *e)
{
	uint8_t bytes[33];
	struct span rest;
	struct signer s;
	char hex[9];
	size_t n;

	if (skey.n != 0 && span_is(span_cut(skey, skey.n - 1, 1), "\n"))
		skey = span_cut(skey, 0, skey.n - 1);
	if (!strict_after(skey, PRIVATE, &rest))
		return damaged(e);
	struct cursor c = cursor_of(rest);
	struct span name = until_plus(&c), id = until_plus(&c);
	if (!strict_base64(cursor_take(&c, cursor_left(&c)), bytes, sizeof bytes, &n) ||
	    n != sizeof bytes)
		return damaged(e);
	bool known = bytes[0] == NOTE_ED25519 || bytes[0] == NOTE_COSIGNATURE;
	bool ok = known ? signer_from_seed(name, (enum note_type)bytes[0], bytes + 1, &s, e)
			: damaged(e);
	sodium_memzero(bytes, sizeof bytes);
	if (!ok)
		return false;
	snprintf(hex, sizeof hex, "%08x", s.key.id);
	if (!span_is(id, hex)) {
		signer_forget(&s);
		return damaged(e);
	}
	*out = s;
	signer_forget(&s);
	return true;
}

void signer_write(const struct signer *s, char to[SIGNER_MAX_SKEY])
{
	uint8_t bytes[33] = { s->key.type };
	char text[STRICT_BASE64_SIZE(sizeof bytes) + 1];

	memcpy(bytes + 1, s->secret, 32);
	strict_base64_write((struct span){ bytes, sizeof bytes }, text);
	snprintf(to, SIGNER_MAX_SKEY, PRIVATE "%s+%08x+%s", s->key.name, s->key.id, text);
	sodium_memzero(bytes, sizeof bytes);
	sodium_memzero(text, sizeof text);
}

void signer_forget(struct signer *s) { sodium_memzero(s->secret, sizeof s->secret); }

void signer_line(const struct signer *s, struct span text, uint64_t time, struct buf *out)
{
	uint8_t payload[4 + 8 + crypto_sign_BYTES];
	char line[STRICT_BASE64_SIZE(sizeof payload) + 1];
	struct buf message;
	size_t n = 0;

	for (int i = 3; i >= 0; i--)
		payload[n++] = (uint8_t)(s->key.id >> 8 * i);
	buf_init(&message, NOTE_MAX_SIZE);
	if (s->key.type == NOTE_COSIGNATURE) {
		for (int i = 7; i >= 0; i--)
			payload[n++] = (uint8_t)(time >> 8 * i);
		buf_printf(&message, "cosignature/v1\ntime %llu\n", (unsigned long long)time);
	}
	buf_put_span(&message, text);
	if (!buf_ok(&message)) {
		out->failed = true;
	} else {
		crypto_sign_detached(payload + n, NULL, message.p, message.n, s->secret);
		strict_base64_write((struct span){ payload, n + crypto_sign_BYTES }, line);
		buf_printf(out, "\xe2\x80\x94 %s %s\n", s->key.name, line);
	}
	buf_release(&message);
}

void signer_note(const struct signer *s, struct span text, struct buf *out)
{
	buf_put_span(out, text);
	buf_put_text(out, "\n");
	signer_line(s, text, 0, out);
}
