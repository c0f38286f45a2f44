/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_PROBE_H
#define PEL_SANDBOX_PROBE_H

/*
 * What a worker that was taken over would try: a table of attempts, each made by a real worker
 * behind its walls, at the broker's wish.  The job "probe" makes them; probe_try() has one made and
 * says how it ended.
 */

#include "base/error.h"
#include "sandbox/worker.h"

#include <sys/types.h>

enum probe_kind {
	PROBE_FORBIDDEN, /* must fail */
	PROBE_CONTROL,   /* must work: else a worker that can do nothing would pass */
};

struct probe {
	const char *name; /* "open a file for reading" */
	enum probe_kind kind;
	/* One of both, in the worker.  0: it could be done; else the errno of the refusal. */
	int (*attempt)(void);
	int (*attempt_on)(pid_t broker);
	/* NULL, or: can it be kept off on this machine at all? */
	bool (*can_be_kept_off)(void);
};

enum { PROBE_MAX = 128 };

/* All of them; *n says how many. */
const struct probe *probe_all(size_t *n);

enum probe_end {
	PROBE_DONE,    /* it could be done */
	PROBE_REFUSED, /* the call failed, with the errno in `code` */
	PROBE_KILLED,  /* the worker was ended for its system call */
	PROBE_DIED,    /* the worker was ended by another signal */
};

struct probe_result {
	enum probe_end end;
	int code;
};

/* Has a worker of its own (the program at `worker`) try number `i`.  Fails where no worker runs. */
NODISCARD bool probe_try(const char *worker, size_t i, struct probe_result *out, struct error *e);

/* The same while the worker gets ready, which is when the bytes of a database are first looked at.
 */
NODISCARD bool probe_early(const char *worker, size_t i, struct probe_result *out, struct error *e);

/* A worker as the kernel shows it to others, in /proc, while it waits for work. */
struct probe_view {
	unsigned walls;        /* by the worker's own word */
	bool no_new_privs;     /* NoNewPrivs */
	bool seccomp;          /* Seccomp: a filter */
	bool no_capabilities;  /* CapEff, CapPrm and CapInh are empty */
	bool unprivileged;     /* no Uid or Gid is 0 */
	bool limits;           /* of memory, files, processes, what is written, and cores */
	bool not_dumpable;     /* what it is in /proc belongs to root, not to its own user */
	bool sees_descriptors; /* we may look at what follows */
	size_t n_descriptors;  /* it has */
	bool other_network;    /* its network is not ours */
};

/* Starts a worker (the program at `worker`), looks at it, and ends it.  Fails where it does not
 * become ready (TIME), or its place in /proc cannot be read. */
NODISCARD bool probe_look(const char *worker, struct probe_view *out, struct error *e);

/*
 * Has a worker that was given a socket of another kind send to a name, which the filter of system
 * calls lets it: Landlock alone refuses it, from its version PROBE_SCOPES.
 */
enum { PROBE_SCOPES = 6 };
NODISCARD bool probe_named(const char *worker, struct probe_result *out, struct error *e);

/* *ends: whether a worker that is busy ends when its broker does; one that does not is killed.
 * Fails where neither can be started. */
NODISCARD bool probe_orphan(const char *worker, bool *ends, struct error *e);

/* The version of Landlock that this kernel has; 0: none. */
unsigned probe_landlock(void);

/* Does a process of this machine end that reads the processor's counter after it asked for that?
 * Some virtual machines have a processor whose counter cannot be turned off. */
bool probe_counter_stops(void);

/* The job "probe". */
extern const struct worker_job job_probe;

#endif
