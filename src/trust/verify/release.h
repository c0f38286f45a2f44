/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_RELEASE_H
#define PEL_TRUST_RELEASE_H

/*
 * A release: one entry of the log, readable without any tool (docs/formats/release.md).  It is a
 * signed note, and the entry is the note with its signatures, so that each use of a release key is
 * itself in the log.
 *
 *   pellucid/release/v1
 *   channel rules
 *   seq 12
 *   prev 11 base64(leaf hash of that entry)      0 and zeros for the first
 *   issued SECONDS
 *   expires SECONDS                              14 days later at most
 *   artifact NAME SIZE hex(SHA-256)              ascending by name
 *   count total=N added=N changed=N removed=N    of the channel's main artefact
 *   removed ID REASON hex(SHA-256 of the record) ascending by id, one for each removal
 *   replaces-policy hex(SHA-256)                 in channel trust alone, may be absent
 */

#include "trust/verify/merkle.h"
#include "trust/verify/note.h"

enum {
	RELEASE_MAX_SIZE = 65535, /* an entry of the log */
	RELEASE_MAX_ARTIFACTS = 32,
	RELEASE_MAX_NAME = 64,
	RELEASE_MAX_ID = 255,              /* of an item */
	RELEASE_MAX_ARTIFACT = 1 << 30,    /* bytes */
	RELEASE_MAX_LIFE = 14 * 24 * 3600, /* seconds from issue to expiry */
};

enum release_channel {
	RELEASE_RULES,
	RELEASE_POLICIES,
	RELEASE_PROGRAM,
	RELEASE_TRUST,
	RELEASE_CHANNELS
};

struct release_artifact {
	struct span name;
	uint64_t size; /* bytes */
	uint8_t sha256[32];
};

struct release_count {
	uint64_t total, added, changed, removed; /* items */
};

struct release_removal {
	struct span id, reason;
	uint8_t record[32]; /* SHA-256 of what explains it */
};

struct release {
	struct note note; /* all spans lie in the entry */
	enum release_channel channel;
	uint64_t seq;
	struct merkle_hash prev;  /* leaf hash of number seq - 1 */
	uint64_t issued, expires; /* seconds since 1970 */
	struct release_artifact artifact[RELEASE_MAX_ARTIFACTS];
	size_t n_artifacts;
	struct release_count count;
	struct span removals; /* count.removed lines, all well-formed */
	bool has_policy;
	uint8_t policy[32]; /* SHA-256 of the policy that is replaced */
};

/* Reads an entry.  DAMAGED or LIMIT; no signature is verified yet. */
NODISCARD bool release_parse(struct span entry, struct release *out, struct error *e);

/* The next line of release.removals; false at their end. */
NODISCARD bool release_next_removal(struct cursor *removals, struct release_removal *out);

/* That at least `threshold` of the keys, each counted once by its public bytes, signed.  DENIED
 * where there are fewer, DAMAGED where a known key's signature does not verify. */
NODISCARD bool release_check_keys(const struct release *r, const struct note_key *keys,
				  size_t n_keys, size_t threshold, struct error *e);

/* The artefact of that name; NULL where there is none. */
const struct release_artifact *release_artifact(const struct release *r, struct span name);

/* That bytes of that size and digest are the artefact.  Ask with the size before they are fetched
 * whole: sha256 may be NULL. */
NODISCARD bool release_check_artifact(const struct release_artifact *a, uint64_t size,
				      const uint8_t *sha256, struct error *e);

/* "rules", "policies", "program", "trust", and the name of the main artefact, "rules.txt" ... */
const char *release_channel_name(enum release_channel channel);
const char *release_main_name(enum release_channel channel);
NODISCARD bool release_channel_of(struct span name, enum release_channel *out);

/* Whether a word is one of the reasons for which something may be removed. */
NODISCARD bool release_reason_valid(struct span reason);

/* By bytes, a prefix first: <0, 0, >0.  The order of artefacts and of items. */
int release_order(struct span a, struct span b);

#endif
