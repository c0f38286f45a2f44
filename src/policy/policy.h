/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_POLICY_H
#define PEL_POLICY_POLICY_H

/*
 * A policy: decisions of one authority, each with whom it binds, the evidence for and against, and
 * what it matches.  docs/policy.md has the language.
 */

#include "base/json_write.h"
#include "policy/policy_tree.h"
#include "policy/policy_words.h"

enum { POLICY_MAX_ENTRIES = 1 << 16, POLICY_MAX_ATOMS = 256 /* of an entry */ };

enum policy_op { OP_ANY, OP_LESS, OP_LESS_EQUAL, OP_EQUAL, OP_MORE_EQUAL, OP_MORE };

extern const char *const policy_op_words[OP_MORE + 1]; /* "", "<", "<=", "=", ">=", ">" */

struct policy_bound {
	enum policy_op op; /* OP_ANY: there is none */
	struct span version;
};

struct policy_atom {
	enum policy_atom_type type;
	enum policy_strength strength;
	struct span value;
	struct policy_bound bound[2]; /* both hold of the one version */
	struct policy_word place;
};

struct policy_branch { /* all of its atoms */
	const struct policy_atom *atom;
	unsigned n;
};

struct policy_entry {
	const struct policy_node *node; /* for policy_field() and policy_child() */
	struct span id;
	enum policy_legal legal;
	enum policy_technical held;
	const struct policy_branch *match; /* any of them */
	unsigned n_match;
	const struct policy_branch *except; /* none of them */
	unsigned n_except;
};

/* How the text came to be here, and what was seen of its signature (cli/policy_signed.h). */
enum policy_signature {
	SIGNATURE_NONE,       /* there is none */
	SIGNATURE_UNVERIFIED, /* one of this text, but no key to hold it against */
	SIGNATURE_HOLDS,
	SIGNATURE_CARRIED, /* a part of the program, and signed with it */
	SIGNATURE_COUNT
};

/* "not signed" ...  Static. */
const char *policy_signature_words(enum policy_signature s);

struct policy {
	struct arena arena;
	enum policy_signature signature;
	const char *signers;            /* names of keys; NULL: none; in the arena */
	const char *file;               /* copy */
	const struct policy_node *head; /* the block `policy` */
	struct policy_entry *entry;
	size_t n_entries;
};

/*
 * Reads and checks a policy; what is refused stands in the report (policy_check.c has the laws).
 * False where it has errors; the policy is empty then.  policy_release() accepts both.
 */
NODISCARD bool policy_open(struct policy *p, struct policy_report *report);
void policy_release(struct policy *p);

/* The canonical form (RFC 8785: members in the order of their names, no blanks), which is what is
 * signed. */
void policy_json(const struct policy *p, struct buf *out);
/* One entry of it. */
void policy_json_entry(const struct policy_entry *e, struct json_writer *j);

/* The part of policy_open() that lowers a match or except block to branches. */
const struct policy_branch *policy_branches(struct arena *a, const struct policy_node *block,
					    struct policy_report *r, unsigned *n);
/* The part that checks a block against its table. */
void policy_check_block(const struct policy_node *node, const struct policy_block *block,
			struct policy_report *r);
/* The part that checks what an entry as a whole must keep to. */
void policy_check_entry(const struct policy_node *head, const struct policy_entry *e,
			struct policy_report *r);
/* A package that every machine needs, so that no entry may name it as a whole. */
bool policy_is_vital(struct span package);
/* YYYY-MM-DD of a day that there is. */
bool policy_is_date(struct span s);

#endif
