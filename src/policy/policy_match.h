/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_POLICY_MATCH_H
#define PEL_POLICY_POLICY_MATCH_H

/*
 * Facts against entries.  A branch is met where each of its atoms meets a fact that no exception
 * covers; a finding is an entry of which a branch is met, with the strength of its strongest.
 */

#include "policy/fact.h"
#include "policy/profile.h"

enum { FINDING_MAX_FACTS = 64 }; /* that one finding names; all are counted */

enum force {
	FORCE_NOW,
	FORCE_NOT_YET,
	FORCE_EXPIRED,
	FORCE_SUPERSEDED,
	FORCE_WITHDRAWN,
	FORCE_COUNT
};

struct finding {
	const struct policy *policy;
	const struct policy_entry *entry;
	enum policy_strength strength;
	enum scope scope;
	enum force force;
	char why[200]; /* of the scope */
	bool residue;  /* only traces of what was here before */
	uint32_t fact[FINDING_MAX_FACTS];
	unsigned n_facts, n_facts_all;
};

struct findings {
	struct buf list;                  /* struct finding each, in the order of their weight */
	uint64_t unevaluated[ATOM_COUNT]; /* atoms of kinds that nothing answered */
	bool digests, rules; /* files were summed, examined: set before the first findings_add() */
};

void findings_init(struct findings *f);
void findings_release(struct findings *f);
static inline size_t findings_count(const struct findings *f)
{
	return f->list.n / sizeof(struct finding);
}
const struct finding *findings_get(const struct findings *f, size_t i);

/* Adds the findings of a policy.  `date` is the day that is asked about, YYYY-MM-DD.  LIMIT or
 * MEMORY where there are too many. */
NODISCARD bool findings_add(struct findings *f, const struct facts *facts, const struct policy *p,
			    const struct profile *profile, const char *date, struct error *e);
/* After the last: what demands most comes first. */
void findings_sort(struct findings *f);

/* It asks for something to be done here: in force, addressed to this machine (or malicious for
 * everyone), stronger than a hint, and not a permission. */
bool finding_counts(const struct finding *f);

/* "in force", "not yet in force" ...  Static. */
const char *force_words(enum force f);

/* Whether a fact meets an atom. */
bool policy_atom_meets(const struct policy_atom *a, const struct fact *f);

/* Whether a path is that of a `path`: literal, but for `*`, which is any characters but '/'. */
bool policy_path_meets(struct span pattern, struct span path);

#endif
