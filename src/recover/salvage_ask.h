/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SALVAGE_ASK_H
#define PEL_RECOVER_SALVAGE_ASK_H

/*
 * The readers of salvage.h as a job for a worker: one worker a file.
 *
 * Each event (a piece begins, more of its bytes, a note) is put into memory that who asks has
 * given, and told by worker_want() with the number of bytes that lie there; the worker goes on when
 * it is answered.  So pieces of any size pass, and no more than a window of them is held.
 */

#include "recover/examine.h"
#include "recover/salvage.h"

enum {
	SALVAGE_CHUNK = 64 << 10,                    /* bytes of a piece in one event */
	SALVAGE_WINDOW = SALVAGE_CHUNK + (16 << 10), /* of an event */
	SALVAGE_ANSWER = 1, /* bytes: u8, whether some of the file could not be read */
};

enum salvage_event {
	SALVAGE_BEGINS, /* u64 size, u64 at, u64 mtime, u8 state, proof, u64 lost, u16 n name, data
			 */
	SALVAGE_MORE,   /* data */
	SALVAGE_CUT,    /* the rest of the piece could not be read */
	SALVAGE_NOTE,   /* text */
	SALVAGE_EVENTS
};

/* Who takes the pieces.  False: no more. */
struct salvage_taker {
	void *ctx;
	/* A piece of `size` bytes, which data() gives in order; the name is gone after the call. */
	bool (*begin)(void *ctx, const struct salvage_piece *p, uint64_t size);
	bool (*data)(void *ctx, struct span s);
	bool (*end)(void *ctx, bool whole); /* not whole: it could not be read to its end */
	void (*note)(void *ctx, const char *text);
};

/*
 * All pieces of an open file, as salvage_file() finds them.  *failed: some of it could not be read.
 * Fails where the worker does, and where the taker wants no more: what was begun is the taker's to
 * drop then.
 */
NODISCARD bool salvage_ask(const char *worker, const struct examine_file *file,
			   const struct salvage_taker *t, bool *failed, struct error *e);

/* What an event says, held against what can be; for salvage_ask() and its fuzz target. */
struct salvage_receiver {
	const struct salvage_taker *taker;
	uint64_t file_size;
	uint64_t left;  /* bytes of the piece that are to come */
	uint64_t bytes; /* that may still come of all pieces */
	uint64_t pieces;
	bool open;
};

void salvage_receiver_init(struct salvage_receiver *r, const struct salvage_taker *t,
			   uint64_t file_size);
/* False: it cannot be, or is not wanted. */
NODISCARD bool salvage_receive(struct salvage_receiver *r, struct span event);

extern const struct worker_job job_salvage;

#endif
