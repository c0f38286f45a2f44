/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_UPDATE_H
#define PEL_CLI_UPDATE_H

/*
 * pellucid-update: brings the next release of a channel in.
 *
 *   DIR/state       what the client remembers (trust/client_state.h)
 *   DIR/gen/SEQ/    a release: `release`, its proof and artefacts, `index` (its number in the log),
 *                   `state` of the day that it came, and of rules the sources and their database
 *   DIR/current     a link to the one that is used (trust/generations.h)
 *   DIR/part/       chunks of a release that did not come whole; HEX.part is the beginning of one
 *   DIR/evidence    the last head that was offered and did not go on with what was seen
 *
 * What it asks for depends on the public log and on this directory alone.
 */

#include "cli/log_cli.h"
#include "trust/durable.h"
#include "trust/proofs.h"

enum { UPDATE_MAX_MISSED = 256 };

/* A release that was found in the log. */
struct update_found {
	struct buf entry;
	struct proofs_release release;
	uint64_t index;
};

struct update {
	const char *dir;
	struct log_policy policy;
	struct buf keys;
	struct accept_policy accept;
	struct accept_state state; /* what was accepted last */
	struct proofs_accepted result;
	struct fetch *fetch;
	struct log_remote remote;
	struct buf note, bundle, growth; /* the head, and what is made of tiles for it */
	struct proofs_head head;
	bool rolled_back; /* it is of fewer entries than were seen */
	struct update_found found[UPDATE_MAX_MISSED];
	size_t n_found;
	struct buf artifact; /* the main artefact of the last release that was checked */
	uint64_t fetched;    /* bytes of artefacts */
	uint64_t now;
};

/* What this machine believes, for questions (trust/proofs.h). */
struct proofs_texts update_texts(const struct update *u);

/* update_fetch.c: the head, the releases that are new, their proofs.  False with *e. */
NODISCARD bool update_look(struct update *u, struct error *e);

/* A path in the directory of release `seq`. */
NODISCARD bool update_path(const struct update *u, uint64_t seq, const char *name,
			   char to[DURABLE_PATH_SIZE], struct error *e);

/* update_install.c: artefacts, database, and the switch to them. */
NODISCARD bool update_artifacts(struct update *u, struct error *e);
NODISCARD bool update_install(struct update *u, struct error *e);

#endif
