/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_H
#define PEL_RULES_AUDIT_H

/*
 * What a rule looks for, computed from the rule alone: not from its name, its
 * metadata or what its author says.
 *
 * The question is asked of the condition.  Let an ordinary document hold every
 * string of the rule that could stand in a document (words, markings, names,
 * identifiers) and none that is code: can the condition be true?  If so, and not
 * without those words, the rule looks for content, whatever stands beside them.
 * In the same way: can it be true at all, must it be true of ordinary files,
 * does it ask for something that is no property of the file's bytes.
 *
 * The answers are sound in one direction each: `never` is said only where no
 * file can match; `content` may be said of a rule that other things, which are
 * not understood here (a module's functions), keep from documents.
 */

#include "rules/ir.h"

enum audit_mark_kind {
	/* what is looked for: exactly one of these */
	AUDIT_CODE,      /* strings or bytes that documents do not hold */
	AUDIT_STRUCTURE, /* what the file's form says: headers, modules, sizes */
	AUDIT_CONTENT,   /* words, markings, names, identifiers, in a document */
	AUDIT_DIGEST,    /* one exact file or a part of one, which the rule does not show */
	/* what it depends on besides the file's bytes */
	AUDIT_NAME,
	AUDIT_PATH,
	AUDIT_TIME,
	AUDIT_PLACE, /* whose machine it is, or which language it speaks */
	/* what is wrong with it */
	AUDIT_BROAD,
	AUDIT_SLOW,
	AUDIT_NEVER,
	AUDIT_MARKS
};

/* The word for it: "code", "content", "never", ... */
const char *audit_word(enum audit_mark_kind kind);
/* Is it something to look into?  CODE and STRUCTURE are not. */
bool audit_is_concern(enum audit_mark_kind kind);

enum { AUDIT_MAX_MARKS = AUDIT_MARKS };

struct audit_mark {
	enum audit_mark_kind kind;
	const char *reason; /* one sentence */
	struct span
		evidence; /* strings with their lines, or the part of the condition; may be empty */
};

struct audit_result {
	struct audit_mark mark[AUDIT_MAX_MARKS]; /* the first says what is looked for */
	size_t n;
};

/* Audits rule number `rule`, which is not broken.  Evidence is in *a.  MEMORY is the only error. */
NODISCARD bool audit_rule(const struct ruleset *set, uint32_t rule, struct arena *a,
			  struct audit_result *out, struct error *e);

#endif
