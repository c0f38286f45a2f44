/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_PROOFS_H
#define PEL_TRUST_PROOFS_H

/*
 * What strangers wrote of a log and its releases, read by a worker behind its walls: a question
 * goes in as bytes, and what comes back has a fixed shape.  proofs.c asks and proofs_run.c answers;
 * between the two lies whatever `ask` is.
 *
 * Who asks keeps what is decided: paths, what is remembered, and that nothing goes back.  So an
 * answer is believed only where it could be true: places lie in the bytes that were given, numbers
 * have their limits, a quorum is one by the policy, a leaf is hashed again, and a state does not
 * run behind the one before.
 */

#include "base/buf.h"
#include "trust/chunks.h"
#include "trust/verify/accept.h"
#include "trust/verify/items.h"

enum { PROOFS_MAX_ANSWER = 256 << 20 /* bytes */ };

struct proofs {
	/* Has a question answered by who is shut in: appends the answer, whole and in good order,
	 * or fails.  NULL: this process answers itself, as libpellucid does, which has no workers.
	 */
	bool (*ask)(struct span question, struct buf *answer, struct error *e);
};

/* Whether an error says that no answer came, and not what the answer was: then nothing is known of
 * the bytes. */
bool proofs_unanswered(const struct error *e);

/* ---- heads */

struct proofs_head {
	struct checkpoint head; /* its origin lies in the policy that was given */
	size_t log;             /* of the policy */
	struct quorum_seen seen;
};

/* A checkpoint: by the log and the quorum, or (`by_log`) signed by a log of the policy at least. */
NODISCARD bool proofs_head(const struct proofs *p, const struct accept_policy *policy,
			   struct span policy_text, struct span note, bool by_log,
			   struct proofs_head *out, struct error *e);

/* The lines of `answer`, what a witness sent, that are this witness's cosignature of `note`.  The
 * answer is not printed. */
NODISCARD bool proofs_cosignature(const struct proofs *p, const struct note_key *witness,
				  struct span note, struct span answer, struct span *line,
				  struct error *e);

/* ---- releases */

struct proofs_artifact {
	char name[RELEASE_MAX_NAME + 1]; /* a name for a file, without a slash */
	uint64_t size;                   /* bytes */
	uint8_t sha256[32];
};

/* A release's text as numbers. */
struct proofs_release {
	enum release_channel channel;
	uint64_t seq, issued, expires;
	struct merkle_hash prev;
	struct release_count count;
	struct proofs_artifact artifact[RELEASE_MAX_ARTIFACTS];
	size_t n_artifacts;
	bool enough; /* the release keys that were named signed it */
};

/* The artefact of that name; NULL where there is none. */
const struct proofs_artifact *proofs_artifact(const struct proofs_release *r, const char *name);

/* That bytes of that size and digest are the artefact. */
NODISCARD bool proofs_check_artifact(const struct proofs_artifact *a, struct span bytes,
				     struct error *e);

/* What a machine believes, as texts: for questions about keys and quorums. */
struct proofs_texts {
	struct span policy, keys; /* keys may be empty: no release is signed by enough then */
};

/* The parts of an entry that is asked about by itself. */
struct proofs_entry {
	struct proofs_release release;
	struct span text, signatures; /* lie in the entry */
	struct buf signers;           /* a name on each line; a stranger's text */
};

/* Reads a release, with `unsigned_too` one that bears no signature yet; out->signers is to be
 * released on success. */
NODISCARD bool proofs_entry(const struct proofs *p, struct span entry, bool unsigned_too,
			    struct proofs_entry *out, struct error *e);

/* An entry of a bundle of them. */
struct proofs_listed {
	struct span entry; /* lies in the bundle */
	bool is_release;
	struct proofs_release release;
	char why[sizeof(((struct error *)0)->text)]; /* what is wrong with it, or with its keys */
};

/* Calls back for each of the first `n` entries of a bundle, in order.  DAMAGED where it has not
 * that many: then no call was made. */
NODISCARD bool proofs_entries(const struct proofs *p, const struct proofs_texts *t,
			      struct span bundle, uint64_t n,
			      bool (*on_entry)(void *ctx, uint64_t i, const struct proofs_listed *l,
					       struct error *e),
			      void *ctx, struct error *e);

struct proofs_accepted {
	struct proofs_head head;
	struct proofs_release release;
	struct accept_state state; /* to be stored once the artefacts are in place */
	uint64_t index;            /* the release's number in the log */
	bool new;
};

/*
 * accept_release(), with `at_head` as it was at the moment of the offered head and without a memory
 * of heads (offer->now, and of the state size, root and time, are not used).  *step is ACCEPT_OK
 * with *out filled, or the step that failed with *e.  False: no answer came.
 */
NODISCARD bool proofs_accept(const struct proofs *p, const struct accept_policy *policy,
			     const struct proofs_texts *t, const struct accept_state *s,
			     const struct accept_offer *offer, bool at_head, enum accept_step *step,
			     struct proofs_accepted *out, struct error *e);

/* ---- artefacts */

/* Reads a list of chunks of an artefact of `size` bytes: fills `out` with struct chunks_part. */
NODISCARD bool proofs_chunks(const struct proofs *p, struct span list, uint64_t size,
			     struct span old, struct buf *out, struct error *e);

/* A difference between two artefacts; both lie in them, or are words of ours. */
struct proofs_change {
	enum items_change what;
	struct span id;
	char reason[32]; /* why it is gone, as the release says; or empty */
};

/*
 * Walks two artefacts and calls back (or not, where it is NULL) for each difference.  *count counts
 * them; *honest says whether the release in `entry`, which may be empty, tells the truth of them,
 * and *why what is wrong.  DAMAGED where a text is not canonical.
 */
NODISCARD bool proofs_changes(const struct proofs *p, struct span entry, struct span old,
			      struct span new, struct release_count *count, bool *honest,
			      struct error *why,
			      void (*on_change)(void *ctx, const struct proofs_change *c),
			      void *ctx, struct error *e);

/* Those that a buffer is filled with, whose memory is aligned for anything. */
static inline const struct items_item *proofs_items_of(const struct buf *b)
{
	return (const void *)b->p;
}

/* The items of an artefact: fills `out` with struct items_item, whose spans lie in the artefact. */
NODISCARD bool proofs_items(const struct proofs *p, struct span artifact, struct buf *out,
			    struct error *e);

/* ---- the other half: answers any question, in any case */
void proofs_run(struct span question, struct buf *answer);

#endif
