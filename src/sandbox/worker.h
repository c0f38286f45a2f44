/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_WORKER_H
#define PEL_SANDBOX_WORKER_H

/*
 * The life of a worker, and the table of jobs that it can be started for: the one
 * place where bytes of strangers are parsed.
 *
 * A job is prepared behind the walls, from what the broker gave it, and then run on one object
 * after another.  What only can be had before they go up is there by then: libraries that are set
 * up, and maps of what the broker gave.
 */

#include "base/buf.h"
#include "base/error.h"

struct worker;

/* An open file. */
struct worker_file {
	int fd;
	uint64_t size; /* bytes, when it was opened */
};

/* An object as it was read: into memory of the worker's own, or from a copy that nobody can change.
 */
struct worker_object {
	/* What was handed over with it: to be read by io_pread(), until run() returns.  Whoever may
	 * write to such a file may change it meanwhile. */
	const struct worker_file *beside;
	size_t n_beside;
	struct span bytes; /* may be changed by nobody; gone after run() */
	uint64_t size;     /* of the object, which may have more than was read */
	enum reason why;   /* NONE; or what is wrong with the bytes: */
	const char *fault; /* "unreadable", "changed: ...", "limit:size: ...", "memory" */
};

/* What a job is prepared with. */
struct worker_start {
	struct span setup;    /* the job's own, mapped for good */
	struct span database; /* the same; empty where none was given */
	const void *magic; /* what the host's open_magic() made; NULL: not asked for, or not had */
	uint8_t *output; /* memory that who asked gets back, of zeros; NULL where none was given */
	size_t output_size;
	struct worker *worker; /* for worker_risk() */
};

struct worker_job {
	const char *name;  /* below PROTOCOL_JOB_NAME bytes */
	size_t max_answer; /* bytes */
	/* Behind the walls, once.  What *state points to lasts as long as the process. */
	bool (*prepare)(const struct worker_start *s, void **state, struct error *e);
	/* Always answers: a fault of the object is an answer too.  False: the worker
	 * ends then, as after worker_risk(). */
	bool (*run)(void *state, const struct worker_object *o, struct buf *answer);
	/* A large file need not be in memory whole (sandbox/paged.h): run() may be asked once more
	 * about the same file, and the first answer dropped. */
	bool paged;
};

/* What the program gives the worker that it is. */
struct worker_host {
	const struct worker_job *const *job;
	size_t n_jobs;
	/* Makes, before the walls go up, what scan_options.magic points to; NULL where it cannot be
	 * had.  Asked where the set-up says that rules need it. */
	const void *(*open_magic)(void);
};

/*
 * Says that the object at hand is about to reach a container, a decoder, a document parser or an
 * interpreter: to be called before it does, and more often costs nothing.  What the worker had to
 * say of earlier objects is sent with it, and after this object the worker ends.
 */
void worker_risk(struct worker *w);

/* Of an object that need not be in memory whole, what lies before `end` may go. */
void worker_passed(struct worker *w, const uint8_t *end);

/*
 * Asks who gave the object at hand for the file of that number, and takes what is handed over: up
 * to PROTOCOL_BESIDE files, of that number and of those that follow it.  At least one; they are the
 * caller's to close.  A worker that nobody answers ends.
 */
size_t worker_want(struct worker *w, uint64_t number, struct worker_file *out);

/* Sets up, shuts in, then takes objects and gives answers until the socket closes.  Returns the
 * exit status of the program. */
int worker_run(const struct worker_host *host);

/* The job "scan": records of verdicts (engine/record.h); its set-up is setup.h. */
extern const struct worker_job job_scan;

#endif
