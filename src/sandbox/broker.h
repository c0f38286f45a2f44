/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_BROKER_H
#define PEL_SANDBOX_BROKER_H

/*
 * The broker holds what may open files; its workers hold what may parse them.
 * Objects go to workers as descriptors; what comes back is checked before it is
 * believed.  A worker that dies, hangs or lies costs the object it was at, which
 * becomes `incomplete` with the reason, and is replaced; it never yields `clean`.
 */

#include "engine/scan.h"
#include "sandbox/protocol.h"

struct broker_options {
	const char *worker;  /* path of pellucid-worker */
	unsigned n_workers;
	int database_fd;     /* of the database, readable; stays the caller's */
	const struct db *db; /* the same, opened */
	struct scan_options scan;
	unsigned time_limit_s; /* for one object, plus a second for each MiB; 0: 120 */
	/* Called for each object, in the order of submission. */
	void (*done)(void *ctx, const char *path, const struct verdict *v);
	void *ctx;
};

struct broker;

/* Heap.  Starts the workers.  The options' pointers must outlive it. */
NODISCARD bool broker_new(const struct broker_options *o, struct broker **out, struct error *e);

/* Waits for what is under way, ends the workers.  NULL is nothing. */
void broker_free(struct broker *b);

/* Hands an open regular file of `size` bytes over; the broker closes fd.  May wait, and call done(). */
NODISCARD bool broker_submit(struct broker *b, int fd, uint64_t size, const char *path, struct error *e);

/* Waits until all objects are done. */
NODISCARD bool broker_finish(struct broker *b, struct error *e);

#endif
