/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_ATTACK_ASK_H
#define PEL_RECOVER_ATTACK_ASK_H

/*
 * The engines of attack.h as a job for a worker, and as a conversation with one.
 *
 * One worker learns what opens a family's files, holds it against the samples, and then makes the
 * original of one file after another.  What it has to say meanwhile it puts into memory that who
 * asks has given, and tells by worker_want(): what the file is called and how large it is, piece
 * after piece of the original, and what it wants to have searched for.  Who asks copies that before
 * it reads it, and believes it as far as it can be.  Other workers search, for a team (team.h).
 *
 * One that dies or lies costs the file that it was asked about; the next has another, which learns
 * anew.
 */

#include "recover/attack.h"
#include "recover/team.h"
#include "sandbox/ask.h"
#include "sandbox/worker.h"

enum {
	ATTACK_QUESTION = 64 << 10, /* bytes */
	ATTACK_ANSWER = 1 << 20,
	ATTACK_WINDOW = ATTACK_PIECE + 4096, /* of what is told meanwhile */
	ATTACK_MAX_NAME = 4096,
};

/* What was learnt from; the descriptor stays the caller's. */
struct attacker_file {
	int fd;
	uint64_t size;
	struct span original; /* its name before, as far as that is known; not owned */
	int64_t mtime;        /* seconds */
};

/* What is said of an original before it comes. */
struct attacker_opened {
	uint64_t size;    /* of it, at most */
	struct span name; /* that the file says that it had: hostile; may be empty */
};

/* ... and when it has. */
struct attacker_made {
	uint64_t size, lost; /* bytes of it; of these, such as could not be had */
	uint32_t mode;       /* permissions that the file had, where it says so; 0: it does not */
};

/* Who takes an original. */
struct attacker_taker {
	void *ctx;
	bool (*begin)(void *ctx, const struct attacker_opened *o, struct error *e);
	/* In order; the worker makes the next piece meanwhile. */
	bool (*data)(void *ctx, struct span s, struct error *e);
};

/* What is told meanwhile, held against what can be; for attacker_*() and a fuzz target. */
struct attack_receiver {
	const struct attacker_taker *taker; /* NULL: no original may come */
	struct team *team;                  /* NULL: nothing may be searched for */
	uint64_t file_size;
	uint64_t size, came; /* bytes of the original: at most, so far */
	bool opened;
	struct span piece;  /* that is to be taken */
	struct error error; /* why it is not NONE: of the taker, or of the team */
};

/* A conversation about one family. */
struct attacker {
	/* the caller's, before anything is asked; not owned */
	const char *worker; /* path of pellucid-worker */
	struct span list;   /* families_add_all() */
	const struct family *family;
	struct team *team;
	struct span key;
	struct attack_pair pair[ATTACK_MAX_PAIRS];
	unsigned n_pairs;
	uint64_t seed_from, seed_to;
	struct attacker_file sample[ATTACK_MAX_SAMPLES];
	unsigned n_samples;
	unsigned time_limit_s; /* for each question; 0: by the sizes of files */
	/* what came of attacker_learn() */
	unsigned bits;
	char what[160];
	/* its own */
	struct asker *asker; /* NULL: none is running */
	struct ask_output window;
	struct ask_supply supply;
	struct attack_receiver receiver;
	struct buf question, answer, reply;
	uint8_t *copy; /* ATTACK_WINDOW bytes */
};

/* UNSUPPORTED where the family has no engine.  attacker_release() accepts both. */
NODISCARD bool attacker_init(struct attacker *k, const struct family *f, struct error *e);
void attacker_release(struct attacker *k);

/* As attack_learn().  The samples must be open until the last question. */
NODISCARD bool attacker_learn(struct attacker *k, struct error *e);

/* The original of a file.  What the taker refuses fails with its own words. */
NODISCARD bool attacker_make(struct attacker *k, const struct attacker_file *f,
			     const struct attacker_taker *t, struct attacker_made *out,
			     struct error *e);

/* ---- attack_job.c, and what both ends know of each other */

enum attack_question {
	ATTACK_SEEK,  /* seek, u64 from, u64 to; the table beside it, for SEEK_AKIRA */
	ATTACK_LEARN, /* u16 n id, u64 seed_from, u64 seed_to, u8 n_samples, { u16 n name, u64 mtime
			 }..., u32 n key, u8 n_pairs, { u32 n before, u32 n after }...; beside it
			 the samples and what was brought, key and pairs behind each other */
	ATTACK_FILE,  /* u16 n name, u64 mtime; the file beside it */
};

/*
 * An answer to SEEK is u64 next, results (seek_piece()).  To the others it is u8 reason, and where
 * that is not NONE u16 n text; to LEARN u32 bits, u16 n what; to FILE u64 size, u64 lost, u32 mode.
 */

/* In the upper half of what worker_want() asks for; the lower half are the bytes in the window. */
enum attack_event {
	ATTACK_OPENED, /* u64 size, u16 n name */
	ATTACK_DATA,   /* the next piece of the original */
	ATTACK_BEGIN,  /* seek, u64 mark, u64 from, u64 to: given back are u64 from, u64
			  microseconds, u32 cores */
	ATTACK_SOME,   /* seek, u64 from, u64 to: given back are u64 next, results */
	ATTACK_EVENTS
};

/* False: it cannot be, or is not wanted.  What is to be given back is put into `reply`. */
NODISCARD bool attack_receive(struct attack_receiver *r, uint64_t event, struct span bytes,
			      struct buf *reply);
/* Lets the piece that came be taken, if one did. */
void attack_received(struct attack_receiver *r);
NODISCARD bool attack_take_learnt(struct span answer, unsigned *bits, char *what, size_t size,
				  struct error *e);
NODISCARD bool attack_take_made(const struct attack_receiver *r, struct span answer,
				struct attacker_made *out, struct error *e);

extern const struct worker_job job_attack;

#endif
