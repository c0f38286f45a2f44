/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_QUORUM_H
#define PEL_TRUST_QUORUM_H

/*
 * Whom to believe: a trust policy (c2sp.org/tlog-policy) names logs, witnesses, groups of them with
 * thresholds, and the one quorum.  A checkpoint is believed when a log of the policy signed it and
 * the quorum cosigned it.
 *
 *   log VKEY [URL]    witness NAME VKEY [URL]    group NAME all|any|K MEMBER...    quorum NAME
 *
 * `quorum none` is refused: one that needs nobody proves nothing.  So is a key that occurs twice,
 * by its public bytes: one operator is one witness.
 */

#include "trust/verify/checkpoint.h"
#include "trust/verify/note.h"

enum {
	QUORUM_MAX_LOGS = 32, /* tlog-policy's own figures */
	QUORUM_MAX_WITNESSES = 64,
	QUORUM_MAX_GROUPS = 32,
	QUORUM_MAX_SIZE = 64 << 10, /* bytes of a policy */
	QUORUM_NOBODY = 0xff,
};

struct quorum_log {
	struct note_key key; /* its name is the log's origin */
	struct span url;     /* empty where none is given; lies in the policy's text */
};

struct quorum_witness {
	struct span name; /* within the policy; lies in its text */
	struct note_key key;
	struct span url;
	uint8_t group; /* that it is a member of, or QUORUM_NOBODY */
};

struct quorum_group {
	struct span name;
	uint8_t needs, n_members; /* k of n */
	uint8_t group;            /* that it is a member of itself, or QUORUM_NOBODY */
};

struct quorum {
	struct quorum_log log[QUORUM_MAX_LOGS];
	struct quorum_witness witness[QUORUM_MAX_WITNESSES];
	struct quorum_group group[QUORUM_MAX_GROUPS]; /* members stand before their group */
	size_t n_logs, n_witnesses, n_groups;
	bool top_is_group; /* the quorum: a group, or a single witness */
	size_t top;
};

/* Who cosigned a checkpoint, and when. */
struct quorum_seen {
	bool by[QUORUM_MAX_WITNESSES];
	uint64_t time[QUORUM_MAX_WITNESSES]; /* seconds since 1970 */
	size_t n;                            /* witnesses that cosigned */
	uint64_t
		fresh; /* the newest time at which the quorum stands: its k-th newest cosignature */
	uint64_t newest; /* the newest cosignature of all */
};

/* Reads a policy, whose text must live as long.  DAMAGED with the line's place, LIMIT, UNSUPPORTED.
 */
NODISCARD bool quorum_parse(struct span text, struct quorum *out, struct error *e);

/* Whether those witnesses make the quorum. */
NODISCARD bool quorum_met(const struct quorum *q, const bool by[QUORUM_MAX_WITNESSES]);

/* The newest time T such that the witnesses which cosigned at T or later make the quorum; 0 where
 * there is none. */
uint64_t quorum_fresh(const struct quorum *q, const struct quorum_seen *seen);

/*
 * How many of the witnesses must be corrupt before two heads that contradict each other can both
 * have the quorum: the smallest set that two quorums share.  For k of n it is 2k - n, and 0 where
 * that is less.
 */
size_t quorum_overlap(const struct quorum *q);

/*
 * Believes a checkpoint, or does not: note, text, log signature by the log of that origin,
 * cosignatures, quorum.  *log is the log's number.  DAMAGED where something is wrong, DENIED where
 * the quorum is not reached.
 */
NODISCARD bool quorum_check(const struct quorum *q, struct span note, struct checkpoint *out,
			    size_t *log, struct quorum_seen *seen, struct error *e);

#endif
