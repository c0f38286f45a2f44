/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_DB_DB_H
#define PEL_RULES_DB_DB_H

/*
 * A compiled database (.pel): opening, and what it says of its rules.
 *
 * Opening checks the header and the table of sections and nothing else, so it
 * costs the same at ten rules and ten million; every other offset is bounded
 * where it is used.  The bytes stay the caller's and must outlive the db.
 */

#include "base/buf.h"
#include "base/error.h"
#include "rules/ir.h"

struct db;

/* Heap; db_free(NULL) is nothing.  Fails with DAMAGED or UNSUPPORTED (another format version). */
NODISCARD bool db_open(struct span bytes, struct db **out, struct error *e);
void db_free(struct db *db);

/* Compiles a set of rules into *out.  Rules marked broken are left out; errors of patterns are
 * added to the set's diagnostics and mark their rules.  Deterministic. */
NODISCARD bool db_build(struct ruleset *set, struct buf *out, struct error *e);

/* Recomputes every section's digest, and the checksum of header and table; a byte that is in none
 * of them must be zero: O(size).  DAMAGED names the section. */
NODISCARD bool db_verify(const struct db *db, struct error *e);

/* SHA-256 over header and table of sections, which hold the digest of every section: the name of
 * this database in evidence. */
const uint8_t *db_digest(const struct db *db);

uint32_t db_n_rules(const struct db *db);
/* Digests; the i-th of them is rule number db_n_rules() + i. */
uint32_t db_n_hashes(const struct db *db);
uint32_t db_n_strings(const struct db *db);
uint32_t db_n_sources(const struct db *db);
uint32_t db_n_externs(const struct db *db);
/* How many rules, or errors outside of rules, were left out of it when it was built. */
uint32_t db_n_left_out(const struct db *db);
bool db_has_texts(const struct db *db); /* a rule is for what clamscan makes of texts and HTML */
uint32_t db_n_passwords(const struct db *db); /* IR_MAX_PASSWORDS at most */
NODISCARD bool db_password(const struct db *db, uint32_t i, struct span *out);
uint32_t db_asked(const struct db *db); /* bit i: a rule asks module number i */
struct cond_code db_code(const struct db *db);

enum { DB_HASH_NAME = IR_HASH_MAX_NAME + sizeof ".UNOFFICIAL" };

/* Spans point into the database, but for the name of a digest, which points into `made`: such a
 * struct is used where it is.  All return false beyond the count or where the bytes are damaged.
 */
struct db_rule {
	struct span name, space;
	uint32_t flags; /* enum ir_rule_flag */
	uint32_t source, line;
	uint32_t first_string, n_strings;
	uint32_t first_tag, n_tags;
	uint32_t first_meta, n_metas;
	uint32_t root;
	uint32_t condition_at, condition_n; /* the condition's text in its source */
	uint32_t modules;                   /* bit set */
	bool hash;                          /* a digest: no strings, no condition */
	enum ir_hash_domain domain;         /* of a digest */
	char made[DB_HASH_NAME];
};
NODISCARD bool db_rule(const struct db *db, uint32_t i, struct db_rule *out);

struct db_string {
	struct span name; /* "$a" */
	uint32_t rule;
	uint32_t flags; /* enum pattern_flag */
	enum pattern_kind kind;
	struct span blob; /* for pattern_search() */
	uint32_t line;
};
NODISCARD bool db_string(const struct db *db, uint32_t i, struct db_string *out);
NODISCARD bool db_tag(const struct db *db, uint32_t i, struct span *out);
NODISCARD bool db_meta(const struct db *db, uint32_t i, struct ir_meta *out);
/* The first meta of that name in a rule, as text. */
NODISCARD bool db_meta_text(const struct db *db, const struct db_rule *rule, const char *name,
			    struct span *out);

struct db_source {
	struct span name;
	const uint8_t *sha256; /* 32 bytes */
};
NODISCARD bool db_source(const struct db *db, uint32_t i, struct db_source *out);
NODISCARD bool db_extern(const struct db *db, uint32_t i, struct ir_extern *out);
NODISCARD bool db_regex(const struct db *db, uint32_t i, struct span *blob);

#endif
