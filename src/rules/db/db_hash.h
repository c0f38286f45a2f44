/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_DB_DB_HASH_H
#define PEL_RULES_DB_DB_HASH_H

/*
 * Digests in a database: sets of them (match/hashset.h), and beside those, in
 * order of their numbers, names and lines.
 *
 * Names are packed: each says how many bytes it shares with the one before, in
 * blocks of DB_HASH_BLOCK, so that one name costs a block to read and, in lists
 * as they are published, a few bytes to keep.
 */

#include "base/hash.h"
#include "rules/db/db.h"
#include "rules/db/db_format.h"

/* Writes the set's digests into the sections DB_HASH* of `section`, and texts into DB_TEXT. */
NODISCARD bool db_hash_put(const struct ruleset *set, struct buf *section, struct error *e);

/* Digest number i as a rule. */
NODISCARD bool db_hash_rule(const struct db *db, uint32_t i, struct db_rule *out);

/* Is there any digest of that domain (of whatever size)? */
bool db_hash_any(const struct db *db, enum ir_hash_domain domain);
/* ... and kind, that something of `size` bytes can have? */
bool db_hash_wants(const struct db *db, enum ir_hash_domain domain, enum hash_kind kind,
		   uint64_t size);
/* The number of the rule that this digest and size stand for. */
NODISCARD bool db_hash_find(const struct db *db, enum ir_hash_domain domain, enum hash_kind kind,
			    const uint8_t *digest, uint64_t size, uint32_t *rule);

#endif
