#ifndef PEL_TESTS_SMALL_LOG_H
#define PEL_TESTS_SMALL_LOG_H

#include "base/hash.h"
#include "tests/trust/vectors.h"
#include "trust/verify/accept.h"
#include "trust/verify/items.h"
#include "trust/verify/tile.h"

#include <stdio.h>

/*
 * A log in memory, with the five witnesses and three release keys that a test needs.  What a real
 * log would refuse to do, this one does when it is asked to.
 */

enum { SMALL_MAX = 64, SMALL_WITNESSES = 5, SMALL_KEYS = 3, SMALL_NOW = 1767225600 };

#define SMALL_ORIGIN "pellucid.example/rules"

struct small_log {
	struct buf entry[SMALL_MAX];
	struct merkle_hash leaf[SMALL_MAX];
	size_t n;
};

struct small_world {
	struct signer log, witness[SMALL_WITNESSES], key[SMALL_KEYS];
	struct buf policy_text;
	struct accept_policy policy; /* 4 of 5, 2 of 3, channel rules */
};

static inline struct signer small_signer(const char *role, const char *name, enum note_type type)
{
	uint8_t seed[32];
	struct signer s;
	struct error e;

	if (!hash_of(HASH_SHA256, span_of(role), seed) ||
	    !signer_from_seed(span_of(name), type, seed, &s, &e))
		abort();
	return s;
}

static inline void small_world_open(struct small_world *w)
{
	char name[64], vkey[NOTE_MAX_VKEY];
	struct error e;

	*w = (struct small_world){ .log = small_signer("log", SMALL_ORIGIN, NOTE_ED25519) };
	buf_init(&w->policy_text, 1 << 16);
	note_key_write(&w->log.key, vkey);
	buf_printf(&w->policy_text, "log %s\n", vkey);
	for (int i = 0; i < SMALL_WITNESSES; i++) {
		snprintf(name, sizeof name, "w%d.example", i + 1);
		w->witness[i] = small_signer(name, name, NOTE_COSIGNATURE);
		note_key_write(&w->witness[i].key, vkey);
		buf_printf(&w->policy_text, "witness w%d %s\n", i + 1, vkey);
	}
	buf_put_text(&w->policy_text, "group all-of-them 4 w1 w2 w3 w4 w5\nquorum all-of-them\n");
	for (int i = 0; i < SMALL_KEYS; i++) {
		snprintf(name, sizeof name, "pellucid.example/release-%c", 'a' + i);
		w->key[i] = small_signer(name, name, NOTE_ED25519);
		w->policy.key[i] = w->key[i].key;
	}
	w->policy.n_keys = SMALL_KEYS;
	w->policy.threshold = 2;
	w->policy.channel = RELEASE_RULES;
	w->policy.max_age = ACCEPT_MAX_AGE;
	if (!quorum_parse(buf_span(&w->policy_text), &w->policy.quorum, &e))
		abort();
}

static inline void small_world_close(struct small_world *w) { buf_release(&w->policy_text); }

static inline void small_log_close(struct small_log *l)
{
	for (size_t i = 0; i < l->n; i++)
		buf_release(&l->entry[i]);
	l->n = 0;
}

static inline void small_add(struct small_log *l, struct span entry)
{
	struct buf *b = &l->entry[l->n];

	if (l->n == SMALL_MAX)
		abort();
	buf_init(b, 1 << 16);
	buf_put_span(b, entry);
	l->leaf[l->n++] = merkle_leaf(buf_span(b));
}

static inline bool small_read(void *ctx, unsigned level, uint64_t number, unsigned width,
			      struct merkle_hash out[TILE_WIDTH], struct error *e)
{
	struct small_log *l = ctx;

	if (level != 0 || number != 0 || width > l->n)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "no such tile");
	memcpy(out, l->leaf, width * sizeof *out);
	return true;
}

static inline struct tile_source small_tiles(struct small_log *l)
{
	return (struct tile_source){ small_read, l };
}

static inline struct merkle_hash small_root(struct small_log *l, size_t n)
{
	struct tile_source t = small_tiles(l);
	struct merkle_hash h;
	struct error e;

	if (!tile_root(&t, n, &h, &e))
		abort();
	return h;
}

/* The head of the first n entries, signed by `log`, cosigned at `time` by the witnesses whose bit
 * is set; appended to b. */
static inline void small_head(const struct small_world *w, struct small_log *l, size_t n,
			      unsigned witnesses, uint64_t time, struct buf *b)
{
	struct checkpoint c = { span_of(SMALL_ORIGIN), n, small_root(l, n) };
	char text[CHECKPOINT_MAX_TEXT];

	checkpoint_write(&c, text);
	signer_note(&w->log, span_of(text), b);
	for (unsigned i = 0; i < SMALL_WITNESSES; i++)
		if ((witnesses >> i & 1) != 0)
			signer_line(&w->witness[i], span_of(text), time, b);
}

static inline void small_hashes(const struct merkle_proof *p, struct buf *b)
{
	for (size_t i = 0; i < p->n; i++) {
		char text[STRICT_BASE64_SIZE(32) + 1];
		strict_base64_write((struct span){ p->hash[i].b, 32 }, text);
		buf_printf(b, "%s\n", text);
	}
	buf_put_text(b, "\n");
}

/* A tlog-proof of entry `index` in the first n. */
static inline void small_bundle(const struct small_world *w, struct small_log *l, size_t index,
				size_t n, unsigned witnesses, uint64_t time, struct buf *b)
{
	struct tile_source t = small_tiles(l);
	struct merkle_proof p;
	struct error e;

	if (!tile_inclusion(&t, index, n, &p, &e))
		abort();
	buf_printf(b, "c2sp.org/tlog-proof@v1\nindex %zu\n", index);
	small_hashes(&p, b);
	small_head(w, l, n, witnesses, time, b);
}

static inline void small_growth(struct small_log *l, size_t m, size_t n, struct buf *b)
{
	struct tile_source t = small_tiles(l);
	struct merkle_proof p;
	struct error e;

	if (!tile_consistency(&t, m, n, &p, &e))
		abort();
	buf_printf(b, "old %zu\n", m);
	small_hashes(&p, b);
}

/* What a release says; `artifact` is the text of its main artefact. */
struct small_release {
	const char *channel;
	uint64_t seq;
	struct merkle_hash prev;
	uint64_t issued, expires;
	struct span artifact;
	struct release_count count;
	const char *removals; /* lines */
	unsigned keys;        /* bits of those that sign */
};

static inline void small_release_write(const struct small_world *w, const struct small_release *r,
				       struct buf *out)
{
	char prev[STRICT_BASE64_SIZE(32) + 1], hex[HASH_MAX_HEX + 1];
	struct buf text;
	struct span body;

	buf_init(&text, 1 << 16);
	strict_base64_write((struct span){ r->prev.b, 32 }, prev);
	if (!hash_hex(HASH_SHA256, r->artifact, hex))
		abort();
	buf_printf(&text,
		   "pellucid/release/v1\nchannel %s\nseq %llu\nprev %llu %s\nissued %llu\n"
		   "expires %llu\nartifact %s.txt %zu %s\n"
		   "count total=%llu added=%llu changed=%llu removed=%llu\n%s",
		   r->channel, (unsigned long long)r->seq, (unsigned long long)(r->seq - 1), prev,
		   (unsigned long long)r->issued, (unsigned long long)r->expires, r->channel,
		   r->artifact.n, hex, (unsigned long long)r->count.total,
		   (unsigned long long)r->count.added, (unsigned long long)r->count.changed,
		   (unsigned long long)r->count.removed, r->removals != NULL ? r->removals : "");
	body = buf_span(&text);
	buf_put_span(out, body);
	buf_put_text(out, "\n");
	for (unsigned i = 0; i < SMALL_KEYS; i++)
		if ((r->keys >> i & 1) != 0)
			signer_line(&w->key[i], body, 0, out);
	buf_release(&text);
}

/* The next release of a log that holds one channel alone; returns its number. */
static inline uint64_t small_publish(const struct small_world *w, struct small_log *l,
				     struct span artifact, unsigned keys)
{
	struct small_release r = { .channel = "rules",
				   .seq = l->n + 1,
				   .issued = SMALL_NOW,
				   .expires = SMALL_NOW + 7 * 24 * 3600,
				   .artifact = artifact,
				   .count = { 1, 1, 0, 0 },
				   .keys = keys };
	struct buf b;

	if (l->n != 0)
		r.prev = l->leaf[l->n - 1];
	buf_init(&b, 1 << 16);
	small_release_write(w, &r, &b);
	small_add(l, buf_span(&b));
	buf_release(&b);
	return r.seq;
}

#endif
