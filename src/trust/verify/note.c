/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/note.h"
#include "base/hash.h"
#include "base/text.h"
#include "trust/verify/strict.h"

#include <assert.h>
#include <sodium/crypto_sign_ed25519.h>
#include <stdio.h>

#define DASH "\xe2\x80\x94 " /* U+2014 and a space */

/* ---- names and keys */

/* White space as Unicode has it (property White_Space). */
static bool is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

bool note_name_valid(struct span name)
{
	if (name.n == 0 || name.n > NOTE_MAX_NAME)
		return false;
	while (name.n != 0) {
		uint32_t code;
		size_t n = text_utf8(name, &code);
		if (n == 0 || code < 0x20 || code == '+' || is_space(code))
			return false;
		name = span_cut(name, n, name.n);
	}
	return true;
}

static uint32_t first_four(const uint8_t *digest)
{
	struct cursor c = cursor_of((struct span){ digest, 4 });

	return cursor_be32(&c);
}

uint32_t note_key_id(struct span name, uint8_t type, struct span key)
{
	uint8_t head[NOTE_MAX_NAME + 2], digest[HASH_MAX_SIZE];

	assert(name.n <= NOTE_MAX_NAME);
	memcpy(head, name.p, name.n);
	head[name.n] = '\n';
	head[name.n + 1] = type;
	bool ok = hash_of_two(HASH_SHA256, (struct span){ head, name.n + 2 }, key, digest);
	assert(ok);
	return first_four(digest);
}

/* The bytes before the next plus, which is taken too; what is left where there is none. */
static struct span until_plus(struct cursor *c)
{
	struct cursor ahead = *c;
	size_t n = 0;

	while (cursor_left(&ahead) != 0 && cursor_u8(&ahead) != '+')
		n++;
	struct span part = cursor_take(c, n);
	if (cursor_left(c) != 0)
		cursor_skip(c, 1);
	return part;
}

static bool key_error(struct error *e, const char *what)
{
	return error_set(e, REASON_DAMAGED, PLACE_NONE, "key: %s", what);
}

bool note_key_parse(struct span vkey, struct note_key *out, struct error *e)
{
	struct cursor c = cursor_of(vkey);
	uint8_t bytes[NOTE_MAX_VKEY];
	char hex[9];
	size_t n;

	if (vkey.n >= NOTE_MAX_VKEY)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "key: over %d characters",
				 NOTE_MAX_VKEY - 1);
	struct span name = until_plus(&c), id = until_plus(&c);
	if (!note_name_valid(name) || id.n != 8)
		return key_error(e, "not of the form NAME+ID+KEY");
	if (!strict_base64(cursor_take(&c, cursor_left(&c)), bytes, sizeof bytes, &n) || n < 2)
		return key_error(e, "its base64 is not well-formed");
	struct note_key key = { .type = bytes[0] };
	struct span material = { bytes + 1, n - 1 };
	key.id = note_key_id(name, key.type, material);
	snprintf(hex, sizeof hex, "%08x", key.id);
	if (!span_is(id, hex))
		return key_error(e, "its id is not that of name and key");
	if (key.type != NOTE_ED25519 && key.type != NOTE_COSIGNATURE)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "key: type 0x%02x; 0x01 and 0x04 are read", key.type);
	if (material.n != sizeof key.public)
		return key_error(e, "not 32 bytes");
	memcpy(key.name, name.p, name.n);
	memcpy(key.public, material.p, sizeof key.public);
	*out = key;
	return true;
}

void note_key_write(const struct note_key *key, char to[NOTE_MAX_VKEY])
{
	uint8_t bytes[33] = { key->type };
	char text[STRICT_BASE64_SIZE(sizeof bytes) + 1];

	memcpy(bytes + 1, key->public, sizeof key->public);
	strict_base64_write((struct span){ bytes, sizeof bytes }, text);
	snprintf(to, NOTE_MAX_VKEY, "%s+%08x+%s", key->name, key->id, text);
}

/* ---- the note */

/* One signature line; false where it is none. */
static bool signature_line(struct span line, struct note_signature *out)
{
	uint8_t bytes[NOTE_MAX_PAYLOAD + 4];
	struct span rest;
	size_t n;

	if (!strict_after(line, DASH, &rest))
		return false;
	struct cursor c = cursor_of(rest);
	struct span name = strict_word(&c);
	if (!note_name_valid(name) ||
	    !strict_base64(cursor_take(&c, cursor_left(&c)), bytes, sizeof bytes, &n) || n < 5)
		return false;
	out->name = name;
	out->id = first_four(bytes);
	out->n = n - 4;
	memcpy(out->payload, bytes + 4, out->n);
	return true;
}

/* Where the signatures begin: after the last empty line; 0 where there is none. */
static size_t last_empty_line(struct span whole)
{
	for (size_t at = whole.n; at >= 2; at--)
		if (span_is(span_cut(whole, at - 2, 2), "\n\n"))
			return at;
	return 0;
}

static bool note_error(struct error *e, uint64_t at, const char *what)
{
	return error_set(e, REASON_DAMAGED, at, "note: %s", what);
}

bool note_parse(struct span whole, struct note *out, struct error *e)
{
	struct note_signature s;
	unsigned n = 0;

	if (whole.n > NOTE_MAX_SIZE)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "note: over %d bytes", NOTE_MAX_SIZE);
	if (!strict_text(whole))
		return note_error(e, PLACE_NONE, "not UTF-8, or with control characters");
	size_t at = last_empty_line(whole);
	if (at == 0)
		return note_error(e, PLACE_NONE, "no signature: no empty line");
	struct note note = { span_cut(whole, 0, at - 1), span_cut(whole, at, whole.n) };
	struct cursor c = cursor_of(note.signatures);
	while (cursor_left(&c) != 0) {
		uint64_t place = at + cursor_place(&c);
		struct span line = cursor_line(&c, STRICT_MAX_LINE);
		if (!cursor_ok(&c) || !signature_line(line, &s))
			return note_error(e, place, "a line after the text is no signature");
		if (++n > NOTE_MAX_SIGNATURES)
			return error_set(e, REASON_LIMIT, place, "note: over %d signatures",
					 NOTE_MAX_SIGNATURES);
	}
	if (n == 0)
		return note_error(e, at, "no signature");
	*out = note;
	return true;
}

bool note_next(struct cursor *signatures, struct note_signature *out)
{
	if (cursor_left(signatures) == 0)
		return false;
	struct span line = cursor_line(signatures, STRICT_MAX_LINE);
	return cursor_ok(signatures) && signature_line(line, out);
}

bool note_names_key(const struct note_signature *s, const struct note_key *key)
{
	return s->id == key->id && span_is(s->name, key->name);
}

static bool verify_cosignature(const struct note_key *key, const struct note_signature *s,
			       struct span text, uint64_t *time)
{
	struct cursor c = cursor_of((struct span){ s->payload, s->n });
	uint8_t message[NOTE_MAX_COSIGNED + 64];
	uint64_t when = cursor_be64(&c);
	struct span signature = cursor_take(&c, crypto_sign_ed25519_BYTES);

	if (!cursor_ok(&c) || cursor_left(&c) != 0 || when > STRICT_MAX_DECIMAL ||
	    text.n > NOTE_MAX_COSIGNED)
		return false;
	int head = snprintf((char *)message, sizeof message, "cosignature/v1\ntime %llu\n",
			    (unsigned long long)when);
	assert(head > 0 && (size_t)head + text.n <= sizeof message);
	memcpy(message + head, text.p, text.n);
	if (crypto_sign_ed25519_verify_detached(signature.p, message, (size_t)head + text.n,
						key->public) != 0)
		return false;
	*time = when;
	return true;
}

bool note_verify(const struct note_key *key, const struct note_signature *s, struct span text,
		 uint64_t *time)
{
	if (key->type == NOTE_COSIGNATURE)
		return verify_cosignature(key, s, text, time);
	if (s->n != crypto_sign_ed25519_BYTES ||
	    crypto_sign_ed25519_verify_detached(s->payload, text.p, text.n, key->public) != 0)
		return false;
	*time = 0;
	return true;
}

bool note_check(const struct note *n, const struct note_key *keys, size_t n_keys, bool *valid,
		struct error *e)
{
	struct cursor c = cursor_of(n->signatures);
	struct note_signature s;
	size_t found = 0;
	uint64_t time;

	for (size_t i = 0; i < n_keys; i++)
		valid[i] = false;
	while (note_next(&c, &s))
		for (size_t i = 0; i < n_keys; i++) {
			if (!note_names_key(&s, &keys[i]))
				continue;
			if (!note_verify(&keys[i], &s, n->text, &time))
				return error_set(e, REASON_DAMAGED, PLACE_NONE,
						 "note: the signature of %s does not verify",
						 keys[i].name);
			found += !valid[i];
			valid[i] = true;
		}
	return found != 0 ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE, "note: no signature by a known key");
}
