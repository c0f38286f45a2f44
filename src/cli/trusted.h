/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_TRUSTED_H
#define PEL_CLI_TRUSTED_H

/*
 * What a machine that has a trust policy may load, checked offline.
 *
 * A trust directory holds whom to believe, and what was brought in:
 *
 *   policy, keys          the log, its witnesses and quorum; the release keys
 *   rules/, program/      what `pellucid update` keeps of a channel: state, current/
 *   ledger                what left this machine (trust/ledger.h)
 *
 * Without `policy` there is no trust policy, and nothing that is loaded is proven.
 */

#include "base/buf.h"
#include "trust/verify/accept.h"

#define TRUSTED_DIRECTORY "/var/lib/pellucid"

struct trusted {
	const char *dir; /* the caller's, or $PELLUCID_TRUST, or TRUSTED_DIRECTORY */
	bool configured; /* there is a policy */
	struct buf policy_text, keys_text;
	struct accept_policy policy;
};

/* A release whose proof was checked. */
struct trusted_release {
	struct buf entry, bundle;
	struct accept_state state;   /* what was remembered; zeros where nothing was */
	struct accept_result result; /* spans lie in `entry` and `bundle` */
	uint64_t index;              /* its number in the log */
};

/* Heap.  False where there is a policy that cannot be read; without one *out is not configured. */
NODISCARD bool trusted_open(const char *dir, struct trusted **out, struct error *e);
void trusted_free(struct trusted *t); /* NULL is nothing */

/*
 * Checks the release that lies in `place` (files `release` and `proof.tlog-proof`): keys,
 * inclusion, quorum, and with `state` (a file; NULL: none) that it is the one that was accepted.
 * The clock is not asked: accept_standing() says how old it is.  *out is to be released either way.
 */
NODISCARD bool trusted_check(const struct trusted *t, enum release_channel channel,
			     const char *place, const char *state, struct trusted_release *out,
			     struct error *e);
void trusted_release_free(struct trusted_release *r);

/* Reads the channel's main artefact and holds it against the release. */
NODISCARD bool trusted_artifact(const struct trusted_release *r, const char *place, struct buf *out,
				struct error *e);

/* Builds the database of a release of rules from its text, as `update` does: the same bytes. */
NODISCARD bool trusted_build(struct span rules, struct buf *database, struct error *e);

enum { TRUSTED_PATH = 4096 };

/* The database that may be loaded: its release is proven, and it is the one that was built of it
 * when it was brought in.  `path` is set on success. */
NODISCARD bool trusted_rules(const struct trusted *t, char path[TRUSTED_PATH],
			     struct trusted_release *out, struct error *e);

/*
 * What a scan may load, and what its summary says of it.  `trust` is a directory, NULL (this
 * machine's) or "none".  With a policy only the proven database is loaded: `path` names it, and
 * rules that the user named are refused.  Without one `path` is empty.
 */
enum { TRUSTED_SAID = 200 };
NODISCARD bool trusted_choose(const char *trust, bool named, char path[TRUSTED_PATH],
			      char said[TRUSTED_SAID], struct error *e);

/* The files of a program beneath `prefix` against a release's list of them
 * (docs/formats/release.md). *n files were compared; false names the first that differs. */
NODISCARD bool trusted_program(struct span items, const char *prefix, size_t *n, struct error *e);

/* The prefix that this program is installed beneath. */
NODISCARD bool trusted_prefix(char prefix[TRUSTED_PATH]);

#endif
