/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_IMPL_H
#define PEL_RULES_AUDIT_IMPL_H

/* What is gathered of one rule before questions are asked (audit.c), and the questions
 * (audit_world.c). */

#include "rules/audit/audit_assume.h"
#include "rules/audit/audit_text.h"

struct facts {
	const struct ruleset *set;
	const struct ir_rule *rule;
	struct cond_code code;
	struct arena *arena;
	uint32_t *node; /* all nodes of the condition, and of the rules that it names */
	size_t n_nodes;
	struct audit_strings strings;
	enum audit_text *text; /* of each string */
	bool one_size;         /* documents of one exact size alone can match */
	bool spelled;          /* bytes that are read, or digests, stand for words */
	bool digest, odd;      /* compares digests; asks for what is not understood here */
	uint32_t digest_node;
	struct audit_result *out;
	bool failed;
};

/* A file of which nothing is known.  NULL: no memory. */
struct audit_world *audit_world_any(struct facts *f);

/* Supposes the rule true (or not) of the files of a world, which are documents as x says.  False:
 * no file is left. */
bool audit_world_narrow(struct facts *f, struct audit_world *w, bool truth, struct audit_assume *x);

/* Can the rule be true of a document that holds none of its strings that are code, and those that
 * are common, or content, only as it says? */
bool audit_world_document(struct facts *f, bool common, bool content);

/* Must the rule be true of every ordinary file of some kind?  A sentence that says so, or NULL. */
const char *audit_world_everywhere(struct facts *f);

#endif
