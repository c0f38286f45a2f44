/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SEEK_H
#define PEL_RECOVER_SEEK_H

/*
 * The arithmetic of a search: numbers that are tried one by one against a few facts of fixed size,
 * and nothing else.  It reads no file and no clock, and holds nothing from one piece of the range
 * to the next, so that any process may do any piece (team.h).
 */

#include "base/buf.h"
#include "recover/proof.h"

/* One file, as a search sees it. */
struct seeded_target {
	uint8_t head[64]; /* the body's first bytes */
	size_t n;
	uint8_t before[32]; /* of the header, where the family has one */
	enum kind expected; /* by its name */
	int64_t mtime;
	uint64_t size;    /* of the file */
	struct region *r; /* the file itself; a search of seeds does without */
};

enum seek_kind {
	SEEK_SEEDS, /* of a generator: a result is u64 seed that the target may have been made by */
	SEEK_CLOCKS, /* what Akira makes of them: a result is YARROW_BYTES, one for each number */
	SEEK_AKIRA,  /* pairs of clocks: a result is u64 of a key's, u64 of an IV's */
	SEEK_KINDS
};

struct seek {
	enum seek_kind kind;
	char generator[16]; /* SEEK_SEEDS: seeded_of() knows it; NUL behind it */
	struct seeded_target target;
	uint64_t first, step; /* clock 0, and what each is later than the one before: nanoseconds */
	uint64_t gap;         /* SEEK_AKIRA: clocks that the IV's may lie behind the key's */
	struct span table;    /* SEEK_AKIRA: results of SEEK_CLOCKS, from number 0 on; not owned */
};

enum {
	SEEK_RESULTS = 4096,      /* of one piece, of those that are hits */
	SEEK_PIECE = 32 << 10,    /* clocks that are made in one piece, at most */
	SEEK_CLOCKS_MAX = 4 << 20 /* of a table */
};

/* Bytes of a result. */
size_t seek_result_size(enum seek_kind k);

/*
 * Tries the numbers [from, to) in order and appends the results; *next is the first that was not
 * tried, before `to` where the results are many.  False: there is no such search, or libcrypto does
 * not work.  The first number is always tried.
 */
NODISCARD bool seek_piece(const struct seek *s, uint64_t from, uint64_t to, uint64_t *next,
			  struct buf *out);

/* A number as people are told of it: a clock in nanoseconds, a seed as it is. */
uint64_t seek_shown(const struct seek *s, uint64_t number);

/* A search without its table and its file, in a form of fixed size; what cannot be is refused. */
enum { SEEK_WIRE = 1 + 16 + 64 + 1 + 32 + 1 + 5 * 8 };
void seek_put(const struct seek *s, struct buf *to);
NODISCARD bool seek_take(struct cursor *c, struct seek *out);

#endif
