/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "recover/hex.h"

#include <stdio.h>

/*
 * LockCrypt 1 (pan-unit42/public_tools, lockcrypt).  The first four bytes stay; of what follows, up
 * to 1 MiB of the file, all but the last two to five bytes go through two passes with 6,250 words
 * of key k.  First, at each half word m, the four bytes from there are XORed with k[m]; so that
 * half word m becomes the XOR of itself, the low half of k[m] and the high half of k[m - 1].  Then
 * each word n is XORed, rotated: e = rotl(word, 5) ^ k[n], and is written big-endian.
 *
 * With the key all of it opens, names too.  Without: what a word is XORed with in all is the same
 * for every 6,250th word of every file, so that a pair over 25,000 bytes opens all others but for
 * the half word at their end, whose key half a pair of another length may not show.
 */

enum {
	WORDS = 6250,
	KEY_BYTES = 4 * WORDS,
	PLAIN = 4,        /* bytes at the start */
	MOST = 1 << 20,   /* bytes of the file that are worked on, with those */
	NAME_KEY = 11111, /* byte of the key that names are XORed from */
	NAME_BYTES = 512, /* of a name in UTF-16, coded */
};

/* What is known of the key. */
struct lockcrypt {
	bool whole; /* k has all of it */
	uint32_t k[WORDS];
	uint32_t sum[WORDS];  /* without it: what word n is XORed with in all */
	uint32_t first;       /* word 0 of a file has no word before it */
	uint16_t high[WORDS]; /* high halves of k that ends of files have shown */
	bool has_sum[WORDS], has_first, has_high[WORDS];
};

struct opened {
	const struct lockcrypt *l;
	uint64_t words; /* that go through both passes */
	char path;      /* keeps the structure from being empty of its own */
};

static uint32_t rotr5(uint32_t v) { return v >> 5 | v << 27; }

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

/* Words of a file of that size that go through both passes. */
static uint64_t words_of(uint64_t size)
{
	uint64_t n = size < MOST ? size : MOST;

	return n >= PLAIN + 4 ? (n - PLAIN - 2) / 4 : 0;
}

/* The sum of a word's keys, from the whole key. */
static uint32_t sum_of(const struct lockcrypt *l, uint64_t n)
{
	uint32_t even = l->k[2 * n % WORDS], odd = l->k[(2 * n + 1) % WORDS];
	uint32_t low = (even & 0xffff) ^ (n != 0 ? l->k[(2 * n - 1) % WORDS] >> 16 : 0);
	uint32_t high = (odd & 0xffff) ^ even >> 16;

	return (low | high << 16) ^ rotr5(l->k[n % WORDS]);
}

static bool has_word(const struct lockcrypt *l, uint64_t n)
{
	return l->whole || (n == 0 ? l->has_first : l->has_sum[n % WORDS]);
}

/* The half word at the end goes through the first pass alone: by the high half of one word. */
static uint64_t end_word(uint64_t words) { return (2 * words - 1) % WORDS; }

static bool has_end(const struct lockcrypt *l, uint64_t words)
{
	return words == 0 || l->whole || l->has_high[end_word(words)];
}

/* ---- from a pair */

static bool show(struct lockcrypt *l, const struct attack_pair *pair)
{
	struct span o = pair->original, c = pair->encrypted;
	uint64_t words = words_of(c.n), n = 0;

	if (o.n != c.n || words == 0 || memcmp(o.p, c.p, PLAIN) != 0)
		return false;
	for (; n < words; n++) {
		uint32_t v = le32(o.p + PLAIN + 4 * n) ^ rotr5(be32(c.p + PLAIN + 4 * n));
		if (n == 0) {
			l->first = v;
			l->has_first = true;
		} else if (l->has_sum[n % WORDS] && l->sum[n % WORDS] != v) {
			return false; /* it does not repeat: not of one file, or another key's */
		} else {
			l->sum[n % WORDS] = v;
			l->has_sum[n % WORDS] = true;
		}
	}
	const uint8_t *p = o.p + PLAIN + 4 * words, *q = c.p + PLAIN + 4 * words;
	l->high[end_word(words)] = (uint16_t)((p[0] ^ q[0]) | (p[1] ^ q[1]) << 8);
	l->has_high[end_word(words)] = true;
	return true;
}

static bool learn(struct attack *a, struct error *e)
{
	struct lockcrypt *l = arena_alloc(&a->arena, sizeof *l);
	unsigned fit = 0;

	if (l == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	a->state = l;
	if (a->key.n == KEY_BYTES) {
		l->whole = true;
		for (size_t i = 0; i < WORDS; i++)
			l->k[i] = le32(a->key.p + 4 * i);
		snprintf(a->what, sizeof a->what, "the key that was brought");
		return true;
	}
	for (unsigned i = 0; i < a->n_pairs; i++)
		fit += show(l, &a->pair[i]);
	if (fit == 0)
		return error_set(
			e, REASON_ENCRYPTED, PLACE_NONE, "%s",
			a->n_pairs == 0
				? "needs a file over 25,010 bytes before and after (--before, "
				  "--after), or the key of 25,000 bytes (--key)"
				: "the pair is not of one file, or too short");
	snprintf(a->what, sizeof a->what, "what %u pair%s show%s of the key", fit,
		 fit == 1 ? "" : "s", fit == 1 ? "s" : "");
	return true;
}

/* ---- files */

/* The name: base64 with - for /, XORed, UTF-16.  Those that were too long stand there plain. */
static void read_name(const struct lockcrypt *l, struct span coded, char *out, size_t room)
{
	uint8_t text[NAME_BYTES], raw[NAME_BYTES];
	size_t n = 0, made = 0;

	while (coded.n != 0 && coded.p[coded.n - 1] == '=')
		coded.n--;
	if (coded.n == 0 || coded.n > sizeof text)
		return;
	for (size_t i = 0; i < coded.n; i++)
		text[i] = coded.p[i] == '-' ? '/' : coded.p[i];
	n = coded.n * 3 / 4;
	if (!attack_base64((struct span){ text, coded.n }, raw, n))
		return;
	for (size_t i = 0; i < n; i++) {
		uint32_t word = l->k[(NAME_KEY + i) / 4 % WORDS];
		raw[i] ^= (uint8_t)(word >> 8 * ((NAME_KEY + i) % 4));
	}
	for (size_t i = 0; i + 2 <= n;
	     i += 2) { /* what is not of ASCII is left out: no name then */
		if (raw[i] < 0x20 || raw[i] > 0x7e || raw[i + 1] != 0 || made + 1 >= room)
			return;
		out[made++] = (char)raw[i];
		out[made] = '\0';
	}
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct opened *s = (struct opened *)(void *)o->state.bytes;
	const struct lockcrypt *l = a->state;
	uint64_t missing = 0;

	*s = (struct opened){ .l = l, .words = words_of(f->r->size) };
	o->body = o->size = f->r->size;
	for (uint64_t n = 0; n < s->words; n++) {
		if (has_word(l, n))
			continue;
		uint64_t at = PLAIN + 4 * n;
		if (o->n_lost != 0 && o->lost[o->n_lost - 1].at + o->lost[o->n_lost - 1].n == at)
			o->lost[o->n_lost - 1].n += 4;
		else if (o->n_lost < ATTACK_MAX_LOST - 1)
			o->lost[o->n_lost++] = (__typeof__(o->lost[0])){ at, 4 };
		else
			o->lost[o->n_lost - 1].n = at + 4 - o->lost[o->n_lost - 1].at;
		missing++;
	}
	if (!has_end(l, s->words))
		o->lost[o->n_lost++] = (__typeof__(o->lost[0])){ PLAIN + 4 * s->words, 2 };
	if (s->words != 0 && missing == s->words)
		return error_set(e, REASON_ENCRYPTED, 0, "no pair shows any of its key");
	if (l->whole)
		read_name(l, f->original, o->name, sizeof o->name);
	return true;
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	const struct opened *s = (const struct opened *)(const void *)o->state.bytes;
	const struct lockcrypt *l = s->l;
	uint64_t end = PLAIN + 4 * s->words;

	(void)a;
	(void)e;
	for (size_t i = at == 0 ? PLAIN : 0; i + 4 <= n && at + i < end; i += 4) {
		uint64_t word = (at + i - PLAIN) / 4;
		if (!has_word(l, word))
			continue;
		uint32_t sum = l->whole    ? sum_of(l, word)
			       : word == 0 ? l->first
					   : l->sum[word % WORDS];
		uint32_t v = rotr5(be32(p + i)) ^ sum;
		for (unsigned b = 0; b < 4; b++)
			p[i + b] = (uint8_t)(v >> 8 * b);
	}
	for (size_t b = 0; b < 2 && s->words != 0 && has_end(l, s->words); b++) {
		uint64_t w = end_word(s->words);
		uint32_t high = l->whole ? l->k[w] >> 16 : l->high[w];
		if (end + b >= at && end + b < at + n)
			p[end + b - at] ^= (uint8_t)(high >> 8 * b);
	}
	return true;
}

const struct attack_engine attack_lockcrypt = { "lockcrypt", learn, open_file, step, NULL, false };
