/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_POOL_H
#define PEL_SANDBOX_POOL_H

/* One worker process as who started it holds it: start, give, hear, look at its progress, end. */

#include "base/buf.h"
#include "base/error.h"
#include "sandbox/protocol.h"

#include <sys/types.h>

/* Most objects that a worker has before it: small ones take some microseconds, and a broker that
 * waits for a core may wait for milliseconds. */
enum { POOL_AHEAD = 1024 };

/* How a worker ended: by itself, by our hand, or by a signal. */
enum pool_end { POOL_ENDED, POOL_STOPPED, POOL_SIGBUS, POOL_SIGSYS, POOL_SIGNAL };

/* What a worker is started with. */
struct pool_start {
	const char *worker;  /* path of the program */
	int database, setup; /* descriptors; the caller's.  database of -1: none */
	int output;          /* a file of memory that it writes to; 0: none */
	/* Namespaces of a worker that was started before, to be shared: making new ones takes as
	 * long as all the rest of a start.  0: none. */
	int space[PROTOCOL_N_SPACES];
	bool datagrams; /* by a socket that takes a name to send to: for probe_walls.c alone */
};

struct pool_worker {
	pid_t pid;                     /* 0: not running */
	int socket;                    /* -1: not running */
	const volatile uint64_t *page; /* progress: the number of the object it is at, + 1 */
	bool greeted;                  /* its hello has come */
	bool at_risk; /* it said so of the first of the objects ahead: it is to be replaced */
	uint64_t ahead[POOL_AHEAD];  /* a ring: objects it was given and has not answered ... */
	size_t first_ahead, n_ahead; /* ... in order: pool_ahead() */
	uint64_t bytes_ahead;        /* in those objects */
	uint64_t last;               /* 1 + number of the object it answered for last; 0: none */
	uint64_t seen;               /* the last progress that was seen */
	int64_t clock_ms;            /* when that was */
	struct buf part;             /* of an answer whose rest is to come */
	uint32_t part_left;          /* bytes of it that are to come */
};

/* Of the objects before it one by its place in their order, below n_ahead. */
static inline uint64_t pool_ahead(const struct pool_worker *w, size_t i)
{
	return w->ahead[(w->first_ahead + i) % POOL_AHEAD];
}

/* Makes the sealed file of memory that a worker is set up by.  It is the caller's.  `flags` are
 * those of enum setup_flag. */
NODISCARD bool pool_setup(const char *job, uint64_t max_object, uint64_t flags, struct span setup,
			  int *fd, struct error *e);

/* Bytes of an object that a worker may hold: half of the machine's memory. */
uint64_t pool_max_object(void);

/* An idle place for a worker, whose answers have at most `max_answer` bytes. */
void pool_init(struct pool_worker *w, size_t max_answer);
void pool_release(struct pool_worker *w); /* ends it if need be */

/* Starts it: exec with four or five descriptors, no environment, /dev/null for standard input and
 * outputs.
 */
NODISCARD bool pool_run(struct pool_worker *w, const struct pool_start *s, struct error *e);

/* Takes the namespaces of a worker that has just greeted into *s, where we may (as root). */
void pool_share(struct pool_start *s, const struct pool_worker *w);
void pool_unshare(struct pool_start *s);

/* Begins to end it, without waiting. */
void pool_kill(struct pool_worker *w);

/* Lets it end, now that it has answered for all that it was given, and is then as after
 * pool_stop().  NULL: it did so without another word; else what was wrong with that. */
const char *pool_finish(struct pool_worker *w);

/* Ends it at once and forgets all but the socket's memory; says how it had ended before that. */
enum pool_end pool_stop(struct pool_worker *w);

/* Kills a child of ours and waits as long as `wait_ms` for it: nearly always it goes at once; but
 * one that waits for an answer of a file system which a program serves (FUSE) goes when that comes,
 * or when the program ends.  False: it is left then; it does no more work, and whoever takes over
 * our children when we end has it. */
bool pool_end_process(pid_t pid, int64_t wait_ms, int *status);

/* Gives it n more objects, with their descriptors; those that are marked OBJECT_BESIDE are not
 * answered for.  LIMIT: not now. */
NODISCARD bool pool_give(struct pool_worker *w, const struct protocol_object *object, const int *fd,
			 size_t n, struct error *e);

/*
 * Reads the first message of a worker.  False: INTERNAL where no worker says such a thing, else
 * why it cannot work, or a wall that is demanded and not there (DENIED).
 */
NODISCARD bool pool_greet(struct pool_worker *w, struct span message, unsigned *walls,
			  struct error *e);

/* What a worker said of the first of the objects ahead. */
enum pool_said {
	POOL_PIECE,  /* a part of an answer, which was kept */
	POOL_RISK,   /* noted in at_risk */
	POOL_WANT,   /* it asks for a file, whose number is in `size` */
	POOL_ANSWER, /* the whole: bytes and size, until the next call or pool_strike() */
	POOL_LIE,    /* no worker says that; `wrong` is what is wrong with it */
};

struct pool_answer {
	uint64_t size; /* of the object as it was read, by the worker's word */
	struct span bytes;
	const char *wrong;
	bool again; /* a lie about the object that it had answered for before */
};

/* Reads one answer, or a piece of one, of the message. */
enum pool_said pool_hear(struct pool_worker *w, struct cursor *c, struct pool_answer *out);

/* Strikes the first of the objects ahead, which had `size` bytes. */
void pool_strike(struct pool_worker *w, uint64_t size);

/* The place in their order of the object that it is at, going by its own word; 0 where that makes
 * no sense. */
size_t pool_at(const struct pool_worker *w);

int64_t pool_now_ms(void); /* of the monotonic clock */

/* Milliseconds since it was seen to go on to another object. */
int64_t pool_still_ms(struct pool_worker *w);

#endif
