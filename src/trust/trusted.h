/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_TRUSTED_H
#define PEL_TRUST_TRUSTED_H

/*
 * What a machine that has a trust policy may load, checked offline.
 *
 * A trust directory holds whom to believe, and what was brought in:
 *
 *   policy, keys          the log, its witnesses and quorum; the release keys
 *   rules/, program/      what `pellucid update` keeps of a channel (generations.h)
 *   ledger                what left this machine (ledger.h)
 *
 * Without `policy` there is no trust policy, and nothing that is loaded is proven.
 */

#include "base/buf.h"
#include "trust/proofs.h"

enum { TRUSTED_PATH = 4096, TRUSTED_SAID = 200 };

struct trusted {
	const char *dir;             /* the caller's */
	const struct proofs *proofs; /* who reads releases and their proofs */
	bool configured;             /* there is a policy */
	struct buf policy_text, keys_text;
	struct accept_policy policy;
};

/* A release whose proof was checked. */
struct trusted_release {
	struct buf entry, bundle;
	struct accept_state state;     /* what was remembered; zeros where nothing was */
	struct proofs_accepted result; /* head.size 0: nothing was proven */
	uint64_t left;                 /* the release that was left for it; 0: none */
};

/* Heap.  False where there is a policy that cannot be read; without one *out is not configured.
 * Policy and keys are this machine's own orders, and are read here. */
NODISCARD bool trusted_open(const char *dir, const struct proofs *proofs, struct trusted **out,
			    struct error *e);
void trusted_free(struct trusted *t); /* NULL is nothing */

/*
 * Checks the release that lies in `place` (files `release` and `proof.tlog-proof`): keys,
 * inclusion, quorum.  The clock is not asked: accept_standing() says how old it is.  *out is to be
 * released either way.
 */
NODISCARD bool trusted_check(const struct trusted *t, enum release_channel channel,
			     const char *place, struct trusted_release *out, struct error *e);

/* The same for the release that is used of a channel, which has to be one that was accepted, under
 * a head that is not older than it says.  `place` is its directory. */
NODISCARD bool trusted_used(const struct trusted *t, enum release_channel channel,
			    char place[TRUSTED_PATH], struct trusted_release *out, struct error *e);
void trusted_release_free(struct trusted_release *r);

/* Reads the channel's main artefact and holds it against the release. */
NODISCARD bool trusted_artifact(const struct trusted_release *r, const char *place, struct buf *out,
				struct error *e);

/* The database that may be loaded: its release is proven, and it is the one that was built of it
 * when it was brought in.  `path` is set on success. */
NODISCARD bool trusted_rules(const struct trusted *t, char path[TRUSTED_PATH],
			     struct trusted_release *out, struct error *e);

/* The same of the release before number `seq`, which is kept for the way back; *before is its
 * number. */
NODISCARD bool trusted_rules_before(const struct trusted *t, uint64_t seq, char path[TRUSTED_PATH],
				    uint64_t *before, struct error *e);

/* "release 12, proven (entry 40 of its log)", and what there is to say against it: for summaries.
 */
void trusted_say(const struct trusted *t, const struct trusted_release *r, uint64_t now,
		 char said[TRUSTED_SAID]);

#endif
