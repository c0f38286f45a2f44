/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_DB_DB_VIEW_H
#define PEL_RULES_DB_DB_VIEW_H

/*
 * A database as the engine sees it: typed arrays in the mapping, each with its
 * count.  What an element says (an index, an offset) is not checked; whoever
 * follows it bounds it first.
 */

#include "rules/db/db.h"
#include "rules/db/db_format.h"

struct db {
	struct span bytes;
	struct db_head head;
	struct span section[DB_SECTION_COUNT];
	uint8_t digest[32];

	const struct db_rule_record *rule;
	const struct db_string_record *string;
	const struct db_pattern_record *pattern;
	const struct db_gate *gate;
	const uint32_t *trigger, *always, *global;
	const struct db_text *tag;
	const struct db_meta_record *meta;
	const struct db_extern_record *external;
	const struct db_regex_record *regex;
	const struct db_source_record *source;
	const struct db_hash_set *hash_set;
	const struct db_hash_list *hash_list;
	const uint32_t *hash_block;
	const struct db_text *password;
	uint32_t n_hash_sets, n_hash_lists, n_hash_blocks, n_hashes, n_passwords;
	uint32_t n_rules, n_strings, n_patterns, n_triggers, n_always, n_globals;
	uint32_t n_tags, n_metas, n_externs, n_regexes, n_sources;
	struct cond_code code;
};

/* The bytes that a text reference names; empty where they are not all there. */
struct span db_text_of(const struct db *db, struct db_text t);

/* A pattern's blob; empty where it is not all there. */
struct span db_blob(const struct db *db, uint64_t at, uint64_t n);

/* The group that serves a class of objects. */
enum db_group db_group_of(enum type_class c);

/* A digest over the tables of a set of modules, so that a database built for others is refused. */
uint64_t db_modules_digest(uint32_t asked);

/* What db_head.sum must be: the first bytes of the SHA-256 over both, that field being zero. */
NODISCARD bool db_head_sum(const struct db_head *head,
			   const struct db_section table[DB_SECTION_COUNT], uint8_t out[8]);

#endif
