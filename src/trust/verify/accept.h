/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_ACCEPT_H
#define PEL_TRUST_ACCEPT_H

/*
 * What a client does before it believes a release, in this order, and refuses at the first step
 * that fails: it keeps what it has, and says which step it was.
 *
 *    1 form        sizes and spelling of all that is offered
 *    2 head        the log of the policy signed the checkpoint, and the quorum cosigned it
 *    3 fresh       the quorum's cosignatures are not older than max_age, than what was seen before,
 *                  nor from the future; time never runs backwards
 *    4 history     the tree is not smaller than the one seen before, and begins with it
 *    5 inclusion   the release is in the tree
 *    6 keys        enough release keys signed it
 *    7 sequence    it is the next of its channel, chained to the one before
 *    8 expiry      it has not expired
 *    9 artefacts   size, SHA-256, and what it says of its changes (release_check_artifact and
 *                  items_check_release, when the bytes are there)
 *
 * A pure function of policy, state, offer and the clock's word.
 */

#include "trust/verify/bundle.h"
#include "trust/verify/quorum.h"
#include "trust/verify/release.h"

enum {
	ACCEPT_MAX_KEYS = 16,
	ACCEPT_MAX_BETWEEN = 4096,      /* releases that were missed */
	ACCEPT_MAX_AGE = 7 * 24 * 3600, /* seconds; what a policy says when it says nothing */
	ACCEPT_CLOCK_SLACK = 24 * 3600, /* seconds that a cosignature may lie in the future */
};

enum accept_step {
	ACCEPT_OK,
	ACCEPT_FORM,
	ACCEPT_HEAD,
	ACCEPT_FRESH,
	ACCEPT_HISTORY,
	ACCEPT_INCLUSION,
	ACCEPT_KEYS,
	ACCEPT_SEQUENCE,
	ACCEPT_EXPIRY,
	ACCEPT_ARTIFACTS,
};

struct accept_policy {
	struct quorum quorum;
	struct note_key key[ACCEPT_MAX_KEYS]; /* release keys */
	size_t n_keys, threshold;
	enum release_channel channel;
	uint64_t max_age; /* seconds */
};

/* What a client remembers of a channel.  All zero: nothing yet; the release that is accepted then
 * is trusted on first use, so a package should bring the state of its day. */
struct accept_state {
	uint64_t size; /* leaves of the last tree, and its root */
	struct merkle_hash root;
	uint64_t time; /* the newest quorum time that was accepted: no clock goes behind it */
	uint64_t seq;  /* of the last release, its leaf hash, and when it expires */
	struct merkle_hash leaf;
	uint64_t expires;
};

struct accept_offer {
	struct span bundle; /* tlog-proof of the release */
	struct span entry;  /* the release: the log's entry */
	struct span growth; /* consistency from the state's tree; empty where it is the same */
	const struct span *between; /* entries of the releases that were missed, oldest first */
	size_t n_between;
	uint64_t now; /* seconds since 1970, as the clock has it */
};

struct accept_result {
	struct release release; /* spans lie in the offer's entry */
	struct checkpoint head;
	struct quorum_seen seen;
	struct accept_state state; /* to be stored once the artefacts are in place */
	bool new;                  /* a release that the client does not have yet */
};

/*
 * Reads the release keys into a policy whose quorum is there already:
 *
 *   threshold K
 *   key VKEY                one line each, type 0x01
 *   max-age SECONDS         may be absent: a week
 *
 * Empty lines and lines that begin with # are passed over.  A key that occurs twice, or that is a
 * log's or a witness's, is refused.  DAMAGED or LIMIT.
 */
NODISCARD bool accept_parse_keys(struct span text, struct accept_policy *p, struct error *e);

/* ACCEPT_OK with *out filled, or the step that failed with *e. */
NODISCARD enum accept_step accept_release(const struct accept_policy *p,
					  const struct accept_state *s,
					  const struct accept_offer *offer,
					  struct accept_result *out, struct error *e);

enum accept_standing { ACCEPT_NOTHING, ACCEPT_CURRENT, ACCEPT_STALE, ACCEPT_EXPIRED };

/* How what is loaded stands at that time: EXPIRED past its expiry, STALE where the last head is
 * older than max_age. */
enum accept_standing accept_standing(const struct accept_policy *p, const struct accept_state *s,
				     uint64_t now);

/*
 * Whether two checkpoints, each validly signed by the log of the policy, contradict each other: the
 * same size with other roots.  Then the two notes are proof of the log's misbehaviour.
 */
NODISCARD bool accept_contradict(const struct checkpoint *a, const struct checkpoint *b);

const char *accept_step_word(enum accept_step step);

#endif
