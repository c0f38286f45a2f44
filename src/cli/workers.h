/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_WORKERS_H
#define PEL_CLI_WORKERS_H

/* A broker with workers for the rules that were built. */

#include "cli/sources.h"
#include "sandbox/broker.h"

/* All zero at first, but for what the caller sets in `options`. */
struct workers {
	struct broker_options options; /* worker, the database, magic and variables are set here */
	struct broker *broker;
	char path[4096]; /* of pellucid-worker */
};

/* *s must outlive the workers.  On failure there is nothing to stop. */
NODISCARD bool workers_start(struct workers *w, const struct sources *s, struct error *e);
void workers_stop(struct workers *w);

/* As many as there are cores that this process may use, at most 64. */
unsigned workers_usual(void);

#endif
