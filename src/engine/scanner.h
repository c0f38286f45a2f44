/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_SCANNER_H
#define PEL_ENGINE_SCANNER_H

/* A scanner's working memory: what the parts of the engine share.  Others use engine/scan.h. */

#include "base/hash.h"
#include "engine/clam_sign.h"
#include "engine/eval.h"
#include "engine/scan.h"
#include "format/clam_target.h"
#include "format/modules.h"
#include "rules/db/db_view.h"

/* What is known of a pattern in the object at hand. */
enum pattern_state {
	STATE_UNSEEN, /* no anchor of it was found (or it was not looked for) */
	STATE_MAYBE,  /* an anchor was found: to be searched when a condition asks */
	STATE_PRESENT,
	STATE_ABSENT,
};

enum rule_state { RULE_UNKNOWN, RULE_RUNNING, RULE_FALSE, RULE_TRUE };

struct scan_matches {
	const struct match *list; /* all of them; NULL while not searched */
	size_t n;
	bool searched;
	uint8_t n_parts; /* searches of a part of the object */
	uint64_t spent;  /* steps that were not enough to search for them; 0: none were */
};

struct scan_module {
	bool loaded;
	bool applies;
	struct value top;
	void *state;
};

struct scanner {
	const struct db *db;
	struct scan_options options;
	size_t row; /* of the filter */
	struct filter_room *filter_room;
	struct arena tables; /* the arrays that follow; most patterns and rules are never met */
	struct value *externs;

	/* by pattern */
	uint8_t *dead; /* for the filter: no longer of interest */
	uint8_t *state;
	uint32_t *tries;   /* work on finds of an anchor that were verified and were no match */
	uint64_t n_misses; /* of literals: anchors found that the rest did not follow */
	struct scan_matches *matches;
	uint32_t *touched; /* patterns that are not as they were at the start */
	size_t n_touched;

	/* by rule */
	uint8_t *rule;
	uint32_t *asked; /* rules whose state is not UNKNOWN */
	size_t n_asked;
	bool *space_failed; /* by namespace: a global rule of it is false */

	/* the object at hand */
	struct arena arena;
	struct pattern_scratch *scratch;
	struct span file;
	const struct scan_member *member; /* what a container says of it; NULL: it lies in none */
	const struct scan_region *region; /* of a process; else NULL and 0 */
	size_t n_regions;
	enum type_class class;
	uint32_t groups; /* bit g: the filter of group g ran */
	uint64_t steps;  /* left for the rule at hand */
	uint32_t rule_now;
	struct eval eval;
	struct scan_module module[MODULE_COUNT];
	struct clam_where where; /* as `member`, for the module of ClamAV's signatures */
	struct clam_host clam;
	enum { IMAGE_UNKNOWN, IMAGE_HASHED, IMAGE_HAS_NONE } image; /* of the object at hand */
	uint8_t image_hash[8];
	struct clam_links_found links;   /* of the object at hand */
	struct clam_signed certificates; /* of the object at hand */
	struct arena pcre_memory;        /* of the expressions that were met so far */
	struct clam_pcre *pcre;          /* the list of them */
	uint64_t handlers;               /* as in struct verdict */
	bool may_be_allowed;             /* a rule with IR_RULE_ALLOW could be true of it */
	struct buf gaps;                 /* struct verdict_gap */
	struct verdict_gap no_memory;    /* in their place, where there is none for them */
	struct buf log;
	struct buf values;   /* struct verdict_value, of the rule that is explained */
	struct buf found;    /* struct verdict_match */
	struct buf hashed;   /* digests that are in the database */
	uint32_t has_digest; /* bit k: digest[k], by enum hash_kind, is the object's */
	uint8_t digest[3][HASH_MAX_SIZE];
};

/* Work for one rule on the object at hand, and for each string that a verdict shows. */
static inline uint64_t scan_budget(const struct scanner *s)
{
	return s->options.max_steps != 0 ? s->options.max_steps
					 : SCAN_DEFAULT_STEPS + SCAN_STEPS_A_BYTE * s->file.n;
}

/* ---- scan_strings.c: what is where.  `string` is a number in the database; one that it does not
 * have matches nowhere.  `ctx` is the struct scanner, as for all of struct eval_source. */

/* Runs the filter over the object at hand: patterns of which it meets an anchor are STATE_MAYBE. */
void scan_filter(struct scanner *s);
/* Whoever goes once through the whole object takes so many bytes at a time (all, but of the file
 * itself), and says before each part where it begins: what lies before may go. */
size_t scan_part(const struct scanner *s);
void scan_passed(struct scanner *s, size_t before);

/* Does it match anywhere?  Searched for where that is not known yet. */
bool scan_present(void *ctx, uint32_t string);

/* Three answers without a search: 1 it matches somewhere, 0 nowhere, -1 that is not known. */
int scan_known(void *ctx, uint32_t string);

/* The same of one place, bytes from the object's start: 1 or 0 where it is the only one that the
 * rule asks of the string, and so is compared at once; -1 for any other, and in a process. */
int scan_known_at(void *ctx, uint32_t string, int64_t at);

/* *list: its matches in the order of their starts, *n of them; of one that `$a at N` alone names,
 * those at N.  They last until the object is done.  *n is 0 where there are none. */
void scan_matches(void *ctx, uint32_t string, const struct match **list, size_t *n);

/* What evidence shows of a string.  As YARA has it: one that only `$a at N` names is shown there
 * alone where it is plain, and wherever it matches otherwise. */
void scan_shown(struct scanner *s, uint32_t string, const struct match **list, size_t *n);

/* Does a match start in [low, high], bytes from the object's start (of a process: addresses)? */
bool scan_found_in(void *ctx, uint32_t string, int64_t low, int64_t high);

/* All patterns are STATE_UNSEEN again, for the next object. */
void scan_forget_strings(struct scanner *s);

/* ---- scan_process.c: addresses */
/* The place in s->file of n bytes at an address; false where they are not in one region. */
bool scan_place(const struct scanner *s, uint64_t address, uint64_t n, uint64_t *at);
/* Matches by place become matches by address; those that lie in no region are left out.  How many
 * stay. */
size_t scan_addresses(const struct scanner *s, struct match *list, size_t n);
/* n bytes at an address, for struct eval's bytes(); they are the object's.  NULL where they are not
 * in one region. */
const uint8_t *scan_bytes(void *ctx, uint64_t address, uint64_t n);

/* ---- scan_modules.c: modules, externals, entry point */
extern const struct eval_source scan_source; /* without note */
extern const struct eval_source scan_source_noting;
/* Modules are loaded anew when a rule asks for them, for the next object. */
void scan_forget_modules(struct scanner *s);

/* scan_dump.c: appends what the modules of scan_options.module_data read to the log. */
void scan_dump(struct scanner *s);

/* ---- scan_pcre.c: what ClamAV's signatures ask of the engine */

/* Fills s->clam, once for a scanner; its expressions are compiled when they are met, and kept until
 * the release. */
void scan_pcre_init(struct scanner *s);
void scan_pcre_release(struct scanner *s);
/* Before an object is examined: where does it lie? */
void scan_pcre_begin(struct scanner *s);

/* ---- scan_rules.c: conditions */

/* Is that rule of the database true of the object at hand?  Evaluated once, behind its gate; false
 * for one that asks for itself, and for a number that the database does not have.  `ctx` is the
 * struct scanner. */
bool scan_rule(void *ctx, uint32_t rule);
/* Can the rule be true of an object of this type, size and beginning? */
bool scan_gate_open(const struct scanner *s, uint32_t rule);
/* Evaluates, behind scan_filter(), the rules that may be true: those of which a string may be
 * there, and those that need none.  scan_rule() has their answers then. */
void scan_rules(struct scanner *s);
/* Is one of those with IR_RULE_ALLOW true?  Behind scan_rules(). */
bool scan_rules_allow(struct scanner *s);
/* No rule has an answer any more, for the next object. */
void scan_forget_rules(struct scanner *s);
/* Adds a gap of the object to s->gaps, of a rule or (COND_NONE) of none; the first for each reason
 * and rule.  `detail` is copied. */
void scan_gap(struct scanner *s, enum reason why, uint32_t rule, const char *detail);

/* ---- scan_hashes.c: digests */

/* Looks the object's digests, and those of a PE's sections, up in the database where it has entries
 * of such a size; what is found is in s->hashed. */
void scan_hashes(struct scanner *s);
/* Puts what was found there behind the rules in s->found; the graver of `kind` and theirs. */
enum verdict_kind scan_hash_matches(struct scanner *s, enum verdict_kind kind);
bool scan_allowed(struct scanner *s);          /* the object is on an allow-list */
const uint8_t *scan_sha256(struct scanner *s); /* of the object; NULL: not available */

/* ---- explain.c: what a condition read */
void explain_note(void *ctx, struct eval *v, uint32_t node, const struct value *value);
/* Evaluates the rule again and leaves in s->values what it read. */
void explain_rule(struct scanner *s, uint32_t rule);

#endif
