/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_IR_H
#define PEL_RULES_IR_H

/*
 * A set of rules between its source text and the database.
 *
 * A front end (rules/yara) appends to one `struct ruleset`; the writer of the
 * database reads it.  Numbers of strings, rules, nodes and so on are indices
 * into the vectors here and are the same in the database.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "format/module.h"
#include "match/pattern.h"
#include "rules/condition.h"

/* A place in a source. */
struct ir_place {
	uint32_t source; /* index into sources */
	uint32_t line;   /* from 1 */
	uint32_t column; /* from 1, in bytes */
	uint32_t at;     /* bytes from the start of the source */
	uint32_t n;      /* bytes that are meant; 0 where only a point is */
};

enum ir_severity { IR_NOTE, IR_WARNING, IR_ERROR };

struct ir_diagnostic {
	enum ir_severity severity;
	struct ir_place place;
	struct span message; /* what is wrong, what was expected */
	struct span hint;    /* what to do; may be empty */
	struct span rule;    /* name of the rule that it is about; may be empty */
};

struct ir_source {
	struct span name; /* as the user gave it, or found beneath what the user gave */
	struct span text; /* whole */
	uint8_t sha256[32];
	uint32_t includer; /* source that includes this one, or COND_NONE */
};

#define IR_NOT_FIXED_AT  UINT64_MAX
#define IR_FIXED_NOWHERE (UINT64_MAX - 1) /* a place below 0 */

struct ir_string {
	struct span name; /* "$a"; "$" for an anonymous one */
	struct pattern_source pattern;
	struct ir_place place; /* of the whole definition, for diagnostics */
	struct ir_place
		text_place; /* of pattern.text's first byte as written, to place its errors */
	uint32_t rule;
	bool fixed; /* never named in the condition with #, @, !, at, in: existence is all that it
		       asks */
	/* The string is named in `$a at N` alone, always with this constant: matches elsewhere do
	 * not count (YARA's fixed offset).  IR_NOT_FIXED_AT otherwise. */
	uint64_t fixed_at;
	bool named; /* somewhere in the condition */
};

enum ir_meta_kind { IR_META_TEXT, IR_META_INT, IR_META_BOOL };

struct ir_meta {
	struct span name;
	enum ir_meta_kind kind;
	struct span text;
	int64_t number;
};

enum ir_rule_flag {
	IR_RULE_PRIVATE = 1,
	IR_RULE_GLOBAL = 2,
	IR_RULE_BROKEN = 4,  /* had an error; left out */
	IR_RULE_CLAMAV = 8,  /* a ClamAV signature: PUA.* is suspicious, all else malicious */
	IR_RULE_MEMBER = 16, /* asks only what a container says of the object, not for its bytes */
	IR_RULE_TEXT = 32,   /* a ClamAV signature that is also for normalised texts and HTML */
	/* says of what type the object is: it is examined once more as such, and the rule is not
	 * reported.  IR_RULE_TYPE() is the number (format/clam_target.h). */
	IR_RULE_HANDLER = 64,
	IR_RULE_ALLOW = 128,    /* of an object of which it is true nothing is said but by ... */
	IR_RULE_FIRM = 1 << 16, /* ... rules with this */
	IR_RULE_TYPE_SHIFT = 8
};
#define IR_RULE_TYPE(flags) ((flags) >> IR_RULE_TYPE_SHIFT & 0xff)

struct ir_rule {
	struct span name;
	struct span space; /* namespace; "default" */
	uint32_t flags;
	struct ir_place place; /* of the name */
	uint32_t first_string, n_strings;
	uint32_t first_tag, n_tags;         /* in tags */
	uint32_t first_meta, n_metas;       /* in metas */
	uint32_t root;                      /* node of the condition, of kind BOOL */
	uint32_t first_node, n_nodes;       /* all nodes of this rule */
	uint32_t condition_at, condition_n; /* bytes of the condition's text in its source */
	uint32_t modules;                   /* bit i: module number i is imported and used */
};

/* An external variable: its name, type and value at build time (which a scan may replace). */
struct ir_extern {
	struct span name;
	struct value value; /* INT, FLOAT, STRING or BOOL */
};

/* A regular expression that stands in a condition. */
struct ir_regex {
	struct pattern_source pattern;
	struct ir_place place;
	uint32_t rule;
};

/* What a digest is of. */
enum ir_hash_domain {
	IR_HASH_FILE,    /* the object */
	IR_HASH_SECTION, /* the bytes of a section of a PE image, whose size is meant */
	IR_HASH_ALLOW,   /* an object of which nothing is to be said */
	IR_HASH_DOMAINS
};

enum {
	IR_HASH_DIGEST = 32,
	IR_HASH_MAX_NAME = 255, /* bytes */
	IR_HASH_MAX_COUNT = 1 << 27
};

/* One entry of a list of digests. */
struct ir_hash {
	uint8_t digest[IR_HASH_DIGEST];
	uint8_t digest_n; /* bytes: 16, 20, 32 */
	uint32_t size;    /* bytes, or HASHSET_ANY_SIZE */
	uint32_t line;
	struct span name; /* at most IR_HASH_MAX_NAME */
};

/* Entries of one source that stand together: [first, next list's first). */
struct ir_hash_list {
	uint32_t source;
	uint32_t first;
	enum ir_hash_domain domain;
	bool clamav;     /* as IR_RULE_CLAMAV */
	bool unofficial; /* names end in .UNOFFICIAL */
	struct span space;
};

enum { IR_MAX_PASSWORDS = 1024 };

/* A growing array in a buf; its elements are of the type that the name says. */
struct ruleset {
	struct arena arena;     /* owns all text */
	struct buf sources;     /* struct ir_source */
	struct buf rules;       /* struct ir_rule */
	struct buf strings;     /* struct ir_string; those of a rule stand together */
	struct buf tags;        /* struct span */
	struct buf metas;       /* struct ir_meta */
	struct buf externs;     /* struct ir_extern */
	struct buf regexes;     /* struct ir_regex */
	struct buf nodes;       /* struct cond_node */
	struct buf pool;        /* uint32_t */
	struct buf text;        /* bytes that COND_STRING nodes name */
	struct buf hashes;      /* struct ir_hash */
	struct buf hash_lists;  /* struct ir_hash_list */
	struct buf passwords;   /* struct span: to be tried on what is encrypted */
	struct buf diagnostics; /* struct ir_diagnostic, in the order found */
	struct buf left_out;    /* uint32_t: diagnostics, see ruleset_left_out() */
	size_t n_errors, n_warnings;
};

void ruleset_init(struct ruleset *set);
void ruleset_release(struct ruleset *set);

/* The vectors as arrays. */
static inline struct ir_source *ruleset_sources(const struct ruleset *s, size_t *n)
{
	*n = s->sources.n / sizeof(struct ir_source);
	return (struct ir_source *)(void *)s->sources.p;
}
static inline struct ir_rule *ruleset_rules(const struct ruleset *s, size_t *n)
{
	*n = s->rules.n / sizeof(struct ir_rule);
	return (struct ir_rule *)(void *)s->rules.p;
}
static inline struct ir_string *ruleset_strings(const struct ruleset *s, size_t *n)
{
	*n = s->strings.n / sizeof(struct ir_string);
	return (struct ir_string *)(void *)s->strings.p;
}
static inline struct ir_diagnostic *ruleset_diagnostics(const struct ruleset *s, size_t *n)
{
	*n = s->diagnostics.n / sizeof(struct ir_diagnostic);
	return (struct ir_diagnostic *)(void *)s->diagnostics.p;
}
/* What errors leave out: the first error of each broken rule, and every error outside of rules,
 * which may cost all that was to be included there.  Numbers of diagnostics. */
static inline const uint32_t *ruleset_left_out(const struct ruleset *s, size_t *n)
{
	*n = s->left_out.n / sizeof(uint32_t);
	return (const uint32_t *)(const void *)s->left_out.p;
}
static inline struct cond_code ruleset_code(const struct ruleset *s)
{
	return (struct cond_code){
		.node = (const struct cond_node *)(const void *)s->nodes.p,
		.n_nodes = s->nodes.n / sizeof(struct cond_node),
		.pool = (const uint32_t *)(const void *)s->pool.p,
		.n_pool = s->pool.n / sizeof(uint32_t),
		.text = buf_span(&s->text),
	};
}

/* Adds a diagnostic; message and hint are formatted and copied (hint may be NULL).  Counts it, and
 * marks rule number `rule` broken where severity is ERROR (COND_NONE: no rule). */
void ruleset_diagnose(struct ruleset *set, enum ir_severity severity, struct ir_place place,
		      uint32_t rule, const char *hint, const char *format, ...) PRINTF(6, 7);

/* Writes a diagnostic for people, like a compiler's: "file:line:column: error: message", the source
 * line, a caret line, "  hint: ...".  Hostile bytes are escaped. */
void ruleset_print(const struct ruleset *set, const struct ir_diagnostic *d, struct buf *out);

#endif
