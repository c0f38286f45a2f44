/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_PROG_H
#define PEL_MATCH_PROG_H

/*
 * A program for the automaton that verifies patterns: Thompson's construction,
 * simulated for all threads at once (Pike), so a byte is looked at once and
 * nothing is ever tried again.  A program may be any bytes: jumps are bounded
 * where they are taken.
 */

#include "base/buf.h"
#include "match/regex_tree.h"

enum {
	PROG_MAX_INSTRUCTIONS = 70000,
	PROG_SCAN_LIMIT = 4096 /* bytes of a match to either side of its
anchor, as YARA's YR_RE_SCAN_LIMIT */
};

/* Appends the program for a tree (its mirror image where `backward`).  LIMIT where it would be too
 * long. */
NODISCARD bool prog_compile(const struct tree *t, bool backward, struct buf *out, struct error *e);

/* FIRST: the match of the thread of highest priority, as Perl has it and YARA too: the first
 * alternative that fits, as many repetitions as fit, or as few of the lazy ones.  ALL: every
 * length. */
enum prog_mode { PROG_FIRST, PROG_ALL };

/* States of the automaton of one program, made as it goes. */
struct prog_dfa {
	struct buf prog; /* its bytes; empty: of none */
	bool floats;     /* a match may begin at any byte, not only at the first */
	bool usable;     /* false: its table was full too soon */
	struct buf sets; /* for each state the bit set of its threads, n_words of 64 bits */
	struct buf
		next; /* for each state and class of bytes the next state + 1; 0: not yet known */
	struct buf slots;  /* hash table: state + 1 */
	uint32_t n_states; /* state 0: nothing has been read */
	uint32_t dead;     /* the state without threads */
	size_t n_words;
	unsigned n_classes;
	uint8_t class_of[256], sample[256];
};

void prog_dfa_init(struct prog_dfa *d);
void prog_dfa_release(struct prog_dfa *d);

/* Automata that are kept from object to object: of the few programs that are run again and again.
 */
enum { PROG_N_DFAS = 16 };

struct prog_scratch {
	uint32_t *list[2]; /* threads now and next */
	uint32_t *place;   /* where a thread stands in its list, for membership */
	uint32_t *stack;
	size_t size;       /* elements of each */
	uint32_t *lengths; /* of matches, for PROG_ALL */
	size_t n_lengths, max_lengths;
	bool no_memory; /* something that was needed was refused; stays until it is reset */
	struct prog_dfa dfa[PROG_N_DFAS];
	uint32_t lot; /* draws the one that makes room */
	/* What prog_may_match() was asked last: the program, how often, and its automaton or NULL.
	 */
	struct span asked;
	unsigned n_asked;
	struct prog_dfa *asked_dfa;
};

void prog_scratch_init(struct prog_scratch *s);
void prog_scratch_release(struct prog_scratch *s);

struct prog_run {
	struct span prog;
	struct span data;
	uint64_t at; /* forward: the first byte to be read; backward: the byte before it is the
			first */
	bool backward;
	bool wide; /* word boundaries look at characters of two bytes */
	enum prog_mode mode;
	uint64_t limit;  /* bytes at most */
	uint64_t *steps; /* one is taken for each thread and byte */
};

/*
 * The length of the match that begins at run->at; -1 where there is none (or steps are spent).  An
 * empty match counts backward alone.  With PROG_ALL every length is put into s->lengths, ascending,
 * and the longest returned.
 */
int64_t prog_match(const struct prog_run *run, struct prog_scratch *s);

/*
 * The bytes (bit b % 8 of set[b / 8]) with which a forward match can begin; all of them where it
 * may be empty.  False where the program is damaged.
 */
bool prog_first_bytes(struct span prog, struct prog_scratch *s, uint8_t set[32]);

/* Does the program match anywhere in run->data?  run->at, backward and mode are of no meaning. */
bool prog_search(const struct prog_run *run, struct prog_scratch *s);

/*
 * A place before which no match ends that starts in [run->at, to) and is not empty; often the end
 * of such a match.  UINT64_MAX: there is no match (or steps are spent).  `first` is the set of
 * prog_first_bytes().  O(data) for all starts together.
 */
uint64_t prog_first_end(const struct prog_run *run, uint64_t to, const uint8_t first[32],
			struct prog_scratch *s);

/*
 * False: no match but an empty one begins at run->at, forward.  True says nothing: prog_match()
 * knows.  Asked many times of one program it learns an automaton and costs a nanosecond a byte, up
 * to where nothing can match any more; the first times it does nothing.  prog_may_match_begin()
 * comes before the first call for another program.
 */
NODISCARD bool prog_may_match(const struct prog_run *run, struct prog_scratch *s);
void prog_may_match_begin(struct prog_scratch *s);

#endif
