/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_ASK_H
#define PEL_SANDBOX_ASK_H

/*
 * Work on hostile bytes in a worker of its own, for verbs that want something else of an object
 * than a verdict: a single question, or a conversation with one worker, which a job whose run()
 * returns true stays for.
 *
 * What comes back is believed no more than the object: the caller checks it.
 */

#include "base/buf.h"
#include "base/error.h"
#include "sandbox/pool.h"

/* An open file that is handed over; the descriptor stays the caller's. */
struct ask_object {
	int fd;
	uint64_t size;
	bool sealed;
};

/*
 * Where a job may ask for more files than go beside a question (worker_want()): who asked opens
 * them when they are wanted, and may refuse.
 */
struct ask_supply {
	/* Opens the file of that number, and if it likes some that follow it: *n of them, 1 to
	 * PROTOCOL_BESIDE.  Their descriptors are closed when they were handed over.  False: there
	 * is none of that number, and the worker is a liar. */
	bool (*open)(void *ctx, uint64_t number, struct ask_object *out, size_t *n);
	void *ctx;
	/* They were handed over, and the worker goes on; NULL: nothing is to be done meanwhile. */
	void (*given)(void *ctx);
};

struct ask {
	const char *worker;              /* path of pellucid-worker */
	const char *job;                 /* a name in its table (worker.h) */
	struct span setup;               /* the job's own; may be empty */
	unsigned time_limit_s;           /* for each question; 0: 120 */
	const struct ask_output *output; /* NULL: none */
	const struct ask_supply *supply; /* NULL: no file is to be had; outlives the worker */
	/* For ask_worker() alone: of the object, a regular file; stays the caller's. */
	int fd;
	uint64_t size;
	bool sealed; /* a file of memory that nobody can change */
};

/* How it went, beside the answer. */
struct asked {
	unsigned walls; /* bits of enum protocol_wall, by its word */
	bool greeted;
	enum pool_end end; /* where it ended without an answer */
};

/*
 * Puts the whole answer into `answer`, which was born with the most bytes that it may have.
 * Fails with DENIED where there is no worker that is shut in, LIMIT where the answer is too large,
 * TIME, CRASH, and INTERNAL where it said what no worker says.  *how, if not NULL, is always
 * filled.
 */
NODISCARD bool ask_worker(const struct ask *a, struct buf *answer, struct asked *how,
			  struct error *e);

/* The same about bytes, which are copied into a sealed file; fd, size and sealed of *a are not
 * used. */
NODISCARD bool ask_bytes(const struct ask *a, struct span bytes, struct buf *answer,
			 struct asked *how, struct error *e);

/* Bytes as a file of memory that nobody can change; the caller closes it. */
NODISCARD bool ask_sealed(struct span bytes, int *out, struct error *e);

/* ---- a conversation */

struct asker;

/* Starts the worker.  Heap.  Its answers have at most max_answer bytes each.  What *a points to is
 * not needed after it but for the output. */
NODISCARD bool asker_open(const struct ask *a, size_t max_answer, struct asker **out,
			  struct error *e);

/*
 * Asks about the last of n objects (1 to 1 + PROTOCOL_BESIDE), beside which the others are open
 * (worker_object.beside, in this order).  Appends the answer.  Fails as ask_worker() does; then
 * the worker is gone, and every further question fails.
 */
NODISCARD bool asker_ask(struct asker *k, const struct ask_object *object, size_t n,
			 struct buf *answer, struct error *e);

/* The same about bytes, copied into a sealed file, beside n open files. */
NODISCARD bool asker_bytes(struct asker *k, const struct ask_object *beside, size_t n,
			   struct span bytes, struct buf *answer, struct error *e);

/* The time that it has for each question from now on. */
void asker_time(struct asker *k, unsigned seconds);

/* Lets it end.  Only where this is true was the last answer given in good order: a worker that
 * speaks again or dies after its last word has lost its word. */
NODISCARD bool asker_finish(struct asker *k, struct error *e);

/* Ends it, whatever it is at.  NULL is nothing. */
void asker_free(struct asker *k);

/* ---- what a job makes that is too large for an answer */

/* A file of memory, of zeros at first, that the worker writes to (worker_start.output). */
struct ask_output {
	int fd;        /* 0: none */
	uint64_t size; /* bytes, at most */
};

/* Of `size` bytes; *o owns the descriptor, and is empty where it fails (MEMORY). */
NODISCARD bool ask_output_new(struct ask_output *o, uint64_t size, struct error *e);

/* When the worker has ended: cuts it to the n bytes (at most `size`) that it says it made, and
 * sees to it that nobody can change them any more.  The descriptor is io_map()'s then. */
NODISCARD bool ask_output_seal(const struct ask_output *o, uint64_t n, struct error *e);
/* Closes the descriptor; nothing for an empty one. */
void ask_output_release(struct ask_output *o);

#endif
