/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_JOBS_H
#define PEL_CLI_JOBS_H

/* The jobs that verbs have done behind the walls (sandbox/worker.h), and that worker_main.c puts
 * into the worker's table. */

#include "sandbox/ask.h"
#include "sandbox/worker.h"

enum { INSPECT_MAX = 256 << 20 /* bytes of JSON */ };

/* "inspect": what the modules read of a file, as JSON. */
extern const struct worker_job job_inspect;

/*
 * An answer of these jobs is u8 enum reason, and behind it what was asked for (NONE) or one line of
 * text that says why not.
 */
void jobs_refuse(struct buf *answer, enum reason why, const char *text);

/* Whether the object can be worked on; else refuses. */
NODISCARD bool jobs_accept(const struct worker_object *o, struct buf *answer);

/* The other end: what was asked for, or false with the worker's reason.  Its text is escaped. */
NODISCARD bool jobs_answer(struct span answer, struct span *out, struct error *e);

#endif
