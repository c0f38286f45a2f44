/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/generator.h"
#include "recover/seeded.h"

#include <openssl/evp.h>

/*
 * Families of the Chaos kind, whose passwords System.Random makes from the milliseconds since the
 * machine started: SolidBit and Onyx 2 (Truesec/TSDecryptors).
 */

enum { BLOCK = 16, WRAPPED = 344 /* characters: base64 of an RSA block of 256 bytes */ };

static void ticks(const struct seeded_target *t, uint64_t *from, uint64_t *to)
{
	(void)t;
	*from = 0;
	*to = 1ull << 31;
}

static void password(uint64_t seed, uint8_t *out, unsigned n)
{
	/* one character stands there twice, as its makers wrote it */
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890*!=&?&/";
	struct generator_dotnet g;

	generator_dotnet_seed(&g, (int32_t)seed);
	for (unsigned i = 0; i < n; i++)
		out[i] = (uint8_t)letters[generator_dotnet_range(&g, 0, sizeof letters - 1)];
}

/* Is there the text of a wrapped key behind the body? */
static bool has_wrapped(const struct seeded_target *t)
{
	struct span s = region_get(t->r, t->size >= WRAPPED ? t->size - WRAPPED : 0, WRAPPED);
	bool good = s.n == WRAPPED;

	for (size_t i = 0; good && i < s.n; i++)
		good = text_is_alnum(s.p[i]) || s.p[i] == '+' || s.p[i] == '/' || s.p[i] == '=';
	return good;
}

/* ---- SolidBit: AES-128-CBC, key and IV the same 16 characters */

static void solidbit_key(uint64_t seed, struct seeded_aes *s)
{
	*s = (struct seeded_aes){ .key_size = 16, .padding = PADDING_PERHAPS };
	password(seed, s->key, 16);
	memcpy(s->chain, s->key, 16);
}

static bool solidbit_fits(const struct seeded_target *t, uint64_t seed)
{
	struct seeded_aes s;
	uint8_t plain[BLOCK];

	solidbit_key(seed, &s);
	return seeded_decrypt(&s, t->head, plain, BLOCK) && seeded_begins(t, plain, BLOCK);
}

static bool solidbit_whole(const struct seeded_target *t, struct error *e)
{
	return (t->size >= WRAPPED + BLOCK && (t->size - WRAPPED) % BLOCK == 0 && has_wrapped(t)) ||
	       error_set(e, REASON_DAMAGED, t->size, "no whole blocks before the key");
}

static bool solidbit_open(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
			  struct error *e)
{
	(void)e;
	o->body = o->size = t->size - WRAPPED;
	solidbit_key(seed, (struct seeded_aes *)(void *)o->state.bytes);
	return true;
}

const struct seeded seeded_solidbit = {
	"solidbit",    0, 0, false, solidbit_fits, ticks, solidbit_open, seeded_aes_step,
	solidbit_whole
};

/*
 * ---- Onyx 2: the salt 01 to 08, AES-256-CFB, key and IV by one round of PBKDF2 with SHA-1 of 40
 * characters, or of 20: the two published tools do not agree.  Whether CFB feeds back 128 bits or 8
 * follows from the version of .NET; the files decide both.
 */

enum { ONYX_SALT = 8, ONYX_AROUND = ONYX_SALT + WRAPPED, ONYX_WAYS = 4, ONYX_NEAR = 1 << 17 };

static bool onyx_key(uint64_t seed, unsigned way, struct seeded_aes *s)
{
	static const uint8_t salt[ONYX_SALT] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	unsigned n = way % 2 == 0 ? 40 : 20;
	uint8_t letters[40], made[48];

	password(seed, letters, n);
	if (PKCS5_PBKDF2_HMAC_SHA1((const char *)letters, (int)n, salt, sizeof salt, 1, sizeof made,
				   made) != 1)
		return false;
	*s = (struct seeded_aes){
		.key_size = 32, .padding = PADDING_PERHAPS, .cfb128 = way < 2, .cfb8 = way >= 2
	};
	memcpy(s->key, made, 32);
	memcpy(s->chain, made + 32, BLOCK);
	return true;
}

/* The first way by which this seed gives the file the beginning which its name promises. */
static bool onyx_find(const struct seeded_target *t, uint64_t seed, struct seeded_aes *s)
{
	uint8_t plain[2 * BLOCK];
	size_t n = t->n < sizeof plain ? t->n / BLOCK * BLOCK : sizeof plain;

	for (unsigned way = 0; way < ONYX_WAYS; way++)
		if (onyx_key(seed, way, s) && seeded_decrypt(s, t->head, plain, n) &&
		    seeded_begins(t, plain, n))
			return true;
	return false;
}

static bool onyx_fits(const struct seeded_target *t, uint64_t seed)
{
	struct seeded_aes s;

	return onyx_find(t, seed, &s);
}

static bool onyx_whole(const struct seeded_target *t, struct error *e)
{
	return (t->size >= ONYX_AROUND + BLOCK && (t->size - ONYX_AROUND) % BLOCK == 0 &&
		has_wrapped(t)) ||
	       error_set(e, REASON_DAMAGED, t->size, "no whole blocks before the key");
}

static bool onyx_open(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
		      struct error *e)
{
	o->from = ONYX_SALT;
	o->body = o->size = t->size - ONYX_AROUND;
	return onyx_find(t, seed, (struct seeded_aes *)(void *)o->state.bytes) ||
	       error_set(e, REASON_ENCRYPTED, PLACE_NONE, "not by this seed");
}

const struct seeded seeded_onyx = { "onyx-2", ONYX_SALT, ONYX_NEAR,       false,     onyx_fits,
				    ticks,    onyx_open, seeded_aes_step, onyx_whole };
