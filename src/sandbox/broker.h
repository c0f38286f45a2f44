/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_BROKER_H
#define PEL_SANDBOX_BROKER_H

/*
 * The broker holds what may open files; its workers hold what may parse them.
 *
 * Objects go to workers as descriptors; what comes back is checked before it is
 * believed.  A worker that dies, hangs or lies costs the object it was at, which
 * becomes `incomplete` with the reason, and is replaced; it never yields `clean`.
 *
 * Single-threaded: callbacks run inside the calls below, on the caller's stack,
 * always in the order of submission.  Memory is bounded: so many objects and so
 * many bytes of answers may be under way, then a call waits.
 */

#include "engine/scan.h"

#include <stdatomic.h>
#include <sys/types.h>

struct broker_options {
	const char *worker;  /* path of pellucid-worker */
	unsigned n_workers;  /* at most 64; started when there is work for them */
	int database_fd;     /* of the database, readable; stays the caller's */
	const struct db *db; /* the same, opened */
	/* As for a scanner in this process, but that `magic` is not used: workers make their own.
	 */
	struct scan_options scan;
	bool magic;            /* rules ask the module magic: workers load libmagic */
	unsigned time_limit_s; /* for one object, plus a second for each MiB; 0: 120 */
	bool exact_time;       /* no second for each MiB */
	/* Bytes that broker_submit_stream() takes, and of a process (for which 0 is 4 GiB).  0: as
	 * many as there is room for. */
	uint64_t max_stream;
	/* Bytes of an object that is held in memory (but 64 MiB may be in any case); 0: half of the
	 * memory.  What is larger is copied to disk first, while its worker waits (spool.h). */
	uint64_t max_object;
	const char *spool_dir; /* where to; NULL: SPOOL_PLACE */
	/* Where it becomes true, from a signal handler too, what workers are at has a second to
	 * end; all that is not done then is incomplete (STOPPED).  NULL: never. */
	const atomic_bool *stop;
	bool isolate; /* a worker of its own for each object */
	/* Called for each object; the verdict lasts until it returns. */
	void (*done)(void *ctx, const char *path, const struct verdict *v);
	/* Called for each object that broker_skip() was told of; NULL where that is not used. */
	void (*skipped)(void *ctx, const char *path, const struct error *e);
	void *ctx;
};

/* What was done so far. */
struct broker_stats {
	uint64_t objects, bytes;                  /* examined, all verdicts together */
	uint64_t by_kind[VERDICT_INCOMPLETE + 1]; /* enum verdict_kind */
	uint64_t gaps; /* objects that were not examined whole, whatever their verdict */
	uint64_t by_reason[REASON_COUNT]; /* objects by the reason of their first gap */
	uint64_t skipped[REASON_COUNT];   /* objects that broker_skip() was told of */
	uint64_t workers_lost;
	uint64_t workers_replaced; /* after an object that may have taken them over */
};

/* How the workers are shut in, as the last one that started reports. */
struct broker_cage {
	bool seccomp, landlock, unprivileged, no_network, no_clock;
};

struct broker;

/* Heap.  The options' pointers must outlive it.  Workers start with the first objects; that one
 * cannot shut itself in, or refuses the database or an external variable, is told by a later call.
 */
NODISCARD bool broker_new(const struct broker_options *o, struct broker **out, struct error *e);

/* Ends the workers, whatever they are at.  NULL is nothing. */
void broker_free(struct broker *b);

/* Hands an open regular file over that had `size` bytes when it was opened; the broker closes fd,
 * also on failure.  May wait, and call done().  False: no worker can be run; *e says why. */
NODISCARD bool broker_submit(struct broker *b, int fd, uint64_t size, const char *path,
			     struct error *e);

/* The same for a file of memory that was sealed (io_seal()). */
NODISCARD bool broker_submit_sealed(struct broker *b, int fd, uint64_t size, const char *path,
				    struct error *e);

/* The same for a copy that nobody can change, in memory or `spooled` on disk, which may be
 * `changed` (as spool_file() has it).  Waits until those before it leave room for it. */
NODISCARD bool broker_submit_copy(struct broker *b, int fd, uint64_t size, bool spooled,
				  bool changed, const char *path, struct error *e);

/* Reads fd (a pipe, standard input) to its end into memory that nobody can change, and submits
 * that; fd stays the caller's.  What cannot be read, or is too much, becomes a skipped object. */
NODISCARD bool broker_submit_stream(struct broker *b, int fd, const char *path, struct error *e);

/* Copies the readable memory of a running process and submits that; needs scan.process.  Places in
 * the verdict are addresses.  What cannot be read becomes a skipped object. */
NODISCARD bool broker_submit_process(struct broker *b, pid_t pid, const char *name,
				     struct error *e);

/* Puts an object that cannot be examined in its place among the others: skipped() is called in
 * turn. */
NODISCARD bool broker_skip(struct broker *b, const char *path, const struct error *why,
			   struct error *e);

/* Waits until all objects are done. */
NODISCARD bool broker_finish(struct broker *b, struct error *e);

/* What it was made with; the broker's own copy, as long as it lives. */
const struct broker_options *broker_options(const struct broker *b);
/* What was done up to now; all of it once broker_finish() has returned. */
struct broker_stats broker_stats(const struct broker *b);
/* All false before a worker has started. */
struct broker_cage broker_cage(const struct broker *b);

#endif
