/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_JOBS_H
#define PEL_CLI_JOBS_H

/* The jobs that verbs have done behind the walls (sandbox/worker.h), and that worker_main.c puts
 * into the worker's table. */

#include "sandbox/ask.h"
#include "sandbox/worker.h"

#include <stdio.h>

enum {
	INSPECT_MAX = 256 << 20,     /* bytes of JSON */
	JOBS_IMPORT_TEXT = 64 << 20, /* bytes of a policy */
	JOBS_IMPORT_MAX = JOBS_IMPORT_TEXT + 17,
	JOBS_JSON_MAX = 128 << 20, /* bytes of a table (base/json_flat.h), and a byte */
};

/* "inspect": what the modules read of a file, as JSON. */
extern const struct worker_job job_inspect;

/* "log": an entry, its proof and the growth of a log, held against a policy (job_log.c). */
extern const struct worker_job job_log;

/* "proofs": what trust/proofs.h asks (job_proofs.c). */
extern const struct worker_job job_proofs;

/* "json": JSON as a table; "data": whether a module can read what it is given. */
extern const struct worker_job job_json, job_data;

/* "import": feeds as text of a policy (job_import.c). */
extern const struct worker_job job_import;

/*
 * An answer of these jobs is u8 enum reason, and behind it what was asked for (NONE) or one line of
 * text that says why not.
 */
void jobs_refuse(struct buf *answer, enum reason why, const char *text);

/* Whether the object can be worked on; else refuses. */
NODISCARD bool jobs_accept(const struct worker_object *o, struct buf *answer);

/*
 * Has bytes worked on by a job whose set-up is one number; `answer` was born with the most bytes
 * that it may have, and *out lies in it.  The bytes are looked at in the worker alone.
 */
NODISCARD bool jobs_ask(const char *job, uint32_t setup, struct span bytes, struct buf *answer,
			struct span *out, struct error *e);

/* The other end: what was asked for, or false with the worker's reason.  Its text is escaped. */
NODISCARD bool jobs_answer(struct span answer, struct span *out, struct error *e);

/* Prints text that a worker gave, line by line, without what a terminal would obey. */
void jobs_print(FILE *to, struct span text);

#endif
