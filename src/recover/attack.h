/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_ATTACK_H
#define PEL_RECOVER_ATTACK_H

/*
 * From a family to the originals of its files.  An engine learns what opens the files (a key that
 * is published or brought, a stream from a pair, a seed by search), is held against a sample of
 * them, and then gives back each original piece by piece.  Nothing here writes a file.
 */

#include "base/buf.h"
#include "recover/family.h"
#include "recover/proof.h"
#include "recover/seek.h"

enum {
	ATTACK_MAX_SAMPLES = 8,
	ATTACK_SAMPLE_MAX = 32 << 20, /* bytes of a file that is opened in memory as a sample */
	ATTACK_MAX_PAIRS = 4,
	ATTACK_PAIR_MAX = 64 << 20,
	ATTACK_KEY_MAX = 16 << 20,
	ATTACK_STATE = 256, /* bytes of an engine's own in a file that is open */
	ATTACK_MAX_LOST = 4,
	ATTACK_PATIENCE_SECONDS = 1200, /* of all cores, beyond which a search wants --seeds */
};

/* Seconds that a search may take unasked, where `asked` are wanted. */
static inline double attack_patience(double asked)
{
	return asked > 0 ? asked : ATTACK_PATIENCE_SECONDS;
}

/* An encrypted file, as an engine sees it: read-only. */
struct attack_file {
	struct region *r;
	struct span original; /* its name before, as far as that is known */
	int64_t mtime;        /* seconds */
};

/* A file whose original is being made. */
struct attack_open {
	uint64_t from; /* byte 0 of the original lies there in the encrypted file */
	uint64_t body; /* bytes of the file from there that are worked on */
	uint64_t size; /* of the original: the first of what they become; at most `body` */
	uint32_t mode; /* permissions that the file had, where it says so; 0: it does not */
	unsigned bits; /* of the key that the file itself has proven: padding, a point, a code */
	struct {       /* bytes of the original that cannot be had; they are left as they are */
		uint64_t at, n;
	} lost[ATTACK_MAX_LOST];
	unsigned n_lost;
	bool owned;     /* the state is a pointer that close() frees, where an engine has both */
	bool base64;    /* the body is base64 in the file: what is decoded is worked on */
	char name[256]; /* that the file says that it had; empty: it does not */
	union {
		uint8_t bytes[ATTACK_STATE];
		void *pointer; /* aligns, and may be a cipher's context */
	} state;
};

struct attack_pair {
	struct span original, encrypted; /* heads of them */
	uint64_t size;                   /* of the original */
};

struct attack;

/* What is known of a search before it begins. */
struct attack_begun {
	uint64_t from;  /* the number that an earlier run came to; else the range's first */
	double seconds; /* that one core would take for the whole range, as measured */
	unsigned cores;
};

/*
 * Who tries numbers for an engine: elsewhere, on all cores.  An engine has no clock and no threads.
 */
struct attack_host {
	void *ctx;
	/* A search of [from, to) is about to begin, told from others by `mark`. */
	bool (*begin)(void *ctx, const struct seek *s, uint64_t mark, uint64_t from, uint64_t to,
		      struct attack_begun *out, struct error *e);
	/* Tries from `from` on for about a second, as seek_piece() does: all before it were tried,
	 * and their results looked at.  With from == to nothing is left, and that is told. */
	bool (*some)(void *ctx, const struct seek *s, uint64_t from, uint64_t to, uint64_t *next,
		     struct buf *out, struct error *e);
};

struct attack {
	const struct family *family;
	const struct attack_engine *engine;
	struct arena arena;
	struct span key; /* that the user brings: a file's bytes; empty: none */
	struct attack_pair pair[ATTACK_MAX_PAIRS];
	unsigned n_pairs;
	struct attack_file sample[ATTACK_MAX_SAMPLES];
	unsigned n_samples;
	uint64_t seed_from, seed_to; /* that a search is to try; both 0: what the engine thinks */
	double patience; /* seconds that a search may take unasked; 0: ATTACK_PATIENCE_SECONDS */
	const struct attack_host *host; /* of searches; not owned; NULL: they are done here */
	void *state;                    /* the engine's, in the arena */
	char what[160];                 /* what was learnt, in words */
};

struct attack_engine {
	const char *name;
	/* Learns what opens the files.  ENCRYPTED: more is needed, and *e says what. */
	bool (*learn)(struct attack *a, struct error *e);
	/* Reads a file's layout.  False: it is not this family's, or damaged; nothing is held then.
	 */
	bool (*open)(struct attack *a, struct attack_file *f, struct attack_open *o,
		     struct error *e);
	/* Turns n bytes of the body, from its byte `at` on, into the original's; pieces come in
	 * order, and all but the last are multiples of 64 KiB. */
	bool (*step)(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		     struct error *e);
	void (*close)(struct attack_open *o); /* NULL: nothing to free */
	bool proves; /* opening a file proves the key, however large the file is */
};

/* attack.c has the table.  NULL: no engine of that name. */
const struct attack_engine *attack_engine_of(const struct family *f);

/* Begins; the settings are the family's.  UNSUPPORTED where it has no engine. */
NODISCARD bool attack_init(struct attack *a, const struct family *f, struct error *e);
void attack_release(struct attack *a);

/* The original of a file, whole, in memory: for samples.  LIMIT over ATTACK_SAMPLE_MAX. */
NODISCARD bool attack_original(struct attack *a, struct attack_file *f, struct buf *out,
			       struct attack_open *o, struct error *e);

/*
 * Learns, and holds what was learnt against the samples: at least PROOF_BITS_WANTED bits of them
 * must be right, and none may be wrong; one that begins as it should and is broken behind may have
 * been so before, where more others are right.  *bits receives how many were.
 */
NODISCARD bool attack_learn(struct attack *a, unsigned *bits, struct error *e);

/* The samples alone, with what the engine holds now: a search asks this of each candidate. */
NODISCARD bool attack_holds(struct attack *a, unsigned *bits, struct error *e);

/* Of an engine's search: what the host does, where there is one; else here, by small pieces. */
NODISCARD bool attack_begin(struct attack *a, const struct seek *s, uint64_t mark, uint64_t from,
			    uint64_t to, struct attack_begun *out, struct error *e);
NODISCARD bool attack_some(struct attack *a, const struct seek *s, uint64_t from, uint64_t to,
			   uint64_t *next, struct buf *out, struct error *e);

/*
 * Bytes [at, at + n) of the body, n up to ATTACK_PIECE and, in pieces, at multiples of it, decoded
 * where the file has base64; the place is the caller's.  CHANGED where they are not all there,
 * DAMAGED where they are no base64.
 */
enum { ATTACK_PIECE = 3 << 18 };
NODISCARD bool attack_piece(struct region *r, const struct attack_open *o, uint64_t at, uint8_t *p,
			    size_t n, struct error *e);

/* n bytes of base64 without blanks, from the start of a group of four; false: it is none. */
NODISCARD bool attack_base64(struct span s, uint8_t *p, size_t n);

/* The name that the file says that it had, where that may be one; else the other. */
struct span attack_name(const struct attack_open *o, struct span otherwise);

/* A key of the user's may open the files of a family that has an engine without one: its setting
 * `keyed` names the engine for that. */
const struct attack_engine *attack_engine_keyed(const struct family *f);

extern const struct attack_engine attack_cbc, attack_dxxd, attack_basta, attack_xor, attack_add,
	attack_stream, attack_search, attack_tesla, attack_wannacry, attack_babuk, attack_conti,
	attack_seven, attack_lockcrypt, attack_chaos, attack_alpha, attack_petya, attack_akira,
	attack_syno, attack_iencrypt, attack_hive;

#endif
