/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_PROVEN_H
#define PEL_CLI_PROVEN_H

/* What a verb may load on this machine (trust/trusted.h), and a release held against what is here.
 */

#include "base/buf.h"
#include "base/error.h"

#define PROVEN_DIRECTORY "/var/lib/pellucid"

enum { PROVEN_PATH = 4096, PROVEN_SAID = 200 };

/* The trust directory: the one that is named, or $PELLUCID_TRUST, or PROVEN_DIRECTORY. */
const char *proven_directory(const char *dir);

struct proven_choice {
	const char *const *named; /* rules that the user names */
	size_t n_named;
	char path[PROVEN_PATH]; /* the database to load; empty: those that are named, or starters */
	uint64_t seq;           /* its release */
	char said[PROVEN_SAID]; /* what a summary says of the rules */
};

/*
 * What may be loaded.  `trust` is a directory, NULL (this machine's) or "none".  With a policy that
 * is the proven database alone: rules that the user names and that are not this very file are
 * refused.
 */
NODISCARD bool proven_choose(const char *trust, struct proven_choice *c, struct error *e);

/* Builds the database of a release of rules from its text, as `update` does: the same bytes. */
NODISCARD bool proven_build(struct span rules, struct buf *database, struct error *e);

/* The files of a program beneath `prefix` against a release's list of them
 * (docs/formats/release.md). *n files were compared; false names the first that differs. */
NODISCARD bool proven_program(struct span items, const char *prefix, size_t *n, struct error *e);

/* The prefix that this program is installed beneath. */
NODISCARD bool proven_prefix(char prefix[PROVEN_PATH]);

#endif
