/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_BROKER_IMPL_H
#define PEL_SANDBOX_BROKER_IMPL_H

/* Between broker.c, which holds the objects, and broker_answer.c, which hears the workers. */

#include "base/wire.h"
#include "sandbox/broker.h"
#include "sandbox/pool.h"

enum {
	BROKER_WORKERS = 64,
	BROKER_SPARES = 2,
	BROKER_PENDING = 4096,     /* objects between submission and done() */
	BROKER_LARGE = 64 << 20,   /* bytes of an object that a worker makes room for */
	BROKER_TICK_MS = 250,      /* how often workers at work are looked at */
	BROKER_COPIES = 256 << 20, /* bytes of copies that are not done, if it is not one alone */
};

/* ANSWERED: its answer counts once the worker went on to something else, or ended. */
enum object_state { OBJECT_WAITING, OBJECT_SENT, OBJECT_ANSWERED, OBJECT_DONE };

struct object {
	char *path;
	int fd; /* -1: nobody needs it any more */
	uint64_t size;
	bool sealed;  /* a copy that nobody can change: of memory, or */
	bool spooled; /* on disk */
	bool changed; /* what it is a copy of was written to meanwhile */
	bool alone;   /* a worker that had it and others was lost: the next has nothing else */
	enum object_state state;
	uint8_t *
		record; /* as received and checked; NULL: failed for the reason below, or skipped */
	size_t record_n;
	enum reason why;
	const char *detail;
	char *words;           /* the same, where they are its own */
	struct error *skipped; /* it was not examined at all */
};

struct broker {
	struct broker_options options;
	struct pool_start start;
	struct pool_worker worker[BROKER_WORKERS]; /* options.n_workers of them */
	struct pool_worker spare[BROKER_SPARES];   /* started, and given nothing yet */
	unsigned n_failures; /* workers that ended before their hello, since one came */
	uint64_t started;    /* workers that greeted */
	/* Objects that were done since a worker had to be replaced, from 1 to most_ahead - batch:
	 * so many go in a message, up to `batch`, which is PROTOCOL_BATCH at most, and a worker
	 * that has no more before it is given others. */
	unsigned calm, batch, most_ahead;
	unsigned most_waiting; /* objects that wait while all workers are busy */
	uint64_t max_object; /* bytes that all workers together may hold in memory of large ones */
	struct broker_stats stats;
	struct broker_cage cage;
	int64_t stopped_ms; /* when options.stop was seen to be true; 0: not yet */
	int64_t looked_ms;  /* when workers at work were last looked at */
	uint64_t first, next,
		to_send; /* numbers of objects: the oldest, the next new, the next to be sent */
	bool busy;       /* when a message was to be sent last no worker could take it */
	size_t held;     /* bytes of answers in the ring */
	struct object ring[BROKER_PENDING]; /* in use: from first to next */
	struct arena arena;                 /* for one record at a time */
	uint8_t message[WIRE_MAX];
};

static inline struct object *broker_object(struct broker *b, uint64_t number)
{
	return &b->ring[number % BROKER_PENDING];
}

/* Where places in a verdict of the object may lie below. */
static inline uint64_t broker_places(const struct broker *b, const struct object *o)
{
	return b->options.scan.process ? UINT64_MAX : o->size; /* of a process: addresses */
}

/* Is it too large for memory, and to be copied to disk before a worker is given it? */
static inline bool broker_is_large(const struct broker *b, const struct object *o)
{
	return o->size > BROKER_LARGE && o->size > b->max_object && !o->sealed;
}

/* Was it to be broken off? */
static inline bool broker_stopped(const struct broker *b)
{
	return b->options.stop != NULL && atomic_load(b->options.stop);
}

/* Copies it.  False: it cannot be; it is done then, and says why. */
NODISCARD bool broker_spool(struct broker *b, struct object *o);

/* Starts the worker where none runs: a spare that is ready, or a new process. */
NODISCARD bool broker_start(struct broker *b, struct pool_worker *w, struct error *e);

/*
 * The worker is gone or must go.  The object that it had is lost.  Of several nobody knows which it
 * was, for what a worker says of that may be what one of them made it say: each is then sent to a
 * new worker that has no other.  So every loss settles one object or makes some be alone, and there
 * is an end.  why of NONE: by the way it ended.
 */
NODISCARD bool broker_lose(struct broker *b, struct pool_worker *w, enum reason why,
			   const char *detail, struct error *e);

/* Lets a worker end that has answered for all it is to answer for. */
void broker_end(struct broker *b, struct pool_worker *w);

/* Where no worker has anything before it, ends those whose last answer does not count yet. */
void broker_settle(struct broker *b);

/* Waits up to `wait_ms` for an answer of any worker, or for the time of one to run out. */
NODISCARD bool broker_listen(struct broker *b, int wait_ms, struct error *e);

#endif
