/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_DB_DB_FORMAT_H
#define PEL_RULES_DB_DB_FORMAT_H

/*
 * The layout of a .pel file, and nothing else: docs/formats/database.md says it in words.
 *
 * Little-endian; sections begin at multiples of 64 bytes; offsets are from the start of the file
 * or, in a text reference, from the start of the text section.  There are no pointers, so a file is
 * used where it is mapped.  Records are read in place on little-endian machines, each behind a
 * bound.
 */

#include <stdint.h>

#define DB_MAGIC "PELDB\r\n\x1a" /* 8 bytes; a transfer that mends line ends breaks it */

enum { DB_VERSION = 13 };

enum db_section_kind {
	DB_RULES,
	DB_STRINGS,
	DB_PATTERNS,
	DB_BLOBS,
	DB_NODES,
	DB_POOL,
	DB_TEXT,
	DB_TAGS,
	DB_METAS,
	DB_EXTERNS,
	DB_REGEXES,
	DB_SOURCES,
	DB_GATES,       /* one for each rule */
	DB_TRIGGERS,    /* uint32_t[]: rules that a pattern triggers, by pattern */
	DB_ALWAYS,      /* uint32_t[]: rules to be looked at in every object of a group */
	DB_GLOBALS,     /* uint32_t[]: global rules */
	DB_FILTERS,     /* filter blobs */
	DB_HASH_SETS,   /* one for each domain and length of digest: match/hashset.h */
	DB_HASHES,      /* blobs of those sets */
	DB_HASH_NAMES,  /* names and lines of their entries, in order of numbers, packed */
	DB_HASH_BLOCKS, /* uint32_t[]: where each block of DB_HASH_BLOCK of them begins */
	DB_HASH_LISTS,  /* which entries come from which source */
	DB_PASSWORDS,   /* struct db_text[]: to be tried on what is encrypted */
	DB_SECTION_COUNT
};

struct db_head {
	uint8_t magic[8];
	uint32_t version;
	uint32_t n_sections;
	uint64_t modules; /* digest of the tables of the modules that rules ask: field numbers mean
			     the same here and there */
	uint64_t size;    /* of the file */
	/* Which filter and which always-list serve a class of objects. */
	struct {
		uint64_t filter_at; /* in DB_FILTERS */
		uint64_t filter_n;
		uint32_t always_first, always_n; /* in DB_ALWAYS */
	} group[3];
	uint32_t left_out; /* rules, or errors outside of rules, that cost something of the
			      sources */
	uint32_t asked;    /* bit set of those modules */
	uint32_t n_hashes; /* digests */
	uint32_t texts;    /* 1: a rule has IR_RULE_TEXT */
	uint8_t sum[8];    /* db_head_sum() */
};

struct db_section {
	uint32_t kind;
	uint32_t unused;
	uint64_t at, n; /* bytes */
	uint8_t sha256[32];
	uint8_t pad[8];
};

/* Objects are filtered in three groups; a process's memory goes through all of them. */
enum db_group { DB_GROUP_REST, DB_GROUP_MZ, DB_GROUP_ELF, DB_GROUP_COUNT };

struct db_text {
	uint32_t at, n;
};

struct db_rule_record {
	struct db_text name, space;
	uint32_t flags;
	uint32_t source, line;
	uint32_t first_string, n_strings;
	uint32_t first_tag, n_tags;
	uint32_t first_meta, n_metas;
	uint32_t root;
	uint32_t condition_at, condition_n;
	uint32_t modules;
	uint32_t space_number; /* rules of one namespace have the same */
};

struct db_string_record {
	struct db_text name;
	uint32_t rule;
	uint32_t pattern;
	uint32_t flags; /* enum pattern_flag */
	uint32_t kind;
	uint32_t line;
	uint16_t single;   /* 1: the condition asks whether it is there, and no more */
	uint16_t plain;    /* 1: pattern_is_plain() */
	uint64_t fixed_at; /* IR_NOT_FIXED_AT, or the only place that counts */
};

/* Strings that are the same share a pattern. */
struct db_pattern_record {
	uint64_t blob_at; /* in DB_BLOBS */
	uint32_t blob_n;
	uint32_t groups; /* bit g: the filter of group g looks for it */
	uint32_t first_trigger, n_triggers;
	uint32_t n_anchors;
	uint32_t whole;   /* bit i (i < 32): anchor i is a whole match */
	uint32_t literal; /* 1: literals alone, so that a find is verified by comparison */
	uint32_t chain;   /* 1: pieces at a distance, which a find of one does not settle */
	uint32_t asked;   /* bit g: a rule asks for it in every object of group g */
	uint32_t unused;
};

struct db_meta_record {
	struct db_text name, text;
	uint32_t kind;
	uint32_t unused;
	int64_t number;
};

struct db_extern_record {
	struct db_text name, text;
	uint32_t kind; /* enum value_kind */
	uint32_t unused;
	uint64_t bits; /* of the integer or double */
};

struct db_regex_record {
	uint64_t blob_at;
	uint32_t blob_n;
	uint32_t rule;
};

struct db_source_record {
	struct db_text name;
	uint8_t sha256[32];
};

enum { DB_HASH_BLOCK = 16, DB_HASH_KINDS = 3 /* MD5, SHA-1, SHA-256 */ };

/* Set number domain * DB_HASH_KINDS + kind. */
struct db_hash_set {
	uint64_t at, n; /* in DB_HASHES; n 0: there is none */
};

enum db_hash_flag { DB_HASH_CLAMAV = 1, DB_HASH_UNOFFICIAL = 2 };

struct db_hash_list {
	uint32_t first; /* number of its first entry; it ends where the next one begins */
	uint32_t source;
	uint32_t domain; /* enum ir_hash_domain */
	uint32_t flags;  /* enum db_hash_flag */
	struct db_text space;
};

/* What must hold of an object before a rule's condition is looked at. */
struct db_gate {
	uint64_t min_size, max_size;
	uint32_t classes; /* bit set of type_class */
	uint32_t n_tests;
	struct {
		uint32_t at;
		uint32_t n; /* bytes, 1 to 8 */
		uint8_t bytes[8];
	} test[4];
};

#endif
