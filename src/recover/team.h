/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_TEAM_H
#define PEL_RECOVER_TEAM_H

/*
 * A search on all cores: one worker for each, which is handed piece after piece of the range.  A
 * worker has no threads and no clock; who measures, shares out and tells how it goes is here, and
 * does none of the arithmetic.  What a worker hits is believed as far as it can be, and proven
 * elsewhere.
 */

#include "recover/attack.h"

struct team;

/* Who wants to know how a search goes, and keeps how far it came. */
struct team_watch {
	void *ctx;
	/* It is about to begin: [from, to) as seek_shown() has it, told from other searches by
	 * `mark`; seconds that one core would take, as measured.  Returns the number that an
	 * earlier run came to; `from` where there was none. */
	uint64_t (*begin)(void *ctx, struct span family, uint64_t mark, uint64_t from, uint64_t to,
			  double cpu_seconds);
	/* About once a second, and at the end: all before `next` were tried. */
	void (*tick)(void *ctx, uint64_t next);
	double patience; /* seconds that a search may take unasked; 0: ATTACK_PATIENCE_SECONDS */
};

/* `worker` is the path of pellucid-worker; *w is copied.  Heap; NULL where there is no memory.
 * Starts nothing yet. */
struct team *team_new(const char *worker, const struct team_watch *w);
void team_free(struct team *t); /* NULL is nothing */

/*
 * Searches from now on are for a question about this family: whoever asks has a fresh allowance of
 * numbers that may be tried unannounced.  What is announced may be begun where it is within the
 * numbers that the user asked for (both 0: none), was begun by an earlier run, or is short
 * (team_watch's patience); else team_begin() says how long it would take, and that is all.
 */
void team_about(struct team *t, struct span family, uint64_t seed_from, uint64_t seed_to);

/* The two of struct attack_host; ctx is the team.  What cannot be asked in good faith is INTERNAL:
 * a range that was not announced and is large, one that goes back, clocks without a table. */
NODISCARD bool team_begin(void *ctx, const struct seek *s, uint64_t mark, uint64_t from,
			  uint64_t to, struct attack_begun *out, struct error *e);
NODISCARD bool team_some(void *ctx, const struct seek *s, uint64_t from, uint64_t to,
			 uint64_t *next, struct buf *out, struct error *e);

/* The results of one piece, [from, to), as a worker gives them: false where they cannot be. */
NODISCARD bool team_take(const struct seek *s, uint64_t from, uint64_t to, struct span answer,
			 uint64_t *next, struct span *results);

#endif
