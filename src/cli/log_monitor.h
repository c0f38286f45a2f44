/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_LOG_MONITOR_H
#define PEL_CLI_LOG_MONITOR_H

/* One look of a monitor at a log: heads (log_monitor.c) and what the entries say (log_watch.c). */

#include "cli/log_cli.h"
#include "trust/durable.h"
#include "trust/proofs.h"

struct monitor {
	struct log_policy policy;
	struct accept_policy keys; /* the policy with the release keys, where has_keys */
	struct buf keys_text;
	bool has_keys;
	const char *state; /* a directory; not owned */
	struct fetch *fetch;
	struct log_remote remote;
	struct buf note, last_note;    /* the head of today and of last time */
	struct proofs_head head, last; /* size 0: there is none */
	unsigned alarms;
	unsigned gaps; /* things that could not be had, which is no proof of anything */
};

void monitor_alarm(struct monitor *m, const char *format, ...) PRINTF(2, 3);

NODISCARD bool monitor_path(const struct monitor *m, char to[DURABLE_PATH_SIZE], const char *name,
			    struct error *e);

/* What the policy says, for questions (trust/proofs.h). */
struct proofs_texts monitor_texts(const struct monitor *m);

/* A new entry: signatures, its place in its channel, its artefacts, and what changed. */
void monitor_entry(struct monitor *m, uint64_t index, const struct proofs_listed *l);

#endif
