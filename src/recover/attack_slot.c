/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_cipher.h"
#include "recover/key_file.h"
#include "recover/seeded.h"

#include <stdio.h>

/* Families whose private key is RSA and was bought: SynoLocker, IEncrypt. */

/*
 * ---- SynoLocker (F-Secure, synounlocker): a wrapped text, a mark, an IV, AES-256-CBC, and the
 * HMAC-SHA-256 of what is encrypted.  The key is SHA-256 over itself and the text, 8,192 times,
 * from the IV on.  How the last block was filled is not described: all of it is given back.
 */

enum {
	BLOCK = 16,
	KEY = 32,
	RSA_BYTES = 256,
	MARK = 60,
	IV_AT = RSA_BYTES + MARK,
	BODY_AT = IV_AT + BLOCK,
	ROUNDS = 8192,
};

static bool slot_learn(struct attack *a, const char *wanted, struct error *e)
{
	struct key_list *keys = arena_alloc(&a->arena, sizeof *keys);

	if (a->key.n == 0)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "needs %s (--key)", wanted);
	if (keys == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for keys");
	if (!key_rsa_list(a->key, RSA_BYTES, &a->arena, keys, e))
		return false;
	a->state = keys;
	snprintf(a->what, sizeof a->what, "the private key that was brought");
	return true;
}

static bool syno_learn(struct attack *a, struct error *e)
{
	return slot_learn(a, "the private key, RSA-2048", e);
}

static bool syno_key(const uint8_t *iv, struct span text, uint8_t *key)
{
	uint8_t all[KEY + RSA_BYTES];

	memset(all, 0, KEY);
	memcpy(all, iv, BLOCK);
	memcpy(all + KEY, text.p, text.n);
	for (unsigned i = 0; i < ROUNDS; i++)
		if (EVP_Digest(all, KEY + text.n, all, NULL, EVP_sha256(), NULL) != 1)
			return false;
	memcpy(key, all, KEY);
	return true;
}

/* Is the HMAC behind the body that of it? */
static bool syno_whole(struct region *r, uint64_t body, const uint8_t *key)
{
	EVP_PKEY *mac = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key, KEY);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t made[KEY];
	size_t n = sizeof made;
	bool ok = mac != NULL && c != NULL &&
		  EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, mac) == 1;

	for (uint64_t at = 0; ok && at < body;) {
		uint64_t left = body - at;
		struct span s =
			region_get(r, BODY_AT + at, left < REGION_MAX ? (size_t)left : REGION_MAX);
		ok = s.n != 0 && EVP_DigestSignUpdate(c, s.p, s.n) == 1;
		at += s.n;
	}
	ok = ok && EVP_DigestSignFinal(c, made, &n) == 1 && n == KEY;
	struct span s = region_get(r, BODY_AT + body, KEY);
	ok = ok && s.n == KEY && memcmp(s.p, made, KEY) == 0;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(mac);
	return ok;
}

static bool syno_open(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	static const char mark[] = "THE_REAL_PWNED_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX_1337";
	uint8_t block[KEY_RSA_MAX], key[KEY], head[BODY_AT];
	struct span s = region_get(f->r, 0, BODY_AT);

	_Static_assert(sizeof mark == MARK + 1, "the mark's length is part of the layout");
	if (s.n != BODY_AT || f->r->size <= BODY_AT + KEY ||
	    memcmp(s.p + RSA_BYTES, mark, MARK) != 0)
		return error_set(e, REASON_DAMAGED, RSA_BYTES, "the mark is not there");
	memcpy(head, s.p, sizeof head);
	uint64_t body = f->r->size - BODY_AT - KEY;
	if (body % BLOCK != 0)
		return error_set(e, REASON_DAMAGED, f->r->size, "no whole blocks");
	struct span m = key_unwrap(a->state, (struct span){ head, RSA_BYTES }, false, 1, block);
	if (m.n == 0)
		return error_set(e, REASON_ENCRYPTED, 0, "its key was not wrapped by this one");
	if (!syno_key(head + IV_AT, m, key))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "no SHA-256");
	if (!syno_whole(f->r, body, key))
		return error_set(e, REASON_DAMAGED, BODY_AT + body,
				 "the code of authentication behind it is another");
	o->from = BODY_AT;
	o->body = o->size = body;
	o->bits = 256;
	return attack_cipher_begin(o, EVP_aes_256_cbc(), key, head + IV_AT, e);
}

const struct attack_engine attack_syno = {
	"syno", syno_learn, syno_open, attack_cipher_step, attack_cipher_close, true
};

/*
 * ---- IEncrypt (guardicore/iencrypt_decryptor): each file has the length that it had, and a note
 * beside it with KEY: (a SIMPLEBLOB of CryptoAPI in base64) and TAIL: (what the last block has
 * beyond the file's end).  AES-CBC, IV 0, padded.  The user brings the private key and, behind it
 * in the same file, the notes; which of them is a file's is told by its padding, whose length
 * follows from the file's.
 */

enum {
	BLOB_HEAD = 12, /* and the wrapped key, backwards */
	MAX_NOTES = 1 << 14,
	TAIL_MAX = 24, /* characters of base64 */
};

struct note {
	uint8_t key[KEY];
	size_t key_size;
	char tail[TAIL_MAX]; /* base64 */
	size_t tail_n;
};

struct notes {
	struct note *list;
	size_t n;
};

struct opened {
	EVP_CIPHER_CTX *cipher; /* first: where attack_cipher_*() look for it */
	uint8_t tail[BLOCK];
	size_t tail_n;
};

_Static_assert(sizeof(struct opened) <= ATTACK_STATE, "it lies in the file that is open");

static bool is_digit64(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

/* The digits of base64 behind a label, over line ends, up to `max`; what is behind "=" is not its.
 */
static size_t value_of(struct span s, char *to, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < max; i++) {
		if (is_digit64(s.p[i]))
			to[n++] = (char)s.p[i];
		else if (s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != ' ')
			break;
	}
	return n;
}

/* The next label at the start of a line; what is behind it. */
static struct span behind(struct span s, const char *label)
{
	size_t n = strlen(label);

	for (size_t i = 0; i + n <= s.n; i++)
		if (s.p[i] == (uint8_t)label[0] && memcmp(s.p + i, label, n) == 0 &&
		    (i == 0 || s.p[i - 1] == '\n'))
			return span_cut(s, i + n, s.n);
	return (struct span){ NULL, 0 };
}

static bool read_note(const struct key_list *keys, struct span at, struct note *note)
{
	char text[((BLOB_HEAD + RSA_BYTES) * 4 + 2) / 3];
	uint8_t blob[BLOB_HEAD + RSA_BYTES], block[KEY_RSA_MAX];
	struct span tail = behind(at, "TAIL:"), next = behind(at, "KEY:");

	if (value_of(at, text, sizeof text) != sizeof text || tail.p == NULL ||
	    (next.p != NULL && next.p < tail.p) ||
	    !attack_base64((struct span){ (const uint8_t *)text, sizeof text }, blob, sizeof blob))
		return false;
	struct cursor c = cursor_of((struct span){ blob, sizeof blob });
	uint32_t kind = cursor_le32(&c), cipher = cursor_le32(&c), by = cursor_le32(&c);
	note->key_size = cipher == 0x6610 ? 32 : cipher == 0x660e ? 16 : 0; /* CALG_AES_... */
	struct span m =
		key_unwrap(keys, span_cut((struct span){ blob, sizeof blob }, BLOB_HEAD, RSA_BYTES),
			   true, note->key_size, block);
	if (kind != 0x0201 || by != 0xa400 || note->key_size == 0 || m.n != note->key_size)
		return false;
	memcpy(note->key, m.p, m.n);
	note->tail_n = value_of(tail, note->tail, sizeof note->tail);
	return true;
}

static bool ien_learn(struct attack *a, struct error *e)
{
	struct notes *notes = arena_alloc(&a->arena, sizeof *notes);

	if (!slot_learn(a, "the private key, RSA-2048, and behind it the notes *_readme", e))
		return false;
	const struct key_list *keys = a->state;
	size_t n = 0;
	for (struct span s = a->key; (s = behind(s, "KEY:")).p != NULL;)
		n++;
	if (n > MAX_NOTES)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "more than %d notes", MAX_NOTES);
	struct note *list = arena_array(&a->arena, n + 1, sizeof *list);
	if (notes == NULL || list == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for notes");
	*notes = (struct notes){ list, 0 };
	for (struct span s = a->key; (s = behind(s, "KEY:")).p != NULL;)
		notes->n += read_note(keys, s, &list[notes->n]);
	a->state = notes;
	snprintf(a->what, sizeof a->what, "the private key, and %zu notes", notes->n);
	return notes->n != 0 ||
	       error_set(e, REASON_ENCRYPTED, PLACE_NONE,
			 "none of %zu notes behind the key was wrapped by it: cat key.pem *_readme",
			 n);
}

/* Decrypts one block by itself. */
static bool one_block(const struct note *note, const uint8_t *before, const uint8_t *in,
		      uint8_t *out)
{
	struct seeded_aes aes = { .key_size = (uint8_t)note->key_size };

	memcpy(aes.key, note->key, note->key_size);
	memcpy(aes.chain, before, BLOCK);
	return seeded_decrypt(&aes, in, out, BLOCK);
}

/* Is the note the file's: is the last block padded with as many bytes as must be? */
static bool fits(const struct note *note, struct attack_file *f, uint8_t *tail)
{
	static const uint8_t zero[BLOCK];
	uint64_t size = f->r->size;
	size_t more = BLOCK - (size_t)(size % BLOCK), own = BLOCK - more;
	uint8_t last[2 * BLOCK] = { 0 }, plain[BLOCK];
	struct seeded_target t = { .expected = kind_of_name(f->original) };

	if (note->tail_n < (more * 4 + 2) / 3 ||
	    !attack_base64((struct span){ (const uint8_t *)note->tail, (more * 4 + 2) / 3 }, tail,
			   more))
		return false;
	size_t have = own + (size >= BLOCK ? BLOCK : 0);
	struct span s = region_get(f->r, size - have, have);
	if (s.n != have)
		return false;
	memcpy(last + BLOCK - (have - own), s.p, have);
	memcpy(last + BLOCK + own, tail, more);
	if (!one_block(note, last, last + BLOCK, plain))
		return false;
	for (size_t i = own; i < BLOCK; i++)
		if (plain[i] != more)
			return false;
	s = region_get(f->r, 0, BLOCK);
	return s.n != BLOCK || !seeded_searchable(t.expected) ||
	       (one_block(note, zero, s.p, plain) && seeded_begins(&t, plain, BLOCK));
}

static bool ien_open(struct attack *a, struct attack_file *f, struct attack_open *o,
		     struct error *e)
{
	static const uint8_t zero[BLOCK];
	const struct notes *notes = a->state;
	struct opened *s = (struct opened *)(void *)o->state.bytes;
	uint8_t tail[BLOCK];

	for (size_t i = 0; i < notes->n; i++) {
		const struct note *note = &notes->list[i];
		if (!fits(note, f, tail))
			continue;
		s->tail_n = BLOCK - (size_t)(f->r->size % BLOCK);
		memcpy(s->tail, tail, s->tail_n);
		o->body = o->size = f->r->size;
		o->bits = 8 * (unsigned)s->tail_n;
		return attack_cipher_begin(
			o, note->key_size == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc(), note->key,
			zero, e);
	}
	return error_set(e, REASON_ENCRYPTED, PLACE_NONE, "none of the notes is this file's");
}

static bool ien_step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		     struct error *e)
{
	const struct opened *s = (const struct opened *)(const void *)o->state.bytes;
	size_t whole = n / BLOCK * BLOCK, own = n - whole;
	uint8_t last[BLOCK];

	if (whole != 0 && !attack_cipher_step(a, o, at, p, whole, e))
		return false;
	if (own == 0)
		return true;
	memcpy(last, p + whole, own);
	memcpy(last + own, s->tail, s->tail_n);
	if (!attack_cipher_step(a, o, at + whole, last, BLOCK, e))
		return false;
	memcpy(p + whole, last, own);
	return true;
}

const struct attack_engine attack_iencrypt = { "iencrypt", ien_learn,           ien_open,
					       ien_step,   attack_cipher_close, false };
